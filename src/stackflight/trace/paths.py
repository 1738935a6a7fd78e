"""A source subnet and a target -> the hops between them, every blocking setting included.

The order of the hops is DNS, egress of the security groups, ACL, route, gateway or endpoint, ACL, ingress. All of
them are asked even after one blocks, so that one repair round is enough. Semantics: docs/concepts/reachability.md.
"""

from __future__ import annotations

from dataclasses import replace

from stackflight.model.finding import PASSES, Hop
from stackflight.model.need import Placement, ResourceTarget, ServiceTarget
from stackflight.model.network import Endpoint, NatInstance, Network, Subnet
from stackflight.model.ranges import PUBLIC, Blocks, Ports
from stackflight.model.value import Address, Unknown
from stackflight.records import dataclass
from stackflight.trace.between import groups_known_across, way_between
from stackflight.trace.crossings import acl_pair, acls_between, acls_of_nat, acls_translated
from stackflight.trace.filters import Answer, Remote, as_meant, groups_allow, spoken
from stackflight.trace.hops import filter_hop, opening, undecided
from stackflight.trace.middleboxes import inside_hop, out_of
from stackflight.trace.routing import find_exit
from stackflight.trace.translation import translator

ORIGIN = "CloudFront VPC origin"
"""What a managed prefix list lets in: CloudFront itself. Source: Amazon CloudFront Developer Guide, restrict access with VPC origins."""


@dataclass(frozen=True, slots=True)
class Source:
    """One possible place of a workload: a subnet (or why it is unknown) with its groups."""

    subnet: Subnet | Unknown
    placement: Placement
    workload: Address
    kind: str = ""

    @property
    def name(self) -> str:
        return str(self.subnet.address) if isinstance(self.subnet, Subnet) else self.subnet.why

    @property
    def vpc(self) -> Address | None:
        vpc = self.subnet.vpc if isinstance(self.subnet, Subnet) else None
        return vpc if isinstance(vpc, Address) else None


def _remote(subnet: Subnet | Unknown, groups: tuple[Address | Unknown, ...]) -> Remote:
    known = frozenset(group for group in groups if isinstance(group, Address))
    blocks: Blocks | None = None
    if isinstance(subnet, Subnet) and not isinstance(subnet.cidr, Unknown):
        blocks = (subnet.cidr,)
    return Remote(blocks, known, len(known) == len(groups) and bool(groups))


def effective_groups(network: Network, placement: Placement, vpc: Address | None) -> tuple[Address | Unknown, ...]:
    """The groups of an interface; none given means the VPC's default group."""
    if placement.groups:
        return placement.groups
    if vpc is not None:
        return (network.default_group(vpc),)
    return (Unknown("the default security group of the VPC"),)


def internet_path(
    network: Network, source: Source, host: str, port: int, service: ServiceTarget | None = None
) -> tuple[tuple[Hop, ...], str]:
    """Hops from a source to any public address on a port, and what carries them ("NAT gateway Nat")."""
    hops = [egress_to_public(network, source, port, service)]
    subnet = source.subnet
    if isinstance(subnet, Unknown):
        return (*hops, undecided("route", subnet)), ""
    hops += acl_pair(network, subnet, port, source.placement.ports)
    flow = out_of(subnet, port, host)
    exit = find_exit(network, subnet, source.placement, source.workload, source.kind, flow)
    hops += exit.hops
    if exit.instance is not None:
        hops += _groups_of_nat(network, source, exit.instance, port)
    if exit.nat_subnet is not None and exit.nat_subnet.address != subnet.address:
        hops += acls_of_nat(network, exit.nat_subnet, subnet, port, source.placement.ports)
    return tuple(hops), exit.via


def egress_to_public(network: Network, source: Source, port: int, service: ServiceTarget | None = None) -> Hop:
    """Whether the source's groups let the flow out to a public address, which may be one of a service's own."""
    groups = effective_groups(network, source.placement, source.vpc)
    answer = groups_allow(network, groups, "egress", "tcp", port, Remote(PUBLIC, service=service))
    remedy = f"allow outbound tcp {port} to 0.0.0.0/0 in {names_of(groups)}"
    return filter_hop(
        f"security group of {source.workload}", answer, "ENI_SG_RULES_MISMATCH", remedy,
        lambda: opening(groups, False, "tcp", port, ("0.0.0.0/0",)),
    )  # fmt: skip


def _groups_of_nat(network: Network, source: Source, instance: NatInstance, port: int) -> list[Hop]:
    """A NAT instance's own groups filter what it forwards, on the way in and on the way out."""
    vpc = network.vpc_of(instance.subnet)
    groups = instance.groups or ((network.default_group(vpc),) if vpc else (Unknown("its groups"),))
    own = effective_groups(network, source.placement, source.vpc)
    at, code = f"security group of {instance.address}", "ENI_SG_RULES_MISMATCH"
    into = groups_allow(network, groups, "ingress", "tcp", port, _remote(source.subnet, own))
    out = groups_allow(network, groups, "egress", "tcp", port, Remote(PUBLIC))
    return [
        filter_hop(at, into, code, f"allow inbound tcp {port} from {names_of(own)} in {names_of(groups)}"),
        filter_hop(at, out, code, f"allow outbound tcp {port} to 0.0.0.0/0 in {names_of(groups)}"),
    ]


def inside_path(
    network: Network,
    source: Source,
    target: Subnet | Unknown,
    groups: tuple[Address | Unknown, ...],
    port: int | Unknown,
    owner: str,
    transport: str = "tcp",
    filtered: bool = True,
) -> tuple[Hop, ...]:
    """Hops from a source to an interface in a target subnet: groups, ACLs both ways, local or peering route."""
    own = effective_groups(network, source.placement, source.vpc)
    far = _remote(target, groups)
    near = _remote(source.subnet, own)
    wanted = spoken(transport, port)
    far, near = _across(network, source.subnet, target, far, near)
    place = _translated(network, source.subnet, target)
    if isinstance(place, Subnet):
        near = Remote(None if isinstance(place.cidr, Unknown) else (place.cidr,))
    out = groups_allow(network, own, "egress", transport, port, far)
    if not source.placement.filtered:
        near = Remote(near.blocks, frozenset(), True)
        out = Answer(True, f"{source.workload} has no security group, so nothing limits what leaves it")
    into = groups_allow(network, groups, "ingress", transport, port, near)
    if source.kind == ORIGIN:
        into = as_meant(into)
    if not filtered:
        into = Answer(True, f"{owner} has no security group, so nothing limits what comes in")
        out = groups_allow(network, own, "egress", transport, port, replace(far, groups=frozenset(), groups_known=True))
    hops = [
        filter_hop(
            f"security group of {source.workload}", out, "ENI_SG_RULES_MISMATCH",
            f"allow outbound {wanted} to {names_of(groups) or owner} in {names_of(own)}",
            lambda: opening(own, False, transport, port, groups),
        )
    ]  # fmt: skip
    if isinstance(place, Unknown):
        hops.append(undecided("NAT gateway", place))
    elif isinstance(place, Subnet) and isinstance(source.subnet, Subnet) and isinstance(target, Subnet):
        hops.append(
            replace(
                way_between(network, place, target),
                at=f"route from {source.subnet.address}, translated in {place.address}",
            )
        )
        hops += acls_translated(network, source.subnet, place, target, port, source.placement.ports)
    elif isinstance(source.subnet, Subnet) and isinstance(target, Subnet):
        hops += _between(network, source.subnet, target, port, source.placement.ports)
    elif isinstance(source.subnet, Unknown):
        hops.append(undecided("route", source.subnet))
    elif isinstance(target, Unknown):
        hops.append(undecided("route", target))
    hops.append(
        filter_hop(
            f"security group of {owner}", into, "ENI_SG_RULES_MISMATCH",
            f"allow inbound {wanted} from {_sender(source, own, place)} in {names_of(groups)}",
            lambda: opening(groups, True, transport, port, own) if source.placement.filtered and place is None else (),
        )
    )  # fmt: skip
    return tuple(hops)


def _across(
    network: Network, near: Subnet | Unknown, far: Subnet | Unknown, there: Remote, back: Remote
) -> tuple[Remote, Remote]:
    """The two ends as rules may name them: between VPCs, groups only where the connection carries them."""
    if not isinstance(near, Subnet) or not isinstance(far, Subnet) or near.vpc == far.vpc:
        return there, back
    ends = []
    for remote, inbound in ((there, False), (back, True)):
        known = groups_known_across(network, near, far, inbound=inbound)
        names = remote.groups if known is not False else frozenset()
        ends.append(replace(remote, groups=names, groups_known=remote.groups_known and not isinstance(known, Unknown)))
    return ends[0], ends[1]


def _translated(network: Network, near: Subnet | Unknown, far: Subnet | Unknown) -> Subnet | Unknown | None:
    """The subnet of the NAT gateway on the way between two VPCs, where there is one."""
    if (
        not isinstance(near, Subnet)
        or not isinstance(far, Subnet)
        or near.vpc == far.vpc
        or isinstance(far.cidr, Unknown)
    ):
        return None
    return translator(network, near, far.cidr)


def _sender(source: Source, groups: tuple[Address | Unknown, ...], place: Subnet | Unknown | None) -> str:
    """How a rule can name the source: by its groups, by its addresses where it carries none, or by those of a gateway."""
    if isinstance(place, Subnet):
        return str(place.cidr)
    if source.placement.filtered:
        return names_of(groups)
    known = isinstance(source.subnet, Subnet) and not isinstance(source.subnet.cidr, Unknown)
    return (
        str(source.subnet.cidr) if known and isinstance(source.subnet, Subnet) else f"the subnets of {source.workload}"
    )


def _between(network: Network, near: Subnet, far: Subnet, port: int | Unknown, back: Ports) -> list[Hop]:
    hops: list[Hop] = [_local_route(network, near, far)]
    if near.address == far.address:
        return hops
    return [*hops, *acls_between(network, near, far, port, back)]


def _local_route(network: Network, near: Subnet, far: Subnet) -> Hop:
    if isinstance(near.vpc, Unknown) or isinstance(far.vpc, Unknown):
        if near.vpc == far.vpc:
            return Hop(f"route from {near.address}", PASSES, "local route of the same VPC")
        return undecided("route", near.vpc if isinstance(near.vpc, Unknown) else Unknown(f"the VPC of {far.address}"))
    if near.vpc == far.vpc:
        around = inside_hop(network, near, far)
        return around or Hop(f"route from {near.address}", PASSES, "local route of the VPC")
    return way_between(network, near, far)


def target_interfaces(
    network: Network, target: ResourceTarget
) -> list[tuple[Subnet | Unknown, tuple[Address | Unknown, ...]]]:
    """Every interface that a target may answer from: its subnet and its groups."""
    found: list[tuple[Subnet | Unknown, tuple[Address | Unknown, ...]]] = []
    for item in target.placement.subnets or (Unknown(f"the subnets of {target.address}"),):
        subnet = network.subnets.get(item) if isinstance(item, Address) else None
        vpc = subnet.vpc if subnet is not None and isinstance(subnet.vpc, Address) else None
        place: Subnet | Unknown = (
            subnet
            if subnet is not None
            else (item if isinstance(item, Unknown) else Unknown(f"{item} is not a subnet of the template"))
        )
        found.append((place, effective_groups(network, target.placement, vpc)))
    return found


def endpoint_path(network: Network, source: Source, endpoint: Endpoint, port: int = 443) -> list[tuple[Hop, ...]]:
    """One tuple of hops for every network interface of an interface endpoint."""
    paths = []
    for item in endpoint.subnets or (Unknown(f"the subnets of {endpoint.address}"),):
        subnet = network.subnets.get(item) if isinstance(item, Address) else None
        place: Subnet | Unknown = (
            subnet if subnet is not None else (item if isinstance(item, Unknown) else Unknown(f"{item}"))
        )
        groups = endpoint.groups
        if not groups:
            groups = (
                (network.default_group(endpoint.vpc),)
                if isinstance(endpoint.vpc, Address)
                else (Unknown("its groups"),)
            )
        hops = inside_path(network, source, place, groups, port, str(endpoint.address))
        paths.append(tuple(hops))
    return paths


def names_of(groups: tuple[Address | Unknown, ...]) -> str:
    """The groups that are known, in words."""
    return " and ".join(str(group) for group in groups if isinstance(group, Address)) or "its security group"
