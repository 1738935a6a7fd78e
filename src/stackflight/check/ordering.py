"""Graph -> findings: resources that a service refuses to make before another one is there.

Each rule names who needs whom and what the service answers otherwise. An order that the graph already has, in either
direction, is silent; so is one that typical durations bring about anyway, unless the two start together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from stackflight.check.case import Case, Check
from stackflight.check.readiness import order_finding
from stackflight.model.finding import Finding
from stackflight.model.identify import to_address
from stackflight.model.identity import Statement, read_roles
from stackflight.model.relations import balancers_by_group
from stackflight.model.template import Resource
from stackflight.model.value import Address, Value, as_dict, as_list, known_text, references_in, render

_LISTENERS = ("AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::ListenerRule")

_CLOSE_SECONDS = 20.0
"""Two starts closer than this may come in either order."""


def _unordered(case: Case, user: Address, others: list[Address]) -> list[Address]:
    """The others that are neither before nor after the user."""
    return [
        other
        for other in dict.fromkeys(others)
        if other != user and not case.graph.waits_for(user, [other]) and user not in case.graph.ancestors(other)
    ]


def _late(case: Case, user: Address, others: list[Address], lead: float = 0.0) -> list[Address]:
    """The unordered others that are not typically complete `lead` seconds before the user starts."""
    return [other for other in _unordered(case, user, others) if case.timetable.late_by(other, user) > -lead]


def _mentions(value: Value, address: Address) -> bool:
    return any(reference.address == address for reference in references_in(value))


def find_services_before_listener(case: Case) -> Iterator[Finding]:
    """ECS refuses a service whose target group has no listener yet."""
    owners = balancers_by_group(case.world)
    for service in case.world.of_type("AWS::ECS::Service"):
        for entry in as_list(service.get("LoadBalancers")):
            group = to_address(case.world, as_dict(entry).get("TargetGroupArn"))
            if not isinstance(group, Address) or group not in owners:
                continue
            listeners = [item.address for item in case.world.of_type(*_LISTENERS) if _mentions(_actions(item), group)]
            if any(case.graph.waits_for(service.address, [listener]) for listener in listeners):
                continue
            late = _late(case, service.address, listeners)
            if late and len(late) == len(listeners):
                yield order_finding(
                    case, "service-before-listener", service.address, late[:1],
                    f"ECS refuses {service.address} while {group} 'does not have an associated load balancer'", sure=True,
                )  # fmt: skip


def _actions(listener: Resource) -> Value:
    actions = listener.get("DefaultActions")
    return actions if actions is not None else listener.get("Actions")


def find_gateway_users_before_attachment(case: Case) -> Iterator[Finding]:
    """Routes and internet-facing load balancers need the internet gateway attached to their VPC."""
    for vpc in case.network.vpcs.values():
        for gateway, attachment in vpc.internet_gateways:
            for user, what in _gateway_users(case, vpc.address, gateway):
                late = _late(case, user, [attachment], lead=_CLOSE_SECONDS)
                if late:
                    yield order_finding(
                        case, "internet-gateway-not-attached-yet", user, late,
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


def find_users_before_bucket_policy(case: Case) -> Iterator[Finding]:
    """Load balancers and trails check at once whether they may write to their log bucket."""
    policies: dict[Address, list[Address]] = {}
    for policy in case.world.of_type("AWS::S3::BucketPolicy"):
        bucket = to_address(case.world, policy.get("Bucket"))
        if isinstance(bucket, Address):
            policies.setdefault(bucket, []).append(policy.address)
    for user, bucket in _log_writers(case):
        late = _unordered(case, user.address, policies.get(bucket, []))
        if late:
            yield order_finding(
                case, "log-bucket-policy-not-ready", user.address, late,
                f"{user.address} tests whether it may write to {bucket} and is refused without the bucket's policy",
                sure=False,
            )  # fmt: skip


def _log_writers(case: Case) -> Iterator[tuple[Resource, Address]]:
    for balancer in case.world.of_type("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        given = {
            known_text(as_dict(item).get("Key")): as_dict(item).get("Value")
            for item in as_list(balancer.get("LoadBalancerAttributes"))
        }
        bucket = to_address(case.world, given.get("access_logs.s3.bucket"))
        if known_text(given.get("access_logs.s3.enabled")) == "true" and isinstance(bucket, Address):
            yield balancer, bucket
    for trail in case.world.of_type("AWS::CloudTrail::Trail"):
        bucket = to_address(case.world, trail.get("S3BucketName"))
        if isinstance(bucket, Address):
            yield trail, bucket


def find_notifications_before_permission(case: Case) -> Iterator[Finding]:
    """S3 validates every notification target when the bucket is made."""
    for bucket in case.world.of_type("AWS::S3::Bucket"):
        settings = as_dict(bucket.get("NotificationConfiguration"))
        targets = {
            reference.address
            for key in ("QueueConfigurations", "TopicConfigurations", "LambdaConfigurations")
            for reference in references_in(settings.get(key))
        }
        grants = [
            grant.address
            for grant in case.world.of_type("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::Lambda::Permission")
            if any(
                _mentions(grant.properties.get(key), target)
                for target in targets
                for key in ("Queues", "Topics", "FunctionName")
            )
        ]
        missing = _unordered(case, bucket.address, grants)
        if missing:
            yield order_finding(
                case, "notification-target-not-permitted-yet", bucket.address, missing,
                f"S3 refuses {bucket.address} with 'Unable to validate the following destination configurations'",
                sure=True, margin=0,
            )  # fmt: skip


def find_proxy_targets_before_instance(case: Case) -> Iterator[Finding]:
    """A proxy's target group needs an instance of its cluster."""
    for group in case.world.of_type("AWS::RDS::DBProxyTargetGroup"):
        clusters = [to_address(case.world, item) for item in as_list(group.get("DBClusterIdentifiers"))]
        for cluster in clusters:
            instances = [
                item.address
                for item in case.world.of_type("AWS::RDS::DBInstance")
                if isinstance(cluster, Address) and _mentions(item.get("DBClusterIdentifier"), cluster)
            ]
            if instances and not any(case.graph.waits_for(group.address, [item]) for item in instances):
                yield order_finding(
                    case, "proxy-target-not-ready", group.address, _unordered(case, group.address, instances)[:1],
                    f"the proxy target group {group.address} finds no instance in {cluster}", sure=True,
                )  # fmt: skip


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
                missing = _unordered(case, service.address, [links.address])
                if missing:
                    yield order_finding(
                        case, "capacity-provider-not-associated-yet", service.address, missing,
                        f"ECS refuses {service.address} while its capacity provider is not associated with {cluster}, "
                        "and refuses to remove a provider that is in use",
                        sure=False,
                    )  # fmt: skip


def find_handlers_before_policy(case: Case) -> Iterator[Finding]:
    """Custom resources and event sources that run with a role whose policy may come later."""
    policies: dict[Address, list[Address]] = {}
    for role, found in read_roles(case.world).items():
        policies[role] = [
            source
            for source in dict.fromkeys(statement.source for statement in found.statements)
            if source != role and _does_more_than_logs(found.statements, source)
        ]
    for resource in case.world.resources.values():
        function = _handler_of(case, resource)
        owner = to_address(case.world, function.get("Role")) if function is not None else None
        missing = _late(case, resource.address, policies.get(owner, [])) if isinstance(owner, Address) else []
        if function is not None and missing:
            what = "it is called" if resource.type != "AWS::Lambda::EventSourceMapping" else "Lambda checks its role"
            yield order_finding(
                case, "policy-not-ready", resource.address, missing,
                f"{what} with the role of {function.address}, whose policy may not be attached yet (AccessDenied)", sure=False,
            )  # fmt: skip


def _does_more_than_logs(statements: tuple[Statement, ...], source: Address) -> bool:
    return any(
        item.source == source and any(not action.startswith(("logs:", "xray:")) for action in item.actions)
        for item in statements
    )


def _handler_of(case: Case, resource: Resource) -> Resource | None:
    """The function that runs when this resource is created."""
    token: Value = None
    if resource.type.startswith("Custom::") or resource.type == "AWS::CloudFormation::CustomResource":
        token = resource.properties.get("ServiceToken")
    elif resource.type == "AWS::Lambda::EventSourceMapping":
        token = resource.get("FunctionName")
    for reference in references_in(token):
        found = case.resources.get(reference.address)
        if found is not None and found.type == "AWS::Lambda::Function":
            return found
    return None


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
            if _mentions(item.get("RestApiId"), api)
        ]
        if methods and not any(case.graph.waits_for(deployment.address, [method]) for method in methods):
            missing = _unordered(case, deployment.address, methods)
            if missing:
                yield order_finding(
                    case, "deployment-before-methods", deployment.address, missing[:3],
                    f"API Gateway refuses {deployment.address}: 'The REST API doesn't contain any methods'", sure=True, margin=0,
                )  # fmt: skip


def find_subscriptions_before_permission(case: Case) -> Iterator[Finding]:
    """CloudWatch Logs tests a function when the subscription filter is made."""
    for subscription in case.world.of_type("AWS::Logs::SubscriptionFilter"):
        targets = {
            reference.address
            for reference in references_in(subscription.get("DestinationArn"))
            if reference.address in case.resources and case.resources[reference.address].type == "AWS::Lambda::Function"
        }
        grants = [
            item.address
            for item in case.world.of_type("AWS::Lambda::Permission")
            if any(_mentions(item.get("FunctionName"), target) for target in targets)
            and "logs" in render(item.get("Principal"))
        ]
        missing = _unordered(case, subscription.address, grants)
        if grants and len(missing) == len(grants):
            yield order_finding(
                case, "subscription-before-permission", subscription.address, missing,
                f"CloudWatch Logs refuses {subscription.address}: it could not execute the function", sure=True, margin=0,
            )  # fmt: skip


_PROOF = (
    "Proved from the graph of Ref, Fn::GetAtt, Fn::Sub and DependsOn: neither resource waits for the other. Typical "
    "durations tell whether the race is lost."
)


def _check(
    id: str, find: Callable[[Case], Iterable[Finding]], title: str, explains: str, example: str = "", sure: bool = True
) -> Check:
    severity = "blocking where the service refuses at once and typical durations lose the race, else warning"
    return Check(
        id,
        find,
        title,
        f"{explains} {_PROOF}",
        severity if sure else "warning: the race is often won",
        example,
    )


CHECKS = (
    _check(
        "service-before-listener", find_services_before_listener,
        "an ECS service does not wait for the listener of its target group",
        "ECS refuses the service: the target group does not have an associated load balancer.", "ord-ecs-service-before-listener",
    ),
    _check(
        "internet-gateway-not-attached-yet", find_gateway_users_before_attachment,
        "a route or internet-facing load balancer does not wait for the gateway attachment",
        "EC2 and ELB refuse them: the VPC has no internet gateway attached.", "ord-alb-before-igw-attachment", sure=False,
    ),
    _check(
        "log-bucket-policy-not-ready", find_users_before_bucket_policy,
        "a load balancer or trail does not wait for the policy of its log bucket",
        "The service tests the bucket at once and is refused.", "ord-alb-before-log-bucket-policy", sure=False,
    ),
    _check(
        "notification-target-not-permitted-yet", find_notifications_before_permission,
        "a bucket with notifications does not wait for the permission of its targets",
        "S3 validates every target when it makes the bucket.", "ord-bucket-notification-before-queue-policy",
    ),
    _check(
        "proxy-target-not-ready", find_proxy_targets_before_instance,
        "a proxy target group does not wait for an instance of its cluster",
        "RDS Proxy registers instances, and a cluster without them has none to offer.", "ord-dbproxy-target-before-writer",
    ),
    _check(
        "capacity-provider-not-associated-yet", find_services_before_capacity,
        "a service does not wait for the association of its capacity provider",
        "ECS refuses the service, and on delete the provider that is still in use.", "ord-ecs-service-before-capacity-provider",
        sure=False,
    ),
    _check(
        "policy-not-ready", find_handlers_before_policy,
        "a custom resource or event source does not wait for the policy of its function's role",
        "The handler is called before IAM lets it do its work.", "ord-custom-resource-before-policy", sure=False,
    ),
    _check(
        "deployment-before-methods", find_deployments_before_methods,
        "an API Gateway deployment does not wait for any method",
        "API Gateway refuses a deployment of a REST API without methods.",
    ),
    _check(
        "subscription-before-permission", find_subscriptions_before_permission,
        "a subscription filter does not wait for the permission to call its function",
        "CloudWatch Logs tests the function when the filter is made.",
    ),
)  # fmt: skip
