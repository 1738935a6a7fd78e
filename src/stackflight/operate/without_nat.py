"""World with NAT gateways -> the change that puts VPC endpoints in their place, where all that is reached stays reached.

What goes through the NAT gateways is what is not reached without them. Endpoints for these services are put into a copy,
and every need is traced in it anew: where one is worse off than before, nothing is proposed.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import listed
from stackflight.facts.load import read_table
from stackflight.model.finding import Verdict
from stackflight.model.need import Reach, ServiceTarget
from stackflight.model.network import Network
from stackflight.model.services import GATEWAY_SERVICES
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, Reference, Value, references_in
from stackflight.price.sheet import HOME
from stackflight.price.thrift import Change, change_world
from stackflight.read.needs import find_needs
from stackflight.read.network import build_network
from stackflight.trace.reachability import answer_needs

_WORST_FIRST = (Verdict.NO, Verdict.INTERMITTENT, Verdict.UNKNOWN, Verdict.YES)


def endpoints_instead(world: World) -> Iterator[Change]:
    """At most one change: all NAT gateways go."""
    gateways = [one.address for one in world.by_type.get("AWS::EC2::NatGateway", []) if one.exists is True]
    if not gateways:
        return
    gone = dict.fromkeys((*gateways, *_only_for(gateways, world)))
    network = build_network(world)
    needs = find_needs(world, network).needs
    before = answer_needs(network, needs)
    bare = change_world(world, Change("", "", gone))
    lost = [reach for reach, now in zip(before, answer_needs(build_network(bare), needs), strict=True) if _is_worse(reach, now)]  # fmt: skip
    services = _services(lost)
    if not services:
        return
    change = Change(
        f"VPC endpoints for {listed(services, 12)} instead of NAT gateways",
        "nothing else outside the VPC is reached any more; all that is known to be called still is",
        gone,
        tuple(_endpoints(lost, network, world)),
    )
    after = answer_needs(build_network(change_world(world, change)), needs)
    if not any(_is_worse(reach, now) for reach, now in zip(before, after, strict=True)):
        yield change


def _only_for(gateways: list[Address], world: World) -> Iterator[Address]:
    """The addresses of NAT gateways, and the routes to them."""
    for gateway in gateways:
        yield from (one.address for one in references_in(world.resources[gateway].get("AllocationId")))
    for route in world.of_type("AWS::EC2::Route"):
        if any(one.address in gateways for one in references_in(route.get("NatGatewayId"))):
            yield route.address


def _is_worse(before: Reach, after: Reach) -> bool:
    return _WORST_FIRST.index(after.verdict) < _WORST_FIRST.index(before.verdict)


def _services(lost: list[Reach]) -> list[str]:
    """The services that endpoints would have to serve; none where they cannot serve all that is lost."""
    offered = {*read_table("interface_endpoints")["services"], *GATEWAY_SERVICES}
    names: dict[str, None] = {}
    for reach in lost:
        target = reach.need.target
        if not isinstance(target, ServiceTarget) or target != ServiceTarget(target.service, requests=target.requests, whole=target.whole):  # fmt: skip
            return []
        if target.service not in offered:
            return []
        names[target.service] = None
    return sorted(names)


def _endpoints(lost: list[Reach], network: Network, world: World) -> Iterator[Resource]:
    """For each VPC: a gateway endpoint on the tables of the callers, interface endpoints in one subnet of each zone."""
    callers: dict[Address, dict[Address, None]] = {}
    for reach in lost:
        for subnet in reach.need.workload.placement.subnets:
            vpc = network.vpc_of(subnet)
            if isinstance(subnet, Address) and isinstance(vpc, Address) and vpc in network.vpcs:
                callers.setdefault(vpc, {})[subnet] = None
    regions = {stack.name: stack.environment.region for stack in world.stacks}
    for vpc, subnets in callers.items():
        region = regions[vpc.stack] or HOME
        group = Resource(
            Address(vpc.stack, f"{vpc.id}EndpointGroup"), "AWS::EC2::SecurityGroup", _lets_in(vpc, network)
        )
        zones = {str(network.subnets[one].zone): one for one in reversed(subnets)}
        tables = dict.fromkeys(network.subnets[one].route_table for one in subnets)
        yield group
        for service in _services(lost):
            wanted: dict[str, Value] = {"VpcId": Reference(vpc), "ServiceName": f"com.amazonaws.{region}.{service}"}
            if service in GATEWAY_SERVICES:
                wanted |= {"VpcEndpointType": "Gateway", "RouteTableIds": [Reference(one) for one in tables if isinstance(one, Address)]}  # fmt: skip
            else:
                wanted |= {
                    "VpcEndpointType": "Interface", "PrivateDnsEnabled": True,
                    "SubnetIds": [Reference(one) for one in zones.values()], "SecurityGroupIds": [Reference(group.address, "GroupId")],
                }  # fmt: skip
            name = "".join(part.title() for part in service.replace(".", "-").split("-"))
            yield Resource(Address(vpc.stack, f"{vpc.id}{name}Endpoint"), "AWS::EC2::VPCEndpoint", wanted)


def _lets_in(vpc: Address, network: Network) -> dict[str, Value]:
    rules: list[Value] = [
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": str(block)} for block in network.vpcs[vpc].cidrs
    ]
    return {"VpcId": Reference(vpc), "SecurityGroupIngress": rules}
