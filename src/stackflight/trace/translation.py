"""A way to private addresses that leads over a NAT gateway -> the subnet whose addresses the other end sees, and the ACLs on it.

Whoever is called sees an address of the gateway, sends the answers there, and knows no groups of the caller. Sources: Amazon VPC
User Guide, NAT gateways (private NAT gateways, over a transit gateway or a virtual private gateway; NAT64).
"""

from __future__ import annotations

from stackflight.model.network import Network, RouteEntry, Subnet
from stackflight.model.ranges import Block
from stackflight.model.value import Address, Unknown
from stackflight.trace.between import TO_INTERNET, look_up


def translator(network: Network, subnet: Subnet, block: Block) -> Subnet | Unknown | None:
    """The subnet of the NAT gateway that leads on to a block of private addresses; None where the way is another one.

    A public gateway that leads to the internet alone is none, because private addresses are not there.
    """
    entry = look_up(network, subnet, block)
    if not isinstance(entry, RouteEntry) or entry.kind != "nat-gateway":
        return None
    place = home_of(network, entry)
    if isinstance(place, Unknown):
        return place
    nat = network.nats[entry.target] if isinstance(entry.target, Address) else None
    onward = look_up(network, place, block)
    if isinstance(onward, RouteEntry) and onward.kind == "peering":
        return Unknown(f"whether {entry.target} leads on over peering")
    leads_out = onward is None or (isinstance(onward, RouteEntry) and onward.kind in TO_INTERNET)
    return None if leads_out and nat is not None and nat.public is True else place


def home_of(network: Network, entry: RouteEntry) -> Subnet | Unknown:
    """The subnet of the NAT gateway that a route leads to."""
    nat = network.nats.get(entry.target) if isinstance(entry.target, Address) else None
    place = network.subnets.get(nat.subnet) if nat is not None and isinstance(nat.subnet, Address) else None
    return place if place is not None else Unknown(f"where the NAT gateway of {entry.address} stands")
