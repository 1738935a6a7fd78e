"""World -> findings on instances that are too few or too small for the tasks of a service.

Source: Amazon ECS Developer Guide (task placement; the agent reserves part of an instance's memory; host ports).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, NOTE, WARNING, Check, finds
from stackflight.check.containers.clusters import may_join, needs_instances, source_of
from stackflight.check.containers.services import Task, task_of
from stackflight.check.outcome import mentions, named, noted, refused
from stackflight.facts.load import read_table
from stackflight.model.finding import Consequence, Finding, Phase
from stackflight.model.template import Resource
from stackflight.model.value import Value, as_dict, as_list, known_int, known_text
from stackflight.patterns import compile_later

_GROUP = "AWS::AutoScaling::AutoScalingGroup"
_TEXT = "unable to place a task because no container instance met all of its requirements"


_INSTANCE = compile_later(r"(t2|t3a?|t4g|([mcr])([5-9])[a-z]*)\.(\d*)(nano|micro|small|medium|large|xlarge)")


def memory_mib(name: str) -> int | None:
    """The memory of an instance type such as t3.small; None for types that are not in the table."""
    match = _INSTANCE.fullmatch(name)
    if match is None:
        return None
    letter, count, size = match.group(2), match.group(4), match.group(5)
    known: Mapping[str, Mapping[str, int]] = read_table("instance_memory")
    if letter is None:
        return known["burstable"].get(f"{count}{size}")
    large = known["large"][letter]
    if size == "large" and not count:
        return large
    if size == "xlarge":
        return large * 2 * int(count or 1)
    return large // 2 if size == "medium" and not count else None


TOO_LITTLE_CAPACITY = Check(
    "too-little-capacity",
    found_when="the only Auto Scaling group of a cluster has no instance, or too small or too few of them, for a service",
    explains="ECS waits for a place until the circuit breaker or the time-out ends it. Groups with a capacity provider or a scaling "
    "policy are silent.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement.html",
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/memory-management.html",
    ),
)


@finds(TOO_LITTLE_CAPACITY)
def find_too_little_capacity(case: Case) -> Iterator[Finding]:
    """Services whose cluster has one Auto Scaling group that cannot hold their tasks."""
    for service in case.world.of_type("AWS::ECS::Service"):
        cluster = named(case, service.get("Cluster"), "AWS::ECS::Cluster")
        task = task_of(case, service)
        if cluster is None or task is None or not needs_instances(case, service, cluster):
            continue
        nodes = [item for item in case.world.of_type(_GROUP, "AWS::EC2::Instance") if may_join(case, item, cluster)]
        if len(nodes) != 1 or nodes[0].type != _GROUP or nodes[0].exists is not True:
            continue
        group = nodes[0]
        if any(mentions(item.properties, group.address) for item in case.world.of_type("AWS::ECS::CapacityProvider")):
            continue
        yield from _size(case, service, task, group)


def _size(case: Case, service: Resource, task: Task, group: Resource) -> Iterator[Finding]:
    source = source_of(case, group)
    most = known_int(group.get("MaxSize"))
    wanted = group.get("DesiredCapacity") if group.get("DesiredCapacity") is not None else group.get("MinSize")
    involved = [group.address, service.address]
    if known_int(wanted) == 0 and not _scaled(case, group):
        yield refused(
            case, TOO_LITTLE_CAPACITY, involved,
            f"{group.address} starts with no instance, nothing scales it, and {service.address} needs one: {_TEXT}",
            "set MinSize or DesiredCapacity to 1 or more", ("MinSize",), struck=service.address, consequence=Consequence.UNSTABLE,
        )  # fmt: skip
        return
    given = source.get("LaunchTemplateData", "InstanceType")
    kind = known_text(given if given is not None else source.get("InstanceType"))
    memory = memory_mib(kind) if kind is not None and group.get("MixedInstancesPolicy") is None else None
    need = _memory(task)
    if memory is not None and need is not None and need >= memory:
        yield refused(
            case, TOO_LITTLE_CAPACITY, [source.address, task.resource.address, service.address],
            f"a task of {service.address} reserves {need} MiB, and the instances of {group.address} ({kind}) have {memory} MiB, "
            f"part of which the system keeps: {_TEXT}",
            "use larger instances, or reserve less memory", struck=service.address, consequence=Consequence.UNSTABLE,
        )  # fmt: skip
    count = 1 if service.get("DesiredCount") is None else known_int(service.get("DesiredCount"))
    port = _host_port(task)
    if port is not None and count is not None and most is not None and count > most:
        yield refused(
            case, TOO_LITTLE_CAPACITY, [service.address, task.resource.address, group.address],
            f"{service.address} wants {count} tasks that each take the host port {port}, and {group.address} has at most {most} "
            "instance(s): a second task on an instance finds the port taken",
            "remove HostPort (a dynamic port), or raise MaxSize", ("DesiredCount",), consequence=Consequence.UNSTABLE,
        )  # fmt: skip


def _scaled(case: Case, group: Resource) -> bool:
    kinds = ("AWS::AutoScaling::ScalingPolicy", "AWS::AutoScaling::ScheduledAction")
    return any(mentions(item.properties, group.address) for item in case.world.of_type(*kinds))


def _memory(task: Task) -> int | None:
    """MiB that one task reserves; None where a part of it is not known."""
    whole = known_int(task.resource.get("Memory"))
    if task.resource.get("Memory") is not None:
        return whole
    total = 0
    for container in (task.containers or {}).values():
        soft = container.get("MemoryReservation")
        part = known_int(soft if soft is not None else container.get("Memory"))
        if part is None:
            return None
        total += part
    return total if task.containers else None


def _host_port(task: Task) -> int | None:
    """A host port that the tasks claim on their instance."""
    if task.network_mode not in {"bridge", "host"}:
        return None
    mappings: list[Value] = [
        item for one in (task.containers or {}).values() for item in as_list(one.get("PortMappings"))
    ]
    for item in mappings:
        key = "HostPort" if task.network_mode == "bridge" else "ContainerPort"
        port = known_int(as_dict(item).get(key))
        if port:
            return port
    return None


NO_CIRCUIT_BREAKER = Check(
    "no-circuit-breaker",
    found_when="an ECS service has no deployment circuit breaker",
    explains="Without it CloudFormation waits for the service to become stable until its time-out of three hours.",
    may=(NOTE,),
    sources=("https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html",),
)


@finds(NO_CIRCUIT_BREAKER)
def find_no_circuit_breaker(case: Case) -> Iterator[Finding]:
    """Services that wait for hours when their tasks fail."""
    for service in case.world.of_type("AWS::ECS::Service"):
        settings = service.get("DeploymentConfiguration", "DeploymentCircuitBreaker", "Enable")
        own = known_text(service.get("DeploymentController", "Type")) in {None, "ECS"}
        if (
            own
            and known_int(service.get("DesiredCount")) != 0
            and (settings is None or known_text(settings) == "false")
        ):
            yield noted(
                case, NO_CIRCUIT_BREAKER, [service.address],
                f"{service.address} has no deployment circuit breaker: when its tasks fail, the stack waits about three hours",
                "set DeploymentConfiguration.DeploymentCircuitBreaker: {Enable: true, Rollback: true}", (), Phase.CREATE,
            )  # fmt: skip
