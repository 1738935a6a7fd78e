"""World -> network ACL entries by their ACL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackflight.model.identify import to_address, to_block, to_block6
from stackflight.model.network import AclEntry
from stackflight.model.ranges import Block
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, Unknown, known_flag, known_int, known_text


def read_acls(world: World) -> dict[Address, tuple[AclEntry, ...]]:
    """The entries of every ACL in the world; one that may belong to any of them stands in all, and perhaps."""
    entries: dict[Address, list[AclEntry]] = {
        resource.address: [] for resource in world.of_type("AWS::EC2::NetworkAcl")
    }
    for resource in world.of_type("AWS::EC2::NetworkAclEntry"):
        acl = to_address(world, resource.get("NetworkAclId"))
        if isinstance(acl, Address) and acl in entries:
            entries[acl].append(_acl_entry(resource))
        elif isinstance(acl, Unknown) and not isinstance(resource.get("NetworkAclId"), str):
            perhaps = Unknown(f"which network ACL {resource.address} belongs to", acl.decided_by)
            for found in entries.values():
                found.append(replace(_acl_entry(resource), exists=perhaps))
    return {acl: tuple(found) for acl, found in entries.items()}


def _acl_entry(resource: Resource) -> AclEntry:
    number = known_int(resource.get("RuleNumber"))
    action = known_text(resource.get("RuleAction"))
    protocol = known_text(resource.get("Protocol"))
    block: Block | str | Unknown = "ipv6"
    if resource.get("CidrBlock") is not None:
        block = to_block(resource.get("CidrBlock"))
    elif resource.get("Ipv6CidrBlock") is None:
        block = Unknown("the entry has no block")
    return AclEntry(
        address=resource.address,
        number=number if number is not None else Unknown("the rule number is unknown"),
        egress=known_flag(resource.get("Egress"), False),
        allow=action.lower() == "allow" if action else Unknown("the action is unknown"),
        protocol=protocol if protocol is not None else Unknown("the protocol is unknown"),
        block=block,
        ports=_acl_ports(resource, protocol),
        exists=resource.exists,
        block6=to_block6(resource.get("Ipv6CidrBlock")),
    )


def _acl_ports(resource: Resource, protocol: str | None) -> tuple[int, int] | Unknown:
    if protocol not in {"6", "17"}:
        return (0, 65535)
    ends = list(_port_ends(resource))
    if not ends:
        return (0, 65535)
    low, high = ends
    return (low, high) if low is not None and high is not None else Unknown("the port range is unknown")


def _port_ends(resource: Resource) -> Iterator[int | None]:
    if resource.get("PortRange") is not None:
        yield known_int(resource.get("PortRange", "From"))
        yield known_int(resource.get("PortRange", "To"))
