"""Events as they are read -> cleaned of secrets, on disk, and only then shown; the first failure is called out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stackflight.model.diagnosis import Diagnosis
from stackflight.model.event import STACK_TYPE, Event
from stackflight.model.moment import FirstFailure, Happened, Late, Moment, Said
from stackflight.model.redaction import Redactor
from stackflight.operate.eta import Eta
from stackflight.ports import Clock, Ledger, View

_WORTH_TELLING_SECONDS = 60.0
CASCADES = frozenset({"Resource creation cancelled", "Resource update cancelled"})
"""The texts of failures that only follow another one. Source: facts of the service, message grammar."""


class Journal:
    """What is heard of one run. Seconds count from its first event: clouds have clocks of their own."""

    def __init__(
        self,
        run: str,
        ledger: Ledger,
        view: View,
        clock: Clock,
        redactor: Redactor,
        eta: Eta,
        began: float,
        explain: Callable[[Sequence[Event]], Diagnosis],
        alarm: Callable[[Event], None] = lambda _: None,
    ) -> None:
        self._run = run
        self._ledger = ledger
        self._view = view
        self._clock = clock
        self._redactor = redactor
        self._eta = eta
        self._origin = began
        self._explain = explain
        self._alarm = alarm
        self._complained = False
        self._late: set[tuple[str, str, str]] = set()
        self._unwritten: list[Event] = []
        self.events: list[Event] = []
        self.failure: Event | None = None

    def hear(self, events: Sequence[Event]) -> None:
        """Take what is new at one look; show how far it is."""
        clean = [self._redactor.event(event) for event in events]
        self._unwritten += clean
        if self._unwritten:
            self._record()
        now = self._clock.now()
        for event in clean:
            if not self.events:
                self._origin = event.time
            self.events.append(event)
            self._eta.hear(event, now)
            self.show(Happened(event, event.time - self._origin))
            if self.failure is None and is_failure(event):
                self.failure = event
                self._alarm(event)
                self.show(FirstFailure(event, event.time - self._origin, self._explain(self.events)))
        look = self._eta.look(now)
        self.show(look)
        for one in look.working:
            key = (one.stack, one.resource, one.operation)
            if one.late and one.slow >= _WORTH_TELLING_SECONDS and key not in self._late:
                self._late.add(key)
                self.show(Late(one, look.seconds))

    def miss(self, stacks: Sequence[str]) -> None:
        """Say of which stacks the end is known by their status alone."""
        for stack in stacks:
            text = f"{stack} is over by its status; its last event could not be read, and is missing here"
            self.show(Said(text, "warning"))

    def show(self, moment: Moment) -> None:
        """Show anything else."""
        self._view.show(moment)

    def _record(self) -> None:
        """A ledger that cannot be written is said once, and tried again at each look; it cannot stop the deployment."""
        try:
            self._ledger.record(self._run, self._unwritten)
        except OSError as error:
            if not self._complained:
                self._complained = True
                self.show(Said(f"the ledger cannot be written: {error}; the deployment goes on", "warning"))
        else:
            self._unwritten = []


def is_failure(event: Event) -> bool:
    """Whether a resource failed of itself, not because another one did or a nested stack around it."""
    return (
        event.status.endswith("_FAILED")
        and event.type != STACK_TYPE
        and event.reason not in CASCADES
        and not event.status.startswith("DELETE")
    )
