"""A default route that leads to another VPC -> whether public addresses are reached from there.

Peering never leads to another VPC's gateways. A transit gateway leads to the subnets of an attachment, whose own tables
lead on, and the way back has to exist as well. Sources: Amazon VPC Peering Guide, unsupported configurations (edge to
edge routing); Amazon VPC Transit Gateways guide, example: centralized outbound routing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from stackflight.model.finding import BLOCKS, PASSES, Hop
from stackflight.model.network import Network, RouteEntry, Subnet
from stackflight.model.transit import TransitAttachment
from stackflight.model.value import Address, Unknown
from stackflight.trace.between import TO_INTERNET, look_up, transit_way
from stackflight.trace.hops import undecided, verdict_of

_ALL = ipaddress.IPv4Network("0.0.0.0/0")
Onward = Callable[[Network, Subnet, Address], tuple[tuple[Hop, ...], Subnet | None]]


def over_peering(subnet: Subnet, route: RouteEntry) -> Hop:
    """Public addresses behind a peering connection."""
    name = route.target if isinstance(route.target, Address) else "a peering connection"
    return Hop(
        f"peering {name}", BLOCKS, f"{route.address} sends public addresses over {name}, which leads to addresses of the "
        "other VPC only, never to its gateways", code="NO_ROUTE_TO_DESTINATION", blame=(route.address,),
        remedy=f"route public addresses of {subnet.address} to a NAT gateway of its own VPC",
    )  # fmt: skip


def over_transit(network: Network, subnet: Subnet, route: RouteEntry, onward: Onward) -> tuple[Hop, ...]:
    """The hops from a subnet over a transit gateway to the internet, the worst of the attachment's places."""
    if not isinstance(route.target, Address):
        return (undecided("transit gateway", route.target),)
    found = transit_way(network, subnet, route, _ALL)
    if isinstance(found, Hop):
        return (found,)
    at = f"transit gateway {route.target}"
    if found.vpc == subnet.vpc:
        return (Hop(at, BLOCKS, f"it leads back to {subnet.vpc}", code="TGW_RTB_CANNOT_ROUTE", blame=(route.target,), remedy="route 0.0.0.0/0 in its table to a VPC with a NAT gateway"),)  # fmt: skip
    places = [network.subnets.get(item) if isinstance(item, Address) else None for item in found.subnets]
    alike = [place for place in places if place is not None and place.zone == subnet.zone]
    ways = [_from_place(network, subnet, place, found, onward) for place in (alike or places)]
    order = {"no": 0, "intermittent": 1, "unknown": 2, "yes": 3}
    worst = min(ways, key=lambda hops: order[verdict_of(hops).value], default=(undecided(at, "its subnets"),))
    return (Hop(at, PASSES, f"leads to {found.address}", relies_on=(found.address,)), *worst)


def _from_place(
    network: Network, subnet: Subnet, place: Subnet | None, attachment: TransitAttachment, onward: Onward
) -> tuple[Hop, ...]:
    if place is None:
        return (undecided("transit gateway", Unknown(f"the subnets of {attachment.address}")),)
    hops, nat = onward(network, place, attachment.address)
    if isinstance(place.acl, Address):
        hops = (*hops, undecided(f"network ACL of {place.address}", f"whether {place.acl} lets it through"))
    return (*hops, *_way_back(network, subnet, nat)) if nat is not None else hops


def _way_back(network: Network, subnet: Subnet, nat: Subnet) -> tuple[Hop, ...]:
    """The answers, from the subnet of the NAT gateway to the one that asked.

    What else than the transit gateway may carry them (an appliance, or a peering connection, which is for what its own two
    VPCs send) no guide says.
    """
    at = f"route back from {nat.address}"
    if isinstance(subnet.cidr, Unknown):
        return (undecided(at, subnet.cidr),)
    entry = look_up(network, nat, subnet.cidr)
    if isinstance(entry, Unknown):
        return (undecided(at, entry),)
    if entry is None or entry.kind in TO_INTERNET:
        table = nat.route_table if isinstance(nat.route_table, Address) else nat.address
        return (
            Hop(
                at, BLOCKS, f"{table} has no route back to {subnet.cidr}, so answers do not come back from {nat.address}",
                code="NO_ROUTE_TO_DESTINATION", blame=(table,),
                remedy=f"add a route to {subnet.cidr} over the transit gateway to {table}",
            ),
        )  # fmt: skip
    if entry.kind != "transit-gateway" or not isinstance(entry.target, Address):
        other = f"whether answers of the internet come back over the {entry.kind.replace('-', ' ')} of {entry.address}"
        return (undecided(at, Unknown(other)),)
    found = transit_way(network, nat, entry, subnet.cidr)
    if isinstance(found, Hop):
        return (found,)
    if found.vpc != subnet.vpc:
        return (undecided(at, Unknown(f"where {found.address} leads")),)
    return (Hop(at, PASSES, f"transit gateway {entry.target}", relies_on=(entry.address, found.address)),)
