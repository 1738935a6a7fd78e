"""Fargate services by vCPU, memory and number of tasks, which may scale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from stackflight.model.template import Resource, World
from stackflight.model.usage import plain
from stackflight.model.value import Value, as_dict, as_list, dig, known_int, known_text, references_in
from stackflight.patterns import compile_later
from stackflight.price.meters.network import addresses
from stackflight.price.reading import Missing, Said, Scene, hourly, number_of, why_unknown
from stackflight.records import dataclass

_WITH_UNIT = compile_later(r"(?P<number>\d+(\.\d+)?) *(?P<unit>vcpu|gb)", re.I)


def measure_service(resource: Resource, scene: Scene) -> Iterator[Said]:
    """The tasks of a service on Fargate; on instances they cost nothing of their own."""
    task = scene.behind(resource.get("TaskDefinition"))
    shares = _find_shares(resource, task)
    if not any(share.kind.startswith("FARGATE") for share in shares):
        return
    if task is None:
        yield Missing("its task definition is not in the template")
        return
    desired = number_of(resource.get("DesiredCount"), 1)
    if desired is None:
        yield why_unknown(resource.get("DesiredCount"), "the number of tasks")
        return
    least, most = scene.scaled.get((resource.address.stack, resource.address.id), (int(desired), int(desired)))
    counts = Decimal(min(max(least, int(desired)), most)), Decimal(least), Decimal(most)
    for share, *tasks in zip(shares, *(_spread(shares, count) for count in counts), strict=True):
        if share.kind.startswith("FARGATE") and tasks[2]:
            yield from _tasks(task, share.kind, *tasks)
    place = resource.get("NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp")
    if known_text(place) == "ENABLED":
        now, fewest, highest = counts
        yield addresses(hourly("", now, least=fewest, most=highest))


def _tasks(task: Resource, kind: str, now: Decimal, least: Decimal, most: Decimal) -> Iterator[Said]:
    cpu, memory = _size(task.get("Cpu"), Decimal(1024)), _size(task.get("Memory"), Decimal(1024))
    if cpu is None or memory is None:
        yield why_unknown(task.get("Cpu" if cpu is None else "Memory"), "the size of the task")
        return
    system = known_text(task.get("RuntimePlatform", "OperatingSystemFamily")) or "LINUX"
    if system != "LINUX":
        yield Missing("Fargate with Windows has no price here")
        return
    chip = "ARM" if known_text(task.get("RuntimePlatform", "CpuArchitecture")) == "ARM64" else "x86"
    how = "Spot" if kind == "FARGATE_SPOT" else "Linux"
    tasks = f"{plain(now)} task{'s' * (now != 1)}{' on Spot' * (how == 'Spot')}"
    for what, size, unit in (("vCPU", cpu, "vCPU"), ("Memory", memory, "GB")):
        item, product = f"{tasks} × {size.normalize():f} {unit}", f"ECS Fargate/{what} {how} {chip}"
        yield hourly(product, now * size, item, least=least * size, most=most * size)


@dataclass(frozen=True, slots=True)
class _Share:
    """The part of a service's tasks that runs in one way: FARGATE, FARGATE_SPOT or another provider."""

    kind: str
    base: Decimal = Decimal(0)
    weight: Decimal = Decimal(1)


def _find_shares(resource: Resource, task: Resource | None) -> list[_Share]:
    """As the service, its strategy or its task says."""
    given = known_text(resource.get("LaunchType"))
    if given:
        return [_Share(given)]
    shares = [
        _Share(
            known_text(dig(item, "CapacityProvider")) or "EC2",
            number_of(dig(item, "Base"), 0) or Decimal(0),
            number_of(dig(item, "Weight"), 0) or Decimal(0),
        )
        for item in as_list(resource.get("CapacityProviderStrategy"))
    ]
    if shares:
        return shares
    asked = [known_text(item) for item in as_list(task.get("RequiresCompatibilities"))] if task else []
    return [_Share("FARGATE" if asked == ["FARGATE"] else "EC2")]


def _spread(shares: list[_Share], count: Decimal) -> list[Decimal]:
    """How many of the tasks each provider gets: its base first, of the others by its weight. Source: ECS API reference,
    CapacityProviderStrategyItem."""
    based: list[Decimal] = []
    for share in shares:
        based.append(min(share.base, count - sum(based)))
    rest, weights = count - sum(based), sum(share.weight for share in shares)
    return [base + rest * (share.weight / weights if weights else 0) for base, share in zip(based, shares, strict=True)]


def _size(value: Value, thousand: Decimal) -> Decimal | None:
    """`1024`, `"1 vCPU"` or `"2GB"` in whole units."""
    match = _WITH_UNIT.fullmatch((known_text(value) or "").strip())
    if match:
        return Decimal(match["number"])
    number = number_of(value)
    return number / thousand if number is not None else None


def find_scaled(world: World) -> dict[tuple[str, str], tuple[int, int]]:
    """Services that Application Auto Scaling changes, with the least and most that it may set.

    What is registered is brought into this range at once. Source: Application Auto Scaling API Reference,
    RegisterScalableTarget.
    """
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
