"""Rows of a query that left the status out (`[LogicalResourceId, ResourceStatusReason]`), as lines or as lists -> rows.

A name and a sentence beside each other are many things. They are a resource and its reason where a type stands with them,
where the table bears the name of the call, or where one of the sentences is in the words in which CloudFormation gives reasons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from stackflight.model.event import STACK_TYPE
from stackflight.patterns import compile_later
from stackflight.read.events.drafts import WORDS
from stackflight.read.events.order import turned
from stackflight.read.events.row import TYPE, Row, assumed_status, whole_status
from stackflight.read.events.times import DATED, OF_DAY

_VOICE = compile_later(
    r"Resource handler returned message|\(Service: ?\w|RequestToken: |HandlerErrorCode: |Resource (?:creation|update) cancelled|"
    r"Embedded stack arn:|^The following resource\(s\) failed to |Properties validation failed|did not stabilize|"
    r"Received response status \[FAILED\]|is not authorized to perform: "
)
# Between tabs and in JSON, where prose hardly ever stands, words that tell of a failure are enough.
_TROUBLE = compile_later(
    r"already exist|Requires capabilities|does not exist|not found|[Ff]ailed|exceed|[Ii]nvalid|[Cc]annot|[Dd]enied|timed out|not supported"
)
_CALL = compile_later(r"^[| ]{1,400}Describe(?:StackEvents|StackResources|Events)[| ]{1,400}$")
_NAME = compile_later(r"[A-Za-z][A-Za-z0-9]{1,254}")
_NO_NAMES = WORDS | {"none", "null", "true", "false"}
_MOST_CELLS = 6


def read_unstated(lines: list[str]) -> tuple[list[Row], set[int]]:
    """Rows, and the numbers of the lines that they were read from."""
    rows: list[Row] = []
    used: set[int] = set()
    called = False
    for many, block in groupby(enumerate(lines), key=lambda one: _count(one[1])):
        numbered = list(block)
        called = called or any(_CALL.match(line) for _, line in numbered if "Describe" in line)
        found = _rows([_cells(line) for _, line in numbered], called) if many else []
        if found and (called or speaks_of_resources(found, prose="\t" not in numbered[0][1])):
            rows += turned(found, at=numbered[0][0])
            used.update(number for number, _ in numbered)
    return rows, used


def _rows(table: list[list[str]], called: bool) -> list[Row]:
    """Those of a table; one row alone is printed upright, each value behind its name."""
    upright = row_of([cells[1] for cells in table]) if called and len(table[0]) == 2 else None
    return [upright] if upright else [row for cells in table if (row := row_of(cells))]


def speaks_of_resources(rows: Sequence[Row], prose: bool) -> bool:
    """Whether names and sentences that stand together are resources with their reasons; `prose` is where other tables may stand too."""
    return any(row.type or _VOICE.search(row.reason) or (not prose and _TROUBLE.search(row.reason)) for row in rows)


def row_of(cells: Sequence[str]) -> Row | None:
    """A name and a sentence, with a type, a time and other words beside them or without, in any order; None for all else."""
    row = Row()
    for cell in cells:
        if whole_status(cell):
            return None
        if TYPE.fullmatch(cell):
            row.type = row.type or cell
        elif DATED.fullmatch(cell) or OF_DAY.fullmatch(cell):
            row.when = cell
        elif " " in cell:
            row.reason = row.reason or cell
        elif not row.resource and _NAME.fullmatch(cell) and not cell.isupper() and cell.lower() not in _NO_NAMES:
            row.resource = cell
        elif "-" in cell and not row.stack and not cell.startswith("arn:"):
            row.stack = cell
    summary = row.reason.startswith("The following resource(s) failed to ")
    if summary and (row.stack or row.resource):
        name = row.stack or row.resource
        return replace(row, status=assumed_status(row.reason), type=STACK_TYPE, resource=name, stack=name)
    if not row.resource or not row.reason:
        return None
    return replace(row, status=assumed_status(row.reason))


def _count(line: str) -> int:
    """How many cells a line has; 0 where it is no row."""
    cells = _cells(line)
    return len(cells) if 2 <= len(cells) <= _MOST_CELLS else 0


def _cells(line: str) -> list[str]:
    mark = "\t" if "\t" in line else "|"
    return [cell.strip() for cell in line.strip().strip("|").split(mark)] if mark in line else []
