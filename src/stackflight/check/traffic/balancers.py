"""World -> findings on load balancers with their listeners, rules and target groups, and on links to them.

Sources: Elastic Load Balancing User Guides and API Reference (CreateListener, CreateRule); API Gateway Developer Guide
(VPC links).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import doubtful, named, refused
from stackflight.facts.load import Row, read_table
from stackflight.model.finding import Consequence, Finding
from stackflight.model.identify import ACCOUNT, to_address
from stackflight.model.relations import balancer_kind
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, Value, as_dict, as_list, known_int, known_text

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"


PROOF = "The service refuses it at creation; unknown types, protocols and ports are silent."


VPC_LINK_TARGET = Check(
    "vpc-link-target",
    found_when="a VPC link of a REST API targets a load balancer that is not a Network Load Balancer",
    explains="The link stays pending and fails.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-nlb-for-vpclink-using-console.html",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/getting-started-with-private-integration.html",
    ),
    example="wire-vpclink-to-alb",
)


@finds(VPC_LINK_TARGET)
def find_vpc_links(case: Case) -> Iterator[Finding]:
    """VPC links of REST APIs to anything but a Network Load Balancer."""
    for link in case.world.of_type("AWS::ApiGateway::VpcLink"):
        for item in as_list(link.get("TargetArns")):
            balancer = named(case, item, BALANCER)
            if balancer is not None and balancer_kind(balancer) in {"application", "gateway"}:
                yield refused(
                    case, VPC_LINK_TARGET, [link.address, balancer.address],
                    f"{link.address} links a REST API to {balancer.address}, which is not a Network Load Balancer: the link "
                    "fails to stabilise",
                    f"use a Network Load Balancer as target, or an HTTP API with an AWS::ApiGatewayV2::VpcLink for "
                    f"{balancer.address}", ("TargetArns",),
                )  # fmt: skip


SECURITY_GROUP_OF_ANOTHER_VPC = Check(
    "security-group-of-another-vpc",
    found_when="a resource uses a security group of another VPC than its subnets",
    explains=f"A security group without VpcId is made in the default VPC. {PROOF}",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/vpc/latest/userguide/VPC_SecurityGroups.html",),
)


@finds(SECURITY_GROUP_OF_ANOTHER_VPC)
def find_groups_in_another_vpc(case: Case) -> Iterator[Finding]:
    """Security groups and target groups of another VPC than the subnets they are used with."""
    for kind, places in read_table("vpc_members")["types"].items():
        for resource in case.world.of_type(kind):
            vpc = _vpc_of(case, _subnets(case, resource, places))
            if vpc is None:
                continue
            for item in as_list(resource.get(*places["groups"].split("."))):
                group = named(case, item, "AWS::EC2::SecurityGroup")
                given = group.get("VpcId") if group is not None else None
                other = to_address(case.world, given) if given is not None else None
                if (
                    group is None
                    or other == vpc
                    or (group.address, vpc) in case.network.shared_groups
                    or isinstance(other, Unknown)
                    or group.address.stack == ACCOUNT
                ):
                    continue
                lies = "has no VpcId and is made in the default VPC" if other is None else f"belongs to {other}"
                yield refused(
                    case, SECURITY_GROUP_OF_ANOTHER_VPC, [group.address, resource.address],
                    f"{resource.address} lies in {vpc}, and its security group {group.address} {lies}: the service refuses "
                    "resources that belong to different networks",
                    f"set VpcId of {group.address} to {vpc}", ("VpcId",) if given is not None else (), struck=resource.address,
                )  # fmt: skip


def _subnets(case: Case, resource: Resource, places: Row) -> Value:
    """The subnets of a resource of facts/vpc_members: its own, or those of the group that it names."""
    if "subnets" in places:
        return resource.get(*places["subnets"].split("."))
    group = named(case, resource.get(places["group"]))
    return group.get("SubnetIds") if group is not None else None


def _vpc_of(case: Case, subnets: Value) -> Address | None:
    found = {case.network.vpc_of(item) for item in _addresses(case, subnets)}
    return found.pop() if len(found) == 1 else None


def _addresses(case: Case, value: Value) -> list[Address]:
    return [found for item in as_list(value) if isinstance(found := to_address(case.world, item), Address)]


HEALTH_CHECK_PORT_NOT_MAPPED = Check(
    "health-check-port-not-mapped",
    found_when="a target group checks a port that no container of its tasks maps",
    explains="In awsvpc mode a process may listen without a port mapping, so the template does not prove it.",
    may=(WARNING,),
    sources=("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",),
)


@finds(HEALTH_CHECK_PORT_NOT_MAPPED)
def find_unused_health_ports(case: Case) -> Iterator[Finding]:
    """Health checks that go to a port which no container of the targets maps."""
    for service in case.world.of_type("AWS::ECS::Service"):
        definition = named(case, service.get("TaskDefinition"), "AWS::ECS::TaskDefinition")
        mapped: set[int | None] = set()
        for container in as_list(definition.get("ContainerDefinitions") if definition else None):
            for mapping in as_list(as_dict(container).get("PortMappings")):
                mapped.add(known_int(as_dict(mapping).get("ContainerPort")))
        if definition is None or not mapped or None in mapped:
            continue
        if known_text(definition.get("NetworkMode")) != "awsvpc" or known_int(service.get("DesiredCount")) == 0:
            continue
        for item in as_list(service.get("LoadBalancers")):
            group = named(case, as_dict(item).get("TargetGroupArn"), TARGET_GROUP)
            port = known_int(group.get("HealthCheckPort")) if group is not None else None
            if group is not None and port is not None and port not in mapped:
                yield doubtful(
                    case, HEALTH_CHECK_PORT_NOT_MAPPED, [group.address, service.address, definition.address],
                    f"{group.address} checks the health of {service.address} on port {port}, and {definition.address} maps "
                    f"{listed(sorted(item for item in mapped if item is not None))}: unless a process listens there without "
                    "a port mapping, the targets never become healthy",
                    "set HealthCheckPort: traffic-port, or to a port that a container maps", ("HealthCheckPort",),
                    struck=service.address, consequence=Consequence.UNSTABLE,
                )  # fmt: skip
