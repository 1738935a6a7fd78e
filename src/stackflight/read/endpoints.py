"""AWS::EC2::VPCEndpoint -> Endpoint: whose service it is, for whom its names answer, where its interfaces stand."""

from __future__ import annotations

import re
from typing import TypedDict

from stackflight.model.identify import to_address, to_addresses
from stackflight.model.network import Endpoint
from stackflight.model.template import Resource, World
from stackflight.model.value import (
    Reference,
    Text,
    Unknown,
    Value,
    as_dict,
    known_flag,
    known_text,
    references_in,
    render,
)
from stackflight.patterns import compile_later
from stackflight.read.intrinsics import concatenate

_SERVICE = compile_later(
    r"(?:com\.amazonaws|cn\.com\.amazonaws|com\.amazonaws-eusc)\.(?:\$\{[^}]*\}|[a-z0-9-]+)\.(.+)$"
)
_AWS_PREFIX = compile_later(r"aws\.(?:api\.)?(?:\$\{[^}]*\}|[a-z]{2}-[a-z-]+-\d)\.(.+)$")


def service_of(value: Value) -> str | Unknown:
    """`com.amazonaws.REGION.ecr.api` -> "ecr.api"; Unknown for other names."""
    text = render(value)
    match = _SERVICE.match(text) or _AWS_PREFIX.match(text)
    if match and "${" not in match.group(1) and ".vpce-svc-" not in text:
        return match.group(1)
    if isinstance(value, Unknown):
        return value
    return Unknown(f"the endpoint service {text} is not an AWS service name")


def read_endpoint(world: World, resource: Resource) -> Endpoint:
    kind = resource.get("VpcEndpointType")
    text = known_text(kind)
    return Endpoint(
        address=resource.address,
        vpc=to_address(world, resource.get("VpcId")),
        service=service_of(resource.get("ServiceName")),
        interface=(text or "Gateway").lower() == "interface" if text or kind is None else Unknown("its type"),
        private_dns=known_flag(resource.get("PrivateDnsEnabled"), False),
        subnets=to_addresses(world, resource.get("SubnetIds")),
        groups=to_addresses(world, resource.get("SecurityGroupIds")),
        route_tables=to_addresses(world, resource.get("RouteTableIds")),
        policy=_told(world, resource.get("PolicyDocument")),
        exists=resource.exists,
        region=region_of_service(resource),
        elsewhere=_elsewhere(world, resource),
        addresses=_addresses(resource.get("IpAddressType")),
        inbound_only=_inbound_only(resource.get("DnsOptions")),
        all_resolvers=known_text(resource.get("DnsOptions", _FOR_WHOM)) == "AllResolvers",
        **_of_service(world, resource),
    )


def _of_service(world: World, endpoint: Resource) -> _Terms:
    """The private names of an endpoint service and whether its owner has to accept; a manual acceptance is nowhere in a template.

    Source: AWS PrivateLink guide, endpoint services (acceptance), private DNS names.
    """
    name = endpoint.get("ServiceName")
    kind = endpoint.get("VpcEndpointType")
    if (known_text(kind) != "Interface" and not isinstance(kind, Unknown)) or not isinstance(service_of(name), Unknown):
        return {"names": (), "awaits": None}
    own = [world.resources.get(reference.address) for reference in references_in(name)]
    service = next((item for item in own if item is not None and item.type == "AWS::EC2::VPCEndpointService"), None)
    if service is None:
        return {"names": Unknown(f"which names {endpoint.address} answers for"), "awaits": None}
    given, accepts = service.get("PrivateDnsName"), known_flag(service.get("AcceptanceRequired"), True)
    names = () if given is None else (render(given).lower(),)
    waits = Unknown(
        f"whether somebody accepts {endpoint.address} at {service.address}", (f"resource {service.address}",)
    )
    return {
        "names": Unknown(f"the private name of {service.address}") if isinstance(given, Unknown) else names,
        "awaits": None if accepts is False else waits,
    }


class _Terms(TypedDict):
    """What an endpoint service says of its endpoints."""

    names: tuple[str, ...] | Unknown
    awaits: Unknown | None


def _told(world: World, value: Value) -> Value:
    """A policy in which what a custom resource answers is unknown: it may be the name of anything."""
    match value:
        case Reference(address) if address in world.resources and world.resources[address].is_custom:
            return Unknown(f"what {address} answers", (f"resource {address}",))
        case Text(parts):
            return concatenate([_told(world, part) for part in parts])
        case list():
            return [_told(world, item) for item in value]
        case dict():
            return {key: _told(world, item) for key, item in value.items()}
    return value


def region_of_service(endpoint: Resource) -> str:
    """The literal Region of an endpoint's service, empty where it is not written down."""
    given = known_text(endpoint.get("ServiceRegion")) or ""
    match = re.search(r"\.([a-z]{2}(?:-[a-z]+)+-\d)\.", render(endpoint.get("ServiceName")))
    return given or (match.group(1) if match else "")


def _elsewhere(world: World, endpoint: Resource) -> bool | Unknown:
    """Whether an endpoint is one for a service of another Region: ServiceRegion names it."""
    given = endpoint.get("ServiceRegion")
    if given is None or (isinstance(given, Unknown) and given.why == "AWS::Region"):
        return False
    own, named = world.stack(endpoint.address.stack).environment.region, known_text(given)
    if own is not None and named is not None:
        return own != named
    return Unknown(f"which Region {endpoint.address} is for", ("AWS::Region",))


def _addresses(given: Value) -> str | Unknown:
    """An interface endpoint has IPv4 addresses where nothing else is asked for."""
    text = known_text(given)
    if given is None or text is not None:
        return text if text in {"ipv6", "dualstack"} else "ipv4"
    return given if isinstance(given, Unknown) else Unknown("which addresses its interfaces have")


_FOR_WHOM = "PrivateDnsOnlyForInboundResolverEndpoint"


def _inbound_only(options: Value) -> bool | Unknown:
    """Source: AWS PrivateLink for Amazon S3, private DNS only for inbound Resolver endpoints."""
    if isinstance(options, Unknown):
        return options
    given = as_dict(options).get(_FOR_WHOM)
    if given is not None and known_text(given) is None:
        return Unknown("for whom its private DNS answers")
    return known_text(given) == "OnlyInboundResolver"
