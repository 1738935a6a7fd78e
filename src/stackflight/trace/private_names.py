"""A host that is no service of AWS -> the endpoint of the VPC that answers for its name, and the way to it.

An endpoint service may have a private name, which exists in the VPCs of the endpoints that switch private DNS on. Source: AWS
PrivateLink guide, private DNS names for endpoint services.
"""

from __future__ import annotations

from stackflight.model.finding import PASSES, Hop
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
