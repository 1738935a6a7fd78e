"""The rows of facts/updates that say what a resource holds alone -> findings: a new resource wants it before the old one is gone.

CloudFormation makes what is new before it deletes what is old: where a resource gets another logical id, or has to be made
anew, both want the same for a while. Such a row has

    {"holds": [P …], "same": [Q …]}    what stands at P is there and the same on both, what stands at Q is the same or on neither

With `answer` "refused" the service refuses the new one; with "lost" it takes the setting over, and the deletion of the old one
takes it away again. `renamed` rows are about another logical id alone: in its own place the resource is exchanged.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import Check
from stackflight.check.outcome import broken, refused
from stackflight.check.pair import Update, UpdateCase
from stackflight.check.rows.condition import holds
from stackflight.check.rows.scope import Scope
from stackflight.check.rows.wording import worded
from stackflight.facts.load import Row, rows_for
from stackflight.model.finding import Finding, Phase
from stackflight.model.template import Resource
from stackflight.model.value import Value, dig, references_in, unknowns_in


def find_holdings(case: UpdateCase, table: str, check_of: dict[str, Check]) -> Iterator[Finding]:
    """Resources that are made while what they replace still holds what they want."""
    for update in case.updates:
        for row in rows_for(table, {resource.type for resource in update.after.resources.values()}):
            for old, new in (
                _successions(update, row["type"], renamed=row.get("renamed", False)) if "holds" in row else ()
            ):
                if _wants_the_same(case.case, update, row, old, new):
                    yield _finding(case.case, row, check_of[row["id"]], old, new)


def _successions(update: Update, type: str, *, renamed: bool) -> Iterator[tuple[Resource, Resource]]:
    """What is made anew, and what comes under another logical id than what goes."""
    before, after = update.before.resources, update.after.resources
    gone = [item for id, item in before.items() if item.type == type and id not in after]
    for id, new in after.items():
        if new.type != type:
            continue
        if id not in before:
            yield from ((old, new) for old in gone)
        elif not renamed and before[id].type == type and update.replaced(id):
            yield before[id], new


def _wants_the_same(case: Case, update: Update, row: Row, old: Resource, new: Resource) -> bool:
    if old.exists is not True or new.exists is not True:
        return False
    if "if" in row and not all(holds(row["if"], Scope.of(case, item)) is True for item in (old, new)):
        return False
    held = [_pair(old, new, path) for path in row["holds"]]
    beside = [_pair(old, new, path) for path in row.get("same", ())]
    return all(before is not None for before, _ in held) and all(
        before == after and not unknowns_in(before) and not _made_anew(update, after) for before, after in held + beside
    )


def _pair(old: Resource, new: Resource, path: str) -> tuple[Value, Value]:
    steps = path.split(".")
    return dig(old.properties, *steps), dig(new.properties, *steps)


def _made_anew(update: Update, value: Value) -> bool:
    """Whether a value names a resource that the update makes anew, so that it is another one though it reads the same."""
    ids = {reference.address.id for reference in references_in(value)}
    return any(update.replaced(id) or id not in update.before.resources for id in ids)


def _finding(case: Case, row: Row, check: Check, old: Resource, new: Resource) -> Finding:
    scope = Scope.of(case, new)
    former = old.address.id if old.address.id != new.address.id else f"the {new.address.id} that it replaces"
    message, at = worded(row["message"], scope, former=former), tuple(row["at"].split("."))
    remedy = f"keep the logical id {former}" if old.address.id != new.address.id else worded(row["fix"], scope)
    if row["answer"] == "refused":
        return refused(case, check, [new.address], message, remedy, at, phase=Phase.UPDATE)
    return broken(case, check, [new.address], message, remedy, at, phase=Phase.UPDATE)
