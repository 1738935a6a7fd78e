"""Drafts of events -> rows, whatever the order of their columns: names of stacks are told from ids, reasons are put last.

The name of a stack shows by the stack's own events, in which the column of the stack and that of the id hold the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from stackflight.model.event import STACK_TYPE
from stackflight.patterns import compile_later
from stackflight.read.events.drafts import LOGICAL, Draft, finish, identifiers
from stackflight.read.events.row import Row

_CELLS = compile_later(r"\s*\|\s*|\t+| {2,}| - ")
_FEW_WORDS = 4
_HEAD = 3
_OWN = ("ROLLBACK", "UPDATE_ROLLBACK", "REVIEW", "IMPORT_ROLLBACK")
_BEGUN = ("User ", "Transformation ")


def finish_all(drafts: Sequence[Draft]) -> list[Row]:
    """The events of lines, in their order."""
    stacks = _stack_names(drafts)
    return [_finished(draft, stacks) for draft in drafts]


def _finished(draft: Draft, stacks: frozenset[str]) -> Row:
    stack = _stack_of(draft, stacks) if stacks and draft.type != STACK_TYPE else ""
    row = finish(_reason_last(_without(draft, stack) if stack else draft))
    row.stack, row.place = stack or row.stack, draft.place
    return row


def _stack_names(drafts: Iterable[Draft]) -> frozenset[str]:
    names: set[str] = set()
    for draft in drafts:
        if draft.type == STACK_TYPE or draft.status.startswith(_OWN):
            told = _told(draft, [] if draft.tail.startswith(_BEGUN) else draft.tail.split()[:_HEAD])
            names |= {name for name in told if told.count(name) > 1} or set(told[:1] if len(set(told)) == 1 else ())
    return frozenset(names)


def _stack_of(draft: Draft, stacks: frozenset[str]) -> str:
    """The stack's name on an event of one of its resources; empty where it is the only name."""
    told = _told(draft, [*draft.tail.split()[:_HEAD], _CELLS.split(draft.tail)[-1]])
    found = [name for name in told if name in stacks]
    return found[0] if found and any(name not in stacks for name in told) else ""


def _told(draft: Draft, tail: Sequence[str]) -> list[str]:
    """The names in a line without what is prose in it; `tail` is what counts of its end."""
    return identifiers(" ".join((_short(draft.before), _short(draft.between), *tail)))


def _without(draft: Draft, stack: str) -> Draft:
    """The same line without the stack's name in a place of its own."""
    gone = re.compile(rf"(?<![\w./-]){re.escape(stack)}(?![\w./-])")
    words = draft.tail.split(" ")
    head, rest = " ".join(words[:4]), " ".join(words[4:])
    head = gone.sub("|", head, count=1).lstrip(" \t|:-")
    tail = f"{head} {rest}" if rest else head
    return replace(draft, before=_cut_out(gone, draft.before), between=_cut_out(gone, draft.between), tail=tail)


def _cut_out(gone: re.Pattern[str], text: str) -> str:
    return " | ".join(cell if len(cell.split()) > _FEW_WORDS else gone.sub("|", cell) for cell in _CELLS.split(text))


def _short(text: str) -> str:
    """The cells of a text that are no prose."""
    cells = _CELLS.split(text)
    return text if len(cells) == 1 else " | ".join(cell for cell in cells if len(cell.split()) <= _FEW_WORDS)


def _reason_last(draft: Draft) -> Draft:
    """The same event with a reason that stood before a mark, or before the id, where it is looked for: at the end."""
    cells = [cell.strip() for cell in _CELLS.split(draft.tail.strip(" |-")) if cell.strip()]
    if len(cells) > 1 and len(cells[0].split()) > _FEW_WORDS and LOGICAL.fullmatch(cells[-1]):
        return replace(draft, tail=" | ".join((cells[-1], *cells[:-1])))
    if any(len(cell.split()) > _FEW_WORDS for cell in cells):
        return draft
    before, reason = _parted(draft.before)
    between, other = (draft.between, "") if identifiers(before) else _parted(draft.between)
    if not reason and not other:
        return draft
    tail = " | ".join(cell for cell in (*cells, reason, other) if cell)
    return replace(draft, before=before, between=between, tail=tail)


def _parted(text: str) -> tuple[str, str]:
    """The cells of a text that are no prose, and the one that is; the text as it is where it has not one of several."""
    cells = _CELLS.split(text)
    prose = [cell for cell in cells if len(cell.split()) > _FEW_WORDS]
    if len(cells) == 1 or len(prose) != 1:
        return text, ""
    return " | ".join(cell for cell in cells if cell not in prose), prose[0].strip()
