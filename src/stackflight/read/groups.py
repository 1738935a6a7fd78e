"""Security groups of a world: inline rules, stand-alone rules and the default group's additions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from ipaddress import IPv6Network

from stackflight.model.identify import cluster_group, to_address, to_block, to_block6
from stackflight.model.network import Group, Rule
from stackflight.model.ranges import Block
from stackflight.model.template import Resource, World
from stackflight.model.value import (
    Address,
    Reference,
    Unknown,
    Value,
    as_list,
    known_int,
    known_text,
    render,
)
from stackflight.read.handed import Handed
from stackflight.read.needs.destinations import port_of
from stackflight.read.prefix_lists import Entry, entries_of

_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "all": "-1", "58": "icmpv6"}


def read_groups(world: World, handed: Handed) -> dict[Address, Group]:
    """Every group with the rules that belong to it, wherever they are declared.

    That which EKS makes for a cluster lets its own in and everything out, and is not declared. Source: Amazon
    EKS User Guide, security group requirements.
    """
    ingress, loose_in = _standalone(world, "Ingress")
    egress, loose_out = _standalone(world, "Egress")
    groups: dict[Address, Group] = {}
    for resource in world.of_type("AWS::EC2::SecurityGroup"):
        address = resource.address
        declared = resource.get("SecurityGroupEgress")
        inline_in, unsure_in = _inline(world, resource, "SecurityGroupIngress")
        inline_out, unsure_out = _inline(world, resource, "SecurityGroupEgress")
        vpc = resource.get("VpcId")
        groups[address] = Group(
            address=address,
            vpc=to_address(world, vpc) if vpc is not None else None,
            ingress=(*inline_in, *ingress.pop(address, ())),
            egress=(*inline_out, *egress.pop(address, ())),
            egress_default=declared is None or declared == [],
            incomplete=unsure_in or unsure_out or loose_in or loose_out or handed.rules.get(address),
        )
    for cluster in world.of_type("AWS::EKS::Cluster"):
        address = cluster_group(cluster.address)
        own = Rule(address, "-1", (0, 65535), address)
        more = handed.rules.get(address)
        groups[address] = Group(
            address,
            None,
            (own, *ingress.get(address, ())),
            tuple(egress.get(address, ())),
            True,
            loose_in or loose_out or more,
        )
    for address in {*ingress, *egress}:
        if address.id.endswith(".DefaultSecurityGroup"):
            groups[address] = Group(
                address, None, tuple(ingress.get(address, ())), tuple(egress.get(address, ())), egress_default=True
            )
    return groups


def _standalone(world: World, direction: str) -> tuple[dict[Address, list[Rule]], Unknown | None]:
    """Stand-alone rules by group, and why one of them may belong to any group."""
    found: dict[Address, list[Rule]] = defaultdict(list)
    loose: Unknown | None = None
    for resource in world.of_type(f"AWS::EC2::SecurityGroup{direction}"):
        group = to_address(world, resource.get("GroupId"))
        if isinstance(group, Unknown):
            group = to_address(world, resource.get("GroupName"))
        if isinstance(group, Address):
            found[group] += _rules(world, resource.address, resource.properties, direction, resource.exists)
        elif not isinstance(resource.get("GroupId"), str):
            loose = group
    return found, loose


def _inline(world: World, resource: Resource, key: str) -> tuple[list[Rule], Unknown | None]:
    direction = "Ingress" if key.endswith("Ingress") else "Egress"
    rules: list[Rule] = []
    unsure: Unknown | None = None
    for item in as_list(resource.get(key)):
        if isinstance(item, Unknown):
            choices = [choice for choice in item.candidates if isinstance(choice, dict)]
            rules += [rule for given in choices for rule in _rules(world, resource.address, given, direction, item)]
            unsure = unsure or (None if choices else item)
            nested = [part for choice in item.candidates if isinstance(choice, list) for part in choice]
            for part in nested:
                if isinstance(part, dict):
                    rules += _rules(world, resource.address, part, direction, item)
        elif isinstance(item, dict):
            rules += _rules(world, resource.address, item, direction, resource.exists)
    return rules, unsure


def _rules(
    world: World, address: Address, given: dict[str, Value], direction: str, exists: bool | Unknown
) -> list[Rule]:
    """The rule as it stands; one that names a prefix list is as many rules as the list has entries."""
    side = "Source" if direction == "Ingress" else "Destination"
    entries = entries_of(world, given.get(f"{side}PrefixListId"))
    rule = _rule(world, address, given, direction, exists)
    return [rule] if entries is None else [_for_entry(rule, entry) for entry in entries]


def _for_entry(rule: Rule, entry: Entry) -> Rule:
    return replace(rule, peer="ipv6", block6=entry) if isinstance(entry, IPv6Network) else replace(rule, peer=entry)


def _rule(world: World, address: Address, given: dict[str, Value], direction: str, exists: bool | Unknown) -> Rule:
    protocol = known_text(given.get("IpProtocol"))
    name = _PROTOCOLS.get(protocol.lower(), protocol.lower()) if protocol is not None else None
    return Rule(
        address=address,
        protocol=name if name is not None else Unknown("the protocol is unknown"),
        ports=_ports(world, given, name),
        peer=_peer(world, given, "Source" if direction == "Ingress" else "Destination"),
        exists=exists,
        block6=to_block6(given.get("CidrIpv6")),
    )


def _ports(world: World, given: dict[str, Value], protocol: str | None) -> tuple[int, int] | Unknown:
    if protocol == "-1":
        return (0, 65535)
    low, high = (_port(world, given.get(key)) for key in ("FromPort", "ToPort"))
    if low is None and high is None:
        return (0, 65535)
    start, end = known_int(low), known_int(high if high is not None else low)
    if low is None:
        start = 0
    if start is None or end is None:
        return _unknown_port(low, high)
    return (0, 65535) if start == -1 else (start, end)


def _port(world: World, value: Value) -> Value:
    """A port attribute of a database or cache (`Endpoint.Port`) is the port that it listens on."""
    if isinstance(value, Reference) and value.attribute.lower().endswith("port"):
        found = port_of(world, value.address)
        return found if found is not None else value
    return value


def _unknown_port(*values: Value) -> Unknown:
    blamed = next((value for value in values if isinstance(value, (Unknown, Reference))), None)
    if isinstance(blamed, Unknown) and blamed.candidates:
        return blamed
    decided = blamed.decided_by if isinstance(blamed, Unknown) else ()
    return Unknown(f"the port {render(blamed)} is known only at deployment", decided)


def _peer(world: World, given: dict[str, Value], side: str) -> Block | Address | str | Unknown:
    for key in (f"{side}SecurityGroupId", f"{side}SecurityGroupName"):
        if given.get(key) is not None:
            return to_address(world, given[key])
    if given.get("CidrIp") is not None:
        return to_block(given["CidrIp"])
    if given.get("CidrIpv6") is not None:
        return "ipv6"
    if given.get(f"{side}PrefixListId") is not None:
        return Unknown("the entries of a prefix list", ("prefix list",))
    return Unknown("the rule names no peer")
