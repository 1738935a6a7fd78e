"""A line at least once a minute where there is no terminal: a job that says nothing is ended by those who run it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event, Lock, Thread
from weakref import ReferenceType, ref

from stackflight.model.moment import Ended, Held, Moment, Paused, Progress, Resumed
from stackflight.ports import View
from stackflight.views.live_text import render_moment
from stackflight.views.paper import Paper, clock_text

SILENCE_SECONDS = 55.0
_LOOK_SECONDS = 2.0


class Heartbeat:
    """Writes lines, and after a silence what is known. `now` is a clock of seconds; `speed` how many of the run's pass in one."""

    def __init__(
        self, write: Callable[[str], None], paper: Paper, now: Callable[[], float], speed: float = 1.0
    ) -> None:
        self._write = write
        self._paper = paper
        self._now = now
        self._speed = speed
        self._turn = Lock()
        self._over = Event()
        self._wrote = now()
        self._look: tuple[Progress, float] | None = None
        self._waits: tuple[Paused | Held, float] | None = None
        self._thread: Thread | None = None

    def tell(self, line: str) -> None:
        """Write one line."""
        with self._turn:
            self._write(line)
            self._wrote = self._now()

    def hear(self, moment: Moment) -> None:
        """Keep what may have to be said again."""
        if isinstance(moment, Progress):
            self._look, self._waits = (moment, self._now()), None
        elif isinstance(moment, (Paused, Held)):
            self._waits = (moment, self._now())
        elif isinstance(moment, Resumed):
            self._waits = None
        if isinstance(moment, Ended):
            self._over.set()
        elif self._thread is None:
            self._thread = Thread(target=_work, args=(ref(self), self._over), daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Say nothing by itself any more."""
        self._over.set()

    def beat(self) -> None:
        """Say something where nothing was said for almost a minute."""
        if self._now() - self._wrote >= SILENCE_SECONDS:
            for line in self._lines():
                self.tell(line)

    def _lines(self) -> Iterator[str]:
        if self._waits is not None:
            moment, since = self._waits
            passed = clock_text(self._now() - since)
            if isinstance(moment, Held):
                yield f"still waiting for {moment.holder.run or moment.holder.stack}, {passed} by now"
            else:
                yield f"still paused, {passed} by now: {moment.why}"
        elif self._look is not None:
            look, seen = self._look
            passed_seconds = (self._now() - seen) * self._speed
            yield from render_moment(replace(look, seconds=look.seconds + passed_seconds), self._paper)
        else:
            yield "still at work"


def _work(heart: ReferenceType[Heartbeat], over: Event) -> None:
    """Beat until it is over, or nobody is left who would hear: a command that was refused never ends by a moment."""
    while not over.wait(_LOOK_SECONDS):
        alive = heart()
        if alive is None:
            return
        alive.beat()
        del alive


class BeatingView:
    """A view that is never silent for long."""

    def __init__(self, inner: View, heart: Heartbeat) -> None:
        self._inner = inner
        self._heart = heart

    def show(self, moment: Moment) -> None:
        """Pass it on."""
        self._inner.show(moment)
        self._heart.hear(moment)
