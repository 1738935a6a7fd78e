"""Code and environments -> findings on service calls that a workload makes and its role provably does not allow.

What the code asks is read with the needs (`Needs.asked`), what a custom resource of the CDK calls here. Source: Service
Authorization Reference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from stackflight.check.access.commands import action_of_call
from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, broken, doubtful, mentions, named, refused
from stackflight.check.readers.grants import Grants
from stackflight.model.finding import Consequence, Finding, Phase
from stackflight.model.identity import Role
from stackflight.model.request import Request
from stackflight.model.template import Resource
from stackflight.model.value import Reference, Text, Value, as_dict, as_list, references_in, render

CALL_NOT_ALLOWED = Check(
    "call-not-allowed",
    found_when="inline code calls a service in a way that the function's role does not allow",
    explains="The code's boto3 clients, resources and methods, or its clients and commands of the JavaScript SDK, are read; the role "
    "lacks the action on every resource, or on the one that the code names (a query of an index needs the index, not the table "
    "alone), and no resource policy of the service is in the templates.",
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
        asked, role = case.needs.asked.get(function.address, ()), grants.role(function.get("Role"))
        if role is None:
            continue
        if any(item.action == "ecs:RunTask" for item in asked) and _hands_roles_on(case, function):
            asked = (*asked, Request("iam:PassRole"))
        missing = list(dict.fromkeys(_missing(case, grants, role, asked)))
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


def _missing(case: Case, grants: Grants, role: Role, asked: tuple[Request, ...]) -> Iterator[str]:
    """The actions that a role lacks, each with the resource where it is allowed on others only."""
    for request in sorted(asked, key=lambda item: (item.action, item.path)):
        if grants.denies(role, request.action):
            yield request.action
        elif _may_be_told(case, request) and grants.denies(role, request.action, request):
            yield request.title


def _may_be_told(case: Case, request: Request) -> bool:
    """Whether a request is for one resource of the templates, and that has no policy of its own."""
    own = case.resources.get(request.own) if request.own is not None else None
    return own is not None and own.get("ResourcePolicy") is None


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
        if call.get("assumedRoleArn") is None and grants.denies(role, action):
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
