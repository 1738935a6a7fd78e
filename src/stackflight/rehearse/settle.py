"""Values of a template + the stacks as they stand -> the values that a deployment would have, references followed."""

from __future__ import annotations

from collections.abc import Mapping

from stackflight.model.value import Reference, Text, Unknown, Value, Zone, Zones, render
from stackflight.rehearse.physical import ACCOUNT, REGION, attribute, stack_arn
from stackflight.rehearse.state import LiveStack

_PLACE = {"AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
"""Where a simulation lies of which nobody has said where."""


def settle(value: Value, live: LiveStack, stacks: Mapping[str, LiveStack]) -> Value:
    """The value with everything simulated that only a deployment knows. `live` is the stack whose template it is."""
    match value:
        case Reference():
            return _look_up(value, live, stacks)
        case Text(parts):
            return "".join(render(settle(part, live, stacks)) for part in parts)
        case Zone(region, index):
            return f"{region or REGION}{'abcdef'[index % 6]}"
        case Zones(region):
            return [f"{region or REGION}{letter}" for letter in "abc"]
        case Unknown("AWS::StackId"):
            return stack_arn(live.title, live.number, live.template.environment)
        case Unknown(why) if why in _PLACE:
            return _PLACE[why]
        case Unknown("AWS::NotificationARNs"):
            return []
        case list():
            return [settle(item, live, stacks) for item in value]
        case dict():
            return {key: settle(item, live, stacks) for key, item in value.items()}
        case _:
            return value


def _look_up(reference: Reference, live: LiveStack, stacks: Mapping[str, LiveStack]) -> Value:
    owner = stacks.get(reference.address.stack, live)
    item = owner.items.get(reference.address.id)
    if item is None or not item.physical_id:
        return render(reference)
    child = stacks.get(f"{owner.name}/{reference.address.id}")
    if child is not None:
        if reference.attribute == "Ref":
            return stack_arn(child.title, child.number, child.template.environment)
        output = reference.attribute.removeprefix("Outputs.")
        return settle(child.template.outputs.get(output), child, stacks)
    environment = owner.template.environment
    return settle(attribute(item.resource, item.physical_id, reference.attribute, environment), owner, stacks)


def outputs_of(live: LiveStack, stacks: Mapping[str, LiveStack]) -> dict[str, str]:
    """A stack's outputs as text."""
    return {name: render(settle(value, live, stacks)) for name, value in live.template.outputs.items()}
