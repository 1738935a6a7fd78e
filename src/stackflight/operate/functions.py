"""A failed custom resource + what was made so far -> the function that should have answered."""

from __future__ import annotations

from collections.abc import Sequence

from stackflight.model.event import Event
from stackflight.model.template import World, is_custom_type
from stackflight.model.value import Address, references_in


def find_names(events: Sequence[Event]) -> frozenset[str]:
    """What the roles and functions of the stacks are called, by which a trail names who was refused."""
    kinds = ("AWS::IAM::Role", "AWS::Lambda::Function")
    return frozenset(
        event.physical_id.rpartition("/")[2] for event in events if event.type in kinds and event.physical_id
    )


def find_function(world: World, events: Sequence[Event], failed: Event) -> str:
    """The name or ARN of the function behind a custom resource: the service token outlives the way back. Empty where it
    cannot be told."""
    resource = world.resources.get(Address(failed.stack, failed.resource))
    if resource is None or not is_custom_type(failed.type):
        return ""
    token = resource.get("ServiceToken")
    if isinstance(token, str):
        return token
    named = {reference.address for reference in references_in(token)}
    made = [event for event in events if Address(event.stack, event.resource) in named and event.physical_id]
    return made[-1].physical_id if made else ""
