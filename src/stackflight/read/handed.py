"""World -> what stacks that were not read, and custom resources, may add to the network unseen.

A nested stack whose template is not at hand may route, associate, admit and make endpoints for what it is given; a
custom resource may write routes into the table that it is given. None of it is proved absent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackflight.model.network import Endpoint, RouteEntry
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, Unknown, references_in, render
from stackflight.records import dataclass

_STACKS = {"AWS::CloudFormation::Stack", "AWS::ServiceCatalog::CloudFormationProvisionedProduct"}


@dataclass(frozen=True)
class Handed:
    """Who may change what, by the resource that it is given."""

    routes: dict[Address, Unknown]
    associations: dict[Address, Unknown]
    rules: dict[Address, Unknown]
    endpoints: tuple[Endpoint, ...]

    def entries(self) -> Iterator[RouteEntry]:
        """A route of unknown destination in every table that something unseen may write to."""
        for table, why in self.routes.items():
            yield RouteEntry(table, table, why, "unknown", why)


def read_handed(world: World) -> Handed:
    """Look at every stack that was not read and every custom resource."""
    found = Handed({}, {}, {}, ())
    endpoints: list[Endpoint] = []
    loaded = {stack.parent for stack in world.stacks}
    for resource in world.resources.values():
        if resource.type in _STACKS and resource.address not in loaded:
            endpoints += _to_stack(world, resource, found)
        elif resource.is_custom:
            _to_custom_resource(world, resource, found)
    return replace(found, endpoints=tuple(endpoints))


def _given(world: World, resource: Resource, kind: str) -> list[Address]:
    """The resources of a type that another one is given."""
    named = dict.fromkeys(reference.address for reference in references_in(resource.properties))
    return [address for address in named if address in world.resources and world.resources[address].type == kind]


def _to_stack(world: World, stack: Resource, found: Handed) -> Iterator[Endpoint]:
    def why(what: str) -> Unknown:
        return Unknown(f"whether the nested stack {stack.address} {what}", (f"template of {stack.address}",))

    for table in _given(world, stack, "AWS::EC2::RouteTable"):
        found.routes.setdefault(table, why(f"adds a route to {table}"))
    for subnet in _given(world, stack, "AWS::EC2::Subnet"):
        found.associations.setdefault(subnet, why(f"associates a route table with {subnet}"))
    for group in _given(world, stack, "AWS::EC2::SecurityGroup"):
        found.rules.setdefault(group, why(f"adds a rule to {group}"))
    for vpc in _given(world, stack, "AWS::EC2::VPC"):
        unseen = why(f"makes an endpoint in {vpc}")
        yield Endpoint(stack.address, vpc, unseen, unseen, unseen, exists=stack.exists)


def _to_custom_resource(world: World, custom: Resource, found: Handed) -> None:
    for table in _given(world, custom, "AWS::EC2::RouteTable"):
        why = Unknown(f"whether {custom.address} adds a route to {table}", (f"resource {custom.address}",))
        found.routes.setdefault(table, why)
    if "authorizeSecurityGroup" in render(custom.properties).replace("AuthorizeSecurity", "authorizeSecurity"):
        for group in _given(world, custom, "AWS::EC2::SecurityGroup"):
            why = Unknown(f"whether {custom.address} adds a rule to {group}", (f"resource {custom.address}",))
            found.rules.setdefault(group, why)
