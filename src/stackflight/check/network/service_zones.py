"""Endpoints of an endpoint service of the templates -> findings: subnets in zones in which the service is not offered.

A service is offered in the zones of its load balancers, whether they balance across zones or not. Source: AWS Knowledge Center,
interface endpoints and Availability Zones; AWS PrivateLink guide, create an endpoint service.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.network.subnets import comparable_zones, subnets_at, zone_key
from stackflight.check.outcome import refused
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.identify import resource_named
from stackflight.model.template import Resource
from stackflight.model.value import Address, as_list, references_in

_SERVICE = "AWS::EC2::VPCEndpointService"
_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"

ENDPOINT_SERVICE_NOT_IN_ZONE = Check(
    "endpoint-service-not-in-zone",
    found_when="an endpoint of an endpoint service of the templates lies in a zone in which none of its load balancers does",
    explains="A service is offered in the zones of its load balancers alone. Zones are compared as symbols or as literal names, never mixed.",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning where a condition is undecided",
    sources=("https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html",),
)


@finds(ENDPOINT_SERVICE_NOT_IN_ZONE)
def find_endpoints_out_of_zone(case: Case) -> Iterator[Finding]:
    """Every subnet of such an endpoint whose zone is surely another one."""
    for endpoint in case.world.of_type("AWS::EC2::VPCEndpoint"):
        named = [case.resources.get(item.address) for item in references_in(endpoint.get("ServiceName"))]
        service = next((item for item in named if item is not None and item.type == _SERVICE), None)
        offered = _offered(case, service) if service is not None and endpoint.get("ServiceRegion") is None else {}
        for subnet in subnets_at(case, endpoint, ("SubnetIds",)) or []:
            zone = zone_key(case, subnet.address)
            if service is None or not offered or zone in offered or not comparable_zones([zone, *offered]):
                continue
            balancers = list(dict.fromkeys(offered.values()))
            yield refused(
                case, ENDPOINT_SERVICE_NOT_IN_ZONE, [endpoint.address, subnet.address, service.address, *balancers],
                f"{endpoint.address} lies in {subnet.address}, in whose zone {listed(balancers)} of {service.address} has no subnet",
                f"give {balancers[0]} a subnet in the zone of {subnet.address}, or put {endpoint.address} into one of its zones",
                ("SubnetIds",), says=aws_says("endpoint-service-not-in-zone"),
            )  # fmt: skip


def _offered(case: Case, service: Resource) -> dict[str | None, Address]:
    """The zones of its load balancers; none where one of them, or one of their subnets, is not at hand."""
    given = [*as_list(service.get("NetworkLoadBalancerArns")), *as_list(service.get("GatewayLoadBalancerArns"))]
    found: dict[str | None, Address] = {}
    for item in given:
        balancer = resource_named(case.world, item, _BALANCER)
        subnets = subnets_at(case, balancer, ("Subnets",)) if balancer is not None else None
        if balancer is None or subnets is None:
            return {}
        found |= {zone_key(case, subnet.address): balancer.address for subnet in subnets}
    return {} if None in found else found
