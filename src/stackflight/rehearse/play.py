"""World + faults + luck -> one deployment played to its end: all root stacks in the order of their dependencies."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stackflight.model.plan import CreateStack
from stackflight.model.template import Stack, World
from stackflight.rehearse.behaviour import Behaviour
from stackflight.rehearse.clock import VirtualClock
from stackflight.rehearse.engine import Engine, Faults
from stackflight.rehearse.simulator import SimulatedCloud


@dataclass(frozen=True)
class Played:
    """One run to its end: the final status of the stack that decides, the seconds, and the cloud as it stands."""

    outcome: str
    seconds: float
    engine: Engine


def play(world: World, behaviour: Behaviour, faults: Faults, record: bool = True) -> Played:
    """Deploy every root stack of a world as soon as the stacks it depends on are complete.

    Raises OperationRefused where a template has circular dependencies.
    """
    cloud = SimulatedCloud(VirtualClock(), behaviour, faults, record)
    waiting = {stack.name: before_stack(world, stack) for stack in world.stacks if stack.parent is None}
    order = list(waiting)
    running: list[str] = []
    while True:
        complete = {name for name in order if cloud.finished(name) and name not in waiting and name not in running}
        for name in [name for name, before in waiting.items() if before <= complete]:
            del waiting[name]
            cloud.start(CreateStack(name, world))
            running.append(name)
        if not running:
            break
        while not any(cloud.finished(name) for name in running):
            cloud.advance()
        over = [name for name in running if cloud.finished(name)]
        running = [name for name in running if name not in over]
        if any(not _is_well(cloud, name) for name in over):
            waiting = {}
    return Played(_outcome(cloud, order), cloud.clock.now(), cloud.engine)


def before_stack(world: World, stack: Stack) -> set[str]:
    """The root stacks that must be complete first: declared dependencies, and those whose exports are imported."""
    roots = {other.name for other in world.stacks if other.parent is None}
    family = [other for other in world.stacks if other.name == stack.name or other.name.startswith(f"{stack.name}/")]
    found = set(stack.depends_on)
    for member in family:
        for resource in member.resources.values():
            found.update(edge.target.stack.split("/", 1)[0] for edge in resource.edges)
    return (found & roots) - {stack.name}


def _is_well(cloud: SimulatedCloud, name: str) -> bool:
    status = cloud.status(name)
    return status is not None and status.stable and not status.endswith("ROLLBACK_COMPLETE")


def _outcome(cloud: SimulatedCloud, order: list[str]) -> str:
    """The status of the first stack that is not well, else of the last one."""
    seen = [name for name in order if name in cloud.engine.stacks]
    broken = [name for name in seen if not _is_well(cloud, name)]
    name = broken[0] if broken else seen[-1]
    return cloud.engine.stacks[name].status.value


def in_run(behaviour: Behaviour, run: int) -> Behaviour:
    """The same behaviour with the luck of another run; -1 takes every median."""
    return replace(behaviour, run=run)
