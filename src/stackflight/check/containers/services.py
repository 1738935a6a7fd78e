"""World -> findings on the contract between ECS services, their task definitions and target groups.

Sources: Amazon ECS Developer Guide (task definition parameters, service load balancing) and API Reference (CreateService,
RegisterTaskDefinition).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import handed_out, mentions, named, on_fargate, refused
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import (
    Address,
    Unknown,
    Value,
    as_dict,
    as_list,
    known_int,
    known_text,
    unknowns_in,
)
from stackflight.records import dataclass

_DEFINITION = "AWS::ECS::TaskDefinition"
_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
_LISTENERS = ("AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::ListenerRule")


@dataclass(frozen=True)
class Task:
    """A task definition, read for its contracts. Values are None where they are not decided."""

    resource: Resource

    @cached_property
    def containers(self) -> dict[str, dict[str, Value]] | None:
        """Containers by name; None unless every one is known."""
        given = self.resource.get("ContainerDefinitions")
        if not isinstance(given, list) or not given:
            return None
        found: dict[str, dict[str, Value]] = {}
        for item in given:
            name = known_text(item.get("Name")) if isinstance(item, dict) else None
            if name is None or not isinstance(item, dict):
                return None
            found[name] = item
        return found

    @property
    def network_mode(self) -> str | None:
        """awsvpc, bridge, host or none."""
        mode = self.resource.get("NetworkMode")
        if mode is None:
            return "bridge"
        return known_text(mode)

    def ports(self, container: str) -> set[int] | None:
        """The container ports of a container; None where one of them is not known or a range is given."""
        mappings = (self.containers or {}).get(container, {}).get("PortMappings")
        if mappings is None:
            return set()
        if not isinstance(mappings, list):
            return None
        found = set()
        for item in mappings:
            port = known_int(as_dict(item).get("ContainerPort"))
            if port is None:
                return None
            found.add(port)
        return found


def task_of(case: Case, service: Resource) -> Task | None:
    """The task definition that a service names, where it is part of the world."""
    found = named(case, service.get("TaskDefinition"), _DEFINITION)
    return Task(found) if found is not None else None


_PROOF = "The service and its task definition are compared where both are in the templates; unknown names and ports are silent."


CONTAINER_NOT_IN_TASK_DEFINITION = Check(
    "container-not-in-task-definition",
    found_when="a service routes to a container that its task definition does not have",
    explains=f"ECS refuses the service. {_PROOF}",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LoadBalancer.html",),
)
CONTAINER_PORT_NOT_MAPPED = Check(
    "container-port-not-mapped",
    found_when="a service routes to a container port that is not mapped",
    explains=f"ECS refuses the service. {_PROOF}",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LoadBalancer.html",),
)


@finds(CONTAINER_NOT_IN_TASK_DEFINITION, CONTAINER_PORT_NOT_MAPPED)
def find_container_contracts(case: Case) -> Iterator[Finding]:
    """Container names, container ports and port names that a service takes from its task definition."""
    for service in case.world.of_type("AWS::ECS::Service"):
        task = task_of(case, service)
        if task is None or task.containers is None:
            continue
        for key in ("LoadBalancers", "ServiceRegistries"):
            for index, item in enumerate(as_list(service.get(key))):
                yield from _container_port(case, service, task, as_dict(item), (key, index))
        yield from _port_names(case, service, task)


def _container_port(
    case: Case, service: Resource, task: Task, entry: dict[str, Value], at: tuple[str | int, ...]
) -> Iterator[Finding]:
    containers = task.containers or {}
    name, port = known_text(entry.get("ContainerName")), known_int(entry.get("ContainerPort"))
    if name is None:
        return
    if name not in containers:
        yield refused(
            case, CONTAINER_NOT_IN_TASK_DEFINITION, [service.address, task.resource.address],
            f"{service.address} routes to the container {name}, and {task.resource.address} has "
            f"{listed(containers)}",
            "write the name of one of its containers", (*at, "ContainerName"),
            says=aws_says("container-not-in-task-definition", name=name),
        )  # fmt: skip
        return
    ports = task.ports(name)
    if port is not None and ports is not None and port not in ports:
        has = f"maps {listed(sorted(ports))}" if ports else "maps no port"
        yield refused(
            case, CONTAINER_PORT_NOT_MAPPED, [service.address, task.resource.address],
            f"{service.address} routes to port {port} of the container {name}, which {has}",
            f"set ContainerPort to a port of {name}, or add a port mapping for {port}", (*at, "ContainerPort"),
            says=aws_says("container-port-not-mapped", name=name, port=port),
        )  # fmt: skip


def _port_names(case: Case, service: Resource, task: Task) -> Iterator[Finding]:
    offered: set[str] = set()
    for container in (task.containers or {}).values():
        mappings = container.get("PortMappings")
        if unknowns_in(mappings):
            return
        offered |= {known_text(as_dict(item).get("Name")) or "" for item in as_list(mappings)}
    for index, item in enumerate(as_list(service.get("ServiceConnectConfiguration", "Services"))):
        name = known_text(as_dict(item).get("PortName"))
        if name is not None and name not in offered:
            yield refused(
                case, CONTAINER_PORT_NOT_MAPPED, [service.address, task.resource.address],
                f"{service.address} offers the port named {name} by Service Connect, and no port mapping of "
                f"{task.resource.address} has this name",
                f"name a port mapping {name}", ("ServiceConnectConfiguration", "Services", index, "PortName"),
            )  # fmt: skip


TARGET_TYPE_AGAINST_NETWORK_MODE = Check(
    "target-type-against-network-mode",
    found_when="a target group has target type instance for awsvpc tasks, or ip for tasks in bridge or host mode",
    explains=f"ECS refuses the service. TargetType defaults to instance. {_PROOF}",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html",
    ),
    example="wire-target-type-instance-awsvpc",
)
NETWORK_CONFIGURATION_AGAINST_MODE = Check(
    "network-configuration-against-mode",
    found_when="a service lacks the network configuration that awsvpc demands, or has one that its mode does not take",
    explains=f"ECS refuses the service. {_PROOF}",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html",
    ),
    replaces=("E3052",),
)


@finds(TARGET_TYPE_AGAINST_NETWORK_MODE, NETWORK_CONFIGURATION_AGAINST_MODE)
def find_network_modes(case: Case) -> Iterator[Finding]:
    """Target types and network configuration against the network mode of the tasks."""
    for service in case.world.of_type("AWS::ECS::Service"):
        task = task_of(case, service)
        mode = task.network_mode if task is not None else None
        if task is None or mode is None or mode == "none":
            continue
        yield from _network_configuration(case, service, task, mode)
        wanted = "ip" if mode == "awsvpc" else "instance"
        for item in as_list(service.get("LoadBalancers")):
            group = named(case, as_dict(item).get("TargetGroupArn"), _GROUP)
            given = group.get("TargetType") if group is not None else None
            kind = "instance" if given is None else known_text(given)
            if group is not None and kind is not None and kind != wanted:
                default = " (the default)" if given is None else ""
                yield refused(
                    case, TARGET_TYPE_AGAINST_NETWORK_MODE, [group.address, service.address, task.resource.address],
                    f"{group.address} has target type {kind}{default}, and the tasks of {service.address} use the "
                    f"network mode {mode}",
                    f"set TargetType: {wanted} on {group.address}", ("TargetType",), struck=service.address,
                    says=aws_says("target-type-against-network-mode", kind=kind, mode=mode),
                )  # fmt: skip


def _network_configuration(case: Case, service: Resource, task: Task, mode: str) -> Iterator[Finding]:
    given = service.get("NetworkConfiguration")
    if isinstance(given, Unknown):
        return
    if mode == "awsvpc" and not given:
        yield refused(
            case, NETWORK_CONFIGURATION_AGAINST_MODE, [service.address, task.resource.address],
            f"{service.address} has no NetworkConfiguration",
            "add NetworkConfiguration.AwsvpcConfiguration with Subnets and SecurityGroups",
            says=aws_says("network-configuration-against-mode.missing"),
        )  # fmt: skip
    elif mode in {"bridge", "host"} and given and not on_fargate(service):
        yield refused(
            case, NETWORK_CONFIGURATION_AGAINST_MODE, [service.address, task.resource.address],
            f"{service.address} has a NetworkConfiguration and its tasks the network mode {mode}",
            f"set NetworkMode: awsvpc on {task.resource.address}, or remove NetworkConfiguration",
            ("NetworkConfiguration",),
            says=aws_says("network-configuration-against-mode.not-taken"),
        )  # fmt: skip
    elif mode != "awsvpc" and on_fargate(service):
        yield refused(
            case, NETWORK_CONFIGURATION_AGAINST_MODE, [task.resource.address, service.address],
            f"{service.address} runs on Fargate and {task.resource.address} has the network mode {mode}",
            "set NetworkMode: awsvpc", ("NetworkMode",), struck=service.address,
            says=aws_says("network-configuration-against-mode.fargate"),
        )  # fmt: skip


TARGET_GROUP_WITHOUT_LISTENER = Check(
    "target-group-without-listener",
    found_when="an ECS service registers with a target group that no listener forwards to",
    explains="ECS refuses the service. Listeners of other stacks can only come later.",
    may=(BLOCKING, WARNING),
    weighed="blocking; silent where a listener's actions are unknown or something else is given the group",
    sources=("https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html",),
)


@finds(TARGET_GROUP_WITHOUT_LISTENER)
def find_groups_without_listener(case: Case) -> Iterator[Finding]:
    """A service whose target group no listener uses."""
    users = [item.properties for item in case.world.of_type(*_LISTENERS)]
    for service in case.world.of_type("AWS::ECS::Service"):
        for item in as_list(service.get("LoadBalancers")):
            group = named(case, as_dict(item).get("TargetGroupArn"), _GROUP)
            if group is None or any(mentions(user, group.address) for user in users):
                continue
            if handed_out(case, group.address) or _hides_group(case, group.address):
                continue
            yield refused(
                case, TARGET_GROUP_WITHOUT_LISTENER, [service.address, group.address],
                f"{service.address} registers its tasks with {group.address}, which no listener forwards to",
                f"add a listener or listener rule that forwards to {group.address}, and let the service depend on it",
                ("LoadBalancers",), says=aws_says("target-group-without-listener"),
            )  # fmt: skip


def _hides_group(case: Case, group: Address) -> bool:
    """Whether a listener forwards to something that is not known, or another resource may attach the group."""
    if any(
        unknowns_in(item.get(key)) for item in case.world.of_type(*_LISTENERS) for key in ("DefaultActions", "Actions")
    ):
        return True
    others = {"AWS::ECS::Service", "AWS::AutoScaling::AutoScalingGroup", "AWS::CloudWatch::Alarm"}
    return any(
        item.type not in others and item.address != group and mentions(item.properties, group)
        for item in case.resources.values()
        if not item.type.startswith(
            ("AWS::ApplicationAutoScaling::", "AWS::CloudWatch::", "AWS::Lambda::", "AWS::IAM::")
        )
    )
