"""Two worlds of one synthesis -> findings: what differs although nothing was changed.

A name with the time or a random part in it is another name at every deployment: CloudFormation replaces the resource,
and what it holds goes with the old one.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.facts.load import read_table
from stackflight.model.finding import Certainty, Finding, Phase, Severity
from stackflight.model.template import Resource, World

SYNTHESIS_NOT_REPEATABLE = Check(
    "synthesis-not-repeatable",
    found_when="two syntheses of the same input differ (asked for with --again)",
    explains="The two assemblies are compared resource by resource, values resolved. Compared are logical ids, types and "
    "properties; assets count by their hashes.",
    may=(BLOCKING, WARNING),
    weighed="blocking where a resource that holds data gets another name or logical id, else warning",
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html",
    ),
)


@finds(SYNTHESIS_NOT_REPEATABLE, asked=False)
def find_differences(first: World, second: World) -> Iterator[Finding]:
    """One finding for each resource that the second synthesis gives another definition, name or place."""
    others = {stack.name: stack.resources for stack in second.stacks}
    if len(first.stacks) == len(second.stacks) == 1:  # two files of one template have two names
        others = {first.stacks[0].name: second.stacks[0].resources}
    for stack in first.stacks:
        again = others.get(stack.name, {})
        for name, resource in stack.resources.items():
            other = again.get(name)
            if other is None:
                what = f"{name} is not in the second synthesis" + _twin(resource, again, stack.resources)
                yield _finding(first, resource, what, lost=resource.type in read_table("stateful")["types"])
            elif changed := _changed(resource, other):
                named = any(key.endswith(("Name", "Identifier", "Id")) for key in changed)
                what = f"{name} differs between two syntheses in {listed(changed)}"
                yield _finding(first, resource, what, lost=named and resource.type in read_table("stateful")["types"])


def _changed(one: Resource, other: Resource) -> list[str]:
    if one.type != other.type:
        return ["Type"]
    keys = [*one.properties, *(key for key in other.properties if key not in one.properties)]
    return [key for key in keys if one.properties.get(key) != other.properties.get(key)]


def _twin(resource: Resource, again: dict[str, Resource], known: dict[str, Resource]) -> str:
    """The resource that took its place under another logical id, where there is just one candidate."""
    new = [name for name, other in again.items() if name not in known and other.type == resource.type]
    return f"; {new[0]} stands in its place" if len(new) == 1 else ""


def _finding(world: World, resource: Resource, what: str, *, lost: bool) -> Finding:
    cost = "every deployment replaces it, and what it holds is lost" if lost else "every deployment changes it"
    return Finding(
        check=SYNTHESIS_NOT_REPEATABLE.id,
        severity=Severity.BLOCKING if lost else Severity.WARNING,
        certainty=Certainty.PROVED,
        stack=resource.address.stack,
        resources=(resource.address.id,),
        where=world.where(resource.address),
        message=f"{what}: {cost}",
        remedy="take the time, random values and the order of sets out of names and properties",
        phase=Phase.UPDATE,
    )
