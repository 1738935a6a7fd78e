"""A private address that is written down -> the hops from one source subnet to it.

Who answers there is not known, and is taken to answer; that nothing leads there can be proved. Sources: Amazon VPC User
Guide, route tables (local route, longest prefix); Amazon VPC Peering Guide, unsupported configurations.
"""

from __future__ import annotations

from stackflight.model.finding import BLOCKS, PASSES, Hop
from stackflight.model.need import AddressTarget
from stackflight.model.network import Network, RouteEntry, Subnet
from stackflight.model.value import Address, Unknown
from stackflight.trace.between import TO_INTERNET, look_up, transit_way
from stackflight.trace.crossings import acl_pair
from stackflight.trace.filters import Remote, groups_allow, spoken
from stackflight.trace.hops import filter_hop, undecided
from stackflight.trace.paths import Source, effective_groups, names_of
from stackflight.trace.translation import translator


def to_private_address(network: Network, source: Source, target: AddressTarget) -> tuple[Hop, ...]:
    """Egress of the source's groups, the ACL of its subnet, and the route."""
    own = effective_groups(network, source.placement, source.vpc)
    remote = Remote((target.block,), frozenset(), groups_known=False)
    out = groups_allow(network, own, "egress", target.transport, target.port, remote)
    wanted = spoken(target.transport, target.port)
    remedy = f"allow outbound {wanted} to {target.block} in {names_of(own)}"
    hops = [filter_hop(f"security group of {source.workload}", out, "ENI_SG_RULES_MISMATCH", remedy)]
    if isinstance(source.subnet, Unknown):
        return (*hops, undecided("route", source.subnet))
    return (
        *hops,
        *acl_pair(network, source.subnet, target.port, source.placement.ports, (target.block,)),
        _way(network, source.subnet, target),
    )


def _way(network: Network, subnet: Subnet, target: AddressTarget) -> Hop:
    at, block = f"route from {subnet.address}", target.block
    vpc = network.vpcs.get(subnet.vpc) if isinstance(subnet.vpc, Address) else None
    if vpc is None or not vpc.cidrs_complete:
        return undecided(at, Unknown(f"the addresses of the VPC of {subnet.address}"))
    if any(block.subnet_of(cidr) for cidr in vpc.cidrs):
        return Hop(at, PASSES, "local route of the VPC; what has the address is taken to answer")
    place = translator(network, subnet, block)
    if place is not None:
        return undecided(at, place if isinstance(place, Unknown) else Unknown(f"where {place.address} leads {block}"))
    entry = look_up(network, subnet, block)
    if isinstance(entry, Unknown):
        return undecided(at, entry)
    if entry is None or entry.kind in TO_INTERNET:
        return _nowhere(network, subnet, target, entry)
    if entry.kind == "peering" and isinstance(entry.target, Address) and entry.target in network.peerings:
        return _over_peering(network, subnet, target, entry)
    if entry.kind == "transit-gateway" and isinstance(entry.target, Address):
        found = transit_way(network, subnet, entry, block)
        if isinstance(found, Hop):
            return found
        return Hop(at, PASSES, f"transit gateway {entry.target}", relies_on=(entry.address, found.address))
    return undecided(at, Unknown(f"what lies behind {entry.kind.replace('-', ' ')} {entry.address}"))


def _nowhere(network: Network, subnet: Subnet, target: AddressTarget, entry: RouteEntry | None) -> Hop:
    at, table = f"route from {subnet.address}", subnet.route_table
    blamed = table if isinstance(table, Address) else subnet.address
    goes = (
        f"{entry.address} leads to the internet, where private addresses are not" if entry else "no route leads there"
    )
    home = next((vpc.address for vpc in network.vpcs.values() if any(target.block.subnet_of(cidr) for cidr in vpc.cidrs)), None)  # fmt: skip
    whose = f", an address of {home}," if home is not None else ""
    hint = f"peer {subnet.vpc} with {home}, and route {target.block} over the connection" if home is not None else f"add a route to {target.block} to {blamed}"  # fmt: skip
    return Hop(
        at, BLOCKS, f"{subnet.address} has to get to {target.block.network_address}{whose} and {goes}",
        code="NO_ROUTE_TO_DESTINATION", blame=(blamed,), remedy=hint,
    )  # fmt: skip


def _over_peering(network: Network, subnet: Subnet, target: AddressTarget, entry: RouteEntry) -> Hop:
    at = f"route from {subnet.address}"
    assert isinstance(entry.target, Address)
    peering = network.peerings[entry.target]
    far = peering.accepter if peering.requester == subnet.vpc else peering.requester
    vpc = network.vpcs.get(far) if isinstance(far, Address) else None
    if vpc is None or not vpc.cidrs_complete:
        return undecided(at, Unknown(f"what {peering.address} joins"))
    if any(target.block.subnet_of(cidr) for cidr in vpc.cidrs):
        return Hop(at, PASSES, f"peering {peering.address}", relies_on=(entry.address, peering.address))
    why = f"{entry.address} leads over {peering.address} to {far}, which has no address {target.block.network_address}, and peering never leads on"  # fmt: skip
    return Hop(
        at, BLOCKS, why, code="NO_ROUTE_TO_DESTINATION", blame=(entry.address,),
        remedy=f"route {target.block} to the VPC that has the address",
    )  # fmt: skip
