"""World -> findings on names where a service takes an ARN, and on ARNs where it takes a name.

Source: CloudFormation resource reference (what Ref and Fn::GetAtt return, and what the properties take).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stackflight.check.case import Case, Check
from stackflight.check.outcome import At, doubtful, mentions, named, refused
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import Reference, Unknown, Value

_ROLE = "AWS::IAM::Role"

# Type of a resource -> what its Ref gives, where that is no ARN, and which attribute is the ARN.
_REF_GIVES = {
    "AWS::SQS::Queue": "the queue's URL",
    "AWS::Lambda::Function": "the function's name",
    "AWS::S3::Bucket": "the bucket's name",
    "AWS::Kinesis::Stream": "the stream's name",
    "AWS::DynamoDB::Table": "the table's name",
    "AWS::KMS::Key": "the key's id",
    "AWS::Logs::LogGroup": "the log group's name",
    "AWS::KinesisFirehose::DeliveryStream": "the stream's name",
    "AWS::Events::EventBus": "the bus's name",
    "AWS::ECS::Cluster": "the cluster's name",
    "AWS::CodeBuild::Project": "the project's name",
    "AWS::Cognito::UserPool": "the pool's id",
    "AWS::IAM::InstanceProfile": "the profile's name",
    "AWS::WAFv2::WebACL": "the ACL's name, id and scope",
    _ROLE: "the role's name",
}

# Type -> properties that take ARNs alone. "*" stands for the items of a list or the values of a mapping.
_TAKES_ARN: dict[str, tuple[str, ...]] = {
    "AWS::ApiGateway::Account": ("CloudWatchRoleArn",),
    "AWS::ApiGateway::Authorizer": ("ProviderARNs.*",),
    "AWS::ApiGateway::Stage": ("AccessLogSetting.DestinationArn",),
    "AWS::ApiGatewayV2::Stage": ("AccessLogSettings.DestinationArn",),
    "AWS::CloudTrail::Trail": ("CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"),
    "AWS::CodePipeline::Pipeline": ("RoleArn",),
    "AWS::Cognito::UserPool": ("LambdaConfig.*",),
    "AWS::EC2::FlowLog": ("DeliverLogsPermissionArn", "LogDestination"),
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateData.IamInstanceProfile.Arn",),
    "AWS::EKS::Cluster": ("RoleArn",),
    "AWS::EKS::Nodegroup": ("NodeRole",),
    "AWS::Events::Rule": ("Targets.*.Arn", "Targets.*.RoleArn", "Targets.*.DeadLetterConfig.Arn"),
    "AWS::KinesisAnalyticsV2::Application": ("ServiceExecutionRole",),
    "AWS::KinesisFirehose::DeliveryStream": (
        "KinesisStreamSourceConfiguration.KinesisStreamARN", "KinesisStreamSourceConfiguration.RoleARN",
        "S3DestinationConfiguration.BucketARN", "S3DestinationConfiguration.RoleARN",
        "ExtendedS3DestinationConfiguration.BucketARN", "ExtendedS3DestinationConfiguration.RoleARN",
    ),
    "AWS::Lambda::EventSourceMapping": ("EventSourceArn", "DestinationConfig.OnFailure.Destination"),
    "AWS::Lambda::Function": ("Role", "DeadLetterConfig.TargetArn"),
    "AWS::Lambda::Permission": ("SourceArn",),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    "AWS::Logs::SubscriptionFilter": ("DestinationArn", "RoleArn"),
    "AWS::Pipes::Pipe": ("RoleArn", "Source", "Target"),
    "AWS::RDS::DBInstance": ("MonitoringRoleArn",),
    "AWS::S3::Bucket": (
        "NotificationConfiguration.LambdaConfigurations.*.Function", "NotificationConfiguration.QueueConfigurations.*.Queue",
        "ReplicationConfiguration.Role", "ReplicationConfiguration.Rules.*.Destination.Bucket",
    ),
    "AWS::SNS::Subscription": ("Endpoint",),
    "AWS::SQS::Queue": ("RedrivePolicy.deadLetterTargetArn",),
    "AWS::Scheduler::Schedule": ("Target.Arn", "Target.RoleArn"),
    "AWS::StepFunctions::StateMachine": ("RoleArn",),
    "AWS::WAFv2::WebACLAssociation": ("WebACLArn",),
}  # fmt: skip

# (type, property, type that it names, what it takes, how to write it). An ARN is refused there.
_TAKES_NAME = (
    ("AWS::SQS::QueuePolicy", "Queues.*", "AWS::SQS::Queue", "the queue's URL", "Ref"),
    ("AWS::S3::BucketPolicy", "Bucket", "AWS::S3::Bucket", "the bucket's name", "Ref"),
    ("AWS::S3::Bucket", "LoggingConfiguration.DestinationBucketName", "AWS::S3::Bucket", "the bucket's name", "Ref"),
    ("AWS::CodePipeline::Pipeline", "ArtifactStore.Location", "AWS::S3::Bucket", "the bucket's name", "Ref"),
    ("AWS::CloudTrail::Trail", "S3BucketName", "AWS::S3::Bucket", "the bucket's name", "Ref"),
    ("AWS::Config::DeliveryChannel", "S3BucketName", "AWS::S3::Bucket", "the bucket's name", "Ref"),
    ("AWS::EC2::Instance", "IamInstanceProfile", "AWS::IAM::InstanceProfile", "the profile's name", "Ref"),
    ("AWS::EC2::LaunchTemplate", "LaunchTemplateData.IamInstanceProfile.Name", "AWS::IAM::InstanceProfile",
     "the profile's name", "Ref"),
)  # fmt: skip


def find_names_for_arns(case: Case) -> Iterator[Finding]:
    """Ref where the service takes an ARN, Arn where it takes a name, a role where an instance profile belongs."""
    for kind, paths in _TAKES_ARN.items():
        for resource in case.world.of_type(kind):
            for path in paths:
                for value, at in _values(resource.properties, path.split("."), ()):
                    yield from _name_given(case, resource, value, at)
    for kind, path, target_kind, what, write in _TAKES_NAME:
        for resource in case.world.of_type(kind):
            for value, at in _values(resource.properties, path.split("."), ()):
                target = named(case, value, target_kind)
                if target is not None and isinstance(value, Reference) and value.attribute == "Arn":
                    yield _say(case, resource)(
                        case, "name-instead-of-arn", [resource.address, target.address],
                        f"{at[-1] if isinstance(at[-1], str) else at[0]} of {resource.address} is the ARN of {target.address}, and the "
                        f"service takes {what}", f"write {write}: {target.address.id}", at,
                    )  # fmt: skip
    yield from _profiles(case)


def _values(value: Value, path: list[str], at: At) -> Iterator[tuple[Value, At]]:
    """The values at a path, each with its place."""
    if not path:
        yield value, at
    elif path[0] == "*" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _values(item, path[1:], (*at, index))
    elif path[0] == "*" and isinstance(value, dict):
        for key, item in value.items():
            yield from _values(item, path[1:], (*at, key))
    elif isinstance(value, dict) and path[0] in value:
        yield from _values(value[path[0]], path[1:], (*at, path[0]))


def _name_given(case: Case, resource: Resource, value: Value, at: At) -> Iterator[Finding]:
    target = named(case, value, *_REF_GIVES)
    if target is None or not isinstance(value, Reference) or value.attribute != "Ref":
        return
    key = next((step for step in reversed(at) if isinstance(step, str)), "")
    yield _say(case, resource)(
        case, "name-instead-of-arn", [resource.address, target.address],
        f"{key} of {resource.address} is Ref {target.address}, which gives {_REF_GIVES[target.type]}; the service demands an ARN",
        f"write Fn::GetAtt: [{target.address.id}, Arn]", at,
    )  # fmt: skip


def _say(case: Case, resource: Resource) -> Callable[..., Finding]:
    """A launch template is tested by what launches from it, which may be another stack."""
    unused = resource.type == "AWS::EC2::LaunchTemplate" and not case.world.referrers.get(resource.address)
    return doubtful if unused else refused


def _profiles(case: Case) -> Iterator[Finding]:
    for instance in case.world.of_type("AWS::EC2::Instance", "AWS::AutoScaling::LaunchConfiguration"):
        role = named(case, instance.get("IamInstanceProfile"), _ROLE)
        if role is not None and not _profile_named(case, role):
            # A fixed name may be that of a profile which exists already; a generated one cannot.
            yield (refused if role.get("RoleName") is None else doubtful)(
                case, "name-instead-of-arn", [instance.address, role.address],
                f"IamInstanceProfile of {instance.address} names the role {role.address}: Invalid IAM Instance Profile name",
                f"add an AWS::IAM::InstanceProfile with the role {role.address} and name that", ("IamInstanceProfile",),
            )  # fmt: skip


def _profile_named(case: Case, role: Resource) -> bool:
    """A profile of the same name as the role makes Ref of the role work."""
    name = role.get("RoleName")
    return any(
        mentions(profile.get("InstanceProfileName"), role.address)
        or isinstance(profile.get("InstanceProfileName"), Unknown)
        or (name is not None and profile.get("InstanceProfileName") == name)
        for profile in case.world.of_type("AWS::IAM::InstanceProfile")
    )


CHECKS = (
    Check(
        "name-instead-of-arn", find_names_for_arns,
        "Ref is used where the service demands an ARN or an instance profile, or an ARN where it takes a name",
        "Ref of a role, a function or a stream gives its name, of a queue its URL, of a key its id. Only properties that take "
        "nothing else are judged.",
        "blocking; warning for a launch template from which nothing here launches, and for a role of a fixed name in the place of a "
        "profile", "wire-log-group-key-id",
    ),
)  # fmt: skip
