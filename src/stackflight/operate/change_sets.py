"""A stack and what it is to become -> its change set, made and waited for; and the way to leave nothing behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stackflight.errors import NothingToDo, OperationRefused
from stackflight.model.change import Action, Change, Replacement
from stackflight.model.event import StackStatus
from stackflight.model.plan import ChangeSet, CreateChangeSet, DeleteChangeSet, DeleteStack
from stackflight.ports import Clock, Cloud

_LOOK_SECONDS = 2.0
_PENDING = frozenset({"CREATE_PENDING", "CREATE_IN_PROGRESS"})
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")


def make_change_set(cloud: Cloud, clock: Clock, wanted: CreateChangeSet) -> ChangeSet:
    """Let CloudFormation compute what would change.

    Raises NothingToDo where nothing would, OperationRefused with CloudFormation's reason where it will have none of it;
    then, and where somebody interrupts, neither the change set nor the empty stack around it is left.
    """
    new = cloud.status(wanted.stack) is None
    try:
        cloud.start(wanted)
        made = cloud.change_set(wanted.stack, wanted.name)
        while made is None or made.status in _PENDING:
            clock.sleep(_LOOK_SECONDS)
            made = cloud.change_set(wanted.stack, wanted.name)
    except KeyboardInterrupt:
        take_back(cloud, clock, wanted.stack, wanted.name, new)
        raise
    if made.status != "FAILED":
        return made
    take_back(cloud, clock, wanted.stack, wanted.name, new)
    if any(text in made.reason for text in _NO_CHANGES):
        raise NothingToDo(made.reason)
    raise OperationRefused(f"CloudFormation refuses the change set of {wanted.stack}: {made.reason}")


def read_changes(body: Mapping[str, Any]) -> list[Change]:
    """The changes of a change set again, as they were kept with a run."""
    kept = body.get("changes")
    return [
        Change(one["resource"], one["type"], Action(one["action"]), Replacement(one["replacement"]))
        for one in (kept if isinstance(kept, list) else ())
    ]


def take_back(cloud: Cloud, clock: Clock, stack: str, name: str, new: bool) -> None:
    """Remove a change set, and the stack that was opened for it and owns nothing."""
    if cloud.change_set(stack, name) is not None:
        cloud.start(DeleteChangeSet(stack, name))
    if new and cloud.status(stack) is StackStatus.REVIEW_IN_PROGRESS:
        cloud.start(DeleteStack(stack))
        while not cloud.finished(stack):
            clock.sleep(_LOOK_SECONDS)
