"""World and Network -> findings on VPC endpoints and other names in the VPC's private DNS.

Sources: AWS PrivateLink guide (private DNS names; gateway and interface endpoints for S3 and DynamoDB); Amazon RDS
User Guide (public access in a VPC).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.network.gateways import may_have_gateway
from stackflight.check.outcome import broken, doubtful, handed_out, named, refused
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.identify import ACCOUNT
from stackflight.model.network import Endpoint, Rule
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, known_flag, known_text


def _private(case: Case) -> list[tuple[Endpoint, Address, str]]:
    """Interface endpoints with private DNS whose VPC and service are known."""
    return [
        (item, item.vpc, item.service)
        for item in case.network.endpoints
        if item.interface is True and item.private_dns is True
        if isinstance(item.vpc, Address) and isinstance(item.service, str)
    ]


PRIVATE_DNS_WITHOUT_VPC_DNS = Check(
    "private-dns-without-vpc-dns",
    found_when="an interface endpoint has private DNS in a VPC without DNS hostnames or DNS support",
    explains="EC2 refuses the endpoint. DNS hostnames are off in a VPC that does not say otherwise.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html",
        "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
    ),
)
PRIVATE_DNS_TWICE = Check(
    "private-dns-twice",
    found_when="two interface endpoints of one VPC give private DNS for the same service",
    explains="The second one is refused: the private name is taken.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html",),
)


@finds(PRIVATE_DNS_WITHOUT_VPC_DNS, PRIVATE_DNS_TWICE)
def find_private_dns_conflicts(case: Case) -> Iterator[Finding]:
    """Two endpoints that want one name, or a VPC that has no private names."""
    groups: dict[tuple[Address, str], list[Endpoint]] = defaultdict(list)
    nameless: dict[tuple[Address, bool], list[Address]] = defaultdict(list)
    for endpoint, vpc, service in _private(case):
        groups[(vpc, service)].append(endpoint)
        nameless[(vpc, endpoint.exists is True)].append(endpoint.address)
    for (vpc, _), addresses in nameless.items():
        yield from _without_names(case, vpc, addresses)
    for (vpc, service), endpoints in groups.items():
        certain = [item for item in endpoints if item.exists is True]
        if len(certain) > 1:
            last = certain[-1]
            yield refused(
                case, PRIVATE_DNS_TWICE, [last.address, *(item.address for item in certain)],
                f"{listed(item.address for item in certain)} each give private DNS for {service} in {vpc}",
                "keep one endpoint with all the subnets, or set PrivateDnsEnabled: false on the others", ("PrivateDnsEnabled",),
                says=aws_says("private-dns-twice"),
            )  # fmt: skip


def _without_names(case: Case, vpc: Address, endpoints: list[Address]) -> Iterator[Finding]:
    """Every endpoint with private DNS in a VPC that lacks what it takes: one fault, however many it strikes."""
    found = case.network.vpcs.get(vpc)
    if found is None or vpc.stack == ACCOUNT or handed_out(case, vpc):
        return
    flags = (("EnableDnsSupport", found.dns_support), ("EnableDnsHostnames", found.dns_hostnames))
    missing = [name for name, flag in flags if flag is False]
    if missing:
        finding = refused(
            case, PRIVATE_DNS_WITHOUT_VPC_DNS, [*endpoints, vpc],
            f"{listed(endpoints)} {'has' if len(endpoints) == 1 else 'have'} PrivateDnsEnabled, and {vpc} has "
            f"{listed(missing)} off",
            f"set {' and '.join(f'{name}: true' for name in missing)} on {vpc} (EnableDnsHostnames is off by default)",
            ("PrivateDnsEnabled",), says=aws_says("private-dns-without-vpc-dns"),
        )  # fmt: skip
        yield replace(finding, struck=tuple(endpoints))


PRIVATE_DNS_UNAVAILABLE = Check(
    "private-dns-unavailable",
    found_when="an interface endpoint for S3 or DynamoDB asks for private DNS that the service does not give",
    explains="By default S3 gives private DNS to inbound resolver endpoints only and demands a gateway endpoint in the VPC. For "
    "DynamoDB it has been refused altogether.",
    may=(BLOCKING, WARNING),
    weighed="blocking for S3 in a VPC of the template; warning for DynamoDB",
    sources=(
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html",
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/privatelink-interface-endpoints.html",
    ),
    example="ep-s3-interface-private-dns",
)


@finds(PRIVATE_DNS_UNAVAILABLE)
def find_private_dns_of_gateway_services(case: Case) -> Iterator[Finding]:
    """S3 gives private DNS only beside a gateway endpoint by default, DynamoDB may give none."""
    for endpoint, vpc, service in _private(case):
        resource = case.resources.get(endpoint.address)
        if resource is None:  # it exists already
            continue
        inbound_only = resource.get("DnsOptions", "PrivateDnsOnlyForInboundResolverEndpoint")
        if service == "s3" and vpc in case.network.vpcs and known_text(inbound_only) in {None, "AllDomains"}:
            beside = [
                item
                for item in case.network.endpoints
                if item.interface is not True and (item.vpc == vpc or isinstance(item.vpc, Unknown))
            ]
            if isinstance(inbound_only, Unknown) or any(
                item.service in {"s3", None} or isinstance(item.service, Unknown) for item in beside
            ):
                continue
            if known_text(inbound_only) is None and vpc.stack != ACCOUNT and not handed_out(case, vpc):
                yield refused(
                    case, PRIVATE_DNS_UNAVAILABLE, [endpoint.address],
                    f"{endpoint.address} is an interface endpoint for S3 with private DNS, and {vpc} has no gateway "
                    "endpoint for S3",
                    "add a gateway endpoint for S3 and depend on it, or set "
                    "DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint to false", ("PrivateDnsEnabled",),
                    says=aws_says("private-dns-unavailable"),
                )  # fmt: skip
        elif service == "dynamodb":
            yield doubtful(
                case, PRIVATE_DNS_UNAVAILABLE, [endpoint.address],
                f"{endpoint.address} is an interface endpoint for DynamoDB with private DNS: Private DNS can't be enabled "
                "because the service does not provide a private DNS name (so reported; AWS may offer it by now)",
                "use a gateway endpoint for DynamoDB, or set PrivateDnsEnabled: false", ("PrivateDnsEnabled",),
                struck=endpoint.address,
            )  # fmt: skip


ENDPOINT_OF_THE_OTHER_KIND = Check(
    "endpoint-of-the-other-kind",
    found_when="an endpoint has the type or the settings of the other kind",
    explains="VpcEndpointType defaults to Gateway, which exists for S3 and DynamoDB only.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
        "https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html",
    ),
)


@finds(ENDPOINT_OF_THE_OTHER_KIND)
def find_endpoint_shapes(case: Case) -> Iterator[Finding]:
    """Settings of the other kind of endpoint; services that have no gateway endpoint."""
    for endpoint in case.network.endpoints:
        resource = case.resources.get(endpoint.address)
        if resource is None:  # it exists already
            continue
        kind = resource.get("VpcEndpointType")
        if kind is not None and known_text(kind) is None:
            continue
        if endpoint.interface is True and resource.get("RouteTableIds") not in (None, []):
            yield refused(
                case, ENDPOINT_OF_THE_OTHER_KIND, [endpoint.address],
                f"{endpoint.address} is an interface endpoint and names route tables",
                "remove RouteTableIds, or use VpcEndpointType: Gateway", ("RouteTableIds",),
                says=aws_says("endpoint-of-the-other-kind"),
            )  # fmt: skip
        gateway = (known_text(kind) or "Gateway").lower() == "gateway"
        extra = [key for key in ("SubnetIds", "SecurityGroupIds") if resource.get(key) not in (None, [])]
        if known_flag(resource.get("PrivateDnsEnabled"), False) is True:
            extra.append("PrivateDnsEnabled")
        if gateway and extra and endpoint.service in {"s3", "dynamodb"}:
            yield refused(
                case, ENDPOINT_OF_THE_OTHER_KIND, [endpoint.address],
                f"{endpoint.address} is a gateway endpoint and has {listed(extra)}: these are for interface endpoints only",
                f"remove {listed(extra)}, or use VpcEndpointType: Interface", (extra[0],),
            )  # fmt: skip
        if gateway and isinstance(endpoint.service, str) and endpoint.service not in {"s3", "dynamodb", "s3express"}:
            yield refused(
                case, ENDPOINT_OF_THE_OTHER_KIND, [endpoint.address],
                f"{endpoint.address} is a gateway endpoint (the default type) for {endpoint.service}: the service does "
                "not support this endpoint type, gateway endpoints exist for S3 and DynamoDB only",
                "set VpcEndpointType: Interface and give it SubnetIds and SecurityGroupIds", ("VpcEndpointType",),
            )  # fmt: skip


_ENGINE_PORTS = {"postgres": 5432, "mysql": 3306, "mariadb": 3306, "oracle": 1521, "sqlserver": 1433, "aurora": 3306}


PUBLIC_DATABASE_REFUSED = Check(
    "public-database-refused",
    found_when="a database instance is publicly accessible in a VPC without internet gateway or DNS hostnames",
    explains="RDS refuses it at creation.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
    ),
)
DATABASE_OPEN_TO_THE_WORLD = Check(
    "database-open-to-the-world",
    found_when="a publicly accessible database lets every address in",
    explains="PubliclyAccessible and a rule for 0.0.0.0/0 on the engine's port stand together.",
    may=(WARNING,),
    weighed="nothing fails",
    sources=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",),
)


@finds(PUBLIC_DATABASE_REFUSED, DATABASE_OPEN_TO_THE_WORLD)
def find_public_databases(case: Case) -> Iterator[Finding]:
    """Public database instances in VPCs that cannot give them an address or a name; and those open to the world."""
    for database in case.world.of_type("AWS::RDS::DBInstance"):
        if known_flag(database.get("PubliclyAccessible"), False) is not True:
            continue
        group = named(case, database.get("DBSubnetGroupName"), "AWS::RDS::DBSubnetGroup")
        subnets = group.get("SubnetIds") if group is not None else None
        vpcs = {
            case.network.vpc_of(subnet.address)
            for item in (subnets if isinstance(subnets, list) else [])
            if (subnet := named(case, item, "AWS::EC2::Subnet")) is not None
        }
        vpc = vpcs.pop() if len(vpcs) == 1 else None
        found = case.network.vpcs.get(vpc) if vpc is not None else None
        if found is not None and found.address.stack != ACCOUNT and not handed_out(case, found.address):
            if found.dns_hostnames is False or found.dns_support is False:
                yield refused(
                    case, PUBLIC_DATABASE_REFUSED, [database.address, found.address],
                    f"{database.address} is PubliclyAccessible",
                    f"set EnableDnsHostnames: true on {found.address}, or PubliclyAccessible: false",
                    ("PubliclyAccessible",), says=aws_says("public-database-refused.names", found=found.address),
                )  # fmt: skip
            elif not may_have_gateway(case, found.address):
                yield refused(
                    case, PUBLIC_DATABASE_REFUSED, [database.address, found.address],
                    f"{database.address} is PubliclyAccessible",
                    "attach an internet gateway, or set PubliclyAccessible: false", ("PubliclyAccessible",),
                    says=aws_says("public-database-refused.gateway", found=found.address),
                )  # fmt: skip
        yield from _open_database(case, database)


def _open_database(case: Case, database: Resource) -> Iterator[Finding]:
    engine = known_text(database.get("Engine")) or ""
    port = next((number for name, number in _ENGINE_PORTS.items() if name in engine), None)
    groups = database.get("VPCSecurityGroups")
    for item in groups if isinstance(groups, list) else []:
        group = named(case, item, "AWS::EC2::SecurityGroup")
        for rule in (
            case.network.groups[group.address].ingress if group and group.address in case.network.groups else ()
        ):
            if (
                _from_everywhere(rule)
                and isinstance(rule.ports, tuple)
                and port
                and rule.ports[0] <= port <= rule.ports[1]
            ):
                yield broken(
                    case, DATABASE_OPEN_TO_THE_WORLD, [database.address, rule.address],
                    f"{database.address} is PubliclyAccessible and {rule.address} lets every address in on port {port}",
                    "set PubliclyAccessible: false, or narrow the rule", ("PubliclyAccessible",),
                )  # fmt: skip
                return


def _from_everywhere(rule: Rule) -> bool:
    return isinstance(rule.peer, IPv4Network) and rule.peer.prefixlen == 0
