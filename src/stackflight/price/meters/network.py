"""Interface endpoints, load balancers with their addresses, public addresses of instances and tasks."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.bill import ASSUMED, HOURS
from stackflight.model.template import Resource
from stackflight.model.value import Value, as_list, known_flag, known_text
from stackflight.price.reading import Missing, Reading, Said, Scene, count_items, hourly

ADDRESS = "VPC/Public IPv4 address (in use or idle)"


def measure_endpoint(resource: Resource, scene: Scene) -> Iterator[Said]:
    """Interface endpoints are paid for each zone that they stand in, gateway endpoints not at all."""
    kind = known_text(resource.get("VpcEndpointType")) or "Gateway"
    zones = count_items(resource.get("SubnetIds"))
    if kind == "Interface":
        yield hourly("VPC/Interface endpoint per zone", zones, f"interface endpoint in {zones} zone{'s' * (zones > 1)}")
        yield scene.use("VPC/Interface endpoint data processed (first 1 PB)", "nat_gb")
    elif kind == "GatewayLoadBalancer":
        yield hourly("VPC/Gateway Load Balancer endpoint", zones)
        yield scene.use("VPC/Gateway Load Balancer endpoint data", "nat_gb")
    elif kind != "Gateway":
        yield Missing(f"endpoints of type {kind} have no price here")


def measure_balancer(resource: Resource, scene: Scene) -> Iterator[Said]:
    """The hours, the capacity units by traffic, and an address in each zone where it faces the internet.

    One capacity unit takes 1 GB an hour. Source: Elastic Load Balancing pricing, LCU details. Where its subnets are not
    known, an Application Load Balancer is in the two zones that it needs. Source: its user guide, Subnets for your load balancer.
    """
    kind = known_text(resource.get("Type")) or "application"
    if kind not in {"application", "network"}:
        yield Missing("Gateway Load Balancers have no price here")
        return
    yield hourly("ELB/Application load balancer" if kind == "application" else "ELB/Network load balancer")
    unit = "ELB/ALB LCU" if kind == "application" else "ELB/NLB LCU"
    yield Reading(
        unit, scene.usage["traffic_gb"], "capacity units, one a GB", ASSUMED, assumes=("traffic_gb",), shared=True
    )
    if (known_text(resource.get("Scheme")) or "internet-facing") == "internet-facing":
        mapped = as_list(resource.get("SubnetMappings"))
        own = sum(isinstance(one, dict) and "AllocationId" in one for one in mapped)  # those are paid as Elastic IPs
        given = count_items(resource.get("Subnets"), 0) or len(mapped)
        zones = (given or (2 if kind == "application" else 1)) - own
        yield from traffic_out(scene)
        if zones > 0:
            yield hourly(ADDRESS, zones, f"public address in {zones} zone{'s' * (zones > 1)}")


def traffic_out(scene: Scene) -> Iterator[Said]:
    """What goes out to the internet; a distribution in front carries it at a price of its own."""
    if not scene.world.by_type.get("AWS::CloudFront::Distribution"):
        yield scene.use(
            "DataTransfer/Out to internet (first 10 TB, after 100 GB free)",
            "traffic_gb",
            item="data out to the internet",
        )


def has_public_address(interface: Value, subnet: Value, scene: Scene) -> bool:
    """Whether a launch gets a public IPv4 address: as its interface says, else as its subnet does."""
    given = known_flag(interface, False) if interface is not None else None
    if given is not None:
        return given is True
    found = scene.behind(subnet)
    return found is not None and known_flag(found.get("MapPublicIpOnLaunch"), False) is True


def addresses(count: Reading) -> Reading:
    """As many addresses as there are of what is counted by the hour."""
    least = None if count.least is None else count.least / HOURS
    most = None if count.most is None else count.most / HOURS
    return hourly(ADDRESS, count.quantity / HOURS, "public addresses", least=least, most=most)
