"""Graph -> findings: resources that are made, or called, before they are permitted to do what they do."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import finds
from stackflight.check.outcome import mentions
from stackflight.check.races import POLICY_NOT_READY, late_ones, order_check, order_finding, unordered
from stackflight.model.finding import Finding
from stackflight.model.identify import to_address
from stackflight.model.identity import Statement
from stackflight.model.template import Resource
from stackflight.model.value import Address, Value, as_dict, as_list, known_text, references_in, render

LOG_BUCKET_POLICY_NOT_READY = order_check(
    "log-bucket-policy-not-ready",
    found_when="a load balancer or trail does not wait for the policy of its log bucket",
    explains="The service tests the bucket at once and is refused.",
    sure=False,
    sources=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html",
    ),
    example="ord-alb-before-log-bucket-policy",
)


@finds(LOG_BUCKET_POLICY_NOT_READY)
def find_users_before_bucket_policy(case: Case) -> Iterator[Finding]:
    """Load balancers and trails check at once whether they may write to their log bucket."""
    policies: dict[Address, list[Address]] = {}
    for policy in case.world.of_type("AWS::S3::BucketPolicy"):
        bucket = to_address(case.world, policy.get("Bucket"))
        if isinstance(bucket, Address):
            policies.setdefault(bucket, []).append(policy.address)
    for user, bucket in _log_writers(case):
        late = unordered(case, user.address, policies.get(bucket, []))
        if late:
            yield order_finding(
                case, LOG_BUCKET_POLICY_NOT_READY, user.address, late,
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


NOTIFICATION_TARGET_NOT_PERMITTED_YET = order_check(
    "notification-target-not-permitted-yet",
    found_when="a bucket with notifications does not wait for the permission of its targets",
    explains="S3 validates every target when it makes the bucket.",
    sources=(
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html",
    ),
    example="ord-bucket-notification-before-queue-policy",
)


@finds(NOTIFICATION_TARGET_NOT_PERMITTED_YET)
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
                mentions(grant.properties.get(key), target)
                for target in targets
                for key in ("Queues", "Topics", "FunctionName")
            )
            and (grant.type != "AWS::Lambda::Permission" or "s3." in render(grant.get("Principal")))
        ]
        missing = unordered(case, bucket.address, grants)
        if missing:
            yield order_finding(
                case, NOTIFICATION_TARGET_NOT_PERMITTED_YET, bucket.address, missing,
                f"S3 refuses {bucket.address} with 'Unable to validate the following destination configurations'",
                sure=True,
            )  # fmt: skip


@finds(POLICY_NOT_READY)
def find_handlers_before_policy(case: Case) -> Iterator[Finding]:
    """Custom resources and event sources that run with a role whose policy may come later."""
    policies: dict[Address, list[Address]] = {}
    for role, found in case.roles.items():
        policies[role] = [
            source
            for source in dict.fromkeys(statement.source for statement in found.statements)
            if source != role and _does_more_than_logs(found.statements, source)
        ]
    users = list(_users_of_roles(case))
    for resource, function, owner in users:
        sharing = [other.address for other, _, role in users if role == owner and other != resource]
        own = policies.get(owner, [])
        missing = [
            policy
            for policy in late_ones(case, resource.address, own)
            if not _written_for_another(case, policy, resource.address, own, sharing)
        ]
        if missing:
            mapped = resource.type == "AWS::Lambda::EventSourceMapping"
            what = f"Lambda tests {resource.address}" if mapped else f"{resource.address} runs"
            yield order_finding(
                case, POLICY_NOT_READY, resource.address, missing,
                f"{what} with the role of {function.address}, whose policy may not be attached yet (AccessDenied)", sure=False,
            )  # fmt: skip


def _users_of_roles(case: Case) -> Iterator[tuple[Resource, Resource, Address]]:
    """Each custom resource or event source, its function, and that function's role."""
    for resource in case.world.resources.values():
        function = _handler_of(case, resource)
        owner = to_address(case.world, function.get("Role")) if function is not None else None
        if function is not None and isinstance(owner, Address):
            yield resource, function, owner


def _written_for_another(
    case: Case, policy: Address, user: Address, policies: list[Address], sharing: list[Address]
) -> bool:
    """Whether several share a function and its role, this user waits for a policy of its own, and another one for this."""
    has_own = any(case.graph.waits_for(user, [other]) for other in policies if other != policy)
    return has_own and any(case.graph.waits_for(other, [policy]) for other in sharing)


def _does_more_than_logs(statements: tuple[Statement, ...], source: Address) -> bool:
    return any(
        item.source == source and any(not action.startswith(("logs:", "xray:")) for action in item.actions)
        for item in statements
    )


def _handler_of(case: Case, resource: Resource) -> Resource | None:
    """The function that runs when this resource is created."""
    token: Value = None
    if resource.is_custom:
        token = resource.properties.get("ServiceToken")
    elif resource.type == "AWS::Lambda::EventSourceMapping":
        token = resource.get("FunctionName")
    for reference in references_in(token):
        found = case.resources.get(reference.address)
        if found is not None and found.type == "AWS::Lambda::Function":
            return found
    return None


SUBSCRIPTION_BEFORE_PERMISSION = order_check(
    "subscription-before-permission",
    found_when="a subscription filter does not wait for the permission to call its function",
    explains="CloudWatch Logs tests the function when the filter is made.",
    sources=(
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html",
    ),
)


@finds(SUBSCRIPTION_BEFORE_PERMISSION)
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
            if any(mentions(item.get("FunctionName"), target) for target in targets)
            and "logs" in render(item.get("Principal"))
        ]
        missing = unordered(case, subscription.address, grants)
        if grants and len(missing) == len(grants):
            yield order_finding(
                case, SUBSCRIPTION_BEFORE_PERMISSION, subscription.address, missing,
                f"CloudWatch Logs refuses {subscription.address}: it could not execute the function", sure=True,
            )  # fmt: skip
