"""What arrives otherwise than from a workload's own subnet -> hops: clients of an entry, PrivateLink, zones of balancers.

Sources: Elastic Load Balancing User Guides (Availability Zones; client IP preservation; security groups of Network Load
Balancers, PrivateLink traffic); VPC Reachability Analyzer guide (ELBV2_NO_TARGETS_IN_AZ).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import BLOCKS, Hop
from stackflight.model.need import ClientsTarget, LinkTarget, Need, Route
from stackflight.model.network import Network, Subnet
from stackflight.model.ranges import PUBLIC, Block
from stackflight.model.value import Address, Unknown, Zone
from stackflight.trace import middleboxes
from stackflight.trace.entries import EPHEMERAL, acl_allows
from stackflight.trace.filters import Answer, Remote, groups_allow, matches, spoken
from stackflight.trace.hops import filter_hop, undecided, verdict_of
from stackflight.trace.paths import Source, effective_groups, names_of, target_interfaces
from stackflight.trace.public_access import entry_hops


def from_clients(network: Network, need: Need, target: ClientsTarget) -> Iterator[Route]:
    """One route for each place of the target; that only some clients are let in is a choice, not a fault."""
    names = frozenset(group for group in target.through if isinstance(group, Address))
    remote = Remote(PUBLIC, names, len(names) == len(target.through))
    wanted = spoken(target.transport, target.port)
    for subnet, groups in target_interfaces(network, target):
        answer = groups_allow(network, groups, "ingress", target.transport, target.port, remote)
        if answer.allowed is None or (target.six and _lets_six_in(network, groups, target)):
            answer = Answer(True, "it may let clients in")
        remedy = f"allow inbound {wanted} from the clients' addresses in {names_of(groups)}"
        hops = [filter_hop(f"security group of {target.address}", answer, "ENI_SG_RULES_MISMATCH", remedy)]
        if isinstance(subnet, Subnet):
            hops += _acl_hops(network, subnet, target)
        doors = [network.subnets.get(item) for item in need.workload.placement.subnets if isinstance(item, Address)]
        hops += [hop for door in doors if door is not None for hop in _door_hops(network, door, target)]
        origin = f"clients of {need.workload.address}"
        yield Route(origin, verdict_of(hops), tuple(hops), str(need.workload.address))


def _door_hops(network: Network, door: Subnet, target: ClientsTarget) -> Iterator[Hop]:
    """What stands before a subnet of the entry."""
    candidates = target.port.candidates if isinstance(target.port, Unknown) else (target.port,)
    yield from entry_hops(network, door)
    yield from middleboxes.entry_hops(network, door, [item for item in candidates if isinstance(item, int)])


def _lets_six_in(network: Network, groups: tuple[Address | Unknown, ...], target: ClientsTarget) -> bool:
    """Whether a rule is for IPv6 clients of one of the ports."""
    known = [network.groups[group] for group in groups if isinstance(group, Address) and group in network.groups]
    rules = [rule for group in known for rule in group.ingress if rule.peer == "ipv6"]
    return any(matches(rule, target.transport, target.port) is not None for rule in rules)


def _acl_hops(network: Network, subnet: Subnet, target: ClientsTarget) -> Iterator[Hop]:
    """The ACL in front of the target: the requests to one of its ports in, the answers out."""
    candidates = target.port.candidates if isinstance(target.port, Unknown) else (target.port,)
    ports = [item for item in candidates if isinstance(item, int)]
    at, wanted = f"network ACL of {subnet.address}", spoken(target.transport, target.port)
    answers = [acl_allows(network, subnet, "ingress", target.transport, ((item, item),), PUBLIC) for item in ports]
    if answers and all(item.allowed is False for item in answers):
        hint = f"let {subnet.acl} allow inbound {wanted} from 0.0.0.0/0"
        yield filter_hop(at, answers[0], "SUBNET_ACL_RESTRICTION", hint)
    back = acl_allows(network, subnet, "egress", target.transport, EPHEMERAL, PUBLIC)
    if back.allowed is False and not back.partly and answers:
        hint = f"let {subnet.acl} allow outbound {target.transport} 1024-65535 to 0.0.0.0/0"
        yield filter_hop(at, back, "SUBNET_ACL_RESTRICTION", hint)


def over_link(network: Network, source: Source, target: LinkTarget) -> tuple[Hop, ...]:
    """The groups of a Network Load Balancer see the client's own address, and never its groups."""
    near = source.subnet
    known = isinstance(near, Subnet) and not isinstance(near.cidr, Unknown)
    blocks = (near.cidr,) if isinstance(near, Subnet) and not isinstance(near.cidr, Unknown) else None
    groups = effective_groups(network, target.placement, None)
    answer = groups_allow(network, groups, "ingress", target.transport, target.port, Remote(blocks))
    if source.kind == "VPC link" and answer.allowed is None and _lets_own_vpc_in_only(network, groups, target):
        names = names_of(groups)
        why = f"{names} lets in addresses of its own VPC only, and API Gateway comes from addresses of its own, which change"
        answer = Answer(False, why, blame=tuple(item for item in groups if isinstance(item, Address)))
    if isinstance(target.enforced, Unknown) and answer.allowed is not True:
        return (undecided(f"security group of {target.address}", target.enforced),)
    sender = str(near.cidr) if isinstance(near, Subnet) and known else f"the subnets of {source.workload}"
    switch = f"set EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic to off on {target.address}"
    remedy = f"allow inbound {spoken(target.transport, target.port)} from {sender} in {names_of(groups)}, or {switch}"
    remedy = switch if source.kind == "VPC link" else remedy
    return (filter_hop(f"security group of {target.address}", answer, "ENI_SG_RULES_MISMATCH", remedy),)


def _lets_own_vpc_in_only(network: Network, groups: tuple[Address | Unknown, ...], target: LinkTarget) -> bool:
    """Whether every rule for the port is for groups, or for addresses of the groups' own VPC."""
    for item in groups:
        group = network.groups.get(item) if isinstance(item, Address) else None
        vpc = network.vpcs.get(group.vpc) if group is not None and isinstance(group.vpc, Address) else None
        if group is None or vpc is None or group.incomplete is not None or not vpc.cidrs_complete:
            return False
        for rule in group.ingress:
            if matches(rule, target.transport, target.port) is None or isinstance(rule.peer, Address):
                continue
            inside = isinstance(rule.peer, Block) and any(rule.peer.subnet_of(cidr) for cidr in vpc.cidrs)
            if not inside:
                return False
    return True


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
