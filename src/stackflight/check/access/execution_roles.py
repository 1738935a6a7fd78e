"""Task definitions -> findings on what their execution role provably lacks: images, secrets, logs.

Source: Amazon ECS Developer Guide (task execution role).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackflight.check.access.roles import LACKS
from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import named, on_fargate, refused, services_of
from stackflight.check.readers.grants import Grants
from stackflight.check.readers.images import comes_from_ecr
from stackflight.model.edit import allow_in_role
from stackflight.model.finding import Consequence, Finding
from stackflight.model.template import Resource
from stackflight.model.value import (
    Reference,
    Text,
    Value,
    as_dict,
    as_list,
    known_int,
    known_text,
    references_in,
    render,
)

EXECUTION_ROLE_LACKS_PERMISSION = Check(
    "execution-role-lacks-permission",
    found_when="a task's execution role may not pull its image, fetch its secrets or write its logs",
    explains=f"Tasks stop. {LACKS}",
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
    if comes_from_ecr(case, image):
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
