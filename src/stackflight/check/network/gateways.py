"""World and Network -> findings on the way to the internet that a service demands of its VPC, and on account roles.

Sources: Elastic Load Balancing, Amazon VPC (NAT gateways) and Amazon OpenSearch Service user guides.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.network.subnets import subnets_at
from stackflight.check.outcome import broken, doubtful, handed_out, named, refused
from stackflight.model.finding import Finding
from stackflight.model.identify import ACCOUNT, to_address
from stackflight.model.network import Subnet
from stackflight.model.relations import balancer_kind
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, Value, known_text, render

_SUBNET = "AWS::EC2::Subnet"
_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"


def _unknown(value: Value) -> bool:
    return value is not None and known_text(value) is None


def may_have_gateway(case: Case, vpc: Address) -> bool:
    """Whether something attaches an internet gateway to a VPC, or may do so; a snapshot of an account may lack it."""
    if vpc.stack == ACCOUNT:
        return True
    for link in case.world.of_type("AWS::EC2::VPCGatewayAttachment"):
        owner = to_address(case.world, link.get("VpcId"))
        if link.get("InternetGatewayId") is not None and (owner == vpc or isinstance(owner, Unknown)):
            return True
    return handed_out(case, vpc)


def _vpc_without_gateway(case: Case, subnets: list[Resource]) -> Address | None:
    """The VPC of these subnets if nothing in the world can give it an internet gateway."""
    vpcs = {case.network.vpc_of(subnet.address) for subnet in subnets}
    vpc = vpcs.pop() if len(vpcs) == 1 else None
    return None if vpc is None or vpc not in case.network.vpcs or may_have_gateway(case, vpc) else vpc


VPC_WITHOUT_INTERNET_GATEWAY = Check(
    "vpc-without-internet-gateway",
    found_when="an internet-facing load balancer or public NAT gateway lies in a VPC that never gets an internet gateway",
    explains="The VPC is made by the same templates, and nothing in them attaches an internet gateway to it.",
    may=(BLOCKING, WARNING),
    weighed="blocking; silent where a custom resource or an unread nested stack is given the VPC",
    sources=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
    ),
    example="net-internet-facing-alb-no-igw",
)
NAT_WITHOUT_ADDRESS = Check(
    "nat-without-address",
    found_when="a public NAT gateway has no Elastic IP",
    explains="A zonal public NAT gateway needs an AllocationId.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-natgateway.html",
    ),
)
INTERNET_FACING_IN_PRIVATE_SUBNETS = Check(
    "internet-facing-in-private-subnets",
    found_when="an internet-facing load balancer has only subnets without a route to an internet gateway",
    explains="The load balancer is created with a public name that nobody can reach.",
    may=(WARNING,),
    weighed="the deployment itself succeeds",
    sources=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
    ),
)


@finds(VPC_WITHOUT_INTERNET_GATEWAY, NAT_WITHOUT_ADDRESS, INTERNET_FACING_IN_PRIVATE_SUBNETS)
def find_no_internet_gateway(case: Case) -> Iterator[Finding]:
    """Internet-facing load balancers and public NAT gateways in a VPC that never gets an internet gateway."""
    for balancer in case.world.of_type(_BALANCER, "AWS::ElasticLoadBalancing::LoadBalancer"):
        scheme = balancer.get("Scheme")
        if _unknown(scheme) or known_text(scheme) == "internal" or balancer_kind(balancer) in {"gateway", None}:
            continue
        subnets = subnets_at(case, balancer, ("Subnets",))
        vpc = _vpc_without_gateway(case, subnets) if subnets else None
        if vpc is not None:
            yield refused(
                case,
                VPC_WITHOUT_INTERNET_GATEWAY,
                [balancer.address, vpc],
                f"{balancer.address} is internet-facing, and {vpc} has no internet gateway",
                f"attach an AWS::EC2::InternetGateway to {vpc} (AWS::EC2::VPCGatewayAttachment) and let "
                f"{balancer.address} depend on it, or set Scheme: internal",
                ("Scheme",) if scheme is not None else (),
            )
        elif subnets:
            yield from _unrouted_balancer(case, balancer, subnets)
    for nat in case.world.of_type("AWS::EC2::NatGateway"):
        subnet = named(case, nat.get("SubnetId"), _SUBNET)
        if nat.get("ConnectivityType") is not None and known_text(nat.get("ConnectivityType")) != "public":
            continue
        if subnet is None:
            continue
        vpc = _vpc_without_gateway(case, [subnet])
        if vpc is not None:
            yield refused(
                case,
                VPC_WITHOUT_INTERNET_GATEWAY,
                [nat.address, vpc],
                f"{nat.address} is a public NAT gateway, and {vpc} has no internet gateway attached",
                f"attach an AWS::EC2::InternetGateway to {vpc}, or set ConnectivityType: private",
            )
        elif nat.get("AllocationId") is None and _zonal(nat):
            yield refused(
                case,
                NAT_WITHOUT_ADDRESS,
                [nat.address],
                f"{nat.address} is a public NAT gateway without an Elastic IP: AllocationId is missing",
                "add an AWS::EC2::EIP and set AllocationId: Fn::GetAtt [EIP, AllocationId]",
            )


def _zonal(nat: Resource) -> bool:
    mode = nat.get("AvailabilityMode")
    return mode is None or known_text(mode) == "zonal"


def _unrouted_balancer(case: Case, balancer: Resource, subnets: list[Resource]) -> Iterator[Finding]:
    closed = [item for item in subnets if _has_no_internet_route(case, case.network.subnets.get(item.address))]
    if len(closed) == len(subnets):
        yield broken(
            case,
            INTERNET_FACING_IN_PRIVATE_SUBNETS,
            [balancer.address, *(item.address for item in closed)],
            f"{balancer.address} is internet-facing, and none of its subnets ({listed(item.address for item in closed)}) "
            "has a route to an internet gateway: nobody reaches it",
            "put it into public subnets, or set Scheme: internal",
            ("Subnets",),
        )


def _has_no_internet_route(case: Case, subnet: Subnet | None) -> bool:
    if subnet is None or subnet.address.stack == ACCOUNT or case.network.loose_routes:
        return False
    if subnet.route_table is None:
        return True
    if not isinstance(subnet.route_table, Address) or handed_out(case, subnet.route_table):
        return False
    routes = case.network.routes.get(subnet.route_table, ())
    return not any(
        route.kind not in {"nat-gateway", "egress-only", "peering"} or route.exists is not True for route in routes
    )


SERVICE_LINKED_ROLE_NEEDED = Check(
    "service-linked-role-needed",
    found_when="an OpenSearch domain lies in a VPC and no service-linked role is made",
    explains="The role exists once the account has had such a domain; the templates cannot tell.",
    may=(WARNING,),
    weighed="the account decides",
    sources=("https://docs.aws.amazon.com/opensearch-service/latest/developerguide/slr-aos.html",),
    example="acct-opensearch-no-slr",
)


@finds(SERVICE_LINKED_ROLE_NEEDED)
def find_service_linked_role(case: Case) -> Iterator[Finding]:
    """OpenSearch in a VPC needs a service-linked role that nothing makes by itself."""
    present = " ".join(render(role.get("AWSServiceName")) for role in case.world.of_type("AWS::IAM::ServiceLinkedRole"))
    for domain in case.world.of_type("AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"):
        if domain.get("VPCOptions") is None or "opensearchservice" in present or "es.amazonaws" in present:
            continue
        yield doubtful(
            case,
            SERVICE_LINKED_ROLE_NEEDED,
            [domain.address],
            f"{domain.address} lies in a VPC; in an account that never had such a domain it fails: you must enable a "
            "service-linked role to give Amazon OpenSearch Service permissions to access your VPC",
            "create it once for each account: aws iam create-service-linked-role --aws-service-name "
            "opensearchservice.amazonaws.com (as a resource of the template it fails where the role exists)",
            ("VPCOptions",),
            struck=domain.address,
        )
