"""Root stacks and what each waits for -> every one begun in its turn and followed to its end, over the ports alone.

A rehearsal and a deployment run through the same loop; they differ in the cloud, the clock, the pace, and in whether
somebody hears the events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from typing import TypeAlias

from stackflight.model.event import START, Cursor, Event, StackStatus
from stackflight.ports import Clock, Cloud
from stackflight.records import dataclass

GOOD = frozenset(
    {
        StackStatus.CREATE_COMPLETE,
        StackStatus.UPDATE_COMPLETE,
        StackStatus.IMPORT_COMPLETE,
        StackStatus.DELETE_COMPLETE,
    }
)
"""The statuses of a stack that is as it was wanted."""

_ASK_AGAIN_SECONDS = 60.0
_LAST_LOOKS = 12
"""How often it is looked for the last event of a stack whose status says that it is over."""

Begin: TypeAlias = Callable[[Cloud, str], bool]
"""Starts what is to be done to a root stack; False where there is nothing to do."""

Pace: TypeAlias = Callable[[], float]
"""How many seconds to let pass before the next look."""

Hear: TypeAlias = Callable[[Sequence[Event]], None]
"""Takes events, each once and in order; called at every look, with none where nothing is new."""


@dataclass(frozen=True)
class Course:
    """How it went: the stacks that are over, in the order of their end, and those of them that ended badly.

    `left` are those that were not begun because of that, `idle` those with which there was nothing to do, `unheard` those
    of which the status alone was told, and never the last event.
    """

    over: Mapping[str, StackStatus]
    broken: tuple[str, ...]
    left: tuple[str, ...] = ()
    idle: frozenset[str] = frozenset()
    unheard: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """The status of the first stack that is not well, else of the last one that something was done to.

        Empty for no stack.
        """
        worked = [name for name in self.over if name not in self.idle] or list(self.over)
        names = self.broken[:1] or tuple(worked)[-1:]
        return self.over[names[0]].value if names else ""


def follow(
    cloud: Cloud,
    clock: Clock,
    roots: Mapping[str, Set[str]],
    begin: Begin,
    pace: Pace,
    hear: Hear | None = None,
    at_once: int | None = None,
    trails: Mapping[str, Trail] = {},
) -> Course:
    """Begin every root stack as soon as those that it waits for are over and well, and follow all to their end.

    At most `at_once` of them run at the same time, in the order of `roots`. After a stack that ends badly no further one is begun. Without
    anybody to `hear` them, events are not read; they are read along `trails`, or from when a stack is begun. Raises OperationRefused where a
    stack cannot be begun.
    """
    return _Stage(cloud, clock, roots, begin, pace, hear, at_once, trails).run()


class Trail:
    """The events of one root stack and of those nested in it, each once, from a cursor on.

    `known` are those of them that somebody has read before, oldest first. With `one_operation` the trail ends where another
    operation is begun after the end of this one: that is somebody else's.
    """

    def __init__(
        self, cloud: Cloud, stack: str, after: Cursor = START, known: Sequence[Event] = (), one_operation: bool = True
    ) -> None:
        self._cloud = cloud
        self._stack = stack
        self._origin = after
        self._cursor = after
        self._one_operation = one_operation
        self._known: set[str] = set()
        self.status: StackStatus | None = None
        self.left = False
        """Whether somebody has begun something else by now."""
        self._take(known)

    def read(self) -> list[Event]:
        """What is new, oldest first."""
        return self._take(self._cloud.events(self._stack, self._cursor))

    def read_all(self) -> list[Event]:
        """What is new when everything is read from the start once more: what came only after younger events."""
        status, left = self.status, self.left
        self.status, self.left = None, False
        new = self._take(self._cloud.events(self._stack, self._origin))
        self.status, self.left = self.status or status, self.left or left
        return new

    @property
    def over(self) -> bool:
        """Whether the last event of the stack itself is the end of an operation."""
        status = self.status
        return status is not None and not status.in_progress and status is not StackStatus.REVIEW_IN_PROGRESS

    def _take(self, events: Sequence[Event]) -> list[Event]:
        new: list[Event] = []
        for event in events:
            own = event.of_stack and event.stack == self._stack
            if self._one_operation and (
                self.left or (own and event.begins and self.over and event.id not in self._known)
            ):
                self.left = True
                break
            if own:
                self.status = StackStatus(event.status)
            if event.id not in self._known:
                self._known.add(event.id)
                new.append(event)
        self._cursor = self._cursor.past(new)
        return new


class _Stage:
    """The root stacks of one run: waiting, at work, over."""

    def __init__(
        self,
        cloud: Cloud,
        clock: Clock,
        roots: Mapping[str, Set[str]],
        begin: Begin,
        pace: Pace,
        hear: Hear | None,
        at_once: int | None,
        trails: Mapping[str, Trail],
    ) -> None:
        self.cloud = cloud
        self.clock = clock
        self.begin = begin
        self.pace = pace
        self.hear = hear
        self.at_once = at_once
        self.waiting = dict(roots)
        self.running: list[str] = []
        self.over: dict[str, StackStatus] = {}
        self.broken: list[str] = []
        self.idle: set[str] = set()
        self.trails = dict(trails)
        self.asked: dict[str, float] = {}
        self.silent: dict[str, int] = {}

    def run(self) -> Course:
        """Until nothing runs."""
        self._begin()
        while self.running:
            while not (ended := self._look()):
                self.clock.sleep(self.pace())
            self.running = [name for name in self.running if name not in ended]
            for name in ended:
                self._close(name)
            self.broken += [name for name in ended if self.over[name] not in GOOD]
            if not self.broken:
                self._begin()
        unheard = tuple(name for name, trail in self.trails.items() if name not in self.idle and not trail.over)
        return Course(self.over, tuple(self.broken), tuple(self.waiting), frozenset(self.idle), unheard)

    def _begin(self) -> None:
        while ready := [name for name, before in self.waiting.items() if before <= self.over.keys()]:
            for name in ready:
                if self.at_once is not None and len(self.running) >= self.at_once:
                    return
                del self.waiting[name]
                if self._start(name):
                    self.running.append(name)
                else:
                    self.idle.add(name)
                    self._close(name)

    def _start(self, name: str) -> bool:
        if self.hear is None:
            return self.begin(self.cloud, name)
        if name not in self.trails:
            self.trails[name] = Trail(self.cloud, name, self.cloud.latest(name))
        self.asked[name] = self.clock.now()
        return self.begin(self.cloud, name)

    def _look(self) -> list[str]:
        """Read what is new, and say which stacks are over."""
        if self.hear is not None:
            for name in self.running:
                self.hear(self.trails[name].read())
        return [name for name in self.running if self._is_over(name)]

    def _is_over(self, name: str) -> bool:
        """Whether a stack's status says so. It is asked where the events say so, and once a minute whatever they say.

        The status may be told before the last event: then that is looked for, a while.
        """
        if self.hear is None:
            return self.cloud.finished(name)
        trail = self.trails[name]
        late = self.clock.now() - self.asked[name] >= _ASK_AGAIN_SECONDS
        if trail.left:
            return True
        if not trail.over and not late and name not in self.silent:
            return False
        self.asked[name] = self.clock.now()
        # A few reads after the start may still show the shell of the change set.
        status = self.cloud.status(name)
        if status is not None and (status.in_progress or status is StackStatus.REVIEW_IN_PROGRESS):
            self.silent.pop(name, None)
            return False
        self.silent[name] = self.silent.get(name, 0) + 1
        return trail.over or self.silent[name] > _LAST_LOOKS

    def _close(self, name: str) -> None:
        """Whatever was told late is heard before it is concluded."""
        trail = self.trails.get(name)
        if self.hear is not None and trail is not None and name not in self.idle:
            self.hear(trail.read_all())
        if trail is not None and trail.over and trail.status is not None and name not in self.idle:
            self.over[name] = trail.status
        else:
            self.over[name] = self.cloud.status(name) or StackStatus.DELETE_COMPLETE
