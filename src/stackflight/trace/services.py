"""A service of AWS or a host on the internet -> the route from one source subnet: names first, then the way.

A name that an interface endpoint with private DNS captures goes to that endpoint from every subnet of the VPC, NAT or not;
a gateway endpoint serves the route tables it names; everything else takes the default route.
"""

from __future__ import annotations

from dataclasses import replace

from stackflight.model.edit import Put
from stackflight.model.finding import BLOCKS, PASSES, Hop, Verdict
from stackflight.model.need import Route, ServiceTarget
from stackflight.model.network import Endpoint, Network, Subnet
from stackflight.model.ranges import EVERYWHERE
from stackflight.model.services import GATEWAY_SERVICES, INTERNET_ONLY
from stackflight.model.value import Address, Unknown
from stackflight.trace.apis import api_hop
from stackflight.trace.crossings import acl_pair
from stackflight.trace.endpoint_policy import policy_hop
from stackflight.trace.endpoints import Choice, answered_elsewhere, choose_endpoint
from stackflight.trace.filters import Remote, groups_allow
from stackflight.trace.guards import guard_hops
from stackflight.trace.hops import for_all, undecided, verdict_of
from stackflight.trace.ipv6 import direct_path, may_leave, may_use_six, six_path
from stackflight.trace.names import Asked, ask, host_of
from stackflight.trace.paths import Source, effective_groups, egress_to_public, endpoint_path, internet_path
from stackflight.trace.private_names import answering, endpoint_named, through, zone_elsewhere


def route_from(source: Source, hops: tuple[Hop, ...], via: str) -> Route:
    return Route(source.name, verdict_of(hops), hops, via)


def dns_hop(network: Network, source: Source, name: str) -> Hop | None:
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
        fixes=((Put(vpc.address, ("EnableDnsSupport",), True),),),
    )  # fmt: skip


def to_internet(
    network: Network, source: Source, host: str, port: int, service: ServiceTarget | None = None, six: bool = False
) -> Route:
    """The way to a host; `six` says that it is called over IPv6 only, a `service` by its plain name."""
    if isinstance(source.subnet, Subnet) and source.subnet.native6 is True:
        return _by_name(network, source, host, port, service, six_path(network, source, host, port, service), "IPv6")
    if six:
        return _by_name(network, source, host, port, service, direct_path(network, source, port), "IPv6")
    called = host if service is None else _host(network, source, service)
    four = _by_name(network, source, host, port, service, *internet_path(network, source, called, port, service))
    kind = source.subnet if isinstance(source.subnet, Unknown) else source.subnet.native6
    if isinstance(kind, Unknown) and may_leave(network, source, port):
        doubt = undecided("address", kind)
        return Route(source.name, Verdict.UNKNOWN, (doubt, *(doubted(hop) for hop in four.hops)), four.via)
    if four.verdict in {Verdict.YES, Verdict.UNKNOWN} or not may_use_six(source, host, service):
        return four
    over_six = _by_name(network, source, host, port, service, direct_path(network, source, port), "IPv6")
    if over_six.verdict is Verdict.NO:
        return _nearer(four, over_six) if service is not None else four
    if service is not None and service.dual is True and over_six.verdict is Verdict.YES:
        return over_six
    doubt = undecided("address", Unknown(f"whether {host or 'the host'} has IPv6 addresses"))
    return Route(source.name, Verdict.UNKNOWN, (doubt, *(doubted(hop) for hop in four.hops)), four.via)


def _host(network: Network, source: Source, service: ServiceTarget) -> str:
    """The host name of a service in the Region that is called."""
    vpc = network.vpcs.get(source.vpc) if source.vpc else None
    region = service.region if isinstance(service.region, str) else (vpc.region if vpc else "")
    return host_of(service.service, region or "${AWS::Region}")


def _nearer(four: Route, six: Route) -> Route:
    """Of two closed ways the one that was meant: the only one with a route, else the one with fewer things to change."""
    routed = [not any(hop.code == "NO_ROUTE_TO_DESTINATION" for hop in route.hops) for route in (four, six)]
    lacks = [len({hop.blame for hop in route.hops if hop.verdict == BLOCKS}) for route in (four, six)]
    alike = lacks[0] < lacks[1] or (lacks[0] == lacks[1] and six.hops[-1].verdict != BLOCKS)
    if routed == [True, False] or (routed != [False, True] and alike):
        return four
    why = "; ".join(hop.why for hop in four.hops if hop.verdict == BLOCKS)
    return replace(six, hops=(Hop("IPv4", PASSES, f"leads nowhere: {why}"), *six.hops))


def _by_name(
    network: Network,
    source: Source,
    host: str,
    port: int,
    service: ServiceTarget | None,
    hops: tuple[Hop, ...],
    via: str,
) -> Route:
    """The way that hops open to a host, by what the VPC's resolver answers for its name."""
    named = service is None and "." in host
    asked = ask(network, source, host.lower()) if named else Asked()
    led = endpoint_named(network, asked.endpoint)
    if led is not None:
        inner = through(network, source, led, host, port)
        return replace(inner, hops=(*asked.hops, *inner.hops))
    if verdict_of(asked.hops) is not Verdict.YES:
        opened = tuple(doubted(hop) for hop in hops) if verdict_of(asked.hops) is Verdict.UNKNOWN else hops
        return route_from(source, (*asked.hops, *opened), via)
    found = answering(network, source, host.lower()) if named else None
    if isinstance(found, Unknown) and verdict_of(hops) is not Verdict.YES:
        return route_from(source, (undecided("DNS", found), *(doubted(hop) for hop in hops)), via)
    if found is not None and not isinstance(found, Unknown):
        return through(network, source, found, host, port)
    hops = (*asked.hops, *hops)
    dns = dns_hop(network, source, host or "a public name")
    return route_from(source, (dns, *hops) if dns else hops, via)


def to_service(network: Network, source: Source, target: ServiceTarget) -> Route:
    service = target.service
    if target.endpoint is not None:
        return _to_own_name(network, source, target)
    if service in INTERNET_ONLY:
        return to_internet(network, source, service, 443)
    if isinstance(source.subnet, Unknown):
        return _from_unknown_subnet(network, source)
    choice = choose_endpoint(network, source.subnet, service, target.region)
    asked = _asked(network, source, target, choice.sure)
    answer = api_hop(target, choice, asked.endpoint)
    if answer is not None and answer.verdict != PASSES:
        return route_from(source, (*asked.hops, answer), "")
    if asked.endpoint is not None:
        inner = _to_own_name(network, source, replace(target, endpoint=asked.endpoint))
        return replace(inner, hops=(*asked.hops, *inner.hops))
    if any(hop.verdict == BLOCKS for hop in asked.hops):
        return route_from(source, asked.hops, "")
    found = _guarded(_by_public_name(network, source, target, choice), guard_hops(network, target, choice.sure))
    if not asked.hops:
        return found
    return replace(found, hops=(*asked.hops, *found.hops), verdict=_with_doubts(asked.hops, found.verdict))


def _guarded(route: Route, guards: tuple[Hop, ...]) -> Route:
    """A route with what the policies of the resources that are asked for say of it."""
    if not guards:
        return route
    said = verdict_of(guards)
    if said is Verdict.NO and route.verdict is Verdict.UNKNOWN:  # it may come another way
        return replace(route, hops=(*route.hops, *(doubted(hop) for hop in guards)))
    worse = said is Verdict.NO or (said is Verdict.UNKNOWN and route.verdict is Verdict.YES)
    return replace(route, hops=(*route.hops, *guards), verdict=said if worse else route.verdict)


def _with_doubts(hops: tuple[Hop, ...], verdict: Verdict) -> Verdict:
    """A name of which it is not known where it leads may lead somewhere else, and so opens a path as it closes one."""
    return Verdict.UNKNOWN if verdict_of(hops) is Verdict.UNKNOWN else verdict


def _asked(network: Network, source: Source, target: ServiceTarget, sure: Endpoint | None) -> Asked:
    """Ask for the host of a service; the answer to a custom resource goes to a bucket's own host."""
    private = sure is not None and sure.interface is True
    return ask(network, source, _host(network, source, target), private)


def _by_public_name(network: Network, source: Source, target: ServiceTarget, choice: Choice) -> Route:
    """The way that the answers of Amazon's own servers open: an endpoint's, or to public addresses."""
    assert isinstance(source.subnet, Subnet)
    service = target.service
    if choice.sure is not None and source.subnet.native6 is not False:
        return route_from(source, (_answers_six(choice.sure, source.subnet),), f"endpoint {choice.sure.address}")
    if choice.sure is not None and choice.sure.interface is True:
        inside = _through_endpoint(network, source, choice.sure, target)
        return _past_endpoint(network, source, target, inside) if target.dual is True and service == "s3" else inside
    if choice.sure is not None:
        dns = dns_hop(network, source, service)
        policy = policy_hop(choice.sure, target)
        gate = Hop(
            f"gateway endpoint {choice.sure.address}", PASSES, f"serves {service} on the route table of {source.name}",
            relies_on=(choice.sure.address, *((source.subnet.association,) if source.subnet.association else ())),
        )  # fmt: skip
        acls = acl_pair(network, source.subnet, 443, source.placement.ports)
        hops = [egress_to_public(network, source, 443, target), *acls, gate, *policy]
        return route_from(source, tuple([dns, *hops] if dns else hops), f"gateway endpoint {choice.sure.address}")
    inner = to_internet(network, source, service, 443, target)
    if inner.verdict is Verdict.YES and not choice.perhaps:
        return inner
    hint = (
        zone_elsewhere(network, source, _host(network, source, target))
        or choice.near
        or (_no_endpoint(source.subnet, service),)
    )
    elsewhere = answered_elsewhere(network, source.subnet, service)
    doubts = (*choice.perhaps, *((elsewhere,) if elsewhere is not None else ()))
    if inner.verdict is Verdict.YES and elsewhere is None and _open_either_way(network, source, target, choice):
        return inner
    if doubts:
        doubt = undecided(f"VPC endpoint for {service}", doubts[0])
        opened = tuple(doubted(hop) for hop in inner.hops)
        return Route(source.name, Verdict.UNKNOWN, (doubt, *opened), inner.via)
    return replace(inner, hops=(*hint, *inner.hops))


def _open_either_way(network: Network, source: Source, target: ServiceTarget, choice: Choice) -> bool:
    """Whether every endpoint that may capture the name would be a way as well."""
    return all(
        isinstance(endpoint.interface, bool)
        and _by_public_name(network, source, target, Choice(endpoint)).verdict is Verdict.YES
        for endpoint in choice.may
    )


def _past_endpoint(network: Network, source: Source, target: ServiceTarget, inside: Route) -> Route:
    """A dual-stack name of Amazon S3, which no guide counts among the private names of an interface endpoint."""
    past = to_internet(network, source, target.service, 443, target)
    if past.verdict is inside.verdict:
        return inside
    doubt = undecided("DNS", Unknown(f"whether the endpoint answers for the dual-stack name of {target.service}"))
    return route_from(source, (doubt, *(doubted(hop) for hop in inside.hops)), inside.via)


def _answers_six(endpoint: Endpoint, subnet: Subnet) -> Hop:
    """An endpoint for a subnet without IPv4 addresses: where its interfaces have none but those, nobody gets there."""
    at = f"interface endpoint {endpoint.address}"
    if endpoint.interface is True and endpoint.addresses == "ipv4" and subnet.native6 is True and subnet.dns64 is False:
        why = f"its interfaces have IPv4 addresses only, and {subnet.address} has none"
        remedy = f"set IpAddressType to dualstack on {endpoint.address}"
        return Hop(at, BLOCKS, why, code="CANNOT_ROUTE", blame=(endpoint.address,), remedy=remedy)
    return undecided(at, f"whether {endpoint.address} answers over IPv6")


def _to_own_name(network: Network, source: Source, target: ServiceTarget) -> Route:
    """Code that calls an endpoint by the endpoint's own name, which is public and needs no private DNS."""
    endpoint = next((item for item in network.endpoints if item.address == target.endpoint), None)
    if isinstance(target.endpoint, Unknown) or endpoint is None or endpoint.interface is not True:
        reason = target.endpoint if isinstance(target.endpoint, Unknown) else Unknown(f"what {target.endpoint} is")
        return route_from(source, (undecided("endpoint", reason),), "")
    name = f"interface endpoint {endpoint.address}"
    first = Hop(name, PASSES, f"{target.service} is called by the endpoint's own name", relies_on=(endpoint.address,))
    dns = dns_hop(network, source, f"the name of {endpoint.address}")
    return _through_interfaces(network, source, endpoint, target, (dns or first,))


def doubted(hop: Hop) -> Hop:
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
    if answer.allowed is False and not may_leave(network, source, 443):
        hops = (egress_to_public(network, source, 443), *hops)
    return route_from(source, hops, "")


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
        fixes=((Put(vpc, (label,), True),),),
    )  # fmt: skip
