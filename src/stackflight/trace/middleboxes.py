"""A route to the endpoint of a firewall or of appliances -> the hops through it, and whether the answers come that way too.

A firewall has to see both directions; what it does with half of a connection nobody says, so a way around it makes
*unknown*. Sources: AWS Network Firewall Developer Guide (asymmetric routing, architectures); Amazon VPC User Guide
(gateway route tables, middlebox routing).
"""

from __future__ import annotations

from dataclasses import replace

from stackflight.model.finding import BLOCKS, PASSES, UNDECIDED, Hop
from stackflight.model.middlebox import Flow, Middlebox
from stackflight.model.network import Network, RouteEntry, Subnet
from stackflight.model.ranges import PUBLIC, Block
from stackflight.model.value import Address, Unknown
from stackflight.trace.default_routes import default_route
from stackflight.trace.firewalls import rule_on
from stackflight.trace.hops import undecided


def box_of(network: Network, route: RouteEntry) -> Middlebox | None:
    """What a route leads through, where it is one of those that are known."""
    return network.middleboxes.get(route.target) if isinstance(route.target, Address) else None


def box_hop(network: Network, box: Middlebox, near: Subnet, flow: Flow | None) -> Hop:
    """What a firewall does with a flow that comes from a subnet, or from the internet to one."""
    at = f"firewall {box.address}"
    if isinstance(box.policy, Unknown):
        return undecided(at, box.policy)
    if flow is None:
        return undecided(at, Unknown(f"what {box.address} lets through"))
    local = flow.local and all(
        isinstance(place, Address) and network.vpc_of(place) == near.vpc for place in box.subnets
    )
    ruling = rule_on(box.policy, replace(flow, local=local))
    if ruling.passes is True:
        return Hop(at, PASSES, ruling.why, relies_on=(box.address, box.policy.address))
    if isinstance(ruling.passes, Unknown):
        return undecided(at, ruling.passes)
    blame = tuple(dict.fromkeys((ruling.by, box.policy.address)))
    remedy = (
        f"let {ruling.by} pass tcp {flow.port} to {flow.host or (flow.local and 'public addresses') or near.address}"
    )
    return Hop(at, BLOCKS, ruling.why, code="FIREWALL_RULES_RESTRICTION", blame=blame, remedy=remedy)


def out_of(subnet: Subnet, port: int, host: str) -> Flow:
    """What a workload of a subnet sends to public addresses."""
    return Flow(subnet.cidr if isinstance(subnet.cidr, Unknown) else (subnet.cidr,), PUBLIC, port, host)


def into(subnet: Subnet, port: int) -> Flow:
    """What clients on the internet send to a subnet."""
    return Flow(PUBLIC, subnet.cidr if isinstance(subnet.cidr, Unknown) else (subnet.cidr,), port, local=False)


def entry_hops(network: Network, door: Subnet, ports: list[int]) -> tuple[Hop, ...]:
    """What clients on the internet pass on their way to a subnet behind a firewall, and their answers on the way back."""
    vpc = network.vpcs.get(door.vpc) if isinstance(door.vpc, Address) else None
    gateways = [gateway for gateway, _ in vpc.internet_gateways] if vpc is not None else []
    out = default_route(network, door)
    box = box_of(network, out) if isinstance(out, RouteEntry) else None
    back = [hop for gateway in gateways for hop in edge_hops(network, gateway, door, box)]
    if box is None:
        return tuple(back)
    asked = [box_hop(network, box, door, into(door, port)) for port in ports] or [box_hop(network, box, door, None)]
    best = min(asked, key=lambda hop: (PASSES, UNDECIDED, BLOCKS).index(hop.verdict))
    return (best, *back)


def place_of_box(network: Network, box: Middlebox) -> Subnet | None:
    """The subnet of the endpoint; None where there are several, of which the order in the list of endpoints tells nothing."""
    places = [network.subnets.get(item) for item in box.subnets if isinstance(item, Address)]
    return places[0] if len(places) == 1 == len(box.subnets) else None


def route_inside(
    network: Network, table: Address | Unknown | None, block: Block | Unknown
) -> RouteEntry | Unknown | None:
    """The route of a table that is more specific than the local one for a block of the VPC; None where the local one wins."""
    if isinstance(table, Unknown):
        return table
    found: RouteEntry | None = None
    for entry in network.routes.get(table, ()) if table is not None else ():
        if entry.kind not in _INSIDE or entry.destination == "ipv6":
            continue
        if isinstance(entry.destination, Unknown) or isinstance(block, Unknown):
            if entry.kind == "endpoint":
                return Unknown(f"whether {entry.address} leads to {block}")
            continue
        if isinstance(entry.destination, Block) and _inside_vpc(network, entry) and block.overlaps(entry.destination):
            if isinstance(entry.exists, Unknown) or not block.subnet_of(entry.destination):
                return Unknown(f"{entry.address} leads to part of {block}")
            if found is None or entry.destination.prefixlen > _length(found):
                found = entry
    return found


_INSIDE = {"endpoint", "instance", "interface", "nat-gateway"}
"""What may stand in for the local route. Source: Amazon VPC User Guide, route tables (middlebox appliances)."""


def _length(entry: RouteEntry) -> int:
    return entry.destination.prefixlen if isinstance(entry.destination, Block) else -1


def _inside_vpc(network: Network, entry: RouteEntry) -> bool:
    vpc = network.vpcs.get(owner) if isinstance(owner := network.tables.get(entry.table), Address) else None
    return vpc is not None and any(
        isinstance(entry.destination, Block) and entry.destination.subnet_of(cidr) for cidr in vpc.cidrs
    )


def answers_through(
    network: Network, table: Address | Unknown | None, back_to: Subnet, box: Middlebox | None
) -> tuple[Hop, ...]:
    """Whether answers that a table sends to a subnet take the way through `box`, or the local route where that is None."""
    found, at = route_inside(network, table, back_to.cidr), f"answers to {back_to.address}"
    if isinstance(found, Unknown):
        return (undecided(at, found),)
    if found is None and box is None:
        return ()
    if found is None:
        assert box is not None
        why = f"whether {box.address} passes connections of which it sees one direction: answers to {back_to.address} come back around it"
        return (undecided(at, Unknown(why, (f"resource {box.address}",))),)
    if box is not None and found.target == box.address:
        return (Hop(at, PASSES, f"{found.address} leads them through {box.address}", relies_on=(found.address,)),)
    why = f"what {found.address} leads the answers through"
    return (undecided(at, Unknown(why, (f"resource {found.address}",))),)


def edge_hops(
    network: Network, gateway: Address | Unknown, back_to: Subnet, box: Middlebox | None = None
) -> tuple[Hop, ...]:
    """The route table of an internet gateway against the answers of the internet to a subnet."""
    table = network.edges.get(gateway) if isinstance(gateway, Address) else None
    return answers_through(network, table, back_to, box)


def inside_hop(network: Network, near: Subnet, far: Subnet) -> Hop | None:
    """What lies between two subnets of a VPC where a route of either is more specific than the local one."""
    if near.address == far.address:
        return None
    for one, other in ((near, far), (far, near)):
        found = route_inside(network, one.route_table, other.cidr)
        if isinstance(found, RouteEntry):
            return undecided(
                f"route from {one.address}",
                Unknown(f"what {found.address} leads through", (f"resource {found.address}",)),
            )
    return None
