"""A host that is no service of AWS -> the endpoint of the VPC that answers for its name, and the way to it.

An endpoint service may have a private name, which exists in the VPCs of the endpoints that switch private DNS on. Source: AWS
PrivateLink guide, private DNS names for endpoint services.
"""

from __future__ import annotations

from stackflight.model.finding import PASSES, Hop, Verdict
from stackflight.model.need import ResourceTarget, Route
from stackflight.model.network import Endpoint, Network
from stackflight.model.value import Address, Unknown
from stackflight.model.wildcards import matches
from stackflight.trace.hops import for_all, undecided, verdict_of
from stackflight.trace.paths import Source, endpoint_path


def answering(network: Network, source: Source, host: str) -> Endpoint | Unknown | None:
    """The endpoint whose private name a host is, or why one may be."""
    doubt: Unknown | None = None
    for endpoint in network.endpoints:
        elsewhere = endpoint.vpc != source.vpc and isinstance(endpoint.vpc, Address)
        if elsewhere or endpoint.interface is False or endpoint.private_dns is False:
            continue
        if isinstance(endpoint.names, Unknown):
            doubt = doubt or endpoint.names
        elif any(matches(host, name) for name in endpoint.names):
            flags = (endpoint.private_dns, endpoint.interface, endpoint.exists, endpoint.vpc == source.vpc)
            return endpoint if all(flag is True for flag in flags) else Unknown(f"what {endpoint.address} answers for")
    return doubt


def through(network: Network, source: Source, endpoint: Endpoint, host: str, port: int) -> Route:
    """The worst of the ways to the interfaces of an endpoint that answers for a host."""
    first = Hop(f"endpoint {endpoint.address}", PASSES, f"it answers for {host}", relies_on=(endpoint.address,))
    waits = (undecided(f"endpoint {endpoint.address}", endpoint.awaits),) if endpoint.awaits is not None else ()
    ways = [(first, *waits, *hops) for hops in endpoint_path(network, source, endpoint, port)]
    verdicts = [verdict_of(hops) for hops in ways]
    shown = next((hops for hops in ways if verdict_of(hops) is for_all(verdicts)), ways[0])
    return Route(source.name, for_all(verdicts), shown, f"interface endpoint {endpoint.address}")


def acceptance(network: Network, target: ResourceTarget) -> tuple[Hop, ...]:
    """The doubt about an endpoint that is called by its own name, where its service asks for acceptance."""
    endpoint = endpoint_named(network, target.address) if target.kind == "endpoint" else None
    waits = endpoint.awaits if endpoint is not None else None
    return (undecided(f"endpoint {target.address}", waits),) if waits is not None else ()


def endpoint_named(network: Network, address: Address | None) -> Endpoint | None:
    """The interface endpoint at an address."""
    return next((item for item in network.endpoints if item.address == address and item.interface is True), None)


def zone_elsewhere(network: Network, source: Source, host: str) -> tuple[Hop, ...]:
    """A hosted zone of another VPC that would lead the name of a service to an endpoint to which there is a way from here.

    Source: Amazon Route 53 Developer Guide, associating more VPCs with a private hosted zone.
    """
    zones = [item for vpc in network.vpcs.values() if vpc.address != source.vpc for item in vpc.answers]
    for zone in zones if source.vpc is not None else ():
        led = next((item.endpoint for item in zone.records if item.name == host and item.sure), None)
        endpoint = endpoint_named(network, led)
        if endpoint is not None and through(network, source, endpoint, host, 443).verdict is Verdict.YES:
            why = f"{zone.owner}, which leads {host} to {led}, is not associated with {source.vpc}"
            remedy = f"associate {zone.owner} with {source.vpc}"
            return (
                Hop(f"DNS of {source.vpc}", PASSES, why, code="DNS_NOT_PRIVATE", blame=(zone.owner,), remedy=remedy),
            )
    return ()
