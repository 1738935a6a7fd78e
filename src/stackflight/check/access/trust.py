"""World -> findings on roles that a service which uses them may not assume.

Source: IAM User Guide (roles for services).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import doubtful, mentions, named, refused
from stackflight.check.readers.grants import trusted_services
from stackflight.model.finding import Consequence, Finding
from stackflight.model.value import as_list, dig

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
    "AWS::EC2::FlowLog": (("DeliverLogsPermissionArn",), "vpc-flow-logs", "Unable to assume given IAM role"),
    "AWS::Cognito::UserPool": (("SmsConfiguration", "SnsCallerArn"), "cognito-idp", "Role does not have a trust relationship "
                               "allowing Cognito to assume the role"),
    "AWS::Logs::SubscriptionFilter": (("RoleArn",), "logs", "Could not deliver test message to specified destination. Check if "
                                      "the destination is valid"),
    "AWS::RDS::DBProxy": (("RoleArn",), "rds", "RDS is not authorized to assume the role of the proxy"),
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


ROLE_CANNOT_BE_ASSUMED = Check(
    "role-cannot-be-assumed",
    found_when="a role's trust policy does not name the service that uses it",
    explains="The service tests the role at creation, or its tasks stop. Principals that are not known are silent.",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning for instance profiles",
    sources=(
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
    ),
)


@finds(ROLE_CANNOT_BE_ASSUMED)
def find_trust(case: Case) -> Iterator[Finding]:
    """Roles that the service which needs them may not assume."""
    uses = [
        (resource, role, service, text)
        for kind, (path, service, text) in _TRUST.items()
        for resource in case.world.of_type(kind)
        if (role := named(case, dig(resource.properties, *path), _ROLE)) is not None
    ]
    for stream in case.world.of_type("AWS::KinesisFirehose::DeliveryStream"):
        for given in stream.properties.values():
            role = named(case, dig(given, "RoleARN"), _ROLE) if isinstance(given, dict) else None
            if role is not None:
                uses.append((stream, role, "firehose", "Firehose is unable to assume role"))
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
            yield doubtful(case, ROLE_CANNOT_BE_ASSUMED, [role.address, resource.address], message, remedy, at)
        else:
            ecs = resource.type == "AWS::ECS::TaskDefinition"
            yield refused(
                case, ROLE_CANNOT_BE_ASSUMED, [role.address, resource.address], message, remedy, at,
                struck=resource.address, consequence=Consequence.NONE if ecs else Consequence.FAILS,
            )  # fmt: skip
