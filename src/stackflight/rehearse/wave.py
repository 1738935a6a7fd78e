"""Tasks + what each waits for -> tasks begun as soon as the last of those has let go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from stackflight.rehearse.clock import Agenda
from stackflight.rehearse.timings import HOP_SECONDS


class Wave:
    """One pass over a set of tasks. `begin` is called per task; `finished` once when nothing runs or can start.

    A task lets others go by `release` (early) or `end`; `fail` ends it without letting anybody go.
    """

    def __init__(
        self,
        agenda: Agenda,
        waits: Mapping[str, Collection[str]],
        begin: Callable[[str], None],
        finished: Callable[[], None],
    ) -> None:
        self._agenda = agenda
        self._begin = begin
        self._finished = finished
        self._missing = {task: len(others) for task, others in waits.items()}
        self._followers: dict[str, list[str]] = {task: [] for task in waits}
        for task, others in waits.items():
            for other in others:
                self._followers[other].append(task)
        self._released: set[str] = set()
        self._scheduled = 0
        self._halted = False
        self._done = False
        self.running: dict[str, None] = {}
        self.cause: dict[str, str] = {}

    def open(self) -> None:
        """Begin with the tasks that wait for nobody."""
        for task, missing in self._missing.items():
            if missing == 0:
                self._schedule(task, 0.0)
        self._check()

    def release(self, task: str) -> None:
        """Let those go that wait for a task, though it has not ended."""
        if task in self._released:
            return
        self._released.add(task)
        for follower in self._followers[task]:
            self._missing[follower] -= 1
            if self._missing[follower] == 0:
                self.cause[follower] = task
                self._schedule(follower, HOP_SECONDS)

    def end(self, task: str) -> None:
        """A task is over and well."""
        self.release(task)
        self.fail(task)

    def fail(self, task: str) -> None:
        """A task is over; who waits for it and was not let go stays where it is."""
        self.running.pop(task, None)
        self._check()

    def halt(self) -> tuple[str, ...]:
        """Begin nothing more and never report the finish. Returns what runs, oldest first."""
        self._halted = True
        return tuple(self.running)

    def _schedule(self, task: str, delay: float) -> None:
        self._scheduled += 1
        self._agenda.after(delay, lambda: self._start(task))

    def _start(self, task: str) -> None:
        self._scheduled -= 1
        if self._halted:
            return
        self.running[task] = None
        self._begin(task)

    def _check(self) -> None:
        if not (self.running or self._scheduled or self._halted or self._done):
            self._done = True
            self._finished()
