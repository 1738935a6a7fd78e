"""Root stacks and what each waits for -> every one begun in its turn and followed to its end, over the ports alone.

A rehearsal and a deployment run through the same loop; they differ in the cloud, the clock and the pace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import TypeAlias

from stackflight.model.event import StackStatus
from stackflight.ports import Clock, Cloud

GOOD = frozenset({StackStatus.CREATE_COMPLETE, StackStatus.UPDATE_COMPLETE, StackStatus.DELETE_COMPLETE})
"""The statuses of a stack that is as it was wanted."""

Begin: TypeAlias = Callable[[Cloud, str], bool]
"""Starts what is to be done to a root stack; False where there is nothing to do."""

Pace: TypeAlias = Callable[[], float]
"""How many seconds to let pass before the next look."""


@dataclass(frozen=True)
class Course:
    """How it went: the stacks that are over, in the order of their end, and those of them that ended badly."""

    over: Mapping[str, StackStatus]
    broken: tuple[str, ...]

    @property
    def outcome(self) -> str:
        """The status of the first stack that is not well, else of the last one that was over; empty for no stack."""
        names = self.broken[:1] or tuple(self.over)[-1:]
        return self.over[names[0]].value if names else ""


def follow(cloud: Cloud, clock: Clock, roots: Mapping[str, Set[str]], begin: Begin, pace: Pace) -> Course:
    """Begin every root stack as soon as those that it waits for are over and well, and follow all to their end.

    After a stack that ends badly no further one is begun. Raises OperationRefused where a stack cannot be begun.
    """
    return _Stage(cloud, clock, roots, begin, pace).run()


class _Stage:
    """The root stacks of one run: waiting, at work, over."""

    def __init__(self, cloud: Cloud, clock: Clock, roots: Mapping[str, Set[str]], begin: Begin, pace: Pace) -> None:
        self.cloud = cloud
        self.clock = clock
        self.begin = begin
        self.pace = pace
        self.waiting = dict(roots)
        self.running: list[str] = []
        self.over: dict[str, StackStatus] = {}
        self.broken: list[str] = []

    def run(self) -> Course:
        """Until nothing runs."""
        self._begin()
        while self.running:
            while not (ended := [name for name in self.running if self.cloud.finished(name)]):
                self.clock.sleep(self.pace())
            self.running = [name for name in self.running if name not in ended]
            for name in ended:
                self._close(name)
            self.broken += [name for name in ended if self.over[name] not in GOOD]
            if not self.broken:
                self._begin()
        return Course(self.over, tuple(self.broken))

    def _begin(self) -> None:
        while ready := [name for name, before in self.waiting.items() if before <= self.over.keys()]:
            for name in ready:
                del self.waiting[name]
                if self.begin(self.cloud, name):
                    self.running.append(name)
                else:
                    self._close(name)

    def _close(self, name: str) -> None:
        self.over[name] = self.cloud.status(name) or StackStatus.DELETE_COMPLETE
