"""A source and a file system with a floating address -> the hops: groups on both sides, and a route that FSx writes.

FSx writes the routes to the address into the tables that it is given, by default into the VPC's main one, and from all other
tables it is not to be reached. Source: Amazon FSx API reference, RouteTableIds and EndpointIpAddressRange of Multi-AZ file
systems (OpenZFS, NetApp ONTAP).
"""

from __future__ import annotations

from stackflight.model.finding import BLOCKS, PASSES, Hop
from stackflight.model.floating import FloatingTarget
from stackflight.model.network import Network, Subnet
from stackflight.model.ranges import Block
from stackflight.model.value import Address, Unknown
from stackflight.trace.filters import Remote, groups_allow, spoken
from stackflight.trace.hops import filter_hop, undecided
from stackflight.trace.paths import Source, effective_groups, names_of


def to_floating(network: Network, source: Source, target: FloatingTarget) -> tuple[Hop, ...]:
    """From one subnet of a client; the network ACLs of such an address are left to a question."""
    subnet = source.subnet
    if isinstance(subnet, Unknown):
        return (undecided("route", subnet),)
    homes = {network.vpc_of(item) for item in target.placement.subnets}
    if homes != {source.vpc}:
        return (undecided("route", f"how {source.workload} gets to the floating address of {target.address}"),)
    own, theirs = (effective_groups(network, place, source.vpc) for place in (source.placement, target.placement))
    there = (target.block,) if isinstance(target.block, Block) else None
    here = (subnet.cidr,) if isinstance(subnet.cidr, Block) else None
    wanted, code = spoken(target.transport, target.port), "ENI_SG_RULES_MISMATCH"
    out = groups_allow(network, own, "egress", target.transport, target.port, _remote(there, theirs))
    into = groups_allow(network, theirs, "ingress", target.transport, target.port, _remote(here, own))
    hops = [
        filter_hop(f"security group of {source.workload}", out, code, f"allow outbound {wanted} to {target.address} in {names_of(own)}"),
        _route(network, subnet, target),
        filter_hop(f"security group of {target.address}", into, code, f"allow inbound {wanted} from {names_of(own)} in {names_of(theirs)}"),
    ]  # fmt: skip
    if subnet.acl is not None:
        hops.insert(1, undecided(f"network ACL of {subnet.address}", "whether it lets the floating address through"))
    return tuple(hops)


def _remote(blocks: tuple[Block, ...] | None, groups: tuple[Address | Unknown, ...]) -> Remote:
    known = frozenset(group for group in groups if isinstance(group, Address))
    return Remote(blocks, known, len(known) == len(groups))


def _route(network: Network, subnet: Subnet, target: FloatingTarget) -> Hop:
    at, table = f"route table of {subnet.address}", subnet.route_table
    if isinstance(table, Unknown):
        return undecided(at, table)
    tables = target.tables if target.tables is not None else (None,)
    if table in tables:
        return Hop(at, PASSES, f"{target.address} writes its routes there", relies_on=(target.address,))
    unknown = next((item for item in tables if isinstance(item, Unknown)), None)
    if unknown is not None:
        return undecided(at, unknown)
    written = (*(network.routes.get(table, ()) if table is not None else ()), *network.loose_routes)
    own = [item for item in written if _may_lead(item.destination, target.block)]
    if own:
        return undecided(at, f"whether {own[0].address} leads to the file system")
    name = table or f"the main route table, which {subnet.address} uses"
    listed = "the VPC's main route table" if target.tables is None else "its RouteTableIds"
    return Hop(
        at, BLOCKS, f"{target.address} has a floating address, to which {listed} alone {'leads' if target.tables is None else 'lead'}, "
        f"and {name} is not among them", code="NO_ROUTE_TO_DESTINATION", blame=(target.address,),
        remedy=f"add {name} to the RouteTableIds of {target.address}",
    )  # fmt: skip


def _may_lead(destination: Block | str | Unknown, block: Block | Unknown | None) -> bool:
    """Whether a route of the template may be for the address; a default route never leads to an interface of FSx."""
    if isinstance(destination, Unknown):
        return True
    if isinstance(destination, str) or destination.prefixlen == 0:
        return False
    return not isinstance(block, Block) or destination.overlaps(block)
