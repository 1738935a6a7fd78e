"""Endpoints of a VPC and a service -> which endpoint its name leads to from a subnet, surely or perhaps."""

from __future__ import annotations

import re

from stackflight.model.edit import Append, Fix, Put
from stackflight.model.finding import PASSES, Hop
from stackflight.model.network import Endpoint, Network, Subnet
from stackflight.model.value import Address, Unknown
from stackflight.patterns import compile_later
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """Which endpoint captures a service's name: surely, or perhaps (`may`); `near` are those that miss it narrowly."""

    sure: Endpoint | None
    perhaps: tuple[Unknown, ...] = ()
    near: tuple[Hop, ...] = ()
    may: tuple[Endpoint, ...] = ()


_AWS_DOMAIN = compile_later(r"(?:^|\.)(?:amazonaws\.com(?:\.cn)?|api\.aws)$")


def answered_elsewhere(network: Network, subnet: Subnet, service: str) -> Unknown | None:
    """Whether a hosted zone, rule or server of the VPC may lead the service's name to a private address."""
    vpc = network.vpcs.get(subnet.vpc) if isinstance(subnet.vpc, Address) else None
    for answerer in vpc.answers if vpc is not None else ():
        domain, owner = answerer.domain, answerer.owner
        if domain == "${" or not domain or "${" in domain.rpartition(".")[2] or _speaks_of(domain, service):
            return Unknown(f"what {owner} answers for {service}", (f"resource {owner}",))
    return None


def _speaks_of(domain: str, service: str) -> bool:
    """Whether a domain of AWS is the one of a service, or one above it."""
    if not _AWS_DOMAIN.search(domain):
        return False
    labels = re.sub(r"\$\{[^}]*\}", "", _AWS_DOMAIN.sub("", domain)).split(".")
    named = {label for label in labels if label and not re.fullmatch(r"[a-z]{2}(?:-[a-z]+)+-\d", label)}
    return not named or bool(named & set(service.split(".")))


def choose_endpoint(network: Network, subnet: Subnet, service: str, region: str | Unknown | None = None) -> Choice:
    """Ask every endpoint; a gateway endpoint wins over an interface endpoint whose names are not said to answer inside.

    `region` is None for the service of the VPC's own Region.
    """
    vpc = network.vpcs.get(subnet.vpc) if isinstance(subnet.vpc, Address) else None
    own = vpc.region if vpc is not None else ""
    if region is not None and region == own:
        region = None
    perhaps: list[Unknown] = []
    may: list[Endpoint] = []
    near: list[Hop] = []
    sure: Endpoint | None = None
    for endpoint in network.endpoints:
        answer = _captures(endpoint, subnet, service, region, own)
        if answer is True:
            if sure is None or (endpoint.interface is not True and not sure.all_resolvers) or endpoint.all_resolvers:
                sure = endpoint
        elif isinstance(answer, Unknown):
            perhaps.append(answer)
            may.append(endpoint)
        elif isinstance(answer, Hop):
            near.append(answer)
    return Choice(sure, tuple(perhaps), tuple(near), tuple(may))


def _captures(
    endpoint: Endpoint, subnet: Subnet, service: str, region: str | Unknown | None, own: str
) -> bool | Unknown | Hop:
    """True, False, Unknown, or the hop that says why an endpoint for the service does not capture its name."""
    if isinstance(endpoint.service, Unknown):
        why = endpoint.service.why
        foreign = "is not an AWS service name" in why and ("${" not in why or "com.amazonaws.vpce." in why)
        same_vpc = isinstance(endpoint.vpc, Unknown) or endpoint.vpc == subnet.vpc
        return False if foreign or not same_vpc else endpoint.service
    if endpoint.service != service:
        return False
    if isinstance(endpoint.vpc, Address) and isinstance(subnet.vpc, Address) and endpoint.vpc != subnet.vpc:
        return False
    other = _of_other_region(endpoint, service, region, own)
    if other is not None:
        return other
    if endpoint.interface is not False:
        for vpc in (endpoint.vpc, subnet.vpc):
            if isinstance(vpc, Unknown):
                return vpc
    for open_value in (endpoint.exists, endpoint.interface, endpoint.private_dns):
        if isinstance(open_value, Unknown):
            return open_value
    if endpoint.interface:
        return _captures_by_dns(endpoint)
    return _captures_by_route(endpoint, subnet)


def _of_other_region(
    endpoint: Endpoint, service: str, region: str | Unknown | None, own: str
) -> bool | Unknown | Hop | None:
    """What keeps an endpoint from serving the service of a Region; None where it is the right one."""
    if isinstance(endpoint.elsewhere, Unknown):
        if isinstance(region, str) and endpoint.region:
            return None if region == endpoint.region else _serves_another(endpoint, service, endpoint.region, region)
        return endpoint.elsewhere
    if region is None:
        return False if endpoint.elsewhere else None
    if isinstance(region, Unknown):
        return region
    serves = endpoint.region if endpoint.elsewhere else own
    if not serves:
        return Unknown(f"whether the stack is in {region}", ("AWS::Region",))
    if serves == region:
        return None
    return _serves_another(endpoint, service, serves, region)


def _serves_another(endpoint: Endpoint, service: str, serves: str, region: str) -> Hop:
    kind = "gateway" if endpoint.interface is False else "interface"
    return Hop(
        f"{kind} endpoint {endpoint.address}", PASSES, f"it serves {service} of {serves} only, and {region} is called",
        code="NO_ROUTE_TO_DESTINATION", blame=(endpoint.address,), remedy=f"call {service} in {serves}",
    )  # fmt: skip


def _captures_by_dns(endpoint: Endpoint) -> bool | Unknown | Hop:
    if isinstance(endpoint.inbound_only, Unknown):
        return endpoint.inbound_only
    if endpoint.private_dns is True and endpoint.inbound_only:
        return Hop(
            f"interface endpoint {endpoint.address}", PASSES,
            "its private DNS answers only what comes in over a Resolver endpoint, so inside the VPC the name stays public",
            code="DNS_NOT_PRIVATE", blame=(endpoint.address,),
            remedy=f"set PrivateDnsOnlyForInboundResolverEndpoint to AllResolvers on {endpoint.address}, or add a gateway "
            f"endpoint for {endpoint.service} on the subnets' route tables",
        )  # fmt: skip
    if endpoint.private_dns is True:
        return True
    return Hop(
        f"interface endpoint {endpoint.address}", PASSES,
        "its private DNS is off, so the service's name still resolves to public addresses", code="DNS_NOT_PRIVATE",
        blame=(endpoint.address,), remedy=f"set PrivateDnsEnabled to true on {endpoint.address}",
        fixes=((Put(endpoint.address, ("PrivateDnsEnabled",), True),),),
    )  # fmt: skip


def _list_table(endpoint: Endpoint, table: Address | None) -> tuple[Fix, ...]:
    if table is None or table.stack != endpoint.address.stack:
        return ()
    return ((Append(endpoint.address, "RouteTableIds", {"Ref": table.id}),),)


def _captures_by_route(endpoint: Endpoint, subnet: Subnet) -> bool | Unknown | Hop:
    if subnet.route_table is not None and subnet.route_table in endpoint.route_tables:
        return True
    unknown = [table for table in endpoint.route_tables if isinstance(table, Unknown)]
    if isinstance(subnet.route_table, Unknown):
        return subnet.route_table
    if unknown:
        return unknown[0]
    table = subnet.route_table or f"the main route table, which {subnet.address} uses"
    return Hop(
        f"gateway endpoint {endpoint.address}", PASSES, f"it does not serve {table}", code="NO_ROUTE_TO_DESTINATION",
        blame=(endpoint.address,), remedy=f"add {table} to the RouteTableIds of {endpoint.address}",
        fixes=_list_table(endpoint, subnet.route_table),
    )  # fmt: skip
