"""Fargate services by vCPU, memory and number of tasks, which may scale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from stackflight.model.template import Resource, World
from stackflight.model.value import Value, as_dict, as_list, dig, known_int, known_text, references_in
from stackflight.price.meters.network import addresses
from stackflight.price.reading import Missing, Said, Scene, hourly, number_of, why_unknown

_WITH_UNIT = re.compile(r"(?P<number>\d+(\.\d+)?) *(?P<unit>vcpu|gb)", re.I)


def measure_service(resource: Resource, scene: Scene) -> Iterator[Said]:
    """The tasks of a service on Fargate; on instances they cost nothing of their own."""
    task = scene.behind(resource.get("TaskDefinition"))
    kind = _launch_type(resource, task)
    if kind == "EC2":
        return
    if task is None:
        yield Missing("its task definition is not in the template")
        return
    desired = number_of(resource.get("DesiredCount"), 1)
    if desired is None:
        yield why_unknown(resource.get("DesiredCount"), "the number of tasks")
        return
    least, most = scene.scaled.get((resource.address.stack, resource.address.id), (int(desired), int(desired)))
    yield from _tasks(
        task, desired, Decimal(min(least, int(desired))), Decimal(max(most, int(desired))), kind, resource
    )


def _tasks(task: Resource, now: Decimal, least: Decimal, most: Decimal, kind: str, service: Resource) -> Iterator[Said]:
    cpu, memory = _size(task.get("Cpu"), Decimal(1024)), _size(task.get("Memory"), Decimal(1024))
    if cpu is None or memory is None:
        yield why_unknown(task.get("Cpu" if cpu is None else "Memory"), "the size of the task")
        return
    system = known_text(task.get("RuntimePlatform", "OperatingSystemFamily")) or "LINUX"
    arm = known_text(task.get("RuntimePlatform", "CpuArchitecture")) == "ARM64"
    if system != "LINUX":
        yield Missing("Fargate with Windows has no price here")
        return
    if kind == "FARGATE_SPOT":
        yield Missing("the price of Fargate Spot moves with time; it is at most that of Fargate")
        return
    chip = "ARM" if arm else "x86"
    tasks = f"{now:f} task{'s' * (now != 1)}"
    yield hourly(
        f"ECS Fargate/vCPU Linux {chip}",
        now * cpu,
        f"{tasks} × {cpu.normalize():f} vCPU",
        least=least * cpu,
        most=most * cpu,
    )
    yield hourly(
        f"ECS Fargate/Memory Linux {chip}",
        now * memory,
        f"{tasks} × {memory.normalize():f} GB",
        least=least * memory,
        most=most * memory,
    )
    place = service.get("NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp")
    if known_text(place) == "ENABLED":
        yield addresses(hourly("", now, least=least, most=most))


def _launch_type(resource: Resource, task: Resource | None) -> str:
    """FARGATE, FARGATE_SPOT or EC2, as the service, its strategy or its task says."""
    given = known_text(resource.get("LaunchType"))
    if given:
        return given
    providers = [
        known_text(dig(item, "CapacityProvider")) for item in as_list(resource.get("CapacityProviderStrategy"))
    ]
    if "FARGATE" in providers:
        return "FARGATE"
    if providers:
        return "FARGATE_SPOT" if "FARGATE_SPOT" in providers else "EC2"
    asked = [known_text(item) for item in as_list(task.get("RequiresCompatibilities"))] if task else []
    return "FARGATE" if asked == ["FARGATE"] else "EC2"


def _size(value: Value, thousand: Decimal) -> Decimal | None:
    """`1024`, `"1 vCPU"` or `"2GB"` in whole units."""
    match = _WITH_UNIT.fullmatch((known_text(value) or "").strip())
    if match:
        return Decimal(match["number"])
    number = number_of(value)
    return number / thousand if number is not None else None


def find_scaled(world: World) -> dict[tuple[str, str], tuple[int, int]]:
    """Services that Application Auto Scaling changes, with the least and most that it may set."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for target in world.of_type("AWS::ApplicationAutoScaling::ScalableTarget"):
        least, most = known_int(target.get("MinCapacity")), known_int(target.get("MaxCapacity"))
        if least is None or most is None:
            continue
        for reference in references_in(target.get("ResourceId")):
            scaled = world.resources.get(reference.address)
            if scaled is not None and scaled.type == "AWS::ECS::Service":
                found[(reference.address.stack, reference.address.id)] = (least, most)
    return found


def measure_fargate_profile(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """Pods on Fargate are not in the template."""
    yield Missing("how many pods it will run is not in the template")


def measure_compute_environment(resource: Resource, scene: Scene) -> Iterator[Said]:  # noqa: ARG001 -- every meter is called alike
    """Batch adds nothing to what it starts, which the jobs decide; the least number of vCPUs runs all the time."""
    least = number_of(as_dict(resource.get("ComputeResources")).get("MinvCpus"), 0)
    if least is None or least > 0:
        yield Missing("which instances keep the least number of vCPUs is decided by Batch")
