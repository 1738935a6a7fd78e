"""World -> findings on what will stop the stack from being deleted or rolled back.

Sources: CloudFormation User Guide (DeletionPolicy); user guides of RDS, DocumentDB, DynamoDB, Cognito, Elastic Load
Balancing (deletion protection), S3 and ECR; awslabs/aws-support-tools#174 (network interfaces of functions).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import NOTE, WARNING, Check, finds
from stackflight.check.outcome import broken, mentions, named, noted
from stackflight.model.ending import protected_types, protection
from stackflight.model.finding import Finding, Phase
from stackflight.model.template import Resource
from stackflight.model.value import Value, as_list, known_flag, known_text

PROTECTED_FROM_DELETION = Check(
    "protected-from-deletion",
    found_when="a resource is protected from deletion and is to be deleted with the stack",
    explains="CloudFormation does not turn the protection off; a failed creation cannot even roll back.",
    may=(WARNING, NOTE),
    weighed="warning beside DeletionPolicy: Delete, else note",
    sources=(
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html",
    ),
)


@finds(PROTECTED_FROM_DELETION)
def find_protected(case: Case) -> Iterator[Finding]:
    """Deletion protection beside a policy that deletes."""
    for resource in case.world.of_type(*protected_types()):
        key = protection(resource)
        if key:
            yield _protection(case, resource, key)


def _protection(case: Case, resource: Resource, key: str) -> Finding:
    policy = known_text(resource.attributes.get("DeletionPolicy"))
    contradicts = policy == "Delete"
    say = broken if contradicts else noted
    asks = "DeletionPolicy: Delete asks to delete it" if contradicts else "its policy is not to retain it"
    if policy in {"Retain", "RetainExceptOnCreate"}:
        asks = (
            "a rollback of its creation has to delete it"
            if policy != "Retain"
            else "it stays behind when the stack goes"
        )
    return say(
        case, PROTECTED_FROM_DELETION, [resource.address],
        f"{resource.address} is protected from deletion and {asks}: deleting the stack, or rolling its creation back, ends in "
        "DELETE_FAILED or ROLLBACK_FAILED until the protection is turned off",
        f"turn {key} off before deleting, or set DeletionPolicy: Retain", (key,), Phase.DELETE,
    )  # fmt: skip


NOT_EMPTY_ON_DELETE = Check(
    "not-empty-on-delete",
    found_when="a bucket or repository that will hold something is to be deleted",
    explains="S3 and ECR refuse to delete what is not empty.",
    may=(NOTE,),
    sources=(
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html",
    ),
)


@finds(NOT_EMPTY_ON_DELETE)
def find_filled_containers(case: Case) -> Iterator[Finding]:
    """Buckets and repositories that will not be empty."""
    emptied = [
        item.properties
        for item in case.resources.values()
        if (item.type.startswith("Custom::") and "Delete" in item.type) or item.type.startswith("Custom::S3")
    ]
    for bucket in case.world.of_type("AWS::S3::Bucket"):
        policy = known_text(bucket.attributes.get("DeletionPolicy")) or "Delete"
        if policy == "Delete" and not any(mentions(value, bucket.address) for value in emptied):
            writers = _writers(case, bucket)
            if writers:
                yield noted(
                    case, NOT_EMPTY_ON_DELETE, [bucket.address, *(item.address for item in writers)],
                    f"{bucket.address} is to be deleted with the stack, and {listed(item.address for item in writers)} will have "
                    "filled it: The bucket you tried to delete is not empty",
                    "empty it before deleting the stack, or set DeletionPolicy: Retain", (), Phase.DELETE,
                )  # fmt: skip
    for repository in case.world.of_type("AWS::ECR::Repository"):
        policy = known_text(repository.attributes.get("DeletionPolicy")) or "Delete"
        if policy == "Delete" and known_flag(repository.get("EmptyOnDelete"), False) is False:
            yield noted(
                case, NOT_EMPTY_ON_DELETE, [repository.address],
                f"{repository.address} is to be deleted with the stack, and cannot be deleted because it still contains images",
                "set EmptyOnDelete: true, or DeletionPolicy: Retain", (), Phase.DELETE,
            )  # fmt: skip


_LOG_WRITERS = (
    "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::CloudTrail::Trail", "AWS::CloudFront::Distribution",
    "AWS::KinesisFirehose::DeliveryStream", "AWS::CodePipeline::Pipeline", "AWS::EC2::FlowLog", "AWS::Config::DeliveryChannel",
    "AWS::S3::Bucket",
)  # fmt: skip


def _writers(case: Case, bucket: Resource) -> list[Resource]:
    return [
        item
        for item in case.world.referrers.get(bucket.address, ())
        if item.type in _LOG_WRITERS
        and item.address != bucket.address
        and mentions(_log_settings(item), bucket.address)
    ]


def _log_settings(item: Resource) -> Value:
    if item.type == "AWS::CloudFront::Distribution":
        return item.get("DistributionConfig", "Logging")
    if item.type == "AWS::S3::Bucket":
        return [item.get("LoggingConfiguration"), item.get("ReplicationConfiguration")]
    return dict(item.properties)


POLICY_DELETED_BEFORE_FUNCTION = Check(
    "policy-deleted-before-function",
    found_when="the policy that lets Lambda remove a function's network interfaces may go before the function",
    explains="CloudFormation deletes in reverse order of creation; without an order between the two, either may go first.",
    may=(WARNING,),
    weighed="it shows only when the stack is deleted",
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",),
)


@finds(POLICY_DELETED_BEFORE_FUNCTION)
def find_interfaces_left(case: Case) -> Iterator[Finding]:
    """Functions in a VPC whose policy for network interfaces may be deleted before them."""
    roles = case.roles
    for function in case.world.of_type("AWS::Lambda::Function"):
        role = named(case, function.get("Role"), "AWS::IAM::Role")
        found = roles.get(role.address) if role is not None else None
        if found is None or found.managed or not as_list(function.get("VpcConfig", "SubnetIds")):
            continue
        sources = {statement.source for statement in found.granting("ec2:DeleteNetworkInterface")}
        if (
            sources
            and found.address not in sources
            and not any(case.graph.waits_for(function.address, [source]) for source in sources)
        ):
            policy = next(iter(sources))
            yield broken(
                case, POLICY_DELETED_BEFORE_FUNCTION, [function.address, policy],
                f"{function.address} leaves its network interfaces to Lambda, which needs {policy} to remove them; nothing keeps "
                f"{policy} until {function.address} is gone, and then the security group and subnets cannot be deleted",
                f"let {function.address} depend on {policy} (DependsOn), or put the policy into the role", (), Phase.DELETE,
            )  # fmt: skip
