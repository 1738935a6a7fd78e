"""Code and environments -> findings on service calls that a workload makes and its role provably does not allow.

Python code is parsed for clients made by a literal name and for the methods called on them, JavaScript for commands
(`commands`, which says as well whose action is called otherwise). Source: boto3 reference, Service Authorization Reference.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator

from stackflight.check.access.commands import action_of, action_of_call, actions_sent
from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, broken, doubtful, mentions, named, refused
from stackflight.check.readers.grants import Grants
from stackflight.facts.services import prefixes_of
from stackflight.model.finding import Consequence, Finding, Phase
from stackflight.model.identity import Role
from stackflight.model.python_source import parse_python
from stackflight.model.template import Resource
from stackflight.model.value import Reference, Text, Value, as_dict, as_list, known_text, references_in, render

# Methods of the SDK for Python that make calls of another name.
_METHODS = {
    "download_file": "GetObject", "download_fileobj": "GetObject", "upload_file": "PutObject", "upload_fileobj": "PutObject",
}  # fmt: skip
_NO_ACTION = {
    "get_paginator", "get_waiter", "can_paginate", "close", "exceptions", "meta", "generate_presigned_url",
    "generate_presigned_post", "batch_get_item", "batch_write_item", "generate_db_auth_token",
    "generate_db_connect_auth_token", "generate_db_connect_admin_auth_token",
}  # fmt: skip

# Service -> types of policies that may let a caller in without its role.
_RESOURCE_POLICIES = {
    "s3": "AWS::S3::BucketPolicy", "sqs": "AWS::SQS::QueuePolicy", "sns": "AWS::SNS::TopicPolicy", "kms": "AWS::KMS::Key",
    "secretsmanager": "AWS::SecretsManager::ResourcePolicy", "lambda": "AWS::Lambda::Permission", "ecr": "AWS::ECR::Repository",
    "dynamodb": "AWS::DynamoDB::ResourcePolicy", "events": "AWS::Events::EventBusPolicy",
}  # fmt: skip


def actions_called(source: str) -> set[str]:
    """The IAM actions that Python code calls through clients of a literal name."""
    tree = parse_python(source)
    if tree is None:
        return set()
    clients: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            service = _client(node.value)
            if service:
                clients[node.targets[0].id] = service
    found = set()
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = node.func.value
        service = clients.get(owner.id, "") if isinstance(owner, ast.Name) else _client(owner)
        action = _action(service, node.func.attr) if service else ""
        if action:
            found.add(action)
    return found


def _client(node: ast.expr) -> str:
    """The service of `boto3.client("service")`, empty for anything else."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "client"):
        return ""
    first = node.args[0] if node.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _action(service: str, method: str) -> str:
    prefix = prefixes_of("client").get(service)
    if prefix is None or method in _NO_ACTION:
        return ""
    return action_of(prefix, _METHODS.get(method) or "".join(word.capitalize() for word in method.split("_")))


CALL_NOT_ALLOWED = Check(
    "call-not-allowed",
    found_when="inline code calls a service in a way that the function's role does not allow",
    explains="The code's boto3 clients and methods, or its commands of the JavaScript SDK, are read; the role lacks the action on every "
    "resource, and no resource policy of the service is in the templates.",
    may=(BLOCKING, WARNING),
    weighed="warning: the call may be one that is never reached; blocking for an AwsCustomResource of the CDK, which makes its call",
    sources=(
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
    ),
)


@finds(CALL_NOT_ALLOWED)
def find_denied_calls(case: Case) -> Iterator[Finding]:
    """Calls in inline code that the role of the function does not allow."""
    grants = Grants(case)
    for function in case.world.of_type("AWS::Lambda::Function"):
        source = function.get("Code", "ZipFile")
        role = grants.role(function.get("Role"))
        if not isinstance(source, str) or role is None:
            continue
        script = (known_text(function.get("Runtime")) or "").startswith("nodejs")
        actions = actions_sent(source) if script else actions_called(source)
        if "ecs:RunTask" in actions and _hands_roles_on(case, function):
            actions.add("iam:PassRole")
        missing = [action for action in sorted(actions) if _lacks(case, grants, role, action)]
        if not missing:
            continue
        callers = [
            item
            for item in case.users.get(function.address, ())
            if mentions(item.properties.get("ServiceToken"), function.address)
        ]
        message = (
            f"the code of {function.address} calls {listed(missing)}, and its role {role.address} does not allow "
            f"{'it' if len(missing) == 1 else 'them'}: AccessDenied"
        )
        remedy = f"allow {listed(missing)} in {role.address}"
        involved = [role.address, function.address]
        if callers:
            yield doubtful(
                case, CALL_NOT_ALLOWED, [*involved, *(item.address for item in callers)],
                f"{message}; {callers[0].address} calls it during the deployment", remedy, struck=callers[0].address,
                consequence=Consequence.FAILS,
            )  # fmt: skip
        else:
            yield broken(case, CALL_NOT_ALLOWED, involved, message, remedy)
    yield from find_denied_sdk_calls(case)


def _hands_roles_on(case: Case, function: Resource) -> bool:
    """Whether the function is given a task definition that has roles, which RunTask passes on."""
    tasks = [case.resources.get(reference.address) for reference in references_in(function.properties)]
    return any(
        task is not None
        and task.type == "AWS::ECS::TaskDefinition"
        and (task.get("ExecutionRoleArn") is not None or task.get("TaskRoleArn") is not None)
        for task in tasks
    )


def find_denied_sdk_calls(case: Case) -> Iterator[Finding]:
    """Calls of CDK's AwsCustomResource that the role of its function does not allow."""
    grants = Grants(case)
    for resource in case.world.of_type("Custom::AWS"):
        function = named(case, resource.properties.get("ServiceToken"), "AWS::Lambda::Function")
        role = grants.role(function.get("Role")) if function is not None else None
        call = _sdk_call(resource.properties.get("Create"))
        action = action_of_call(render(call.get("service")), render(call.get("action")))
        if function is None or role is None or not action or "ignoreErrorCodesMatching" in call:
            continue
        if call.get("assumedRoleArn") is None and _lacks(case, grants, role, action):
            yield refused(
                case, CALL_NOT_ALLOWED, [role.address, resource.address, function.address],
                f"{resource.address} calls {action} when it is made, and the role {role.address} of its function does not allow it: "
                "AccessDenied", f"allow {action} in the policy of {resource.address}", struck=resource.address,
            )  # fmt: skip


def _sdk_call(given: Value) -> dict[str, Value]:
    try:
        loaded: Value = json.loads(render(given)) if isinstance(given, (str, Text)) else given
    except (ValueError, RecursionError):
        return {}
    return as_dict(loaded)


def _lacks(case: Case, grants: Grants, role: Role, action: str) -> bool:
    kind = _RESOURCE_POLICIES.get(action.partition(":")[0])
    return grants.lacks(role, action) and not (kind and any(case.world.of_type(kind)))


SECRET_NOT_READABLE = Check(
    "secret-not-readable",
    found_when="a workload is given a secret's ARN, and its role may read no secret",
    explains="The name of a secret in the environment is of use to a workload that reads it.",
    may=(WARNING,),
    weighed="the code decides",
    sources=("https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html",),
)


@finds(SECRET_NOT_READABLE)
def find_unreadable_secrets(case: Case) -> Iterator[Finding]:
    """Secrets named in an environment whose workload may read no secret."""
    grants = Grants(case)
    if any(case.world.of_type("AWS::SecretsManager::ResourcePolicy")):
        return
    for workload, given, name, value, at in _variables(case):
        secret = _names_secret(case, value)
        role = grants.role(given)
        if secret is None or role is None or not grants.lacks(role, "secretsmanager:GetSecretValue"):
            continue
        if _inline_without(workload, "secretsmanager"):
            continue
        yield doubtful(
            case, SECRET_NOT_READABLE, [role.address, workload.address, secret.address],
            f"{workload.address} is given {secret.address} in the variable {name}, and its role {role.address} does not allow "
            "secretsmanager:GetSecretValue: if it reads the secret, it gets AccessDenied",
            f"allow secretsmanager:GetSecretValue on {secret.address} in {role.address}", at, phase=Phase.RUN,
        )  # fmt: skip


def _variables(case: Case) -> Iterator[tuple[Resource, Value, str, Value, At]]:
    for function in case.world.of_type("AWS::Lambda::Function"):
        for name, value in as_dict(function.get("Environment", "Variables")).items():
            yield function, function.get("Role"), name, value, ("Environment", "Variables", name)
    for task in case.world.of_type("AWS::ECS::TaskDefinition"):
        for index, container in enumerate(as_list(task.get("ContainerDefinitions"))):
            for item in as_list(as_dict(container).get("Environment")):
                name = render(as_dict(item).get("Name"))
                yield task, task.get("TaskRoleArn"), name, as_dict(item).get("Value"), ("ContainerDefinitions", index)


def _names_secret(case: Case, value: Value) -> Resource | None:
    """The secret whose ARN or name a value is; a dynamic reference to it is its content."""
    if isinstance(value, Text) and any(isinstance(part, str) and "{{resolve:" in part for part in value.parts):
        return None
    single = value.parts[0] if isinstance(value, Text) and len(value.parts) == 1 else value
    return named(case, single, "AWS::SecretsManager::Secret") if isinstance(single, Reference) else None


def _inline_without(workload: Resource, client: str) -> bool:
    """Inline code that never names the client does not read secrets."""
    source = workload.get("Code", "ZipFile")
    return isinstance(source, str) and client not in source
