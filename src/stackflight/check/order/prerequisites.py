"""Graph -> findings: resources that a service refuses to make before another one is there.

Each rule names who needs whom and what the service answers otherwise. An order that the graph already has, in either
direction, is silent; so is one that typical durations bring about anyway, unless the two start together.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import finds
from stackflight.check.outcome import mentions
from stackflight.check.races import late_ones, order_check, order_finding, unordered
from stackflight.model.finding import Finding
from stackflight.model.identify import to_address
from stackflight.model.template import Resource
from stackflight.model.value import Address, Value, as_dict, as_list, known_text, render

_LISTENERS = ("AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::ListenerRule")

_CLOSE_SECONDS = 20.0
"""Two starts closer than this may come in either order."""


SERVICE_BEFORE_LISTENER = order_check(
    "service-before-listener",
    found_when="an ECS service does not wait for the listener of its target group",
    explains="ECS refuses the service: the target group does not have an associated load balancer.",
    sources=(
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html",
    ),
    example="ord-ecs-service-before-listener",
)


@finds(SERVICE_BEFORE_LISTENER)
def find_services_before_listener(case: Case) -> Iterator[Finding]:
    """ECS refuses a service whose target group has no listener yet."""
    owners = case.balancers
    for service in case.world.of_type("AWS::ECS::Service"):
        for entry in as_list(service.get("LoadBalancers")):
            group = to_address(case.world, as_dict(entry).get("TargetGroupArn"))
            if not isinstance(group, Address) or group not in owners:
                continue
            listeners = [item.address for item in case.world.of_type(*_LISTENERS) if mentions(_actions(item), group)]
            if any(case.graph.waits_for(service.address, [listener]) for listener in listeners):
                continue
            late = late_ones(case, service.address, listeners)
            if late and len(late) == len(listeners):
                yield order_finding(
                    case, SERVICE_BEFORE_LISTENER, service.address, late[:1],
                    f"ECS refuses {service.address} while {group} 'does not have an associated load balancer'", sure=True,
                )  # fmt: skip


def _actions(listener: Resource) -> Value:
    actions = listener.get("DefaultActions")
    return actions if actions is not None else listener.get("Actions")


INTERNET_GATEWAY_NOT_ATTACHED_YET = order_check(
    "internet-gateway-not-attached-yet",
    found_when="a route or internet-facing load balancer does not wait for the gateway attachment",
    explains="EC2 and ELB refuse them: the VPC has no internet gateway attached.",
    sure=False,
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
    ),
    example="ord-alb-before-igw-attachment",
)


@finds(INTERNET_GATEWAY_NOT_ATTACHED_YET)
def find_gateway_users_before_attachment(case: Case) -> Iterator[Finding]:
    """Routes and internet-facing load balancers need the internet gateway attached to their VPC."""
    for vpc in case.network.vpcs.values():
        for gateway, attachment in vpc.internet_gateways:
            for user, what in _gateway_users(case, vpc.address, gateway):
                late = late_ones(case, user, [attachment], lead=_CLOSE_SECONDS)
                if late:
                    yield order_finding(
                        case, INTERNET_GATEWAY_NOT_ATTACHED_YET, user, late,
                        f"{what} is refused while {gateway} is not attached to {vpc.address}", sure=False,
                    )  # fmt: skip


def _gateway_users(case: Case, vpc: Address, gateway: Address) -> Iterator[tuple[Address, str]]:
    for entries in case.network.routes.values():
        for route in entries:
            if route.target == gateway:
                yield route.address, f"the route {route.address}"
    for balancer in case.world.of_type("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        if known_text(balancer.get("Scheme")) not in {"internal"} and isinstance(balancer.get("Subnets"), list):
            subnets = [to_address(case.world, item) for item in as_list(balancer.get("Subnets"))]
            if any(isinstance(item, Address) and case.network.vpc_of(item) == vpc for item in subnets):
                yield balancer.address, f"the internet-facing load balancer {balancer.address}"


PROXY_TARGET_NOT_READY = order_check(
    "proxy-target-not-ready",
    found_when="a proxy target group does not wait for an instance of its cluster",
    explains="RDS Proxy registers instances, and a cluster without them has none to offer.",
    sources=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-setup.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html",
    ),
    example="ord-dbproxy-target-before-writer",
)


@finds(PROXY_TARGET_NOT_READY)
def find_proxy_targets_before_instance(case: Case) -> Iterator[Finding]:
    """A proxy's target group needs an instance of its cluster."""
    for group in case.world.of_type("AWS::RDS::DBProxyTargetGroup"):
        clusters = [to_address(case.world, item) for item in as_list(group.get("DBClusterIdentifiers"))]
        for cluster in clusters:
            instances = [
                item.address
                for item in case.world.of_type("AWS::RDS::DBInstance")
                if isinstance(cluster, Address) and mentions(item.get("DBClusterIdentifier"), cluster)
            ]
            if instances and not any(case.graph.waits_for(group.address, [item]) for item in instances):
                yield order_finding(
                    case, PROXY_TARGET_NOT_READY, group.address, unordered(case, group.address, instances)[:1],
                    f"the proxy target group {group.address} finds no instance in {cluster}", sure=True,
                )  # fmt: skip


CAPACITY_PROVIDER_NOT_ASSOCIATED_YET = order_check(
    "capacity-provider-not-associated-yet",
    found_when="a service does not wait for the association of its capacity provider",
    explains="ECS refuses the service, and on delete the provider that is still in use.",
    sure=False,
    sources=(
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-capacity-providers.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html",
    ),
    example="ord-ecs-service-before-capacity-provider",
)


@finds(CAPACITY_PROVIDER_NOT_ASSOCIATED_YET)
def find_services_before_capacity(case: Case) -> Iterator[Finding]:
    """A service that uses a capacity provider needs it associated with its cluster."""
    for links in case.world.of_type("AWS::ECS::ClusterCapacityProviderAssociations"):
        cluster = to_address(case.world, links.get("Cluster"))
        offered = {render(item) for item in as_list(links.get("CapacityProviders"))}
        for service in case.world.of_type("AWS::ECS::Service"):
            used = {
                render(as_dict(item).get("CapacityProvider"))
                for item in as_list(service.get("CapacityProviderStrategy"))
            }
            if (
                isinstance(cluster, Address)
                and to_address(case.world, service.get("Cluster")) == cluster
                and used & offered
            ):
                missing = unordered(case, service.address, [links.address])
                if missing:
                    yield order_finding(
                        case, CAPACITY_PROVIDER_NOT_ASSOCIATED_YET, service.address, missing,
                        f"ECS refuses {service.address} while its capacity provider is not associated with {cluster}, "
                        "and refuses to remove a provider that is in use",
                        sure=False,
                    )  # fmt: skip


DEPLOYMENT_BEFORE_METHODS = order_check(
    "deployment-before-methods",
    found_when="an API Gateway deployment does not wait for any method",
    explains="API Gateway refuses a deployment of a REST API without methods.",
    sources=(
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html",
    ),
)


@finds(DEPLOYMENT_BEFORE_METHODS)
def find_deployments_before_methods(case: Case) -> Iterator[Finding]:
    """API Gateway refuses a deployment of a REST API without methods."""
    for deployment in case.world.of_type("AWS::ApiGateway::Deployment"):
        api = to_address(case.world, deployment.get("RestApiId"))
        if not isinstance(api, Address) or case.resources[api].get("Body") is not None:
            continue
        if case.resources[api].get("BodyS3Location") is not None:
            continue
        methods = [
            item.address
            for item in case.world.of_type("AWS::ApiGateway::Method")
            if mentions(item.get("RestApiId"), api)
        ]
        if methods and not any(case.graph.waits_for(deployment.address, [method]) for method in methods):
            missing = unordered(case, deployment.address, methods)
            if missing:
                yield order_finding(
                    case, DEPLOYMENT_BEFORE_METHODS, deployment.address, missing[:3],
                    f"API Gateway refuses {deployment.address}: 'The REST API doesn't contain any methods'", sure=True,
                )  # fmt: skip


SCALING_BEFORE_SERVICE = order_check(
    "scaling-before-service",
    found_when="a scalable target names an ECS service by its name alone and does not wait for it",
    explains="Application Auto Scaling refuses a target whose service does not exist.",
    sure=False,
    sources=(
        "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html",
    ),
)


@finds(SCALING_BEFORE_SERVICE)
def find_scaling_before_service(case: Case) -> Iterator[Finding]:
    """Application Auto Scaling looks the ECS service up when its target is registered."""
    for target in case.world.of_type("AWS::ApplicationAutoScaling::ScalableTarget"):
        parts = (known_text(target.get("ResourceId")) or "").split("/")
        if len(parts) != 3 or parts[0] != "service":
            continue
        for service in case.world.of_type("AWS::ECS::Service"):
            cluster = service.get("Cluster")
            owner = to_address(case.world, cluster)
            name = case.resources[owner].get("ClusterName") if isinstance(owner, Address) else cluster
            if known_text(service.get("ServiceName")) != parts[2] or known_text(name) != parts[1]:
                continue
            missing = unordered(case, target.address, [service.address])
            if missing:
                yield order_finding(
                    case, SCALING_BEFORE_SERVICE, target.address, missing,
                    f"Application Auto Scaling refuses {target.address}: ECS service doesn't exist: {'/'.join(parts)}", sure=False,
                )  # fmt: skip
