# ruff: noqa: ARG002, ARG005
"""Faults to plant in either decider: each is a mistake that somebody could make, and has to be found.

A fault of the tracer replaces a function where it is used; a fault of the simulator overrides a method.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any
from unittest.mock import patch

from packets import Packets

from stackflight.model.finding import PASSES, Hop
from stackflight.trace import firewalls
from stackflight.trace.entries import acl_allows
from stackflight.trace.filters import Answer

ALWAYS = Answer(True, "planted")


def _passes(*_: Any, **__: Any) -> Hop:
    return Hop("planted", PASSES, "planted")


def _nothing(*_: Any, **__: Any) -> tuple[Hop, ...]:
    return ()


def _opposite(entry: Any) -> int:
    return -int(entry.number)


def _first(verdicts: list[Any]) -> Any:
    return verdicts[0]


def _shortest(entry: Any) -> int:
    return 32 - int(entry.destination.prefixlen)


def _to_one_port(network: Any, subnet: Any, direction: str, transport: str, ports: Any, blocks: Any) -> Any:
    """An ACL that is asked for one port of those to which answers come."""
    narrow = ((50000, 50000),) if ports == ((1024, 65535),) or ports[0][0] >= 32768 else ports
    return acl_allows(network, subnet, direction, transport, narrow, blocks)


# Name -> module that uses it, what is replaced there, by what.
IN_TRACER: dict[str, tuple[str, str, Any]] = {
    "rule numbers are read backwards": ("entries", "_number", _opposite),
    "answers come to one port only": ("crossings", "acl_allows", _to_one_port),
    "of two routes the shorter prefix wins": ("between", "_length", _shortest),
    "groups are named across all networks": ("paths", "groups_known_across", lambda *_, **__: True),
    "every gateway is attached": ("routing", "gateway_hop", _passes),
    "every interface has a public address": ("routing", "_public_address", _passes),
    "the ACL of a NAT gateway is skipped": ("paths", "acls_of_nat", lambda *_: []),
    "the ACLs between subnets are skipped": ("paths", "acls_between", lambda *_: []),
    "the ACL of the source is skipped": ("paths", "acl_pair", lambda *_: []),
    "private DNS is always on": ("endpoints", "_captures_by_dns", lambda *_: True),
    "a gateway endpoint serves every table": ("endpoints", "_captures_by_route", lambda *_: True),
    "public access is never blocked": ("routing", "access_hops", _nothing),
    "answers need no way back over a gateway": ("hubs", "_way_back", _nothing),
    "an attachment serves every zone": ("between", "_zone_missing", lambda *_: False),
    "any port fits": ("filters", "matches", lambda *_: True),
    "the first place decides for all": ("reachability", "for_all", _first),
    "the last route is the way": ("between", "way_between", lambda network, near, far: _passes()),
    "the ACL is skipped over IPv6": ("ipv6", "acls_for_six", _nothing),
    "any rule lets out to any IPv6 address": ("ipv6", "_lets", lambda *_: True),
    "every table leads to IPv6 addresses": ("ipv6", "_direct", _nothing),
    "nobody asks who calls through Lattice": ("lattice", "auth_hops", _nothing),
    "a firewall lets everything through": ("routing", "box_hop", _passes),
    "stateful rules have no order": ("firewalls", "_in_strict_order", firewalls._in_action_order),
    "inbound rules are skipped": ("paths", "groups_allow", None),
}  # fmt: skip


def _only_egress(real: Any) -> Any:
    def allow(network: Any, groups: Any, direction: str, *rest: Any) -> Any:
        return ALWAYS if direction == "ingress" else real(network, groups, direction, *rest)

    return allow


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The tracer with one fault."""
    module_name, attribute, value = IN_TRACER[name]
    if attribute == "way_between":
        module_name = "paths"
    module = importlib.import_module(f"stackflight.trace.{module_name}")
    value = _only_egress(getattr(module, attribute)) if value is None else value
    with patch.object(module, attribute, value):
        yield


class Backwards(Packets):
    """Rule numbers of ACLs are read backwards."""

    def acl_lets(self, subnet, egress, ip, port):  # type: ignore[no-untyped-def]
        if subnet.acl is None:
            return True
        for entry in sorted(self.network.acls[subnet.acl], key=lambda item: -int(str(item.number))):
            if entry.egress is egress and self.entry_meets(entry, ip, port):
                return entry.allow is True
        return False


class DenyIsAllow(Packets):
    """A deny is read as an allow."""

    def acl_lets(self, subnet, egress, ip, port):  # type: ignore[no-untyped-def]
        entries = self.network.acls[subnet.acl] if subnet.acl is not None else ()
        return subnet.acl is None or any(item.egress is egress and self.entry_meets(item, ip, port) for item in entries)


class NoWayBack(Packets):
    """The answer meets no ACL."""

    def crosses(self, source, target, port, back):  # type: ignore[no-untyped-def]
        return self.acl_lets(source.subnet, True, target.ip, port) and self.acl_lets(target.subnet, False, source.ip, port)  # fmt: skip


class ShortestPrefix(Packets):
    """Of all routes the one with the shortest prefix wins."""

    def route(self, subnet, ip):  # type: ignore[no-untyped-def]
        entries = self.network.routes.get(subnet.route_table, ())
        found = [item for item in entries if isinstance(item.destination, IPv4Network) and ip in item.destination]
        return min(found, key=lambda item: item.destination.prefixlen, default=None)


class GroupsEverywhere(Packets):
    """A rule may name any group, wherever it is."""

    def visible_groups(self, one, other, *, inbound):  # type: ignore[no-untyped-def]
        return frozenset(other.groups)


class NoEgress(Packets):
    """Egress rules are not asked."""

    def group_lets(self, group, direction, port, ip, names):  # type: ignore[no-untyped-def]
        return direction == "egress" or super().group_lets(group, direction, port, ip, names)


class NoIngress(Packets):
    """Ingress rules are not asked."""

    def group_lets(self, group, direction, port, ip, names):  # type: ignore[no-untyped-def]
        return direction == "ingress" or super().group_lets(group, direction, port, ip, names)


class AnyPort(Packets):
    """Ports are not compared."""

    def in_ports(self, ports, port):  # type: ignore[no-untyped-def]
        return True


class Attached(Packets):
    """Every internet gateway is attached to every VPC."""

    def attached(self, subnet, gateway):  # type: ignore[no-untyped-def]
        return True


class NatWithoutAcl(Packets):
    """The ACL of a NAT gateway's subnet is not asked."""

    def by_nat(self, source, address, ip, port, back):  # type: ignore[no-untyped-def]
        nat = self.network.nats[address]
        onward = self.route(self.network.subnets[nat.subnet], ip)
        place = self.network.subnets[nat.subnet]
        out = nat.public is True and onward is not None and onward.kind == "internet-gateway"
        return out and self.attached(place, onward.target) and self.access(place, True)


class PrivateNames(Packets):
    """Every interface endpoint holds its service's name."""

    def endpoints_for(self, subnet, service):  # type: ignore[no-untyped-def]
        gateway, _ = super().endpoints_for(subnet, service)
        own = [item for item in self.network.endpoints if item.vpc == subnet.vpc and item.service == service]
        return gateway, next((item for item in own if item.interface), None)


class OpenAccess(Packets):
    """Public access is never blocked."""

    def access(self, subnet, natted):  # type: ignore[no-untyped-def]
        return True


class OneWay(Packets):
    """Packets need no route back."""

    def connects(self, source, target, port, back):  # type: ignore[no-untyped-def]
        seen = self.visible_groups(source, target, inbound=False)
        back_seen = self.visible_groups(target, source, inbound=True)
        return (
            self.groups_let(source.groups, "egress", port, target.ip, seen)
            and self.groups_let(target.groups, "ingress", port, source.ip, back_seen)
            and self.arrives(source.subnet, target.subnet, target.ip)
            and (source.subnet.address == target.subnet.address or self.crosses(source, target, port, back))
        )


class FullTables(Packets):
    """Every attachment fills every table of a transit gateway."""

    def fills(self, attachment, table):  # type: ignore[no-untyped-def]
        return True


class DefaultTables(Packets):
    """Every attachment is associated with the default table."""

    def transit_table(self, attachment):  # type: ignore[no-untyped-def]
        return attachment.gateway


class EveryZone(Packets):
    """An attachment serves every zone."""

    def zones_of(self, attachment):  # type: ignore[no-untyped-def]
        return {subnet.zone for subnet in self.network.subnets.values()}


class LastRuleWins(Packets):
    """Of the rules of a firewall the last one decides."""

    def through_wall(self, source, route, ip, port, back):  # type: ignore[no-untyped-def]
        box = self.network.middleboxes[route.target]
        policy = replace(box.policy, stateless=box.policy.stateless[::-1], stateful=box.policy.stateful[::-1])
        walled = replace(self.network, middleboxes={route.target: replace(box, policy=policy)})
        return Packets.through_wall(type(self).of(walled, self.host), source, route, ip, port, back)

    @classmethod
    def of(cls, network, host):  # type: ignore[no-untyped-def]
        found = Packets(network)
        found.host = host
        return found


IN_SIMULATOR: tuple[type[Packets], ...] = (
    Backwards, DenyIsAllow, NoWayBack, ShortestPrefix, GroupsEverywhere, NoEgress, NoIngress, AnyPort, Attached, NatWithoutAcl,
    PrivateNames, OpenAccess, OneWay, FullTables, DefaultTables, EveryZone,
    LastRuleWins,
)  # fmt: skip
