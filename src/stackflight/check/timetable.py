"""Graph and typical durations -> when each resource starts and is complete in a create, in seconds from its begin.

Races are judged with it: two resources without an order between them, one of which has to be complete first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from stackflight.model.graph import Graph
from stackflight.model.template import Resource, World
from stackflight.model.value import Address

Pace: TypeAlias = Callable[[Resource], tuple[float, float]]
"""Seconds until a resource of this type is complete, and until its dependents may start."""


def even_pace(_: Resource) -> tuple[float, float]:
    """Every resource takes one second: orders count, durations do not."""
    return (1.0, 1.0)


@dataclass
class Timetable:
    """Typical start and end of every resource, worked out on demand."""

    world: World
    graph: Graph
    pace: Pace
    _starts: dict[Address, float] = field(default_factory=dict)

    def start(self, address: Address) -> float:
        """When everything that a resource waits for lets it begin."""
        todo = [address]
        while todo:
            current = todo[-1]
            if current in self._starts:
                todo.pop()
                continue
            targets = [edge.target for edge in self.graph.needs.get(current, ()) if edge.target != current]
            waiting = [target for target in targets if target not in self._starts and target not in todo]
            if waiting:
                todo.extend(waiting)
                continue
            released = 0 if current.id == "" else 1  # a stack counts as done when its last resource is complete
            ready = [self._starts.get(target, 0.0) + self._pace(target)[released] for target in targets]
            self._starts[current] = max(ready, default=0.0)
            todo.pop()
        return self._starts[address]

    def end(self, address: Address) -> float:
        """When a resource is complete."""
        return self.start(address) + self._pace(address)[0]

    def _pace(self, address: Address) -> tuple[float, float]:
        resource = self.world.resources.get(address)
        return self.pace(resource) if resource is not None else (0.0, 0.0)

    def late_by(self, prerequisite: Address, user: Address) -> float:
        """Seconds by which a prerequisite is complete after its user has started; negative where it is in time."""
        return self.end(prerequisite) - self.start(user)
