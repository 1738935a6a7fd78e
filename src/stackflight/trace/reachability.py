"""Needs and Network -> Reach: each need answered over every place that either end may have.

A name that an interface endpoint with private DNS captures goes to that endpoint from every subnet of the VPC, NAT
or not; a gateway endpoint serves the route tables it names; everything else takes the default route.
"""

from __future__ import annotations

from dataclasses import replace

from stackflight.model.finding import BLOCKS, PASSES, Hop, Verdict
from stackflight.model.need import (
    ClientsTarget,
    InternetTarget,
    LinkTarget,
    Need,
    Reach,
    ResourceTarget,
    Route,
    ServiceTarget,
)
from stackflight.model.network import Endpoint, Network, Subnet
from stackflight.model.ranges import EVERYWHERE
from stackflight.model.services import GATEWAY_SERVICES, INTERNET_ONLY
from stackflight.model.value import Address, Unknown
from stackflight.trace.arrivals import comparable, from_clients, over_link, zone_hop
from stackflight.trace.endpoint_policy import policy_hop
from stackflight.trace.endpoints import answered_elsewhere, choose_endpoint
from stackflight.trace.filters import Remote, groups_allow
from stackflight.trace.hops import for_all, undecided, verdict_of
from stackflight.trace.paths import (
    Source,
    effective_groups,
    egress_to_public,
    endpoint_path,
    inside_path,
    internet_path,
    target_interfaces,
)


def answer_needs(network: Network, needs: tuple[Need, ...]) -> tuple[Reach, ...]:
    """Answer every need."""
    return tuple(_answer(network, need) for need in needs)


def _answer(network: Network, need: Need) -> Reach:
    if isinstance(need.target, ClientsTarget):
        found = tuple(from_clients(network, need, need.target))
        return Reach(need, for_all([route.verdict for route in found]), found)
    if need.workload.placement.outside and isinstance(need.target, ResourceTarget):
        hop = _from_outside(need, need.target)
        return Reach(need, verdict_of((hop,)), (Route("outside any VPC", verdict_of((hop,)), (hop,)),))
    routes: list[Route] = []
    for source in _sources(network, need):
        match need.target:
            case ServiceTarget():
                routes.append(_to_service(network, source, need.target))
            case InternetTarget(host, port):
                routes.append(_to_internet(network, source, host, port))
            case ResourceTarget():
                routes += _to_resource(network, source, need.target)
    if need.doubt is not None:
        routes = [_open(route, need.doubt) for route in routes]
    via = ", ".join(dict.fromkeys(route.via for route in routes if route.via))
    return Reach(need, for_all([route.verdict for route in routes]), tuple(routes), via)


def _open(route: Route, doubt: Unknown) -> Route:
    """A path that may not be taken at all: that it is closed proves nothing."""
    if route.verdict is Verdict.YES:
        return route
    hops = tuple(_doubted(hop) for hop in route.hops)
    return Route(route.origin, Verdict.UNKNOWN, (undecided("way", doubt), *hops), route.via)


def _from_outside(need: Need, target: ResourceTarget) -> Hop:
    """A workload without interfaces in a VPC against something inside one."""
    at = f"network interface of {need.workload.address}"
    if isinstance(target.public, Unknown):
        return undecided(at, target.public)
    if target.public:
        return undecided(at, Unknown(f"whether {target.address} lets the public addresses of the service in"))
    return Hop(
        at, BLOCKS, f"it runs outside any VPC, and {target.address} has private addresses only", code="DISCONNECTED_VPCS",
        blame=(need.workload.address,),
        remedy=f"give {need.workload.address} a VpcConfig with subnets of that VPC and a group that {target.address} lets in",
    )  # fmt: skip


def _sources(network: Network, need: Need) -> list[Source]:
    placement = need.workload.placement
    found = []
    for item in placement.subnets or (Unknown(f"the subnets of {need.workload.address}"),):
        subnet: Subnet | Unknown
        if isinstance(item, Unknown):
            subnet = item
        else:
            subnet = network.subnets.get(item) or Unknown(
                f"{item} is not a subnet of the template", (f"resource {item}",)
            )
        found.append(Source(subnet, placement, need.workload.address, need.workload.kind))
    return found


def _route(source: Source, hops: tuple[Hop, ...], via: str) -> Route:
    return Route(source.name, verdict_of(hops), hops, via)


def _dns_hop(network: Network, source: Source, name: str) -> Hop | None:
    """A hop where the VPC's resolver cannot answer for a public name."""
    vpc = network.vpcs.get(source.vpc) if source.vpc else None
    if vpc is None or vpc.own_resolver or vpc.dns_support is True:
        return None
    at = f"DNS of {vpc.address}"
    if isinstance(vpc.dns_support, Unknown):
        return undecided(at, vpc.dns_support)
    return Hop(
        at, BLOCKS, f"EnableDnsSupport is false, so {name} does not resolve", code="VPC_DNS_ATTRIBUTES",
        blame=(vpc.address,), remedy=f"set EnableDnsSupport to true on {vpc.address}",
    )  # fmt: skip


def _to_internet(network: Network, source: Source, host: str, port: int) -> Route:
    hops, via = internet_path(network, source, port)
    dns = _dns_hop(network, source, host or "a public name")
    return _route(source, (dns, *hops) if dns else hops, via)


def _to_resource(network: Network, source: Source, target: ResourceTarget) -> list[Route]:
    interfaces = target_interfaces(network, target)
    if isinstance(target, LinkTarget):
        return [_route(source, over_link(network, source, target), f"endpoint {target.link}")]
    if target.kind == "file system":
        same = _mounts_in_zone(network, source, target)
        if isinstance(same, Hop):
            return [_route(source, (same,), "")]
        interfaces = [(subnet, groups) for subnet, groups in interfaces if subnet in same] or interfaces
    dns = _mount_name_hop(network, source, target)
    routes = []
    for subnet, groups in interfaces:
        hops = inside_path(
            network,
            source,
            subnet,
            groups,
            target.port,
            str(target.address),
            target.transport,
            target.placement.filtered,
        )
        zones = zone_hop(network, source, subnet) if target.kind == "target" else ()
        routes.append(_route(source, (*dns, *zones, *hops), "inside the VPC"))
    return routes


def _mount_name_hop(network: Network, source: Source, target: ResourceTarget) -> tuple[Hop, ...]:
    """ECS mounts a file system by its name, which resolves only with the VPC's resolver switched on."""
    vpc = network.vpcs.get(source.vpc) if source.vpc else None
    if target.kind != "file system" or vpc is None:
        return ()
    dns = _dns_hop(network, source, f"the name of {target.address}")
    return (dns,) if dns else ()


def _mounts_in_zone(network: Network, source: Source, target: ResourceTarget) -> list[Subnet | Unknown] | Hop:
    """The mount targets that the file system's name resolves to: those in the client's own zone."""
    subnets = [subnet for subnet, _ in target_interfaces(network, target)]
    if not target.placement.subnets:
        return Hop(
            f"file system {target.address}", BLOCKS, "it has no mount target", code="UNKNOWN_DESTINATION",
            blame=(target.address,), remedy=f"add an AWS::EFS::MountTarget for {target.address} in every zone that uses it",
        )  # fmt: skip
    own = source.subnet
    if isinstance(own, Unknown) or any(isinstance(subnet, Unknown) for subnet in subnets):
        return subnets
    known = [subnet for subnet in subnets if isinstance(subnet, Subnet)]
    if any(subnet.address == own.address for subnet in known):
        return [subnet for subnet in known if subnet.address == own.address]
    zones = [subnet.zone for subnet in known]
    if not comparable([own.zone, *zones]):
        return list(known)
    same = [subnet for subnet in known if subnet.zone == own.zone]
    if same:
        return list(same)
    return Hop(
        f"file system {target.address}", BLOCKS, f"it has no mount target in the zone of {own.address}",
        code="UNKNOWN_DESTINATION", blame=(target.address,),
        remedy=f"add an AWS::EFS::MountTarget for {target.address} in the zone of {own.address}",
    )  # fmt: skip


def _to_service(network: Network, source: Source, target: ServiceTarget) -> Route:
    service = target.service
    if target.endpoint is not None:
        return _to_own_name(network, source, target)
    if service in INTERNET_ONLY:
        return _to_internet(network, source, service, 443)
    if isinstance(source.subnet, Unknown):
        return _from_unknown_subnet(network, source)
    choice = choose_endpoint(network, source.subnet, service, target.region)
    if choice.sure is not None and choice.sure.interface is True:
        return _through_endpoint(network, source, choice.sure, target)
    if choice.sure is not None:
        dns = _dns_hop(network, source, service)
        policy = policy_hop(choice.sure, target)
        gate = Hop(
            f"gateway endpoint {choice.sure.address}", PASSES, f"serves {service} on the route table of {source.name}",
            relies_on=(choice.sure.address, *((source.subnet.association,) if source.subnet.association else ())),
        )  # fmt: skip
        hops = [egress_to_public(network, source, 443), gate, *policy]
        return _route(source, tuple([dns, *hops] if dns else hops), f"gateway endpoint {choice.sure.address}")
    inner = _to_internet(network, source, service, 443)
    if inner.verdict is Verdict.YES and not choice.perhaps:
        return inner
    hint = choice.near or (_no_endpoint(source.subnet, service),)
    elsewhere = answered_elsewhere(network, source.subnet, service)
    doubts = (*choice.perhaps, *((elsewhere,) if elsewhere is not None else ()))
    if doubts:
        doubt = undecided(f"VPC endpoint for {service}", doubts[0])
        opened = tuple(_doubted(hop) for hop in inner.hops)
        return Route(source.name, Verdict.UNKNOWN, (doubt, *opened), inner.via)
    return replace(inner, hops=(*hint, *inner.hops))


def _to_own_name(network: Network, source: Source, target: ServiceTarget) -> Route:
    """Code that calls an endpoint by the endpoint's own name, which is public and needs no private DNS."""
    endpoint = next((item for item in network.endpoints if item.address == target.endpoint), None)
    if isinstance(target.endpoint, Unknown) or endpoint is None or endpoint.interface is not True:
        reason = target.endpoint if isinstance(target.endpoint, Unknown) else Unknown(f"what {target.endpoint} is")
        return _route(source, (undecided("endpoint", reason),), "")
    name = f"interface endpoint {endpoint.address}"
    first = Hop(name, PASSES, f"{target.service} is called by the endpoint's own name", relies_on=(endpoint.address,))
    dns = _dns_hop(network, source, f"the name of {endpoint.address}")
    return _through_interfaces(network, source, endpoint, target, (dns or first,))


def _doubted(hop: Hop) -> Hop:
    """A blocking hop that would not matter if an endpoint captured the name."""
    return replace(hop, verdict="unknown") if hop.verdict == BLOCKS else hop


def _no_endpoint(subnet: Subnet, service: str) -> Hop:
    kind = "gateway or interface" if service in GATEWAY_SERVICES else "interface"
    return Hop(
        f"VPC endpoint for {service}", PASSES, f"none: no {kind} endpoint of {subnet.vpc} captures the name, so it resolves to public addresses",
    )  # fmt: skip


def _from_unknown_subnet(network: Network, source: Source) -> Route:
    """With unknown subnets only the groups can prove a NO: nothing may leave on port 443 at all."""
    assert isinstance(source.subnet, Unknown)
    groups = effective_groups(network, source.placement, None)
    answer = groups_allow(network, groups, "egress", "tcp", 443, Remote(EVERYWHERE, frozenset(), groups_known=False))
    hops: tuple[Hop, ...] = (undecided("subnet", source.subnet),)
    if answer.allowed is False:
        hops = (egress_to_public(network, source, 443), *hops)
    return _route(source, hops, "")


def _through_endpoint(network: Network, source: Source, endpoint: Endpoint, target: ServiceTarget) -> Route:
    vpc = network.vpcs.get(source.vpc) if source.vpc else None
    name = f"interface endpoint {endpoint.address}"
    first = Hop(name, PASSES, f"private DNS sends {target.service} to it", relies_on=(endpoint.address,))
    if vpc is not None:
        for flag, label in ((vpc.dns_support, "EnableDnsSupport"), (vpc.dns_hostnames, "EnableDnsHostnames")):
            if flag is not True:
                first = _dns_attribute(vpc.address, flag, label, endpoint)
    return _through_interfaces(network, source, endpoint, target, (first,))


def _through_interfaces(
    network: Network, source: Source, endpoint: Endpoint, target: ServiceTarget, first: tuple[Hop, ...]
) -> Route:
    """The worst of the ways to an endpoint's interfaces, which all answer for its name."""
    candidates = [(*hops, *policy_hop(endpoint, target)) for hops in endpoint_path(network, source, endpoint)]
    verdicts = [verdict_of((*first, *hops)) for hops in candidates]
    order = [Verdict.NO, Verdict.INTERMITTENT, Verdict.UNKNOWN, Verdict.YES]
    worst = min(range(len(candidates)), key=lambda index: order.index(verdicts[index]))
    return Route(source.name, for_all(verdicts), (*first, *candidates[worst]), f"interface endpoint {endpoint.address}")


def _dns_attribute(vpc: Address, flag: bool | Unknown, label: str, endpoint: Endpoint) -> Hop:
    at = f"DNS of {vpc}"
    if isinstance(flag, Unknown):
        return undecided(at, flag)
    return Hop(
        at, BLOCKS, f"{label} is false, so the private DNS of {endpoint.address} cannot work", code="VPC_DNS_ATTRIBUTES",
        blame=(vpc, endpoint.address), remedy=f"set {label} to true on {vpc}",
    )  # fmt: skip
