"""Roles -> findings on permissions that a service tests at creation or a workload needs, and the role provably lacks.

Sources: AWS Lambda Developer Guide (VPC permissions, event source mappings); Amazon ECS Developer Guide (task execution
role); IAM User Guide (roles for services).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import doubtful, named, on_fargate, refused, services_of
from stackflight.check.readers.grants import Grants
from stackflight.facts.words import aws_says
from stackflight.model.edit import Append, allow_in_role
from stackflight.model.finding import Consequence, Finding
from stackflight.model.template import Resource
from stackflight.model.value import (
    Reference,
    Text,
    Unknown,
    Value,
    as_dict,
    as_list,
    known_int,
    known_text,
    references_in,
    render,
)

_FUNCTION = "AWS::Lambda::Function"
_ROLE = "AWS::IAM::Role"


_LACKS = (
    "A role lacks an action only if every policy on it is known and none allows it; managed policies that are not in our "
    "dated table make it undecided."
)


FUNCTION_CANNOT_JOIN_VPC = Check(
    "function-cannot-join-vpc",
    found_when="a Lambda function in a VPC has a role that may not create network interfaces",
    explains=f"Lambda refuses the function. {_LACKS}",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning where the list of subnets may be empty",
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",),
)


@finds(FUNCTION_CANNOT_JOIN_VPC)
def find_interface_permissions(case: Case) -> Iterator[Finding]:
    """Functions in a VPC whose role may not make network interfaces."""
    grants = Grants(case)
    for function in case.world.of_type(_FUNCTION):
        sure = _joins_vpc(case, function)
        role = grants.role(function.get("Role"))
        if sure is not False and role is not None and grants.lacks(role, "ec2:CreateNetworkInterface"):
            finding = (refused if sure else doubtful)(
                case, FUNCTION_CANNOT_JOIN_VPC, [role.address, function.address],
                f"{function.address} lies in a VPC{'' if sure else ' where its list of subnets is not empty'}, and its role {role.address} does not allow ec2:CreateNetworkInterface: The "
                "provided execution role does not have permissions to call CreateNetworkInterface on EC2",
                f"add the managed policy service-role/AWSLambdaVPCAccessExecutionRole to {role.address}",
                struck=function.address,
            )  # fmt: skip
            managed = {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"}
            yield replace(finding, fixes=((Append(role.address, "ManagedPolicyArns", managed),),))


def _joins_vpc(case: Case, function: Resource) -> bool | None:
    """Whether a function has subnets; None where the list may be empty, which leaves it outside of any VPC.

    CloudFormation refuses an empty value of a parameter of type List<AWS::EC2::Subnet::Id>.
    """
    subnets = function.get("VpcConfig", "SubnetIds")
    if isinstance(subnets, Unknown) and isinstance(function.get("VpcConfig"), dict):
        declared = case.world.stack(function.address.stack).template.section("Parameters")
        given = as_dict(declared.get(subnets.parameter))
        return True if str(given.get("Type", "")).startswith("List<AWS::EC2::Subnet") else None
    return isinstance(subnets, list) and bool(subnets)


_SOURCES = {
    "AWS::SQS::Queue": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "AWS::DynamoDB::Table": ("dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"),
    "AWS::Kinesis::Stream": ("kinesis:GetRecords", "kinesis:GetShardIterator"),
}


EVENT_SOURCE_NOT_READABLE = Check(
    "event-source-not-readable",
    found_when="a function's role may not read its event source, or a delivery stream's its stream",
    explains=f"Lambda and Firehose test the role at creation. {_LACKS}",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html",
    ),
)
QUEUE_VISIBILITY_TOO_SHORT = Check(
    "queue-visibility-too-short",
    found_when="a queue shows its messages again before the function that reads them may be done",
    explains="Lambda refuses the mapping. The defaults are 30 s for queues and 3 s for functions.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",),
    replaces=("E3505",),
)


@finds(EVENT_SOURCE_NOT_READABLE, QUEUE_VISIBILITY_TOO_SHORT)
def find_event_source_permissions(case: Case) -> Iterator[Finding]:
    """Event sources that the function's role may not read; queues whose messages come back too early."""
    yield from find_stream_permissions(case)
    grants = Grants(case)
    for mapping in case.world.of_type("AWS::Lambda::EventSourceMapping"):
        function = _function_of(case, mapping.get("FunctionName"))
        source = named(case, mapping.get("EventSourceArn"))
        if function is None or source is None:
            continue
        role = grants.role(function.get("Role"))
        missing = [
            action
            for action in _SOURCES.get(source.type, ())
            if grants.lacks(role, action, mapping.get("EventSourceArn"))
        ]
        if role is not None and missing:
            finding = refused(
                case, EVENT_SOURCE_NOT_READABLE, [role.address, mapping.address, function.address],
                f"{mapping.address} lets {function.address} read {source.address}, and the role {role.address} "
                f"does not allow {listed(missing)}",
                f"allow {listed(missing)} on {source.address} in {role.address}", struck=mapping.address,
                says=aws_says("event-source-not-readable.poller", named=missing[0].partition(":")[2]),
            )  # fmt: skip
            allowed = dict.fromkeys(missing, mapping.get("EventSourceArn"))
            yield replace(finding, fixes=allow_in_role(role.address, f"read-{source.address.id}", allowed))
        if source.type == "AWS::SQS::Queue":
            yield from _visibility(case, mapping, source, function)


def find_stream_permissions(case: Case) -> Iterator[Finding]:
    """Delivery streams whose role may not look at the stream they read."""
    grants = Grants(case)
    for delivery in case.world.of_type("AWS::KinesisFirehose::DeliveryStream"):
        source = named(
            case, delivery.get("KinesisStreamSourceConfiguration", "KinesisStreamARN"), "AWS::Kinesis::Stream"
        )
        role = grants.role(delivery.get("KinesisStreamSourceConfiguration", "RoleARN"))
        if source is None or role is None:
            continue
        if not grants.lacks(role, "kinesis:DescribeStream", Reference(source.address, "Arn")):
            continue
        yield refused(
            case, EVENT_SOURCE_NOT_READABLE, [role.address, delivery.address, source.address],
            f"{delivery.address} reads {source.address}, and its role {role.address} does not allow "
            "kinesis:DescribeStream",
            f"allow kinesis:DescribeStream, GetShardIterator, GetRecords and ListShards on {source.address} in {role.address}",
            struck=delivery.address, says=aws_says("event-source-not-readable.stream"),
        )  # fmt: skip


def _visibility(case: Case, mapping: Resource, queue: Resource, function: Resource) -> Iterator[Finding]:
    given, limit = queue.get("VisibilityTimeout"), function.get("Timeout")
    visible = 30 if given is None else known_int(given)
    timeout = 3 if limit is None else known_int(limit)
    if visible is not None and timeout is not None and visible < timeout:
        yield refused(
            case, QUEUE_VISIBILITY_TOO_SHORT, [queue.address, mapping.address, function.address],
            f"messages of {queue.address} come back after {visible} s while {function.address} may take "
            f"{timeout} s",
            f"set VisibilityTimeout to {6 * timeout} (six times the function's timeout)",
            ("VisibilityTimeout",) if given is not None else (), struck=mapping.address,
            says=aws_says("queue-visibility-too-short", visible=visible, timeout=timeout),
        )  # fmt: skip


def _function_of(case: Case, value: Value) -> Resource | None:
    for reference in references_in(value):
        found = case.resources.get(reference.address)
        if found is not None and found.type == _FUNCTION:
            return found
        if found is not None and found.type in {"AWS::Lambda::Alias", "AWS::Lambda::Version"}:
            return _function_of(case, found.get("FunctionName"))
    return None


EXECUTION_ROLE_LACKS_PERMISSION = Check(
    "execution-role-lacks-permission",
    found_when="a task's execution role may not pull its image, fetch its secrets or write its logs",
    explains=f"Tasks stop. {_LACKS}",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html",
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
    ),
)


@finds(EXECUTION_ROLE_LACKS_PERMISSION)
def find_execution_role_permissions(case: Case) -> Iterator[Finding]:
    """Execution roles that cannot pull the image, fetch the secrets or write the logs of their tasks."""
    grants = Grants(case)
    for definition in case.world.of_type("AWS::ECS::TaskDefinition"):
        role = grants.role(definition.get("ExecutionRoleArn"))
        if role is None:
            continue
        services = services_of(case, definition)
        containers = [as_dict(item) for item in as_list(definition.get("ContainerDefinitions"))]
        needs = [need for item in containers for need in _container_needs(case, item)]
        if _may_run_on_fargate(definition, services):
            needs += [need for item in containers for need in _log_needs(case, item)]
        missing: dict[str, str] = {}
        allowed: dict[str, Value] = {}
        for action, why, on in needs:
            if grants.lacks(role, action, on):
                missing.setdefault(action, why)
                allowed.setdefault(action, "*" if action == "ecr:GetAuthorizationToken" else on)
        if not missing:
            continue
        runs = [service.address for service in services if known_int(service.get("DesiredCount")) != 0]
        finding = refused(
            case, EXECUTION_ROLE_LACKS_PERMISSION, [role.address, definition.address, *runs],
            f"the execution role {role.address} does not allow {listed(missing)}, and {definition.address} "
            f"{listed(missing.values())}: tasks stop with ResourceInitializationError or CannotPullContainerError",
            f"allow {listed(missing)} in {role.address}"
            + ("" if all("secret" in why or "parameter" in why for why in missing.values())
               else " (AmazonECSTaskExecutionRolePolicy covers images and logs)"),
            struck=runs[0] if runs else definition.address,
            consequence=Consequence.UNSTABLE if runs else Consequence.NONE,
        )  # fmt: skip
        yield replace(finding, fixes=allow_in_role(role.address, f"start-{definition.address.id}", allowed))


_Need = tuple[str, str, Value]
"""An action, why it is called, and the ARN that it is called on where the templates hold it."""


def _container_needs(case: Case, container: dict[str, Value]) -> Iterator[_Need]:
    for item in as_list(container.get("Secrets")):
        yield from _secret_needs(case, as_dict(item).get("ValueFrom"))
    credentials = as_dict(container.get("RepositoryCredentials")).get("CredentialsParameter")
    if credentials is not None:
        yield "secretsmanager:GetSecretValue", "logs in to a registry with a secret", _own(case, credentials)
    image = container.get("Image")
    if ".dkr.ecr." in render(image) or mentions_repository(case, image):
        yield "ecr:GetAuthorizationToken", "pulls an image from ECR", None
        yield "ecr:BatchGetImage", "pulls an image from ECR", _own(case, image)
        yield "ecr:GetDownloadUrlForLayer", "pulls an image from ECR", _own(case, image)


def _secret_needs(case: Case, value: Value) -> Iterator[_Need]:
    """What fetches a secret; the ARN may go on with a key of it. A parameter may be given by its name."""
    store = next((case.resources[ref.address] for ref in references_in(value) if ref.address in case.resources), None)
    kind = store.type if store is not None else ""
    if kind.startswith("AWS::SecretsManager::") or ":secretsmanager:" in render(value):
        secret = store is not None and kind == "AWS::SecretsManager::Secret"
        yield (
            "secretsmanager:GetSecretValue",
            "injects a secret",
            Reference(store.address) if store and secret else None,
        )
    elif kind == "AWS::SSM::Parameter" or ":ssm:" in render(value):
        named = store.get("Name") if store is not None else None
        slash = "" if isinstance(named, str) and named.startswith("/") else "*"
        arn = Text(("arn:aws:ssm:*:*:parameter", slash, Reference(store.address))) if store is not None else None
        yield "ssm:GetParameters", "injects a parameter", arn


def _own(case: Case, value: Value) -> Value:
    """The ARN of the one resource of the templates that a value refers to; None where there is none, or more."""
    own = [one.address for one in references_in(value) if one.address in case.resources]
    attribute = "Ref" if own and case.resources[own[0]].type == "AWS::SecretsManager::Secret" else "Arn"
    return Reference(own[0], attribute) if len(set(own)) == 1 else None


def _may_run_on_fargate(definition: Resource, services: list[Resource]) -> bool:
    """Whether the execution role writes the logs: on instances the role of the instance does, unless the agent is told
    otherwise (ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE). Source: Amazon ECS Developer Guide, container agent settings."""
    if any(on_fargate(service) for service in services):
        return True
    fits = "FARGATE" in [known_text(item) for item in as_list(definition.get("RequiresCompatibilities"))]
    return fits and not (services and all(known_text(item.get("LaunchType")) == "EC2" for item in services))


def _log_needs(case: Case, container: dict[str, Value]) -> Iterator[_Need]:
    log = as_dict(container.get("LogConfiguration"))
    if known_text(log.get("LogDriver")) == "awslogs":
        options = as_dict(log.get("Options"))
        group = named(case, options.get("awslogs-group"), "AWS::Logs::LogGroup")
        streams = Text(("arn:aws:logs:*:*:log-group:", Reference(group.address), "*")) if group is not None else None
        yield "logs:CreateLogStream", "writes awslogs", streams
        yield "logs:PutLogEvents", "writes awslogs", streams
        if known_text(options.get("awslogs-create-group")) == "true":
            yield "logs:CreateLogGroup", "creates its log group", None


def mentions_repository(case: Case, image: Value) -> bool:
    """Whether an image comes from a repository of the templates."""
    return any(
        case.resources[reference.address].type == "AWS::ECR::Repository"
        for reference in references_in(image)
        if reference.address in case.resources
    )
