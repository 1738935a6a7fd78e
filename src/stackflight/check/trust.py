"""World -> findings on roles that a service may not assume, and on names where it demands an ARN.

Source: IAM User Guide (roles for services); CloudFormation resource reference (what Ref returns).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, Check, listed
from stackflight.check.grants import trusted_services
from stackflight.check.outcome import doubtful, mentions, named, refused
from stackflight.model.finding import Consequence, Finding
from stackflight.model.template import Resource
from stackflight.model.value import Unknown, Value, as_list, dig

_FUNCTION = "AWS::Lambda::Function"
_ROLE = "AWS::IAM::Role"

# Type -> (where the role is, the service that assumes it, what the service answers).
_TRUST = {
    _FUNCTION: (("Role",), "lambda", "The role defined for the function cannot be assumed by Lambda"),
    "AWS::ECS::TaskDefinition": (("ExecutionRoleArn",), "ecs-tasks", "ECS was unable to assume the role"),
    "AWS::StepFunctions::StateMachine": (
        ("RoleArn",), "states", "Neither the global service principal states.amazonaws.com, nor the regional one is authorized "
        "to assume the provided role",
    ),
    "AWS::CodeBuild::Project": (("ServiceRole",), "codebuild", "CodeBuild is not authorized to perform: sts:AssumeRole"),
    "AWS::CodePipeline::Pipeline": (("RoleArn",), "codepipeline", "CodePipeline is not authorized to perform AssumeRole on role"),
    "AWS::CodeDeploy::DeploymentGroup": (
        ("ServiceRoleArn",), "codedeploy", "does not have the permissions required to assume the role"
    ),
    "AWS::EKS::Cluster": (("RoleArn",), "eks", "Role is not authorized to be assumed by eks.amazonaws.com"),
    "AWS::EKS::Nodegroup": (("NodeRole",), "ec2", "the node role must be assumable by ec2.amazonaws.com"),
    "AWS::KinesisFirehose::DeliveryStream": (
        ("ExtendedS3DestinationConfiguration", "RoleARN"), "firehose", "Firehose is unable to assume role"
    ),
    "AWS::Glue::Job": (("Role",), "glue", "Service is unable to assume provided role. Please verify role's TrustPolicy"),
    "AWS::Glue::Crawler": (("Role",), "glue", "Service is unable to assume provided role. Please verify role's TrustPolicy"),
    "AWS::RDS::DBInstance": (("MonitoringRoleArn",), "monitoring.rds", "IAM role ARN value is invalid or does not include the "
                             "required permissions for: ENHANCED_MONITORING"),
    "AWS::ApiGateway::Account": (("CloudWatchRoleArn",), "apigateway", "The role ARN does not have required permissions "
                                 "configured"),
    "AWS::CloudTrail::Trail": (("CloudWatchLogsRoleArn",), "cloudtrail", "Access denied. Verify in IAM that the role has "
                               "adequate permissions"),
    "AWS::Scheduler::Schedule": (("Target", "RoleArn"), "scheduler", "The execution role you provide must allow AWS "
                                 "EventBridge Scheduler to assume the role"),
    "AWS::AppSync::DataSource": (("ServiceRoleArn",), "appsync", "AppSync cannot assume the role"),
    "AWS::Pipes::Pipe": (("RoleArn",), "pipes", "the role cannot be assumed by pipes.amazonaws.com"),
    "AWS::Backup::BackupSelection": (("BackupSelection", "IamRoleArn"), "backup", "IAM Role is not authorized to be assumed "
                                     "by AWS Backup"),
}  # fmt: skip


def find_trust(case: Case) -> Iterator[Finding]:
    """Roles that the service which needs them may not assume."""
    uses = [
        (resource, role, service, text)
        for kind, (path, service, text) in _TRUST.items()
        for resource in case.world.of_type(kind)
        if (role := named(case, dig(resource.properties, *path), _ROLE)) is not None
    ]
    for profile in case.world.of_type("AWS::IAM::InstanceProfile"):
        instances = [
            item for item in case.world.of_type("AWS::EC2::Instance") if mentions(item.properties, profile.address)
        ]
        for item in as_list(profile.get("Roles")):
            role = named(case, item, _ROLE)
            if role is not None and instances:
                uses.append((instances[0], role, "ec2", "the instance gets no credentials: the role's trust policy does not "
                             "name ec2.amazonaws.com"))  # fmt: skip
    said = set()
    for resource, role, service, text in uses:
        trusted = trusted_services(role)
        if (
            trusted is None
            or any(name.startswith(f"{service}.") for name in trusted)
            or (role.address, service) in said
        ):
            continue
        said.add((role.address, service))
        message = (
            f"{resource.address} uses the role {role.address}, which {listed(sorted(trusted)) or 'no service'} may assume and "
            f"{service}.amazonaws.com may not: {text}"
        )
        remedy = f"add the principal {service}.amazonaws.com to the AssumeRolePolicyDocument of {role.address}"
        at = ("AssumeRolePolicyDocument",)
        if service == "ec2":
            yield doubtful(case, "role-cannot-be-assumed", [role.address, resource.address], message, remedy, at)
        else:
            ecs = resource.type == "AWS::ECS::TaskDefinition"
            yield refused(
                case, "role-cannot-be-assumed", [role.address, resource.address], message, remedy, at,
                struck=resource.address, consequence=Consequence.NONE if ecs else Consequence.FAILS,
            )  # fmt: skip


# Type -> properties that take a role's ARN and refuse its name.
_ROLE_ARNS = {
    _FUNCTION: ("Role",),
    "AWS::StepFunctions::StateMachine": ("RoleArn",),
    "AWS::CodePipeline::Pipeline": ("RoleArn",),
    "AWS::EKS::Cluster": ("RoleArn",),
    "AWS::EKS::Nodegroup": ("NodeRole",),
    "AWS::EC2::FlowLog": ("DeliverLogsPermissionArn",),
    "AWS::Pipes::Pipe": ("RoleArn",),
    "AWS::KinesisAnalyticsV2::Application": ("ServiceExecutionRole",),
}


def find_names_for_arns(case: Case) -> Iterator[Finding]:
    """Ref where the service takes an ARN: of a role, of a key; a role where an instance profile belongs."""
    for kind, keys in _ROLE_ARNS.items():
        for resource in case.world.of_type(kind):
            for key in keys:
                role = _by_ref(case, resource.get(key), _ROLE)
                if role is not None:
                    yield refused(
                        case, "name-instead-of-arn", [resource.address, role.address],
                        f"{key} of {resource.address} is Ref {role.address}, which gives the role's name; the service demands "
                        "its ARN", f"write Fn::GetAtt: [{role.address.id}, Arn]", (key,),
                    )  # fmt: skip
    for group in case.world.of_type("AWS::Logs::LogGroup"):
        key_of = _by_ref(case, group.get("KmsKeyId"), "AWS::KMS::Key")
        if key_of is not None:
            yield refused(
                case, "name-instead-of-arn", [group.address, key_of.address],
                f"KmsKeyId of {group.address} is Ref {key_of.address}, which gives the key's id; CloudWatch Logs demands its "
                "ARN: The specified KMS key could not be found", f"write Fn::GetAtt: [{key_of.address.id}, Arn]", ("KmsKeyId",),
            )  # fmt: skip
    for instance in case.world.of_type("AWS::EC2::Instance", "AWS::AutoScaling::LaunchConfiguration"):
        role = named(case, instance.get("IamInstanceProfile"), _ROLE)
        if role is not None and not _profile_named(case, role):
            yield refused(
                case, "name-instead-of-arn", [instance.address, role.address],
                f"IamInstanceProfile of {instance.address} names the role {role.address}: Invalid IAM Instance Profile name",
                f"add an AWS::IAM::InstanceProfile with the role {role.address} and name that", ("IamInstanceProfile",),
            )  # fmt: skip


def _by_ref(case: Case, value: Value, kind: str) -> Resource | None:
    found = named(case, value, kind)
    return found if found is not None and getattr(value, "attribute", "") == "Ref" else None


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
        "role-cannot-be-assumed", find_trust, "a role's trust policy does not name the service that uses it",
        "The service tests the role at creation, or its tasks stop. Principals that are not known are silent.",
        "blocking; warning for instance profiles", "role-cannot-be-assumed",
    ),
    Check(
        "name-instead-of-arn", find_names_for_arns, "Ref is used where the service demands an ARN or an instance profile",
        "Ref of a role gives its name, of a key its id.", "always blocking", "wire-log-group-key-id",
    ),
)  # fmt: skip
