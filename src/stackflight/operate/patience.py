"""A cloud that may be out of reach for a while -> the same cloud, asked again until it answers.

Throttled reads are asked again, however often. Once something runs, a network that is gone and credentials that have ended
pause the looking on, never the deployment: it goes on in the cloud. Whoever renews them lets the same run go on here; where
nobody does, we leave and say how to attach again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from stackflight.errors import CloudUnavailable, CredentialsEnded, StillRunning, Throttled
from stackflight.model.deployed import Deployed, Owned
from stackflight.model.event import START, Cursor, Event, StackStatus
from stackflight.model.moment import Paused, Resumed
from stackflight.model.plan import ChangeSet, ExecuteChangeSet, Operation
from stackflight.operate.pace import Strain
from stackflight.ports import Clock, Cloud, View

T = TypeVar("T")

_LOOK_SECONDS = 10.0
_TRIES_BEFORE = 8
_GOES_ON = "; the same run goes on when they work again"


def bear_throttling(
    question: Callable[[], T],
    clock: Clock,
    luck: Callable[[], float],
    tries: int | None = _TRIES_BEFORE,
    strain: Strain | None = None,
) -> T:
    """The answer, asked for again while the cloud asks to slow down. Raises Throttled after `tries` more; None bears all."""
    tried = 0
    strain = strain or Strain()
    while True:
        if (seconds := strain.take(clock.now())) > 0.0:
            clock.sleep(seconds)
        try:
            answer = question()
            strain.heed(False)
            return answer
        except Throttled:
            strain.heed(True)
            tried += 1
            if tries is not None and tried > tries:
                raise
            clock.sleep(back_off(tried, luck))


def back_off(tries: int, luck: Callable[[], float]) -> float:
    """Between one second and at most 32, more from try to try, and never the same for two that wait."""
    return 1.0 + luck() * (min(32.0, 4.0 * 2.0 ** min(tries, 5)) - 1.0)


class PatientCloud:
    """Asks again. `renew` reads the credentials anew; `patience_seconds` is how long a pause may last at most.

    `running` is whether something is at work already: before that, whatever cannot be asked ends the run at once, but
    for throttling, which is borne eight times.
    """

    def __init__(
        self,
        cloud: Cloud,
        clock: Clock,
        view: View,
        luck: Callable[[], float],
        renew: Callable[[], None] = lambda: None,
        patience_seconds: float = 3600.0,
        running: bool = False,
        strain: Strain | None = None,
    ) -> None:
        self._cloud = cloud
        self._clock = clock
        self._view = view
        self._luck = luck
        self._renew = renew
        self._patience_seconds = patience_seconds
        self._running = running
        self._strain = strain or Strain()

    def start(self, operation: Operation) -> str:
        """Begin an operation; its token lets it be asked twice."""
        started = self._ask(lambda: self._cloud.start(operation))
        if isinstance(operation, ExecuteChangeSet):
            self._running = True
        return started

    def status(self, stack: str) -> StackStatus | None:
        """The stack's status now."""
        return self._ask(lambda: self._cloud.status(stack))

    def describe(self, stack: str) -> Deployed | None:
        """The stack as it stands."""
        return self._ask(lambda: self._cloud.describe(stack))

    def owned(self, stack: str) -> Sequence[Owned]:
        """The resources of the stack and of those nested in it."""
        return self._ask(lambda: self._cloud.owned(stack))

    def change_set(self, stack: str, name: str) -> ChangeSet | None:
        """A change set as computed so far."""
        return self._ask(lambda: self._cloud.change_set(stack, name))

    def events(self, stack: str, after: Cursor = START) -> Sequence[Event]:
        """The events from a cursor on."""
        return self._ask(lambda: self._cloud.events(stack, after))

    def latest(self, stack: str) -> Cursor:
        """The cursor behind everything so far."""
        return self._ask(lambda: self._cloud.latest(stack))

    def before_operation(self, stack: str) -> Cursor:
        """The cursor before what was last begun."""
        return self._ask(lambda: self._cloud.before_operation(stack))

    def finished(self, stack: str) -> bool:
        """Whether nothing is in progress for the stack."""
        return self._ask(lambda: self._cloud.finished(stack))

    def _ask(self, question: Callable[[], T]) -> T:
        began = self._clock.now()
        said = ""
        while True:
            try:
                answer = bear_throttling(
                    question, self._clock, self._luck, None if self._running else _TRIES_BEFORE, self._strain
                )
            except CloudUnavailable as error:
                if not self._running:
                    raise
                if type(error).__name__ != said:
                    said = type(error).__name__
                    ended = isinstance(error, CredentialsEnded)
                    self._view.show(Paused(error.message, error.hint + (_GOES_ON if ended else "")))
                self._pause(error, began)
                continue
            if said:
                self._view.show(Resumed(self._clock.now() - began))
            return answer

    def _pause(self, error: CloudUnavailable, began: float) -> None:
        if self._clock.now() - began >= self._patience_seconds:
            raise StillRunning(f"nothing could be asked for {self._patience_seconds / 60:.0f} minutes: {error.message}")
        self._clock.sleep(_LOOK_SECONDS * (0.5 + self._luck()))
        if isinstance(error, CredentialsEnded):
            try:
                self._renew()
            except CloudUnavailable:  # said already; the next question tells
                return
