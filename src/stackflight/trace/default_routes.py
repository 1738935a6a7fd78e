"""A subnet -> the route that public addresses take from it, and whether an internet gateway at its end is attached.

The table associated with the subnet decides, else the VPC's main one, which has the local route only. Source: Amazon VPC
User Guide, route tables.
"""

from __future__ import annotations

from stackflight.model.finding import BLOCKS, PASSES, Hop
from stackflight.model.network import Network, RouteEntry, Subnet
from stackflight.model.ranges import PUBLIC, Block, subtract_block
from stackflight.model.value import Address, Unknown
from stackflight.trace.hops import undecided


def default_route(network: Network, subnet: Subnet) -> RouteEntry | Hop:
    """The route that public addresses take, or the hop that says why there is none or why it is not decidable."""
    return network.tell_once("default route", subnet, _default_route)


def _default_route(network: Network, subnet: Subnet) -> RouteEntry | Hop:
    at = f"route table of {subnet.address}"
    table = _known_table(network, subnet)
    if isinstance(table, Unknown):
        return undecided(at, table)
    entries = [entry for entry in network.routes.get(table, ()) if entry.destination != "ipv6"] if table else []
    public = [entry for entry in entries if isinstance(entry.destination, Block) and _is_public(entry.destination)]
    whole = [entry for entry in public if _covers_everything(entry, public)]
    sure = [entry for entry in whole if entry.exists is True]
    announced = [entry.destination for entry in entries if entry.kind == "propagated"]
    if sure and announced and isinstance(announced[0], Unknown):
        return undecided(at, announced[0])
    if len({(entry.kind, entry.target) for entry in public if entry.exists is True}) == 1 and sure:
        return sure[0]
    if sure and len(public) > len(whole):
        return undecided(at, Unknown("different routes for different public addresses"))
    if sure:
        return sure[0]
    doubtful = [*whole, *public, *(entry for entry in entries if isinstance(entry.destination, Unknown))]
    doubtful += [entry for entry in network.loose_routes if entry.destination != "ipv6"]
    for entry in doubtful:
        reason = next((item for item in (entry.exists, entry.destination) if isinstance(item, Unknown)), None)
        return undecided(at, reason or Unknown(f"{entry.address} covers part of the public addresses"))
    return _no_route(subnet, table)


def _known_table(network: Network, subnet: Subnet) -> Address | Unknown | None:
    """The route table of a subnet, None for the main one of a VPC that the templates describe."""
    table = subnet.route_table
    if isinstance(table, Unknown):
        return table
    if table is not None and table not in network.tables:
        return Unknown(f"{table} is not a route table of the template")
    if isinstance(subnet.vpc, Unknown) and table is None:
        return Unknown(f"the main route table of {subnet.vpc.why}", subnet.vpc.decided_by)
    if isinstance(subnet.vpc, Address) and subnet.vpc not in network.vpcs:
        return Unknown(f"{subnet.vpc} is not a VPC of the template")
    return table


def _no_route(subnet: Subnet, table: Address | None) -> Hop:
    at = f"route table of {subnet.address}"
    if table is None:
        why = f"{subnet.address} has no route table association, so it uses the main table of {subnet.vpc}: local route only"
        remedy = f"associate {subnet.address} with a route table whose default route leads to a NAT gateway or internet gateway"
        return Hop(at, BLOCKS, why, code="NO_ROUTE_TO_DESTINATION", blame=(subnet.address,), remedy=remedy)
    return Hop(
        at, BLOCKS, f"{table} has no route to public addresses", code="NO_ROUTE_TO_DESTINATION", blame=(table,),
        remedy=f"add a route 0.0.0.0/0 to a NAT gateway in {table}",
    )  # fmt: skip


def _is_public(block: Block) -> bool:
    return any(block.overlaps(part) for part in PUBLIC)


def _covers_everything(entry: RouteEntry, among: list[RouteEntry]) -> bool:
    """Whether an entry, with others to the same target, covers every public address."""
    if isinstance(entry.destination, Block) and entry.destination.prefixlen == 0:
        return True
    left = PUBLIC
    for other in among:
        if (other.target == entry.target and other.exists is True) or other is entry:
            if isinstance(other.destination, Block):
                left = subtract_block(left, other.destination)
    return not left


def route_end(entry: RouteEntry) -> str:
    """What a route leads to, in words."""
    return str(entry.target) if isinstance(entry.target, Address) else entry.target.why


def gateway_hop(network: Network, subnet: Subnet, route: RouteEntry) -> Hop:
    """Whether an internet gateway is attached to the VPC of a subnet."""
    at = f"internet gateway {route_end(route)}"
    if isinstance(route.target, Unknown):
        return undecided(at, route.target)
    vpc = network.vpcs.get(subnet.vpc) if isinstance(subnet.vpc, Address) else None
    if vpc is None:
        return undecided(at, Unknown(f"the VPC of {subnet.address}"))
    for gateway, attachment in vpc.internet_gateways:
        if gateway == route.target:
            return Hop(at, PASSES, f"attached to {vpc.address}", relies_on=(attachment,))
    if vpc.perhaps_attached is not None:
        return undecided(at, vpc.perhaps_attached)
    return Hop(
        at, BLOCKS, f"{route.target} is not attached to {vpc.address}", code="NO_ROUTE_TO_DESTINATION",
        blame=(route.target,), remedy=f"add an AWS::EC2::VPCGatewayAttachment of {route.target} to {vpc.address}",
    )  # fmt: skip
