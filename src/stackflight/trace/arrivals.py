"""What arrives otherwise than from a workload's own subnet -> hops: clients of an entry, PrivateLink, zones of balancers.

Sources: Elastic Load Balancing User Guides (Availability Zones; client IP preservation; security groups of Network Load
Balancers, PrivateLink traffic); VPC Reachability Analyzer guide (ELBV2_NO_TARGETS_IN_AZ).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import BLOCKS, Hop
from stackflight.model.need import ClientsTarget, LinkTarget, Need, Route
from stackflight.model.network import Network, Subnet
from stackflight.model.ranges import PUBLIC
from stackflight.model.value import Address, Unknown, Zone
from stackflight.trace.entries import acl_allows
from stackflight.trace.filters import Answer, Remote, groups_allow, spoken
from stackflight.trace.hops import filter_hop, verdict_of
from stackflight.trace.paths import Source, effective_groups, target_interfaces
from stackflight.trace.public_access import entry_hops


def from_clients(network: Network, need: Need, target: ClientsTarget) -> Iterator[Route]:
    """One route for each place of the target; that only some clients are let in is a choice, not a fault."""
    names = frozenset(group for group in target.through if isinstance(group, Address))
    remote = Remote(PUBLIC, names, len(names) == len(target.through))
    wanted = spoken(target.transport, target.port)
    for subnet, groups in target_interfaces(network, target):
        answer = groups_allow(network, groups, "ingress", target.transport, target.port, remote)
        if answer.allowed is None:
            answer = Answer(True, "it may let clients in")
        remedy = f"allow inbound {wanted} from the clients' addresses in {_names(groups)}"
        hops = [filter_hop(f"security group of {target.address}", answer, "ENI_SG_RULES_MISMATCH", remedy)]
        if isinstance(subnet, Subnet) and isinstance(target.port, int):
            closed = acl_allows(network, subnet, "ingress", target.transport, ((target.port, target.port),), PUBLIC)
            if closed.allowed is False:
                hint = f"let {subnet.acl} allow inbound {wanted} from 0.0.0.0/0"
                hops.append(filter_hop(f"network ACL of {subnet.address}", closed, "SUBNET_ACL_RESTRICTION", hint))
        doors = [network.subnets.get(item) for item in need.workload.placement.subnets if isinstance(item, Address)]
        hops += [hop for door in doors if door is not None for hop in entry_hops(network, door)]
        origin = f"clients of {need.workload.address}"
        yield Route(origin, verdict_of(hops), tuple(hops), str(need.workload.address))


def over_link(network: Network, source: Source, target: LinkTarget) -> tuple[Hop, ...]:
    """The groups of a Network Load Balancer see the client's own address, and never its groups."""
    near = source.subnet
    known = isinstance(near, Subnet) and not isinstance(near.cidr, Unknown)
    blocks = (near.cidr,) if isinstance(near, Subnet) and not isinstance(near.cidr, Unknown) else None
    groups = effective_groups(network, target.placement, None)
    answer = groups_allow(network, groups, "ingress", target.transport, target.port, Remote(blocks))
    sender = str(near.cidr) if isinstance(near, Subnet) and known else f"the subnets of {source.workload}"
    remedy = (
        f"allow inbound {spoken(target.transport, target.port)} from {sender} in {_names(groups)}, or set "
        f"EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic to off on {target.address}"
    )
    return (filter_hop(f"security group of {target.address}", answer, "ENI_SG_RULES_MISMATCH", remedy),)


def zone_hop(network: Network, source: Source, target: Subnet | Unknown) -> tuple[Hop, ...]:
    """A load balancer sends nothing to a target in a zone that none of its own subnets lies in."""
    own = [network.subnets.get(item) if isinstance(item, Address) else None for item in source.placement.subnets]
    if source.kind != "load balancer" or not isinstance(target, Subnet) or not own:
        return ()
    zones = [subnet.zone if subnet is not None else Unknown("its zone") for subnet in own]
    if target.zone in zones or not comparable([target.zone, *zones]):
        return ()
    if own[0] is None or own[0].vpc != target.vpc:
        return ()
    at = f"zones of {source.workload}"
    return (
        Hop(
            at, BLOCKS, f"none of its subnets is in the zone of {target.address}, so what runs there gets no traffic",
            code="ELBV2_NO_TARGETS_IN_AZ", blame=(source.workload,),
            remedy=f"add a subnet in the zone of {target.address} to {source.workload}, or move the targets into its zones",
        ),
    )  # fmt: skip


def comparable(zones: list[Zone | str | Unknown]) -> bool:
    """Whether zones are all symbols or all literal names, so that two of them are one or not."""
    return all(isinstance(zone, Zone) for zone in zones) or all(isinstance(zone, str) for zone in zones)


def _names(groups: tuple[Address | Unknown, ...]) -> str:
    return " and ".join(str(group) for group in groups if isinstance(group, Address)) or "its security group"
