"""World -> findings on what lies inside one task definition: roles, volumes, ports, log groups.

Source: Amazon ECS Developer Guide (task definition parameters) and API Reference (RegisterTaskDefinition).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.containers.services import Task
from stackflight.check.outcome import doubtful, named, on_fargate, refused
from stackflight.check.readers.images import comes_from_ecr
from stackflight.facts.words import aws_says
from stackflight.model.finding import Consequence, Finding
from stackflight.model.template import Resource
from stackflight.model.value import (
    Unknown,
    Value,
    as_dict,
    as_list,
    known_int,
    known_text,
    references_in,
    render,
    unknowns_in,
)

_DEFINITION = "AWS::ECS::TaskDefinition"


EXECUTION_ROLE_MISSING = Check(
    "execution-role-missing",
    found_when="a task definition has secrets, or on Fargate awslogs or an ECR image, and no execution role",
    explains="ECS refuses the task definition or the service.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html",),
)


@finds(EXECUTION_ROLE_MISSING)
def find_execution_roles(case: Case) -> Iterator[Finding]:
    """Task definitions that need an execution role and have none."""
    services = list(case.world.of_type("AWS::ECS::Service"))
    for definition in case.world.of_type(_DEFINITION):
        if definition.get("ExecutionRoleArn") is not None:
            continue
        compatible = {known_text(item) for item in as_list(definition.get("RequiresCompatibilities"))}
        runs = [service for service in services if named(case, service.get("TaskDefinition")) == definition]
        fargate = "FARGATE" in compatible and (not runs or any(on_fargate(item) for item in runs))
        for index, item in enumerate(as_list(definition.get("ContainerDefinitions"))):
            container = as_dict(item)
            why = ""
            if container.get("Secrets") not in (None, []) and not isinstance(container.get("Secrets"), Unknown):
                why = "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'"
            elif fargate and known_text(as_dict(container.get("LogConfiguration")).get("LogDriver")) == "awslogs":
                why = "Fargate requires task definition to have execution role ARN to support log driver awslogs"
            elif fargate and comes_from_ecr(case, container.get("Image")):
                why = "Fargate requires task definition to have execution role ARN to support ECR images"
            if why:
                yield refused(
                    case, EXECUTION_ROLE_MISSING, [definition.address, *(service.address for service in runs)],
                    f"{definition.address} has no execution role: {why}",
                    "add ExecutionRoleArn with a role that ecs-tasks.amazonaws.com may assume and the managed policy "
                    "service-role/AmazonECSTaskExecutionRolePolicy", ("ContainerDefinitions", index),
                    struck=runs[0].address if runs and not container.get("Secrets") else definition.address,
                )  # fmt: skip
                break


TASK_DEFINITION_CONTRADICTION = Check(
    "task-definition-contradiction",
    found_when="containers of a task definition contradict one another",
    explains="ECS refuses a task definition with an unknown volume or container, without an essential container, or with "
    "host ports that differ from container ports in awsvpc mode, or with a container that asks for more memory than the task has.",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning where only the containers together ask for too much",
    sources=(
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html",
    ),
    replaces=("E3053", "E3054"),
)


@finds(TASK_DEFINITION_CONTRADICTION)
def find_container_settings(case: Case) -> Iterator[Finding]:
    """What RegisterTaskDefinition refuses inside one task definition."""
    for definition in case.world.of_type(_DEFINITION):
        task = Task(definition)
        if task.containers is None:
            continue
        volumes = definition.get("Volumes")
        known = {known_text(as_dict(item).get("Name")) for item in as_list(volumes)}
        for index, (name, container) in enumerate(task.containers.items()):
            where = ("ContainerDefinitions", index)
            for mount in as_list(container.get("MountPoints")):
                volume = known_text(as_dict(mount).get("SourceVolume"))
                if volume is not None and not unknowns_in(volumes) and None not in known and volume not in known:
                    yield refused(
                        case, TASK_DEFINITION_CONTRADICTION, [definition.address],
                        f"the container {name} of {definition.address} mounts {volume}, which is not among its volumes",
                        f"declare {volume} under Volumes", (*where, "MountPoints"),
                        says=aws_says("task-definition-contradiction.volume"),
                    )  # fmt: skip
            for before in as_list(container.get("DependsOn")):
                other = known_text(as_dict(before).get("ContainerName"))
                condition = known_text(as_dict(before).get("Condition"))
                if other is not None and other not in task.containers:
                    yield refused(
                        case, TASK_DEFINITION_CONTRADICTION, [definition.address],
                        f"the container {name} of {definition.address} depends on {other}, which is no container of it",
                        "write the name of one of its containers", (*where, "DependsOn"),
                    )  # fmt: skip
                elif other and condition == "HEALTHY" and task.containers[other].get("HealthCheck") is None:
                    yield refused(
                        case, TASK_DEFINITION_CONTRADICTION, [definition.address],
                        f"the container {name} of {definition.address} waits until {other} is HEALTHY, and {other} has no "
                        "health check", f"add a HealthCheck to {other}", (*where, "DependsOn"),
                    )  # fmt: skip
            if task.network_mode == "awsvpc":
                yield from _host_ports(case, definition, name, container, where)
        yield from _memory(case, definition, task)
        flags = [container.get("Essential") for container in task.containers.values()]
        if flags and all(known_text(flag) in {"false", "False"} for flag in flags):
            yield refused(
                case, TASK_DEFINITION_CONTRADICTION, [definition.address],
                f"no container of {definition.address} is essential: there must be at least one essential container",
                "set Essential: true on one container", ("ContainerDefinitions",),
            )  # fmt: skip


def _memory(case: Case, definition: Resource, task: Task) -> Iterator[Finding]:
    """Containers that ask for more memory than their task has. Source: ECS API Reference, ContainerDefinition (memory)."""
    limit = known_int(definition.get("Memory"))
    asked = {name: known_int(container.get("Memory")) for name, container in (task.containers or {}).items()}
    if limit is None:
        return
    total = sum(size for size in asked.values() if size is not None)
    for index, (name, size) in enumerate(asked.items()):
        if size is not None and size > limit:
            yield refused(
                case, TASK_DEFINITION_CONTRADICTION, [definition.address],
                f"the container {name} of {definition.address} asks for {size} MiB and the task has {limit}",
                f"raise Memory of {definition.address}, or lower that of {name}",
                ("ContainerDefinitions", index, "Memory"),
                says=aws_says("task-definition-contradiction.memory", name=name),
            )  # fmt: skip
            return
    if total > limit:
        yield doubtful(
            case, TASK_DEFINITION_CONTRADICTION, [definition.address],
            f"the containers of {definition.address} ask for {total} MiB together and the task has {limit}: the memory of all "
            "containers must be lower than that of the task", f"raise Memory of {definition.address}, or lower those of its containers",
            ("Memory",), struck=definition.address, consequence=Consequence.FAILS,
        )  # fmt: skip


def _host_ports(
    case: Case, definition: Resource, name: str, container: dict[str, Value], where: tuple[str | int, ...]
) -> Iterator[Finding]:
    for mapping in as_list(container.get("PortMappings")):
        host, port = known_int(as_dict(mapping).get("HostPort")), known_int(as_dict(mapping).get("ContainerPort"))
        if host not in {None, 0} and port is not None and host != port:
            yield refused(
                case, TASK_DEFINITION_CONTRADICTION, [definition.address],
                f"the container {name} of {definition.address} maps port {port} to host port {host}",
                "remove HostPort", (*where, "PortMappings"), says=aws_says("task-definition-contradiction.host-port"),
            )  # fmt: skip


LOG_GROUP_NOT_CREATED = Check(
    "log-group-not-created",
    found_when="containers log to a group that the templates do not create",
    explains="Tasks do not start while the log group is missing.",
    may=(WARNING,),
    weighed="the account may have it",
    sources=("https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html",),
)


@finds(LOG_GROUP_NOT_CREATED)
def find_missing_log_groups(case: Case) -> Iterator[Finding]:
    """awslogs groups that nothing creates."""
    declared = [item.get("LogGroupName") for item in case.world.of_type("AWS::Logs::LogGroup")]
    if any(isinstance(item, Unknown) for item in declared):
        return
    names = {render(item) for item in declared if item is not None}
    for definition in case.world.of_type(_DEFINITION):
        for index, item in enumerate(as_list(definition.get("ContainerDefinitions"))):
            log = as_dict(as_dict(item).get("LogConfiguration"))
            options = as_dict(log.get("Options"))
            group = options.get("awslogs-group")
            if known_text(log.get("LogDriver")) != "awslogs" or group is None or isinstance(group, Unknown):
                continue
            if references_in(group) or known_text(options.get("awslogs-create-group")) == "true":
                continue
            if options.get("awslogs-create-group") is None and render(group) not in names:
                yield doubtful(
                    case, LOG_GROUP_NOT_CREATED, [definition.address],
                    f"{definition.address} logs to {render(group)}, which the templates do not create; where the account does "
                    "not have it, no task starts: The specified log group does not exist",
                    "add an AWS::Logs::LogGroup and refer to it, or set awslogs-create-group: 'true' and allow "
                    "logs:CreateLogGroup", ("ContainerDefinitions", index, "LogConfiguration"), struck=definition.address,
                    consequence=Consequence.NONE,
                )  # fmt: skip
