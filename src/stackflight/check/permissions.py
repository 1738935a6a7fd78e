"""Roles -> findings on permissions that a service tests at creation or a workload needs, and the role provably lacks.

Sources: AWS Lambda Developer Guide (VPC permissions, event source mappings); Amazon ECS Developer Guide (task execution
role); IAM User Guide (roles for services).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, Check, listed
from stackflight.check.grants import Grants, trusted_services
from stackflight.check.outcome import doubtful, mentions, named, refused
from stackflight.model.finding import Consequence, Finding
from stackflight.model.template import Resource
from stackflight.model.value import Unknown, Value, as_dict, as_list, dig, known_int, known_text, references_in, render

_FUNCTION = "AWS::Lambda::Function"
_ROLE = "AWS::IAM::Role"


def find_interface_permissions(case: Case) -> Iterator[Finding]:
    """Functions in a VPC whose role may not make network interfaces."""
    grants = Grants(case)
    for function in case.world.of_type(_FUNCTION):
        subnets = function.get("VpcConfig", "SubnetIds")
        if not isinstance(subnets, list) or not subnets:
            continue
        role = grants.role(function.get("Role"))
        if role is not None and grants.lacks(role, "ec2:CreateNetworkInterface"):
            yield refused(
                case, "function-cannot-join-vpc", [role.address, function.address],
                f"{function.address} lies in a VPC, and its role {role.address} does not allow ec2:CreateNetworkInterface: The "
                "provided execution role does not have permissions to call CreateNetworkInterface on EC2",
                f"add the managed policy service-role/AWSLambdaVPCAccessExecutionRole to {role.address}",
                struck=function.address,
            )  # fmt: skip


_SOURCES = {
    "AWS::SQS::Queue": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "AWS::DynamoDB::Table": ("dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"),
    "AWS::Kinesis::Stream": ("kinesis:GetRecords", "kinesis:GetShardIterator"),
}


def find_event_source_permissions(case: Case) -> Iterator[Finding]:
    """Event sources that the function's role may not read; queues whose messages come back too early."""
    grants = Grants(case)
    for mapping in case.world.of_type("AWS::Lambda::EventSourceMapping"):
        function = _function_of(case, mapping.get("FunctionName"))
        source = named(case, mapping.get("EventSourceArn"))
        if function is None or source is None:
            continue
        role = grants.role(function.get("Role"))
        missing = [action for action in _SOURCES.get(source.type, ()) if grants.lacks(role, action)]
        if role is not None and missing:
            yield refused(
                case, "event-source-not-readable", [role.address, mapping.address, function.address],
                f"{mapping.address} lets {function.address} read {source.address}, and the role {role.address} does not allow "
                f"{listed(missing)}: The provided execution role does not have permissions to call "
                f"{missing[0].partition(':')[2]}",
                f"allow {listed(missing)} on {source.address} in {role.address}", struck=mapping.address,
            )  # fmt: skip
        if source.type == "AWS::SQS::Queue":
            yield from _visibility(case, mapping, source, function)


def _visibility(case: Case, mapping: Resource, queue: Resource, function: Resource) -> Iterator[Finding]:
    given, limit = queue.get("VisibilityTimeout"), function.get("Timeout")
    visible = 30 if given is None else known_int(given)
    timeout = 3 if limit is None else known_int(limit)
    if visible is not None and timeout is not None and visible < timeout:
        yield refused(
            case, "queue-visibility-too-short", [queue.address, mapping.address, function.address],
            f"messages of {queue.address} come back after {visible} s while {function.address} may take {timeout} s: Queue "
            f"visibility timeout: {visible} seconds is less than Function timeout: {timeout} seconds",
            f"set VisibilityTimeout to {6 * timeout} (six times the function's timeout)",
            ("VisibilityTimeout",) if given is not None else (), struck=mapping.address,
        )  # fmt: skip


def _function_of(case: Case, value: Value) -> Resource | None:
    for reference in references_in(value):
        found = case.resources.get(reference.address)
        if found is not None and found.type == _FUNCTION:
            return found
        if found is not None and found.type in {"AWS::Lambda::Alias", "AWS::Lambda::Version"}:
            return _function_of(case, found.get("FunctionName"))
    return None


def find_execution_role_permissions(case: Case) -> Iterator[Finding]:
    """Execution roles that cannot pull the image, fetch the secrets or write the logs of their tasks."""
    grants = Grants(case)
    for definition in case.world.of_type("AWS::ECS::TaskDefinition"):
        role = grants.role(definition.get("ExecutionRoleArn"))
        if role is None:
            continue
        needs: dict[str, str] = {}
        for item in as_list(definition.get("ContainerDefinitions")):
            for action, why in _container_needs(case, as_dict(item)):
                needs.setdefault(action, why)
        missing = {action: why for action, why in needs.items() if grants.lacks(role, action)}
        if not missing:
            continue
        runs = [
            service.address
            for service in case.world.of_type("AWS::ECS::Service")
            if mentions(service.get("TaskDefinition"), definition.address)
            and known_int(service.get("DesiredCount")) != 0
        ]
        yield refused(
            case, "execution-role-lacks-permission", [role.address, definition.address, *runs],
            f"the execution role {role.address} does not allow {listed(missing)}, and {definition.address} "
            f"{listed(missing.values())}: tasks stop with ResourceInitializationError or CannotPullContainerError",
            f"allow {listed(missing)} in {role.address}"
            + ("" if all("secret" in why or "parameter" in why for why in missing.values())
               else " (AmazonECSTaskExecutionRolePolicy covers images and logs)"),
            struck=runs[0] if runs else definition.address,
            consequence=Consequence.UNSTABLE if runs else Consequence.NONE,
        )  # fmt: skip


def _container_needs(case: Case, container: dict[str, Value]) -> Iterator[tuple[str, str]]:
    for item in as_list(container.get("Secrets")):
        value = as_dict(item).get("ValueFrom")
        store = next(
            (case.resources[ref.address].type for ref in references_in(value) if ref.address in case.resources), ""
        )
        if store.startswith("AWS::SecretsManager::") or ":secretsmanager:" in render(value):
            yield "secretsmanager:GetSecretValue", "injects a secret"
        elif store == "AWS::SSM::Parameter" or ":ssm:" in render(value):
            yield "ssm:GetParameters", "injects a parameter"
    if as_dict(container.get("RepositoryCredentials")).get("CredentialsParameter") is not None:
        yield "secretsmanager:GetSecretValue", "logs in to a registry with a secret"
    if ".dkr.ecr." in render(container.get("Image")) or mentions_repository(case, container.get("Image")):
        yield "ecr:GetAuthorizationToken", "pulls an image from ECR"
        yield "ecr:BatchGetImage", "pulls an image from ECR"
        yield "ecr:GetDownloadUrlForLayer", "pulls an image from ECR"
    log = as_dict(container.get("LogConfiguration"))
    if known_text(log.get("LogDriver")) == "awslogs":
        yield "logs:CreateLogStream", "writes awslogs"
        yield "logs:PutLogEvents", "writes awslogs"
        if known_text(as_dict(log.get("Options")).get("awslogs-create-group")) == "true":
            yield "logs:CreateLogGroup", "creates its log group"


def mentions_repository(case: Case, image: Value) -> bool:
    """Whether an image comes from a repository of the templates."""
    return any(
        case.resources[reference.address].type == "AWS::ECR::Repository"
        for reference in references_in(image)
        if reference.address in case.resources
    )


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


_LACKS = (
    "A role lacks an action only if every policy on it is known and none allows it; managed policies that are not in our "
    "dated table make it undecided."
)
CHECKS = (
    Check(
        "function-cannot-join-vpc", find_interface_permissions,
        "a Lambda function in a VPC has a role that may not create network interfaces",
        f"Lambda refuses the function. {_LACKS}", "always blocking", "function-cannot-join-vpc",
    ),
    Check(
        "event-source-not-readable", find_event_source_permissions,
        "a function's role may not read its event source", f"Lambda tests the role when the mapping is made. {_LACKS}",
        "always blocking", "event-source-not-readable",
    ),
    Check(
        "queue-visibility-too-short", find_event_source_permissions,
        "a queue shows its messages again before the function that reads them may be done",
        "Lambda refuses the mapping. The defaults are 30 s for queues and 3 s for functions.", "always blocking", "queue-visibility-too-short",
    ),
    Check(
        "execution-role-lacks-permission", find_execution_role_permissions,
        "a task's execution role may not pull its image, fetch its secrets or write its logs", f"Tasks stop. {_LACKS}",
        "always blocking", "execution-role-lacks-permission",
    ),
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
