"""World -> routes by table, and those whose table is not known."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from ipaddress import IPv6Network

from stackflight.model.identify import to_address, to_block, to_block6
from stackflight.model.network import RouteEntry, ServiceList
from stackflight.model.ranges import Block
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, Unknown
from stackflight.read.handed import Handed
from stackflight.read.middleboxes import endpoint_of_route
from stackflight.read.prefix_lists import entries_of
from stackflight.read.propagation import propagated_routes

_TARGETS = {
    "GatewayId": "internet-gateway",
    "NatGatewayId": "nat-gateway",
    "EgressOnlyInternetGatewayId": "egress-only",
    "InstanceId": "instance",
    "NetworkInterfaceId": "interface",
    "VpcPeeringConnectionId": "peering",
    "TransitGatewayId": "transit-gateway",
    "VpcEndpointId": "endpoint",
    "LocalGatewayId": "local-gateway",
    "CarrierGatewayId": "carrier-gateway",
    "CoreNetworkArn": "core-network",
}


def read_routes(world: World, handed: Handed) -> tuple[dict[Address, tuple[RouteEntry, ...]], tuple[RouteEntry, ...]]:
    """Every `AWS::EC2::Route`; a target that is a VPN gateway is told from an internet gateway."""
    by_table: dict[Address, list[RouteEntry]] = defaultdict(list)
    loose: list[RouteEntry] = []
    for resource in world.of_type("AWS::EC2::Route"):
        table = to_address(world, resource.get("RouteTableId"))
        key = next((name for name in _TARGETS if resource.get(name) is not None), None)
        target = to_address(world, resource.get(key)) if key else Unknown("the route has no target")
        kind = _TARGETS[key] if key else "unknown"
        if isinstance(target, Address) and world.resources[target].type == "AWS::EC2::VPNGateway":
            kind = "vpn-gateway"
        if kind == "endpoint" and isinstance(target, Unknown):
            target = endpoint_of_route(world, resource) or target
        if isinstance(target, Unknown) and kind == "internet-gateway":
            kind = "vpn-gateway" if target.why.startswith("vgw-") else kind
        entry = RouteEntry(
            resource.address,
            table if isinstance(table, Address) else resource.address,
            _destination(resource),
            kind,
            target,
            resource.exists,
            to_block6(resource.get("DestinationIpv6CidrBlock")),
        )
        for one in _of_list(world, resource, entry):
            if isinstance(table, Address):
                by_table[table].append(one)
            else:
                loose.append(one)
    for entry in (*propagated_routes(world), *handed.entries()):
        by_table[entry.table].append(entry)
    return {table: tuple(entries) for table, entries in by_table.items()}, tuple(loose)


def _of_list(world: World, resource: Resource, entry: RouteEntry) -> list[RouteEntry]:
    """A route to a prefix list of the template is one route for each of its entries."""
    entries = entries_of(world, resource.get("DestinationPrefixListId"))
    blocks = [item for item in entries or () if not isinstance(item, ServiceList)]
    return [_for_entry(entry, item) for item in blocks] or [entry]


def _for_entry(route: RouteEntry, item: Block | IPv6Network | Unknown) -> RouteEntry:
    if isinstance(item, IPv6Network):
        return replace(route, destination="ipv6", block6=item)
    return replace(route, destination=item)


def _destination(resource: Resource) -> Block | str | Unknown:
    if resource.get("DestinationCidrBlock") is not None:
        return to_block(resource.get("DestinationCidrBlock"))
    if resource.get("DestinationIpv6CidrBlock") is not None:
        return "ipv6"
    if resource.get("DestinationPrefixListId") is not None:
        return Unknown("the entries of a prefix list", ("prefix list",))
    return Unknown("the route has no destination")
