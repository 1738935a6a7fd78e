"""A workload in a subnet without IPv4 addresses and something in a VPC that has nothing else -> the hops by DNS64 and NAT64.

The NAT gateway translates, so that the other end sees one of its addresses, and knows no groups of the caller. Source: Amazon
VPC User Guide, DNS64 and NAT64.
"""

from __future__ import annotations

from stackflight.model.finding import PASSES, Hop
from stackflight.model.need import ResourceTarget
from stackflight.model.network import Network, Subnet
from stackflight.model.value import Address, Unknown
from stackflight.trace.between import way_between
from stackflight.trace.crossings import acls_translated
from stackflight.trace.entries6 import acls_for_six
from stackflight.trace.filters import Remote, groups_allow, spoken
from stackflight.trace.hops import filter_hop, undecided
from stackflight.trace.ipv6 import NAT64, egress_to_six, way_of_nat64
from stackflight.trace.paths import Source, names_of
from stackflight.trace.translation import home_of


def to_inside(
    network: Network,
    source: Source,
    far: Subnet | Unknown,
    groups: tuple[Address | Unknown, ...],
    target: ResourceTarget,
) -> tuple[Hop, ...]:
    """The hops to one interface of a target; where its subnet has IPv6 addresses, it may have one as well."""
    subnet, port = source.subnet, target.port
    assert isinstance(subnet, Subnet)
    doubt = next((item for item in (subnet.native6, far, port) if isinstance(item, Unknown)), None)
    if doubt is not None or not isinstance(far, Subnet) or not isinstance(port, int):
        return (undecided("address", doubt or Unknown(f"which addresses {target.address} has")),)
    if far.ipv6:
        return (undecided("address", Unknown(f"whether {target.address} has IPv6 addresses")),)
    entry = way_of_nat64(network, subnet, str(target.address))
    hops = [egress_to_six(network, source, port, NAT64), *acls_for_six(network, subnet, port, NAT64)]
    if isinstance(entry, Hop):
        return (*hops, entry)
    place = home_of(network, entry)
    if isinstance(place, Unknown):
        return (*hops, undecided("NAT gateway", place))
    hops.append(
        Hop(f"route table of {subnet.address}", PASSES, f"{NAT64} leads to {entry.target}", relies_on=(entry.address,))
    )
    if place.vpc != far.vpc:
        hops.append(way_between(network, place, far))
    if place.acl is not None:
        hops.append(
            undecided(f"network ACL of {place.address}", Unknown("which of its entries translated packets meet"))
        )
    hops += acls_translated(network, None, place, far, port, source.placement.ports)
    seen = Remote(None if isinstance(place.cidr, Unknown) else (place.cidr,))
    into = groups_allow(network, groups, "ingress", target.transport, port, seen)
    remedy = f"allow inbound {spoken(target.transport, port)} from {place.cidr}, where {entry.target} stands, in {names_of(groups)}"
    return (*hops, filter_hop(f"security group of {target.address}", into, "ENI_SG_RULES_MISMATCH", remedy))
