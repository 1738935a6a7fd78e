"""Packets through a firewall: the simulator's third part, one packet and its answer at a time.

Written from the AWS Network Firewall Developer Guide (stateless and stateful engines, evaluation order, domain lists,
asymmetric routing) and the Amazon VPC User Guide (gateway route tables).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackflight.model.middlebox import DomainRule, FirewallPolicy, PacketRule
from stackflight.model.value import Address, Unknown

if TYPE_CHECKING:
    from packets import Ip, Packets, Place

    from stackflight.model.network import RouteEntry


def gets_through(packets: Packets, source: Place, route: RouteEntry, ip: Ip, port: int, back: int) -> bool:
    """From a subnet over the endpoint that its route names, and on; the answers have to come back the same way."""
    assert isinstance(route.target, Address)
    box = packets.network.middleboxes[route.target]
    if isinstance(box.policy, Unknown) or len(box.subnets) != 1 or not isinstance(box.subnets[0], Address):
        raise packets.NotKnown
    place = packets.network.subnets[box.subnets[0]]
    if place.address == source.subnet.address:
        raise packets.NotKnown
    if not let_through(packets, box.policy, source.ip, ip, port, back):
        return False
    onward = packets.route(place, ip)
    if onward is None or not isinstance(onward.target, Address):
        return False
    if onward.kind == "nat-gateway":
        nat = packets.network.nats[onward.target].subnet
        behind = packets.route(packets.network.subnets[nat], ip) if isinstance(nat, Address) else None
        if behind is None or behind.kind not in {"internet-gateway", "endpoint"}:
            return False
        raise packets.NotKnown  # its answers take the local route, around the firewall
    if onward.kind != "internet-gateway" or not source.public:
        return False
    if not (packets.attached(place, onward.target) and packets.access(place, False)):
        return False
    if came_back_by(packets, onward.target, source.ip) != route.target:
        raise packets.NotKnown
    return True


def came_back_by(packets: Packets, gateway: Address, ip: Ip) -> Address | Unknown | None:
    """What the route table of a gateway leads answers for an address through; None where they come by the local route."""
    table = packets.network.edges.get(gateway)
    if not isinstance(table, Address):
        return None
    found = [item for item in packets.network.routes.get(table, ()) if ip in item.destination]  # type: ignore[operator]
    return found[0].target if found else None


def let_through(packets: Packets, policy: FirewallPolicy, source: Ip, ip: Ip, port: int, back: int) -> bool:
    there, answer = action(policy, source, ip, port), action(policy, ip, source, back)
    if "drop" in {there, answer}:
        return False
    if there != answer:
        raise packets.NotKnown
    return there == "pass" or inspected(packets, policy, source, ip, port)


def action(policy: FirewallPolicy, source: Ip, to: Ip, port: int) -> str:
    for rule in policy.stateless:
        assert isinstance(rule, PacketRule)
        if meets(rule, source, to, port):
            return rule.action
    assert isinstance(policy.otherwise, str)
    return policy.otherwise


def meets(rule: PacketRule, source: Ip, to: Ip, port: int) -> bool:
    ends = [(rule.sources, source), (rule.destinations, to)]
    there = all(not blocks or any(ip in block for block in blocks) for blocks, ip in ends)  # type: ignore[union-attr]
    return there and (not rule.ports or any(low <= port <= high for low, high in rule.ports))  # type: ignore[union-attr]


def inspected(packets: Packets, policy: FirewallPolicy, source: Ip, ip: Ip, port: int) -> bool:
    """The stateful rules: in their order, or whatever passes before whatever drops."""
    said = [(rule, told) for rule in policy.stateful if (told := says(packets, rule, source, ip, port))]
    if policy.strict:
        for rule, told in said:
            if isinstance(rule, DomainRule) and told == "pass" and policy.at_last == "drop all":
                raise packets.NotKnown
            return told == "pass"
        return policy.at_last == "pass"
    passing = [rule for rule, told in said if told == "pass"]
    if passing and all(isinstance(rule, DomainRule) for rule in passing):
        if any(isinstance(rule, PacketRule) and told == "drop" for rule, told in said):
            raise packets.NotKnown
    return bool(passing) or not any(told == "drop" for _, told in said)


def says(packets: Packets, rule: object, source: Ip, ip: Ip, port: int) -> str:
    """What a rule does with a connection; nothing where it does not speak of it."""
    if isinstance(rule, PacketRule):
        return rule.action if rule.action != "forward" and meets(rule, source, ip, port) else ""
    assert isinstance(rule, DomainRule)
    if port not in rule.ports:
        return ""
    bare = [name.removeprefix(".") for name in rule.domains]
    listed = packets.host in bare or any(name.startswith(".") and packets.host.endswith(name) for name in rule.domains)
    if rule.allows:
        return "pass" if listed else "drop"
    return "drop" if listed else ""
