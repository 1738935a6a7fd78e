"""World -> findings on load balancers with their listeners, rules and target groups, and on links to them.

Sources: Elastic Load Balancing User Guides and API Reference (CreateListener, CreateRule); API Gateway Developer Guide
(VPC links).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import doubtful, named, refused
from stackflight.model.finding import Consequence, Finding
from stackflight.model.identify import ACCOUNT, to_address
from stackflight.model.relations import balancer_kind
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, Value, as_dict, as_list, known_int, known_text, references_in

_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
_LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
_PROTOCOLS = {
    "application": {"HTTP", "HTTPS"},
    "network": {"TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"},
}


_SERVICE = "The service refuses it at creation; unknown types, protocols and ports are silent."


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
            balancer = named(case, item, _BALANCER)
            if balancer is not None and balancer_kind(balancer) in {"application", "gateway"}:
                yield refused(
                    case, VPC_LINK_TARGET, [link.address, balancer.address],
                    f"{link.address} links a REST API to {balancer.address}, which is not a Network Load Balancer: the link "
                    "fails to stabilise",
                    f"use a Network Load Balancer as target, or an HTTP API with an AWS::ApiGatewayV2::VpcLink for "
                    f"{balancer.address}", ("TargetArns",),
                )  # fmt: skip


LISTENER_PROTOCOL = Check(
    "listener-protocol",
    found_when="a listener has a protocol that its load balancer does not speak",
    explains=_SERVICE,
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html",),
)
LISTENER_WITHOUT_CERTIFICATE = Check(
    "listener-without-certificate",
    found_when="an HTTPS or TLS listener has no certificate",
    explains=_SERVICE,
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html",),
    replaces=("E3676",),
)
TARGET_GROUP_PROTOCOL = Check(
    "target-group-protocol",
    found_when="a target group's protocol does not fit the type of its load balancer",
    explains=_SERVICE,
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html",),
)


@finds(LISTENER_PROTOCOL, LISTENER_WITHOUT_CERTIFICATE, TARGET_GROUP_PROTOCOL)
def find_listener_protocols(case: Case) -> Iterator[Finding]:
    """Protocols that the load balancer, its listener and the target group do not share; listeners without certificate."""
    for listener in case.world.of_type(_LISTENER):
        balancer = named(case, listener.get("LoadBalancerArn"), _BALANCER)
        protocol = known_text(listener.get("Protocol"))
        kind = balancer_kind(balancer) if balancer is not None else None
        if balancer is not None and kind in _PROTOCOLS and protocol is not None and protocol not in _PROTOCOLS[kind]:
            yield refused(
                case, LISTENER_PROTOCOL, [listener.address, balancer.address],
                f"{listener.address} has the protocol {protocol}, and {balancer.address} is of type {kind}: Listener protocol "
                f"'{protocol}' must be one of {listed(sorted(_PROTOCOLS[kind]))}",
                f"use one of these protocols, or another type of load balancer than {kind}", ("Protocol",),
            )  # fmt: skip
        if protocol in {"HTTPS", "TLS"} and listener.get("Certificates") in (None, []) and listener.exists is True:
            yield refused(
                case, LISTENER_WITHOUT_CERTIFICATE, [listener.address],
                f"{listener.address} has the protocol {protocol} and no certificate: A certificate must be specified for "
                f"{protocol} listeners", "set Certificates to an ACM certificate of this Region", ("Protocol",),
            )  # fmt: skip
        for user, actions in _forwards(case, listener):
            for group in _groups_in(case, actions):
                yield from _group_protocol(case, user, group, kind)


def _forwards(case: Case, listener: Resource) -> Iterator[tuple[Resource, Value]]:
    yield listener, listener.get("DefaultActions")
    for rule in case.world.of_type(_RULE):
        if to_address(case.world, rule.get("ListenerArn")) == listener.address:
            yield rule, rule.get("Actions")


def _groups_in(case: Case, actions: Value) -> list[Resource]:
    found = [case.resources.get(reference.address) for reference in references_in(actions)]
    return list({item.address: item for item in found if item is not None and item.type == _GROUP}.values())


def _group_protocol(case: Case, user: Resource, group: Resource, kind: str | None) -> Iterator[Finding]:
    protocol = known_text(group.get("Protocol"))
    target = known_text(group.get("TargetType"))
    if kind not in _PROTOCOLS or protocol is None or target == "lambda" or group.exists is not True:
        return
    if protocol not in _PROTOCOLS[kind] and protocol != "GENEVE":
        yield refused(
            case, TARGET_GROUP_PROTOCOL, [group.address, user.address],
            f"{user.address} belongs to a load balancer of type {kind} and forwards to {group.address}, whose protocol is "
            f"{protocol}: the protocols are not compatible",
            f"set the Protocol of {group.address} to one of {listed(sorted(_PROTOCOLS[kind]))}", ("Protocol",), struck=user.address,
        )  # fmt: skip


LISTENER_PORT_TAKEN = Check(
    "listener-port-taken",
    found_when="two listeners of a load balancer share a port",
    explains=_SERVICE,
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html",),
)
RULE_PRIORITY_TAKEN = Check(
    "rule-priority-taken",
    found_when="two rules of a listener have the same priority",
    explains=_SERVICE,
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html",),
)
TARGET_GROUP_OF_TWO_BALANCERS = Check(
    "target-group-of-two-balancers",
    found_when="a target group stands behind two load balancers",
    explains=_SERVICE,
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html",),
)


@finds(LISTENER_PORT_TAKEN, RULE_PRIORITY_TAKEN, TARGET_GROUP_OF_TWO_BALANCERS)
def find_taken_ports(case: Case) -> Iterator[Finding]:
    """Two listeners on a port, two rules of a priority, a group behind two load balancers."""
    ports: dict[tuple[Address, int], Address] = {}
    for listener in case.world.of_type(_LISTENER):
        balancer, port = to_address(case.world, listener.get("LoadBalancerArn")), known_int(listener.get("Port"))
        if isinstance(balancer, Address) and port is not None and listener.exists is True:
            other = ports.setdefault((balancer, port), listener.address)
            if other != listener.address:
                yield refused(
                    case, LISTENER_PORT_TAKEN, [listener.address, other, balancer],
                    f"{listener.address} and {other} both listen on port {port} of {balancer}: A listener already exists on "
                    "this port for this load balancer", "use another port, or a listener rule", ("Port",),
                )  # fmt: skip
    priorities: dict[tuple[str | Address, int], Address] = {}
    for rule in case.world.of_type(_RULE):
        given, priority = rule.get("ListenerArn"), known_int(rule.get("Priority"))
        owner = known_text(given) or to_address(case.world, given)
        if not isinstance(owner, Unknown) and priority is not None and rule.exists is True:
            other = priorities.setdefault((owner, priority), rule.address)
            if other != rule.address:
                yield refused(
                    case, RULE_PRIORITY_TAKEN, [rule.address, other],
                    f"{rule.address} and {other} both have priority {priority} on {owner}: Priority '{priority}' is currently "
                    "in use", "give every rule of a listener a priority of its own", ("Priority",),
                )  # fmt: skip
    for group, owners in case.balancers.items():
        certain = [owner for owner in owners if owner in case.resources and case.resources[owner].exists is True]
        if len(certain) > 1 and known_text(case.resources[group].get("TargetType")) != "alb":
            yield refused(
                case, TARGET_GROUP_OF_TWO_BALANCERS, [group, *certain],
                f"{group} is behind {listed(certain)}: The following target groups cannot be associated with more than one "
                "load balancer", "make one target group for each load balancer", struck=group,
            )  # fmt: skip


SECURITY_GROUP_OF_ANOTHER_VPC = Check(
    "security-group-of-another-vpc",
    found_when="a resource uses a security group of another VPC than its subnets",
    explains=f"A security group without VpcId is made in the default VPC. {_SERVICE}",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/vpc/latest/userguide/VPC_SecurityGroups.html",),
)


@finds(SECURITY_GROUP_OF_ANOTHER_VPC)
def find_groups_in_another_vpc(case: Case) -> Iterator[Finding]:
    """Security groups and target groups of another VPC than the subnets they are used with."""
    for kind, (subnets_at, groups_at) in (_PLACES | _STORES).items():
        for resource in case.world.of_type(kind):
            vpc = _vpc_of(case, _subnets(case, resource, subnets_at))
            if vpc is None:
                continue
            for item in as_list(resource.get(*groups_at)):
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


# Type -> where its subnets and its security groups are.
_PLACES = {
    _BALANCER: (("Subnets",), ("SecurityGroups",)),
    "AWS::ElasticLoadBalancing::LoadBalancer": (("Subnets",), ("SecurityGroups",)),
    "AWS::Lambda::Function": (("VpcConfig", "SubnetIds"), ("VpcConfig", "SecurityGroupIds")),
    "AWS::ECS::Service": (
        ("NetworkConfiguration", "AwsvpcConfiguration", "Subnets"),
        ("NetworkConfiguration", "AwsvpcConfiguration", "SecurityGroups"),
    ),
    "AWS::EC2::Instance": (("SubnetId",), ("SecurityGroupIds",)),
    "AWS::EC2::VPCEndpoint": (("SubnetIds",), ("SecurityGroupIds",)),
    "AWS::EFS::MountTarget": (("SubnetId",), ("SecurityGroups",)),
    "AWS::OpenSearchService::Domain": (("VPCOptions", "SubnetIds"), ("VPCOptions", "SecurityGroupIds")),
    "AWS::MSK::Cluster": (("BrokerNodeGroupInfo", "ClientSubnets"), ("BrokerNodeGroupInfo", "SecurityGroups")),
    "AWS::EKS::Cluster": (("ResourcesVpcConfig", "SubnetIds"), ("ResourcesVpcConfig", "SecurityGroupIds")),
    "AWS::CodeBuild::Project": (("VpcConfig", "Subnets"), ("VpcConfig", "SecurityGroupIds")),
}  # fmt: skip


_STORES = {
    "AWS::RDS::DBInstance": (("DBSubnetGroupName",), ("VPCSecurityGroups",)),
    "AWS::RDS::DBCluster": (("DBSubnetGroupName",), ("VpcSecurityGroupIds",)),
    "AWS::DocDB::DBCluster": (("DBSubnetGroupName",), ("VpcSecurityGroupIds",)),
    "AWS::Neptune::DBCluster": (("DBSubnetGroupName",), ("VpcSecurityGroupIds",)),
    "AWS::ElastiCache::CacheCluster": (("CacheSubnetGroupName",), ("VpcSecurityGroupIds",)),
    "AWS::ElastiCache::ReplicationGroup": (("CacheSubnetGroupName",), ("SecurityGroupIds",)),
}  # fmt: skip
"""Type -> where its subnet group and its security groups are."""


def _subnets(case: Case, resource: Resource, path: tuple[str, ...]) -> Value:
    if resource.type not in _STORES:
        return resource.get(*path)
    group = named(case, resource.get(*path))
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
            group = named(case, as_dict(item).get("TargetGroupArn"), _GROUP)
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
