"""The rows of facts/refusals -> findings: settings that a service refuses on one resource, or on two that belong together."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, Check
from stackflight.check.law.condition import Scope, holds, pointed
from stackflight.check.law.wording import worded
from stackflight.check.outcome import broken, doubtful, noted, refused
from stackflight.facts.load import Row, all_rows, rows_for
from stackflight.model.finding import Finding, Phase
from stackflight.model.template import Resource
from stackflight.model.value import Address

TABLE = "refusals"

_SEVERITIES = {
    "refused": "blocking; warning where a condition leaves open whether the resource is there",
    "doubtful": "warning",
    "broken": "warning: the stack is created and does not do what it describes",
    "noted": "note",
}


def find_refusals(case: Case) -> Iterator[Finding]:
    """What services answer to settings that contradict one another, lack one another, or are out of bounds."""
    for row in rows_for(TABLE, case.world.by_type):
        for resource in case.world.of_type(row["type"]):
            scope = Scope.of(case, resource)
            if holds(row["if"], scope) is True:
                yield _finding(case, row, resource, scope)


def _finding(case: Case, row: Row, resource: Resource, scope: Scope) -> Finding:
    """The finding in the way of speaking that the row's level names."""
    involved = [resource.address, *_involved(case, row, scope)]
    if row.get("first") == "involved" and len(involved) > 1:
        involved = [*involved[1:], involved[0]]
    message, remedy = worded(row["message"], scope), worded(row["fix"], scope)
    at = tuple(row["at"].split(".")) if row.get("at") and involved[0] == resource.address else ()
    phase = Phase(row.get("phase", "run" if row.get("level") in {"broken", "noted"} else "create"))
    match row.get("level", "refused"):
        case "refused":
            return refused(
                case, row["id"], involved, message, remedy, at, struck=resource.address, says=row.get("text", ""), phase=phase
            )  # fmt: skip
        case "doubtful":
            return doubtful(case, row["id"], involved, message, remedy, at, phase=phase)
        case "broken":
            return broken(case, row["id"], involved, message, remedy, at, phase)
        case _:
            return noted(case, row["id"], involved, message, remedy, at, phase)


def _involved(case: Case, row: Row, scope: Scope) -> Iterator[Address]:
    """The other resources to look at: those that the row's paths name, and those of a type that refer to this one."""
    for path in row.get("involves", ()):
        for value in scope.values(path):
            named = pointed(case, value)
            if named is not None:
                yield named.address
    for kind in row.get("involves_users", ()):
        for user in case.users.get(scope.resource.address, ()):
            if user.type == kind:
                yield user.address


def refusal_checks() -> tuple[Check, ...]:
    """One entry for each row, for the reference, `checks` and ignores."""
    return tuple(
        Check(
            row["id"],
            find_refusals,
            row["title"],
            " ".join(part for part in (_says(row), f"Source: {row['source']} ({row['date']}).") if part),
            _SEVERITIES[row.get("level", "refused")],
        )
        for row in all_rows(TABLE)
    )


def _says(row: Row) -> str:
    return f"AWS says: {row['text']}" if row.get("text") else ""
