"""The rows of facts/refusals -> findings: settings that a service refuses on one resource, or on two that belong together."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, NOTE, WARNING, Check
from stackflight.check.law.culprits import find_culprits
from stackflight.check.outcome import broken, doubtful, noted, refused
from stackflight.check.rows.condition import holds, needed
from stackflight.check.rows.references import pointed
from stackflight.check.rows.scope import Scope
from stackflight.check.rows.wording import worded
from stackflight.facts.load import Row, all_rows, rows_for
from stackflight.model.finding import Finding, Phase
from stackflight.model.value import Address

TABLE = "refusals"

_MAY = {"refused": (BLOCKING, WARNING), "doubtful": (WARNING,), "broken": (WARNING,), "noted": (NOTE,)}
_WEIGHED = {"broken": "the stack is created and does not do what it describes"}


def find_refusals(case: Case) -> Iterator[Finding]:
    """What services answer to settings that contradict one another, lack one another, or are out of bounds."""
    scopes = {kind: [Scope.of(case, resource) for resource in found] for kind, found in case.world.by_type.items()}
    for row in rows_for(TABLE, scopes):
        properties = needed(row["if"])
        for scope in scopes.get(row["type"], ()):
            if scope.resource.properties.keys() >= properties and holds(row["if"], scope) is True:
                yield _finding(case, row, scope)


def _finding(case: Case, row: Row, scope: Scope) -> Finding:
    """The finding in the way of speaking that the row's level names."""
    subject = scope.resource.address
    involved = [subject, *_involved(case, row, scope)]
    if row.get("first") == "involved" and len(involved) > 1:
        involved = [*involved[1:], involved[0]]
    given = {"culprits": listed(item.address for item in find_culprits(row["if"], scope))} if _tells(row) else {}
    message, remedy = worded(row["message"], scope, **given), worded(row["fix"], scope, **given)
    at = tuple(row["at"].split(".")) if row.get("at") and involved[0] == subject else ()
    phase = Phase(row.get("phase", "run" if row.get("level") in {"broken", "noted"} else "create"))
    check = _check(row)
    match row.get("level", "refused"):
        case "refused":
            return refused(
                case, check, involved, message, remedy, at, struck=subject, phase=phase
            )  # fmt: skip
        case "doubtful":
            return doubtful(case, check, involved, message, remedy, at, phase=phase)
        case "broken":
            return broken(case, check, involved, message, remedy, at, phase)
        case _:
            return noted(case, check, involved, message, remedy, at, phase)


def _tells(row: Row) -> bool:
    return "{culprits}" in row["message"] + row["fix"]


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
    """One check for each row, for the reference, `checks` and ignores."""
    return tuple(_check(row) for row in all_rows(TABLE))


def _check(row: Row) -> Check:
    level = row.get("level", "refused")
    return Check(
        row["id"],
        found_when=row["title"],
        explains="",
        may=_MAY[level],
        weighed=_WEIGHED.get(level, ""),
        says=row.get("text", ""),
        sources=(row["source"],),
    )
