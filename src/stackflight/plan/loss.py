"""Change set -> the data that it would end: stateful resources that are deleted or replaced without being kept.

A change set's PolicyAction says what happens to the old copy: Delete and ReplaceAndDelete end it, Retain and Snapshot
do not. Source: CloudFormation API reference, ResourceChange.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from stackflight.facts.load import read_table
from stackflight.model.change import Action, Change, Replacement
from stackflight.model.deployed import Owned
from stackflight.model.event import STACK_TYPE
from stackflight.model.moment import Loss
from stackflight.model.plan import ChangeSet

_NOTHING_THERE = frozenset({"CREATE_FAILED", "DELETE_COMPLETE", "DELETE_SKIPPED"})
_KEEPS = ("Retain", "Snapshot", "ReplaceAndRetain", "ReplaceAndSnapshot")


@cache
def stateful_types() -> frozenset[str]:
    """Types of resources that hold what people or programs have stored."""
    return frozenset(read_table("stateful")["types"])


def ends_something(change_set: ChangeSet) -> bool:
    """Whether what the stack owns decides over losses: data that may never have been there, or a nested stack that goes."""
    found = any(_ending(one) and one.type in {*stateful_types(), STACK_TYPE} for one in change_set.changes)
    return found or any(ends_something(one) for one in change_set.nested)


def find_losses(change_set: ChangeSet, owned: Sequence[Owned] = ()) -> tuple[Loss, ...]:
    """The losses, in the order of the change set, then those in nested stacks. A replacement that CloudFormation cannot decide beforehand counts.

    `owned` is what the stack and those nested in it own: what failed to be created holds no data, and with a nested
    stack all goes that is in it. Source of the latter: User Guide, nested stacks, and DeletionPolicy.
    """
    never_made = {(one.stack, one.resource) for one in owned if one.status == "CREATE_FAILED"}
    found = []
    for change in change_set.changes:
        how = _ending(change)
        if not how or change.policy.startswith(_KEEPS):
            continue
        if change.type == STACK_TYPE and change.action is Action.REMOVE:
            found += _inside(f"{change_set.stack}/{change.resource}", owned)
        elif change.type in stateful_types() and (change_set.stack, change.resource) not in never_made:
            found.append(Loss(change_set.stack, change.resource, change.type, how))
    for one in change_set.nested:
        found += [loss for loss in find_losses(one, owned) if loss not in found]
    return tuple(found)


def _inside(path: str, owned: Sequence[Owned]) -> list[Loss]:
    """What goes with a nested stack, and with those in it unless they are kept."""
    kept = [f"{one.stack}/{one.resource}/" for one in owned if one.type == STACK_TYPE and one.policy.startswith(_KEEPS)]
    return [
        Loss(one.stack, one.resource, one.type, "deleted")
        for one in owned
        if f"{one.stack}/".startswith(f"{path}/")
        and one.type in stateful_types()
        and one.status not in _NOTHING_THERE
        and not one.policy.startswith(_KEEPS)
        and not any(f"{one.stack}/".startswith(other) for other in kept)
    ]


def _ending(change: Change) -> str:
    if change.action is Action.REMOVE:
        return "deleted"
    if change.action is Action.MODIFY and change.replacement is Replacement.YES:
        return "replaced"
    if change.action is Action.MODIFY and change.replacement is Replacement.CONDITIONAL:
        return "perhaps replaced"
    return ""
