"""World + faults + luck -> what is to be played: the root stacks, in which order, and what is begun with each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from stackflight.errors import NothingToDo
from stackflight.model.plan import CreateStack, DeleteStack, UpdateStack
from stackflight.model.template import Stack, World
from stackflight.ports import Clock, Cloud
from stackflight.records import dataclass
from stackflight.rehearse.behaviour import Behaviour
from stackflight.rehearse.clock import VirtualClock
from stackflight.rehearse.engine import Engine, Faults
from stackflight.rehearse.order import neighbours_of
from stackflight.rehearse.simulator import SimulatedCloud


@dataclass(frozen=True)
class Played:
    """One run to its end: the final status of the stack that decides, the seconds, and the cloud as it stands."""

    outcome: str
    seconds: float
    engine: Engine


@dataclass(frozen=True)
class Scene:
    """What is to be played: a world to reach (`current` None: from nothing), or a world to take down (`delete`).

    `at_once` is how many root stacks may be at work at a time.
    """

    world: World
    current: World | None = None
    delete: bool = False
    at_once: int = 1

    @property
    def roots(self) -> dict[str, set[str]]:
        """Root stacks in the order of deployment, or of deletion, each with those that must be over before."""
        before = {stack.name: before_stack(self.world, stack) for stack in self.world.stacks if stack.parent is None}
        if not self.delete:
            return before
        return {name: {other for other, needs in before.items() if name in needs} for name in reversed(before)}

    def set_up(self, behaviour: Behaviour, faults: Faults, record: bool, clock: Clock | None = None) -> SimulatedCloud:
        """A cloud that holds what is there before; on a clock whose waiting costs nothing, unless one is given."""
        cloud = SimulatedCloud(clock or VirtualClock(), behaviour, faults, record)
        present = self.world if self.delete else self.current
        if present is not None:
            for stack in present.stacks:
                if stack.parent is None:
                    cloud.adopt(stack.name, present)
        return cloud

    def begin(self, cloud: Cloud, name: str) -> bool:
        """Start what is to be done to a root stack. Returns whether there is anything to do."""
        if self.delete:
            cloud.start(DeleteStack(name))
            return True
        if cloud.status(name) is None:
            cloud.start(CreateStack(name, self.world))
            return True
        try:
            cloud.start(UpdateStack(name, self.world))
        except NothingToDo:
            return False
        return True


Play: TypeAlias = Callable[[Scene, Behaviour, Faults], Played]
"""Plays a scene to its end, without a record of events and spans. Raises OperationRefused where that cannot begin."""


def before_stack(world: World, stack: Stack) -> set[str]:
    """The root stacks that must be complete first: declared dependencies, and those whose exports are imported."""
    roots = {other.name for other in world.stacks if other.parent is None}
    family = [other for other in world.stacks if other.name == stack.name or other.name.startswith(f"{stack.name}/")]
    found = set(stack.depends_on)
    for member in family:
        found |= neighbours_of(member)
    return (found & roots) - {stack.name}


def in_run(behaviour: Behaviour, run: int) -> Behaviour:
    """The same behaviour with the luck of another run; -1 takes every median."""
    return replace(behaviour, run=run)
