"""World and Network -> findings on subnets, routes and addresses that EC2 refuses or that do nothing.

Source: Amazon VPC User Guide (subnets, route tables, internet gateways, NAT gateways); Amazon EC2 API Reference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import broken, handed_out, named, refused
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.identify import ACCOUNT, to_address
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, as_list, known_text, references_in

# Property of a route -> the types that belong there.
_TARGETS = {
    "GatewayId": {"AWS::EC2::InternetGateway", "AWS::EC2::VPNGateway"},
    "NatGatewayId": {"AWS::EC2::NatGateway"},
    "InstanceId": {"AWS::EC2::Instance"},
    "NetworkInterfaceId": {"AWS::EC2::NetworkInterface"},
    "VpcPeeringConnectionId": {"AWS::EC2::VPCPeeringConnection"},
    "TransitGatewayId": {"AWS::EC2::TransitGateway"},
    "EgressOnlyInternetGatewayId": {"AWS::EC2::EgressOnlyInternetGateway"},
}


ROUTE_TARGET_OF_WRONG_KIND = Check(
    "route-target-of-wrong-kind",
    found_when="a route names a target of another kind than its property",
    explains="A NAT gateway's id in GatewayId, for instance: the route never becomes available.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-route.html",),
)
GATEWAY_NEVER_ATTACHED = Check(
    "gateway-never-attached",
    found_when="a route leads to an internet gateway that nothing attaches to the VPC",
    explains="EC2 refuses the route.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-route.html",
    ),
)
ROUTE_TWICE = Check(
    "route-twice",
    found_when="a route table has two routes to one block, or a subnet two route tables",
    explains="EC2 refuses the second one.",
    may=(BLOCKING, WARNING),
    weighed="blocking; silent where a condition decides which of them exists",
    sources=("https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",),
    replaces=("E3019",),
)


@finds(ROUTE_TARGET_OF_WRONG_KIND, GATEWAY_NEVER_ATTACHED, ROUTE_TWICE)
def find_route_targets(case: Case) -> Iterator[Finding]:
    """Routes whose target is of another kind than the property, or that lead to a gateway which is not attached."""
    attached = {
        (to_address(case.world, link.get("InternetGatewayId")), to_address(case.world, link.get("VpcId")))
        for link in case.world.of_type("AWS::EC2::VPCGatewayAttachment")
        if link.get("InternetGatewayId") is not None
    }
    for route in case.world.of_type("AWS::EC2::Route"):
        for key, types in _TARGETS.items():
            target = named(case, route.get(key))
            if target is None:
                continue
            if target.type not in types and target.type.startswith("AWS::EC2::"):
                right = next((name for name, kinds in _TARGETS.items() if target.type in kinds), "")
                yield refused(
                    case, ROUTE_TARGET_OF_WRONG_KIND, [route.address, target.address],
                    f"{key} of {route.address} names {target.address}, which is {target.type}",
                    f"use {right}" if right else f"name a resource of {' or '.join(sorted(types))}", (key,),
                )  # fmt: skip
            elif target.type == "AWS::EC2::InternetGateway":
                yield from _unattached(case, route, target, attached)
    yield from _twice(case)


def _unattached(
    case: Case, route: Resource, gateway: Resource, attached: set[tuple[Address | Unknown, Address | Unknown]]
) -> Iterator[Finding]:
    table = named(case, route.get("RouteTableId"), "AWS::EC2::RouteTable")
    vpc = to_address(case.world, table.get("VpcId")) if table is not None else None
    found = case.network.vpcs.get(vpc) if isinstance(vpc, Address) else None
    if table is None or found is None or handed_out(case, found.address) or handed_out(case, gateway.address):
        return
    if ACCOUNT in {found.address.stack, gateway.address.stack}:
        return
    if (gateway.address, found.address) in attached or any(
        isinstance(end, Unknown) for pair in attached for end in pair
    ):
        return
    yield refused(
        case, GATEWAY_NEVER_ATTACHED, [route.address, gateway.address, found.address],
        f"{route.address} leads to {gateway.address}, which nothing attaches to {found.address}",
        f"add an AWS::EC2::VPCGatewayAttachment of {gateway.address} to {found.address}, and let the route depend on it",
        says=aws_says("gateway-never-attached"),
    )  # fmt: skip


def _twice(case: Case) -> Iterator[Finding]:
    seen: dict[tuple[Address, str], Address] = {}
    for route in case.world.of_type("AWS::EC2::Route"):
        table = to_address(case.world, route.get("RouteTableId"))
        given = next(
            (
                route.get(key)
                for key in ("DestinationCidrBlock", "DestinationIpv6CidrBlock")
                if route.get(key) is not None
            ),
            None,
        )
        block = known_text(given)
        if isinstance(table, Address) and block is not None and route.exists is True:
            other = seen.setdefault((table, block), route.address)
            if other != route.address:
                yield refused(
                    case, ROUTE_TWICE, [route.address, other],
                    f"{route.address} and {other} are both the route to {block} of {table}",
                    "keep one of them", ("DestinationCidrBlock",),
                    says=aws_says("route-twice", block=block),
                )  # fmt: skip
    associations: dict[Address, Address] = {}
    for link in case.world.of_type("AWS::EC2::SubnetRouteTableAssociation"):
        subnet = to_address(case.world, link.get("SubnetId"))
        if isinstance(subnet, Address) and link.exists is True:
            other = associations.setdefault(subnet, link.address)
            if other != link.address:
                yield refused(
                    case, ROUTE_TWICE, [link.address, other, subnet],
                    f"{link.address} and {other} both associate {subnet} with a route table: a subnet has one",
                    "keep one association for each subnet", ("SubnetId",),
                )  # fmt: skip


SUBNET_ON_MAIN_ROUTE_TABLE = Check(
    "subnet-on-main-route-table",
    found_when="a subnet gives out public addresses and has no route table of its own",
    explains="CloudFormation can neither name nor change the main route table, which holds the local route alone.",
    may=(WARNING,),
    weighed="the deployment itself may succeed",
    sources=("https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",),
)


@finds(SUBNET_ON_MAIN_ROUTE_TABLE)
def find_public_subnets_on_main_table(case: Case) -> Iterator[Finding]:
    """Subnets that hand out public addresses and stay on the main route table, which leads nowhere."""
    for subnet in case.network.subnets.values():
        vpc = subnet.vpc if isinstance(subnet.vpc, Address) else None
        if subnet.route_table is not None or subnet.map_public_ip is not True or vpc not in case.network.vpcs:
            continue
        if handed_out(case, subnet.address) or vpc is None or handed_out(case, vpc) or subnet.exists is not True:
            continue
        loose = [
            link
            for link in case.world.of_type("AWS::EC2::SubnetRouteTableAssociation")
            if isinstance(to_address(case.world, link.get("SubnetId")), Unknown)
        ]
        if not loose:
            yield broken(
                case, SUBNET_ON_MAIN_ROUTE_TABLE, [subnet.address, vpc],
                f"{subnet.address} gives its instances public addresses and has no route table association: it stays on the main "
                f"route table of {vpc}, which has no route to the internet",
                "add an AWS::EC2::SubnetRouteTableAssociation with the public route table",
            )  # fmt: skip


GATEWAY_ATTACHED_TWICE = Check(
    "gateway-attached-twice",
    found_when="an internet gateway or a VPC is attached twice",
    explains="EC2 refuses the second one.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",),
)


@finds(GATEWAY_ATTACHED_TWICE)
def find_gateway_users(case: Case) -> Iterator[Finding]:
    """One internet gateway for two VPCs, or two for one."""
    by_vpc: dict[Address, list[Address]] = defaultdict(list)
    by_gateway: dict[Address, list[Address]] = defaultdict(list)
    for link in case.world.of_type("AWS::EC2::VPCGatewayAttachment"):
        vpc, gateway = (to_address(case.world, link.get(key)) for key in ("VpcId", "InternetGatewayId"))
        if isinstance(vpc, Address) and isinstance(gateway, Address) and link.exists is True:
            by_vpc[vpc].append(link.address)
            by_gateway[gateway].append(link.address)
    for owner, links in [*by_vpc.items(), *by_gateway.items()]:
        if len(links) > 1:
            yield refused(
                case, GATEWAY_ATTACHED_TWICE, [links[-1], *links, owner],
                f"{' and '.join(str(item) for item in links)} attach {owner} twice: Resource.AlreadyAssociated, a VPC has one "
                "internet gateway and a gateway one VPC", "keep one attachment",
            )  # fmt: skip


TARGET_GROUP_OF_ANOTHER_VPC = Check(
    "target-group-of-another-vpc",
    found_when="a target group lies in another VPC than its load balancer",
    explains="Elastic Load Balancing refuses the listener.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html",
    ),
)


@finds(TARGET_GROUP_OF_ANOTHER_VPC)
def find_balancer_vpcs(case: Case) -> Iterator[Finding]:
    """Target groups of another VPC than the load balancer that forwards to them."""
    for listener in case.world.of_type("AWS::ElasticLoadBalancingV2::Listener"):
        balancer = named(case, listener.get("LoadBalancerArn"), "AWS::ElasticLoadBalancingV2::LoadBalancer")
        subnets = [to_address(case.world, item) for item in as_list(balancer.get("Subnets"))] if balancer else []
        vpcs = {case.network.vpc_of(item) for item in subnets}
        vpc = vpcs.pop() if len(vpcs) == 1 else None
        if vpc is None or balancer is None:
            continue
        for address in dict.fromkeys(reference.address for reference in references_in(listener.get("DefaultActions"))):
            group = case.resources.get(address)
            other = to_address(case.world, group.get("VpcId")) if group is not None else None
            if group is not None and isinstance(other, Address) and other != vpc and other in case.network.vpcs:
                yield refused(
                    case, TARGET_GROUP_OF_ANOTHER_VPC, [group.address, listener.address, balancer.address],
                    f"{listener.address} forwards to {group.address} in {other}, and {balancer.address} lies in {vpc}: the target "
                    "group and the load balancer must be in the same VPC", f"set VpcId of {group.address} to {vpc}", ("VpcId",),
                    struck=listener.address,
                )  # fmt: skip
