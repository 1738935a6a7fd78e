"""Packets over IPv6, and through VPC Lattice: the simulator's second half, one packet and its answer at a time.

Written from Amazon's guides (VPC: IPv6, egress-only internet gateways, DNS64 and NAT64; VPC Lattice: security groups, network
ACLs, auth policies).
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from stackflight.model.value import Address, Unknown

if TYPE_CHECKING:
    from packets import Packets, Place

    from stackflight.model.network import RouteEntry, Subnet

Ip6 = ipaddress.IPv6Address
FAR6 = tuple(Ip6(text) for text in ("2001:4860:4860::8888", "2606:4700::1111", "3fff:ffff::1"))
TRANSLATED = tuple(Ip6(f"64:ff9b::{text}") for text in ("808:808", "345e:505"))
LATTICE = tuple(ipaddress.IPv4Address(text) for text in ("169.254.171.1", "169.254.171.200"))


def gets_out(packets: Packets, source: Place, six: bool, ip: Ip6, port: int, back: int) -> bool:
    """A connection to an IPv6 address outside the VPC, a translated one among them."""
    subnet = source.subnet
    if not subnet.ipv6 or not six:
        return False
    if not (groups_let(packets, source, ip, port) and acl_lets(packets, subnet, True, ip, port) and acl_lets(packets, subnet, False, ip, back)):  # fmt: skip
        return False
    found = route(packets, subnet, ip)
    if found is None or not isinstance(found.target, Address):
        return False
    if found.kind == "egress-only":
        return ip not in TRANSLATED and packets.access(subnet, True)
    if found.kind == "internet-gateway":
        return ip not in TRANSLATED and packets.attached(subnet, found.target) and packets.access(subnet, False)
    return found.kind == "nat-gateway" and ip in TRANSLATED and translated(packets, found.target)


def translated(packets: Packets, address: Address) -> bool:
    """NAT64: from the NAT gateway on, a packet is one over IPv4."""
    nat = packets.network.nats[address]
    if nat.public is not True or not isinstance(nat.subnet, Address):
        return False
    place = packets.network.subnets[nat.subnet]
    onward = packets.route(place, ipaddress.IPv4Address("8.8.8.8"))
    if onward is None or onward.kind != "internet-gateway" or not isinstance(onward.target, Address):
        return False
    if place.acl is not None:
        raise packets.NotKnown
    return packets.attached(place, onward.target) and packets.access(place, True)


def groups_let(packets: Packets, source: Place, ip: Ip6, port: int) -> bool:
    for name in source.groups:
        group = packets.network.groups[name]
        if group.egress_default and not group.egress:
            return True
        for rule in group.egress:
            fits = rule.protocol == "-1" or (rule.protocol == "tcp" and packets.in_ports(rule.ports, port))
            if fits and isinstance(rule.block6, ipaddress.IPv6Network) and ip in rule.block6:
                return True
    return False


def acl_lets(packets: Packets, subnet: Subnet, egress: bool, ip: Ip6, port: int) -> bool:
    if subnet.acl is None:
        return True
    assert isinstance(subnet.acl, Address)
    for entry in sorted(packets.network.acls[subnet.acl], key=lambda item: int(str(item.number))):
        block = entry.block6
        if entry.egress is egress and isinstance(block, ipaddress.IPv6Network) and ip in block:
            if entry.protocol == "-1" or packets.in_ports(entry.ports, port):
                return entry.allow is True
    return False


def route(packets: Packets, subnet: Subnet, ip: Ip6) -> RouteEntry | None:
    if not isinstance(subnet.route_table, Address):
        return None
    entries = packets.network.routes.get(subnet.route_table, ())
    found = [item for item in entries if isinstance(item.block6, ipaddress.IPv6Network) and ip in item.block6]
    return max(found, key=lambda item: item.block6.prefixlen, default=None)  # type: ignore[union-attr]


# VPC Lattice ---------------------------------------------------------------------------------------------------------


def calls_lattice(packets: Packets, source: Place, service: Address, port: int, back: int) -> list[bool]:
    """One answer for each address of Lattice: out of the client, into its service network, past both policies."""
    lattice = packets.network.lattice
    homes = lattice.members.get(service, ())
    doors = [door for door in lattice.doors if door.vpc == source.subnet.vpc and door.network in homes]
    found = []
    for ip in LATTICE:
        out = packets.groups_let(source.groups, "egress", port, ip, frozenset())
        acl = packets.acl_lets(source.subnet, True, ip, port) and packets.acl_lets(source.subnet, False, ip, back)
        found.append(out and acl and any(enters(packets, source, door, service, port) for door in doors))
    return found


def enters(packets: Packets, source: Place, door: Any, service: Address, port: int) -> bool:
    names = frozenset(source.groups)
    inside = not door.groups or packets.groups_let(door.groups, "ingress", port, source.ip, names)
    return inside and all(is_let_in(packets, owner) for owner in (service, door.network))


def is_let_in(packets: Packets, owner: Address) -> bool:
    """Somebody who signs nothing, against policies that speak of everybody."""
    auth = packets.network.lattice.auth.get(owner)
    if auth is None:
        return True
    if isinstance(auth, Unknown):
        raise packets.NotKnown
    effects = [item["Effect"] for policy in auth.policies for item in policy["Statement"]]  # type: ignore[index,call-overload,union-attr]
    return "Allow" in effects and "Deny" not in effects


def comes_from_lattice(packets: Packets, target: Place, port: int) -> list[bool]:
    return [packets.groups_let(target.groups, "ingress", port, ip, frozenset()) for ip in LATTICE]
