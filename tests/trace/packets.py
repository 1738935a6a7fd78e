"""A second opinion on reachability: one packet and its answer at a time over a network, slow and obvious.

IPv6 and VPC Lattice are in `packets6`. Written from Amazon's guides (VPC: security groups, network ACLs, route tables, NAT gateways, block public access;
PrivateLink: interface and gateway endpoints; VPC Peering; Transit Gateways). It shares no code with `stackflight.trace`;
what it knows of a network are the nouns of `stackflight.model`. Where a value is not known it raises.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from packets_walls import came_back_by, gets_through

from stackflight.model.network import Endpoint, Group, Network, RouteEntry, Rule, Subnet
from stackflight.model.transit import TransitAttachment
from stackflight.model.value import Address, Unknown

Ip = ipaddress.IPv4Address
BACK_PORTS = (1024, 30000, 65535)
FAR = tuple(Ip(text) for text in ("8.8.8.8", "52.94.5.5", "203.0.113.9", "130.0.0.7"))


class NotKnown(Exception):
    """The network holds something that the simulator does not decide."""


@dataclass(frozen=True)
class Place:
    """One interface: its subnet, the groups on it, its address, and whether a public address stands for it."""

    subnet: Subnet
    groups: tuple[Address, ...]
    ip: Ip
    public: bool = False


class Packets:
    """Decides single packets; the methods that faults are planted in are small on purpose."""

    NotKnown = NotKnown
    host = ""
    """The name that is called, which a firewall may ask for."""

    def __init__(self, network: Network) -> None:
        self.network = network

    # security groups -------------------------------------------------------------------------------------------------

    def groups_let(
        self, groups: Iterable[Address], direction: str, port: int, ip: Ip, names: frozenset[Address]
    ) -> bool:
        return any(self.group_lets(self.network.groups[group], direction, port, ip, names) for group in groups)

    def group_lets(self, group: Group, direction: str, port: int, ip: Ip, names: frozenset[Address]) -> bool:
        rules = group.egress if direction == "egress" else group.ingress
        if direction == "egress" and group.egress_default and not rules:
            return True
        return any(self.rule_lets(rule, port, ip, names) for rule in rules)

    def rule_lets(self, rule: Rule, port: int, ip: Ip, names: frozenset[Address]) -> bool:
        if rule.protocol not in {"tcp", "-1"}:
            return False
        if rule.protocol == "tcp" and not self.in_ports(rule.ports, port):
            return False
        if isinstance(rule.peer, Address):
            return rule.peer in names
        if isinstance(rule.peer, ipaddress.IPv4Network):
            return ip in rule.peer
        if isinstance(rule.peer, Unknown):
            raise NotKnown
        return False

    def in_ports(self, ports: object, port: int) -> bool:
        assert isinstance(ports, tuple)
        return bool(ports[0] <= port <= ports[1])

    def visible_groups(self, one: Place, other: Place, *, inbound: bool) -> frozenset[Address]:
        """The groups of `other` that rules of `one` may name."""
        if one.subnet.vpc == other.subnet.vpc or self.peered(one.subnet.vpc, other.subnet.vpc):
            return frozenset(other.groups)
        if inbound and self.referenced_over_transit(one.subnet.vpc, other.subnet.vpc):
            return frozenset(other.groups)
        return frozenset()

    def peered(self, one: object, other: object) -> bool:
        return any({item.requester, item.accepter} == {one, other} for item in self.network.peerings.values())

    def referenced_over_transit(self, one: object, other: object) -> bool:
        for gateway in self.network.transit.gateways.values():
            ends = [item for item in self.network.transit.attachments if item.gateway == gateway.address and item.vpc in {one, other}]  # fmt: skip
            if {item.vpc for item in ends} == {one, other} and gateway.group_references is True:
                return all(item.group_references is True for item in ends)
        return False

    # network ACLs ----------------------------------------------------------------------------------------------------

    def acl_lets(self, subnet: Subnet, egress: bool, ip: Ip, port: int) -> bool:
        if subnet.acl is None:
            return True
        assert isinstance(subnet.acl, Address)
        for entry in sorted(self.network.acls[subnet.acl], key=lambda item: int(str(item.number))):
            if entry.egress is egress and self.entry_meets(entry, ip, port):
                return entry.allow is True
        return False

    def entry_meets(self, entry: object, ip: Ip, port: int) -> bool:
        protocol, block, ports = entry.protocol, entry.block, entry.ports  # type: ignore[attr-defined]
        if protocol not in {"6", "-1"} or not isinstance(block, ipaddress.IPv4Network):
            return False
        return ip in block and (protocol == "-1" or self.in_ports(ports, port))

    # routes ----------------------------------------------------------------------------------------------------------

    def is_local(self, subnet: Subnet, ip: Ip) -> bool:
        assert isinstance(subnet.vpc, Address)
        return any(ip in block for block in self.network.vpcs[subnet.vpc].cidrs)

    def route(self, subnet: Subnet, ip: Ip) -> RouteEntry | None:
        """The route of a subnet outside its VPC: of all that hold the address the one with the longest prefix."""
        if not isinstance(subnet.route_table, Address):
            return None
        found = [item for item in self.network.routes.get(subnet.route_table, ()) if isinstance(item.destination, ipaddress.IPv4Network) and ip in item.destination]  # fmt: skip
        return max(found, key=lambda item: item.destination.prefixlen, default=None)  # type: ignore[union-attr]

    def arrives(self, near: Subnet, far: Subnet, ip: Ip) -> bool:
        """Whether a packet that leaves one subnet for an address of another one gets there."""
        if self.is_local(near, ip):
            return near.vpc == far.vpc
        route = self.route(near, ip)
        if route is None or not isinstance(route.target, Address):
            return False
        if route.kind == "peering":
            peering = self.network.peerings[route.target]
            return {peering.requester, peering.accepter} == {near.vpc, far.vpc}
        if route.kind == "transit-gateway":
            attachment = self.over_transit(near, route.target, ip)
            return attachment is not None and attachment.vpc == far.vpc
        nat = self.network.nats.get(route.target)
        onward = self.route(self.network.subnets[nat.subnet], ip) if nat and isinstance(nat.subnet, Address) else None
        if onward is not None and onward.kind not in {"internet-gateway", "nat-gateway"}:
            raise NotKnown  # it translates, and leads on
        return False

    def over_transit(self, near: Subnet, gateway: Address, ip: Ip) -> TransitAttachment | None:
        """The attachment that a transit gateway sends a packet to; None where it drops it."""
        own = next((item for item in self.network.transit.attachments if item.vpc == near.vpc and item.gateway == gateway), None)  # fmt: skip
        if own is None or near.zone not in self.zones_of(own):
            return None
        table = self.transit_table(own)
        if table is None:
            return None
        found: list[tuple[int, int, TransitAttachment | None]] = []
        for route in self.network.transit.routes.get(table, ()):
            if isinstance(route.destination, ipaddress.IPv4Network) and ip in route.destination:
                target = next((item for item in self.network.transit.attachments if item.address == route.attachment), None)  # fmt: skip
                found.append((route.destination.prefixlen, 1, target))
        for item in self.network.transit.attachments:
            if self.fills(item, table) and isinstance(item.vpc, Address):
                found += [(block.prefixlen, 0, item) for block in self.network.vpcs[item.vpc].cidrs if ip in block]
        return max(found, key=lambda item: item[:2])[2] if found else None

    def zones_of(self, attachment: TransitAttachment) -> set[object]:
        return {self.network.subnets[item].zone for item in attachment.subnets if isinstance(item, Address)}

    def transit_table(self, attachment: TransitAttachment) -> Address | None:
        if attachment.address in self.network.transit.associations:
            return self.network.transit.associations[attachment.address][0]
        assert isinstance(attachment.gateway, Address)
        gateway = self.network.transit.gateways[attachment.gateway]
        return gateway.address if gateway.default_association is True else None

    def fills(self, attachment: TransitAttachment, table: Address) -> bool:
        if (attachment.address, table) in self.network.transit.propagations:
            return True
        gateway = self.network.transit.gateways.get(table)
        return gateway is not None and attachment.gateway == table and gateway.default_propagation is True

    # flows -----------------------------------------------------------------------------------------------------------

    def connects(self, source: Place, target: Place, port: int, back: int) -> bool:
        """A connection between two interfaces, the answer included."""
        seen = self.visible_groups(source, target, inbound=False)
        if not self.groups_let(source.groups, "egress", port, target.ip, seen):
            return False
        seen = self.visible_groups(target, source, inbound=True)
        if not self.groups_let(target.groups, "ingress", port, source.ip, seen):
            return False
        if source.subnet.address == target.subnet.address:
            return True
        there = self.arrives(source.subnet, target.subnet, target.ip)
        return (
            there and self.arrives(target.subnet, source.subnet, source.ip) and self.crosses(source, target, port, back)
        )

    def crosses(self, source: Place, target: Place, port: int, back: int) -> bool:
        return (
            self.acl_lets(source.subnet, True, target.ip, port)
            and self.acl_lets(target.subnet, False, source.ip, port)
            and self.acl_lets(target.subnet, True, source.ip, back)
            and self.acl_lets(source.subnet, False, target.ip, back)
        )

    def gets_out(self, source: Place, ip: Ip, port: int, back: int) -> bool:
        """A connection to a public address, the answer included."""
        if not self.groups_let(source.groups, "egress", port, ip, frozenset()):
            return False
        if not (self.acl_lets(source.subnet, True, ip, port) and self.acl_lets(source.subnet, False, ip, back)):
            return False
        route = self.route(source.subnet, ip)
        if route is None or not isinstance(route.target, Address):
            return False
        if route.kind == "internet-gateway":
            out = source.public and self.attached(source.subnet, route.target) and self.access(source.subnet, False)
            return out and self.straight_back(route.target, source.ip)
        if route.kind == "endpoint":
            return self.through_wall(source, route, ip, port, back)
        if route.kind == "nat-gateway":
            return self.by_nat(source, route.target, ip, port, back)
        if route.kind == "transit-gateway":
            return self.by_transit(source, route.target, ip, port, back)
        return False

    def through_wall(self, source: Place, route: RouteEntry, ip: Ip, port: int, back: int) -> bool:
        return gets_through(self, source, route, ip, port, back)

    def straight_back(self, gateway: Address, ip: Ip) -> bool:
        """Answers that come in over a gateway meet nothing that the request did not pass."""
        if came_back_by(self, gateway, ip) is not None:
            raise NotKnown
        return True

    def attached(self, subnet: Subnet, gateway: Address) -> bool:
        assert isinstance(subnet.vpc, Address)
        return any(item == gateway for item, _ in self.network.vpcs[subnet.vpc].internet_gateways)

    def by_nat(self, source: Place, address: Address, ip: Ip, port: int, back: int) -> bool:
        nat = self.network.nats[address]
        if nat.public is not True or not isinstance(nat.subnet, Address):
            return False
        place = self.network.subnets[nat.subnet]
        onward = self.route(place, ip)
        if onward is not None and onward.kind == "endpoint":
            if not self.through_wall(Place(place, (), place.cidr[5], True), onward, ip, port, back):  # type: ignore[index]
                return False
        elif (
            onward is None
            or onward.kind != "internet-gateway"
            or not isinstance(onward.target, Address)
            or not (
                self.attached(place, onward.target)
                and self.access(place, True)
                and self.straight_back(onward.target, place.cidr[5])
            )
        ):
            return False
        if place.address == source.subnet.address:
            return True
        return (
            self.acl_lets(place, False, source.ip, port)
            and self.acl_lets(place, True, ip, port)
            and self.acl_lets(place, False, ip, back)
            and self.acl_lets(place, True, source.ip, back)
        )

    def by_transit(self, source: Place, gateway: Address, ip: Ip, port: int, back: int) -> bool:
        """From an interface of the attachment on to a NAT gateway there, and the answers back to the source."""
        attachment = self.over_transit(source.subnet, gateway, ip)
        if attachment is None or attachment.vpc == source.subnet.vpc:
            return False
        places = [self.network.subnets[item] for item in attachment.subnets if isinstance(item, Address)]
        alike = [place for place in places if place.zone == source.subnet.zone] or places
        return all(self.from_attachment(source, place, ip, port, back) for place in alike)

    def from_attachment(self, source: Place, place: Subnet, ip: Ip, port: int, back: int) -> bool:
        if place.acl is not None:
            raise NotKnown
        onward = self.route(place, ip)
        if onward is None or onward.kind != "nat-gateway" or not isinstance(onward.target, Address):
            return False
        nat = self.network.nats[onward.target]
        if not isinstance(nat.subnet, Address):
            return False
        home = self.network.subnets[nat.subnet]
        answered = self.route(home, source.ip)
        if answered is not None and answered.kind == "peering":
            raise NotKnown
        if not self.arrives(home, source.subnet, source.ip):
            return False
        return self.by_nat(Place(place, (), source.ip), onward.target, ip, port, back)

    def access(self, subnet: Subnet, natted: bool) -> bool:
        """VPC Block Public Access."""
        block = self.network.public_access
        if block is None or (block.mode == "block-ingress" and natted):
            return True
        modes = [block.exclusions[item][0] for item in (subnet.address, subnet.vpc) if isinstance(item, Address) and item in block.exclusions]  # fmt: skip
        if not modes:
            return False
        return modes[0] == "allow-bidirectional" or block.mode == "block-bidirectional"

    # services --------------------------------------------------------------------------------------------------------

    def endpoints_for(self, subnet: Subnet, service: str) -> tuple[Endpoint | None, Endpoint | None]:
        """The gateway endpoint on a subnet's route table, and the interface endpoint that holds the service's name."""
        own = [item for item in self.network.endpoints if item.vpc == subnet.vpc and item.service == service]
        gateway = [item for item in own if item.interface is False and subnet.route_table in item.route_tables and subnet.route_table]  # fmt: skip
        named = [item for item in own if item.interface is True and item.private_dns is True and item.inbound_only is False]  # fmt: skip
        return (gateway[0] if gateway else None), (named[0] if named else None)

    def calls(self, source: Place, service: str, ip: Ip, back: int) -> list[bool]:
        """One answer for every interface that may be taken."""
        assert isinstance(source.subnet.vpc, Address)
        vpc = self.network.vpcs[source.subnet.vpc]
        gateway, named = self.endpoints_for(source.subnet, service)
        if vpc.dns_support is not True:
            return [False]
        if gateway is not None:
            out = self.groups_let(source.groups, "egress", 443, ip, frozenset())
            acl = self.acl_lets(source.subnet, True, ip, 443) and self.acl_lets(source.subnet, False, ip, back)
            return [out and acl]
        if named is None:
            return [self.gets_out(source, ip, 443, back)]
        if vpc.dns_hostnames is not True:
            return [False]
        return [self.connects(source, place, 443, back) for place in self.interfaces(named)]

    def interfaces(self, endpoint: Endpoint) -> Iterator[Place]:
        assert isinstance(endpoint.vpc, Address)
        groups = tuple(item for item in endpoint.groups if isinstance(item, Address)) or (self.network.default_group(endpoint.vpc),)  # fmt: skip
        for item in endpoint.subnets:
            if isinstance(item, Address):
                yield from places(self.network.subnets[item], groups)


def places(subnet: Subnet, groups: tuple[Address, ...], public: bool = False) -> list[Place]:
    """Interfaces of a subnet at its first and last address that can be had; one without where it has no IPv4 addresses."""
    if subnet.native6 is True:
        return [Place(subnet, groups, Ip(0), public)]
    assert isinstance(subnet.cidr, ipaddress.IPv4Network)
    return [Place(subnet, groups, subnet.cidr[index], public) for index in (4, -2)]
