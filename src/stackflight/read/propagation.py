"""Route propagation -> the routes that it adds to tables: those of static VPN connections, and unknown ones of all others.

A gateway whose connections all have static routes only propagates just these; what BGP or a route server announces nobody
can tell beforehand. Source: AWS Site-to-Site VPN User Guide, static and dynamic routing, route tables and route priority.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.identify import to_address, to_addresses, to_block
from stackflight.model.network import RouteEntry
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, Unknown, known_flag


def propagated_routes(world: World) -> Iterator[RouteEntry]:
    """An entry for each route of each table; its destination is Unknown where it is announced from elsewhere."""
    for resource in world.of_type("AWS::EC2::VPNGatewayRoutePropagation"):
        gateway = to_address(world, resource.get("VpnGatewayId"))
        routes = _static_routes(world, gateway) if isinstance(gateway, Address) else None
        for table in to_addresses(world, resource.get("RouteTableIds")):
            if isinstance(table, Address):
                yield from _entries(resource, table, gateway, routes)
    for resource in world.of_type("AWS::EC2::RouteServerPropagation"):
        table = to_address(world, resource.get("RouteTableId"))
        if isinstance(table, Address):
            yield from _entries(resource, table, Unknown("a route server"), None)


def _entries(
    resource: Resource, table: Address, target: Address | Unknown, routes: list[Resource] | None
) -> Iterator[RouteEntry]:
    if routes is None:
        why = Unknown(f"which routes {resource.address} propagates", (f"resource {resource.address}",))
        yield RouteEntry(resource.address, table, why, "propagated", target, resource.exists)
    for route in routes or ():
        block = to_block(route.get("DestinationCidrBlock"))
        yield RouteEntry(resource.address, table, block, "vpn-gateway", target, resource.exists)


def _static_routes(world: World, gateway: Address) -> list[Resource] | None:
    """The routes of a gateway's VPN connections; None where one of them is dynamic, or none is in the templates."""
    connections = [
        item
        for item in world.of_type("AWS::EC2::VPNConnection")
        if to_address(world, item.get("VpnGatewayId")) == gateway
    ]
    if not connections or any(known_flag(item.get("StaticRoutesOnly"), False) is not True for item in connections):
        return None
    own = {item.address for item in connections}
    routes = world.of_type("AWS::EC2::VPNConnectionRoute")
    return [item for item in routes if to_address(world, item.get("VpnConnectionId")) in own]
