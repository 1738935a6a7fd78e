"""World + faults + luck -> one deployment played to its end: all root stacks in the order of their dependencies."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stackflight.model.event import StackStatus
from stackflight.model.plan import CreateStack, DeleteStack, UpdateStack
from stackflight.model.template import Stack, World
from stackflight.rehearse.behaviour import Behaviour
from stackflight.rehearse.change_sets import changes_of
from stackflight.rehearse.clock import VirtualClock
from stackflight.rehearse.engine import Engine, Faults
from stackflight.rehearse.simulator import SimulatedCloud


@dataclass(frozen=True)
class Played:
    """One run to its end: the final status of the stack that decides, the seconds, and the cloud as it stands."""

    outcome: str
    seconds: float
    engine: Engine


@dataclass(frozen=True)
class Scene:
    """What is to be played: a world to reach (`current` None: from nothing), or a world to take down (`delete`)."""

    world: World
    current: World | None = None
    delete: bool = False

    @property
    def roots(self) -> dict[str, set[str]]:
        """Root stacks in the order of deployment, or of deletion, each with those that must be over before."""
        before = {stack.name: before_stack(self.world, stack) for stack in self.world.stacks if stack.parent is None}
        if not self.delete:
            return before
        return {name: {other for other, needs in before.items() if name in needs} for name in reversed(before)}

    def begin(self, cloud: SimulatedCloud, name: str) -> bool:
        """Start what is to be done to a root stack. Returns whether there is anything to do."""
        existing = cloud.status(name) is not None
        if self.delete:
            cloud.start(DeleteStack(name))
        elif not existing:
            cloud.start(CreateStack(name, self.world))
        elif changes_of(cloud.engine.stacks[name], self.world):
            cloud.start(UpdateStack(name, self.world))
        else:
            return False
        return True


def play(scene: Scene, behaviour: Behaviour, faults: Faults, record: bool = True) -> Played:
    """Deploy every root stack as soon as the stacks it depends on are complete; or delete them the other way round.

    After a stack that ends badly no further one is begun. Raises OperationRefused where a template is circular.
    """
    cloud = SimulatedCloud(VirtualClock(), behaviour, faults, record)
    present = scene.world if scene.delete else scene.current
    if present is not None:
        for stack in present.stacks:
            if stack.parent is None:
                cloud.adopt(stack.name, present)
    return _Stage(scene, cloud).run()


class _Stage:
    """The root stacks of one run: waiting, at work, over."""

    def __init__(self, scene: Scene, cloud: SimulatedCloud) -> None:
        self.scene = scene
        self.cloud = cloud
        self.waiting = scene.roots
        self.running: list[str] = []
        self.over: list[str] = []
        self.broken: list[str] = []

    def run(self) -> Played:
        """Until nothing runs."""
        self._begin()
        while self.running:
            while not (ended := [name for name in self.running if self.cloud.finished(name)]):
                self.cloud.advance()
            self.running = [name for name in self.running if name not in ended]
            self.over += ended
            self.broken += [name for name in ended if not self._is_well(name)]
            if not self.broken:
                self._begin()
        return Played(self._outcome(), self.cloud.clock.now(), self.cloud.engine)

    def _begin(self) -> None:
        while ready := [name for name, before in self.waiting.items() if before <= set(self.over)]:
            for name in ready:
                del self.waiting[name]
                (self.running if self.scene.begin(self.cloud, name) else self.over).append(name)

    def _is_well(self, name: str) -> bool:
        status = self.cloud.engine.stacks[name].status
        good = {StackStatus.CREATE_COMPLETE, StackStatus.UPDATE_COMPLETE, StackStatus.DELETE_COMPLETE}
        return status in good

    def _outcome(self) -> str:
        """The status of the first stack that is not well, else of the last one that did anything."""
        names = self.broken or self.over
        return self.cloud.engine.stacks[names[0] if self.broken else names[-1]].status.value if names else ""


def before_stack(world: World, stack: Stack) -> set[str]:
    """The root stacks that must be complete first: declared dependencies, and those whose exports are imported."""
    roots = {other.name for other in world.stacks if other.parent is None}
    family = [other for other in world.stacks if other.name == stack.name or other.name.startswith(f"{stack.name}/")]
    found = set(stack.depends_on)
    for member in family:
        for resource in member.resources.values():
            found.update(edge.target.stack.split("/", 1)[0] for edge in resource.edges)
    return (found & roots) - {stack.name}


def in_run(behaviour: Behaviour, run: int) -> Behaviour:
    """The same behaviour with the luck of another run; -1 takes every median."""
    return replace(behaviour, run=run)
