"""A live stack -> its resources and those of the stacks nested in it, with what their deletion does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stackflight.model.deployed import Owned
from stackflight.model.ending import deletion_policy
from stackflight.model.event import StackStatus
from stackflight.rehearse.state import LiveStack


def take_inventory(stack: str, stacks: Mapping[str, LiveStack]) -> Sequence[Owned]:
    """What a stack, one of `stacks`, and its family own."""
    return [
        Owned(live.name, item.id, item.resource.type, item.status, deletion_policy(item.resource))
        for name, live in stacks.items()
        if (name == stack or name.startswith(f"{stack}/")) and live.status is not StackStatus.DELETE_COMPLETE
        for item in live.items.values()
    ]
