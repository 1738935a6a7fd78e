"""World -> the VPCs that hold something which may change their paths and which nobody here understands.

Which types these are is marked in network_types.json, beside all that are understood or cannot change a path.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from stackflight.model.identify import to_address
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, Unknown, known_text, references_in


def read_opaque(world: World) -> dict[Address, Unknown]:
    """Each VPC with the first such thing that refers to it, to a route table or to a gateway of it."""
    found: dict[Address, Unknown] = {}
    for kind in _touching():
        for resource in world.of_type(kind):
            if known_text(resource.get("Mode")) == "monitor":
                continue
            why = Unknown(f"what {resource.address} does to what passes", (f"resource {resource.address}",))
            for vpc in _vpcs(world, resource):
                found.setdefault(vpc, why)
    for owner in world.of_type("AWS::EC2::VPC"):
        given = owner.get("VpcEncryptionControl")
        if given is not None and known_text(owner.get("VpcEncryptionControl", "Mode")) != "monitor":
            found.setdefault(owner.address, Unknown(f"what the VpcEncryptionControl of {owner.address} lets through"))
    return found


def _vpcs(world: World, resource: Resource) -> Iterable[Address]:
    for reference in references_in(resource.properties):
        near = world.resources.get(reference.address)
        if near is None:
            continue
        owners = [near] if near.type != "AWS::EC2::InternetGateway" else _attachments(world, near.address)
        for owner in owners:
            place = near.address if near.type == "AWS::EC2::VPC" else to_address(world, owner.get("VpcId"))
            if isinstance(place, Address):
                yield place


def _attachments(world: World, gateway: Address) -> list[Resource]:
    return [
        item
        for item in world.of_type("AWS::EC2::VPCGatewayAttachment")
        if to_address(world, item.get("InternetGatewayId")) == gateway
    ]


@cache
def _touching() -> tuple[str, ...]:
    text = files("stackflight.read").joinpath("network_types.json").read_text(encoding="utf-8")
    return tuple(name for name, mark in json.loads(text)["types"].items() if mark.get("touches_vpc"))
