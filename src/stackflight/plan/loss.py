"""Change set -> the data that it would end: stateful resources that are deleted or replaced without being kept.

A change set's PolicyAction says what happens to the old copy: Delete and ReplaceAndDelete end it, Retain and Snapshot
do not. Source: CloudFormation API reference, ResourceChange.
"""

from __future__ import annotations

from functools import cache

from stackflight.facts.load import read_table
from stackflight.model.change import Action, Change, Replacement
from stackflight.model.moment import Loss
from stackflight.model.plan import ChangeSet

_KEEPS = ("Retain", "Snapshot", "ReplaceAndRetain", "ReplaceAndSnapshot")


@cache
def stateful_types() -> frozenset[str]:
    """Types of resources that hold what people or programs have stored."""
    return frozenset(read_table("stateful")["types"])


def find_losses(change_set: ChangeSet) -> tuple[Loss, ...]:
    """The losses, in the order of the change set, then those in nested stacks. A replacement that CloudFormation cannot decide beforehand counts."""
    found = []
    for change in change_set.changes:
        how = _ending(change)
        if how and change.type in stateful_types() and not change.policy.startswith(_KEEPS):
            found.append(Loss(change_set.stack, change.resource, change.type, how))
    for one in change_set.nested:
        found += find_losses(one)
    return tuple(found)


def _ending(change: Change) -> str:
    if change.action is Action.REMOVE:
        return "deleted"
    if change.action is Action.MODIFY and change.replacement is Replacement.YES:
        return "replaced"
    if change.action is Action.MODIFY and change.replacement is Replacement.CONDITIONAL:
        return "perhaps replaced"
    return ""
