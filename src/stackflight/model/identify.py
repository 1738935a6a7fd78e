"""Property values that name other resources or address blocks -> addresses and blocks, or Unknown."""

from __future__ import annotations

import ipaddress

from stackflight.model.ranges import Block
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, Reference, Unknown, Value, as_list, known_text, references_in, render

ACCOUNT = "the account"
"""The stack under which a world keeps what exists already; no stack can bear this name."""


_GROUPS = {"AWS::EC2::VPC": ("DefaultSecurityGroup",), "AWS::EKS::Cluster": ("ClusterSecurityGroupId",)}
"""Attributes that name a security group which a resource brings along."""


def to_address(world: World, value: Value) -> Address | Unknown:
    """The resource that an id property names; Unknown for parameters, foreign ids, and literals of no known piece."""
    match value:
        case Reference(address, attribute) if address in world.resources:
            if attribute in _GROUPS.get(world.resources[address].type, ()):
                return Address(address.stack, f"{address.id}.{attribute}")
            return address
        case Unknown():
            return value
        case None:
            return Unknown("not given")
        case str() if (existing := Address(ACCOUNT, value)) in world.resources:
            return existing
        case str():
            return Unknown(f"{value} is not part of the template", (f"resource {value}",))
        case _:
            decided = value.decided_by if isinstance(value, Unknown) else ()
            return Unknown(f"{render(value)} is not part of the template", decided)


def cluster_group(cluster: Address) -> Address:
    """The address under which the group is kept that EKS makes for a cluster."""
    return Address(cluster.stack, f"{cluster.id}.ClusterSecurityGroupId")


def resource_named(world: World, value: Value, *types: str) -> Resource | None:
    """The resource of the world that a value names, if it has one of the types (any where none is given)."""
    address = to_address(world, value)
    found = world.resources.get(address) if isinstance(address, Address) else None
    return found if found is not None and (not types or found.type in types) else None


def imported_by(resource: Resource) -> frozenset[Reference]:
    """What the properties of a resource take of other stacks by `Fn::ImportValue`."""
    sources = {edge.target for edge in resource.edges if edge.kind == "Fn::ImportValue"}
    if not sources:
        return frozenset()
    return frozenset(found for found in references_in(resource.properties) if found.address in sources)


def to_addresses(world: World, value: Value) -> tuple[Address | Unknown, ...]:
    """The resources that a list of ids names; one Unknown for a list that is unknown as a whole."""
    found: list[Address | Unknown] = []
    for item in as_list(value):
        if isinstance(item, list):
            found.extend(to_addresses(world, item))
        elif isinstance(item, str) and "," in item:
            found.extend(to_address(world, part.strip()) for part in item.split(","))
        else:
            found.append(to_address(world, item))
    return tuple(dict.fromkeys(found))


def to_block(value: Value) -> Block | Unknown:
    """An IPv4 block; Unknown where it is not known or malformed."""
    if isinstance(value, Unknown):
        return value
    text = known_text(value)
    if text is None:
        return Unknown(f"the block {render(value)} is known only at deployment")
    try:
        return ipaddress.IPv4Network(text.strip(), strict=False)
    except ValueError:
        return Unknown(f"{text} is not an IPv4 block")


def to_block6(value: Value) -> ipaddress.IPv6Network | Unknown | None:
    """An IPv6 block, None where there is none; Unknown where it is not known or malformed."""
    if value is None:
        return None
    text = known_text(value)
    try:
        return ipaddress.IPv6Network(text or "", strict=False)
    except ValueError:
        return value if isinstance(value, Unknown) else Unknown(f"the block {render(value)}")
