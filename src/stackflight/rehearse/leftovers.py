"""Stacks after an operation -> what outlives it, and what of that stops the next attempt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stackflight.facts.types import type_facts
from stackflight.model.ending import is_protected, is_retained, leaves_snapshot
from stackflight.model.estimate import Leftover
from stackflight.model.event import STACK_TYPE, StackStatus
from stackflight.model.template import Resource
from stackflight.model.value import known_int, known_text
from stackflight.rehearse.state import Item, LiveStack

_TOMBSTONES = {
    "AWS::SecretsManager::Secret": ("a secret is deleted after a recovery window of 7 to 30 days", "its name"),
    "AWS::SQS::Queue": ("", "its name for 60 seconds"),
}


_UNDONE = {
    StackStatus.CREATE_FAILED,
    StackStatus.ROLLBACK_COMPLETE,
    StackStatus.ROLLBACK_FAILED,
    StackStatus.DELETE_COMPLETE,
    StackStatus.DELETE_FAILED,
}


def find_leftovers(stacks: Iterable[LiveStack]) -> tuple[Leftover, ...]:
    """What is still there of stacks that were deleted or rolled back, and the stacks that were complete before."""
    return tuple(left for live in stacks for left in _of_stack(live))


def _of_stack(live: LiveStack) -> Iterator[Leftover]:
    if live.status is StackStatus.CREATE_COMPLETE and live.operation and live.parent is None:
        yield Leftover(live.name, live.name, STACK_TYPE, "this stack was complete before; it stays and is charged")
    order = {id: number for number, id in enumerate(live.template.resources)}
    begun = live.items.values() if live.status in _UNDONE else ()
    for item in sorted(begun, key=lambda item: order.get(item.id, len(order))):
        yield from _left(live, item)
    for item in live.lost:
        yield from _left(live, item)


def _left(live: LiveStack, item: Item) -> Iterator[Leftover]:
    resource = item.resource
    name = custom_name(resource)
    if item.physical_id:
        why = _why_alive(item)
        blocks = f"the name {name} is taken: the next creation fails with AlreadyExists" if name else ""
        yield Leftover(live.name, item.id, resource.type, why, blocks)
        return
    if item.status != "DELETE_COMPLETE" or not item.made:
        return
    if leaves_snapshot(resource):
        yield Leftover(live.name, item.id, resource.type, "a final snapshot stays and is charged")
    if resource.type == "AWS::KMS::Key":
        days = known_int(resource.get("PendingWindowInDays")) or 30
        yield Leftover(live.name, item.id, resource.type, f"the key is deleted only after {days} days")
    if resource.type in _TOMBSTONES and name:
        why, what = _TOMBSTONES[resource.type]
        blocks = f"{what} ({name}) cannot be used again at once" if resource.type.endswith("Queue") else (
            f"the name {name} stays reserved: the next creation fails until the secret is restored or purged"
        )  # fmt: skip
        yield Leftover(live.name, item.id, resource.type, why or "the service keeps the name for a while", blocks)


def _why_alive(item: Item) -> str:
    if is_retained(item.resource):
        return "its DeletionPolicy retains it"
    if is_protected(item.resource):
        return "deletion protection is enabled"
    if item.status == "DELETE_FAILED":
        return "it could not be deleted"
    return "something that could not be deleted needs it"


def custom_name(resource: Resource) -> str:
    """The name that the template gives the physical resource; empty where CloudFormation makes one up."""
    property = type_facts(resource.type).name
    return known_text(resource.get(property)) or "" if property else ""
