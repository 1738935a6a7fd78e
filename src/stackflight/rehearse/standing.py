"""A stack that stopped at a failure, with rollback off -> the stack as it really stands, and goes on from there.

What was made well stays as it is; what failed to be created counts as not there, what failed to be changed as it was
before. Source: CloudFormation User Guide, stack failure options.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stackflight.errors import OperationRefused
from stackflight.model.event import StackStatus
from stackflight.model.plan import ExecuteChangeSet, OnFailure, Operation, UpdateStack
from stackflight.model.template import Resource, Stack, World
from stackflight.rehearse.state import Item, LiveStack

KEPT = frozenset({StackStatus.CREATE_FAILED, StackStatus.UPDATE_FAILED})


def refuse_to_turn_back(live: LiveStack, operation: Operation) -> None:
    """Raise OperationRefused where an update of what stopped at a failure would roll back at the next one."""
    if not isinstance(operation, UpdateStack | ExecuteChangeSet) or live.status not in KEPT:
        return
    if operation.on_failure is not OnFailure.DO_NOTHING:
        raise OperationRefused(
            f"This stack is currently in a non-terminal [{live.status}] state. To update the stack from this state, please "
            "use the disable-rollback parameter with update-stack API. To rollback to the last known good state, use the "
            "rollback-stack API",
            hint="update with rollback off, or roll back first",
        )


def standing(live: LiveStack, stacks: Mapping[str, LiveStack]) -> tuple[Stack, World]:
    """The stack with the world of those nested in it, as they stand. Of a stack that did not stop it is its template's."""
    if live.status not in KEPT:
        return live.template, live.world
    family = {
        one.name: _as_it_stands(one)
        for one in (live, *(one for name, one in stacks.items() if name.startswith(f"{live.name}/")))
        if one.status in KEPT
    }
    return family[live.name], replace(live.world, stacks=tuple(family.get(one.name, one) for one in live.world.stacks))


def _as_it_stands(live: LiveStack) -> Stack:
    found = ((id, _resource(item)) for id, item in live.items.items())
    return replace(live.template, resources={id: resource for id, resource in found if resource is not None})


def _resource(item: Item) -> Resource | None:
    if not item.status.endswith("FAILED"):
        return item.resource
    return item.former


def bring_back(item: Item) -> str:
    """Take a resource whose change failed for what it was before. Returns the id of a copy that nobody needs now."""
    left = ""
    if item.status == "UPDATE_FAILED" and item.former is not None:
        item.resource, item.former, item.status = item.former, None, "UPDATE_COMPLETE"
        if item.former_id:
            left, item.physical_id, item.former_id = item.physical_id, item.former_id, ""
    return left
