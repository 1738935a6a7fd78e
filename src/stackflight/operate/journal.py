"""Events as they are read -> cleaned of secrets, on disk, and only then shown; the first failure is called out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from stackflight.model.diagnosis import Diagnosis
from stackflight.model.event import STACK_TYPE, Event
from stackflight.model.moment import FirstFailure, Happened, Late, Moment, Said
from stackflight.model.run import Run
from stackflight.model.template import World
from stackflight.operate.diagnose import diagnose_events
from stackflight.operate.eta import Eta
from stackflight.operate.lookout import Lookout
from stackflight.operate.pace import Rhythm
from stackflight.operate.testimony import Testimony

_WORTH_TELLING_SECONDS = 60.0
CASCADES = frozenset({"Resource creation cancelled", "Resource update cancelled"})
"""The texts of failures that only follow another one. Source: facts of the service, message grammar."""


class Journal:
    """What is heard of one run, what services say of it, and how long the rest takes.

    `roots` are the root stacks that are to change, each with those that must be over before; `world` is what they hold, as
    far as that is known. Seconds count from the first event: clouds have clocks of their own.
    """

    def __init__(self, run: Run, lookout: Lookout, world: World, roots: Mapping[str, Iterable[str]]) -> None:
        self._run = run
        self._lookout = lookout
        self._world = world
        self._origin = lookout.clock.now()
        self._complained = False
        self._late: set[tuple[str, str, str]] = set()
        self._unwritten: list[Event] = []
        self.events: list[Event] = []
        self.failure: Event | None = None
        self.eta = Eta(world, roots, lookout.usual, self._origin)
        self.rhythm = Rhythm(lambda: self.eta.look(lookout.clock.now()), lookout.luck, lookout.strain)
        self.testimony = Testimony(run.id, lookout, lookout.witnesses(world, lambda: self.events))

    def hear(self, events: Sequence[Event]) -> None:
        """Take what is new at one look; show how far it is, and keep what services have said by now."""
        clean = [self._lookout.redactor.event(event) for event in events]
        self._unwritten += clean
        if self._unwritten:
            self._record()
        now = self._lookout.clock.now()
        for event in clean:
            if not self.events:
                self._origin = event.time
            self.events.append(event)
            self.eta.hear(event, now)
            self.show(Happened(event, event.time - self._origin))
            if self.failure is None and is_failure(event):
                self.failure = event
                self.rhythm.failing = True
                self.testimony.begin(event)
                self.show(FirstFailure(event, event.time - self._origin, self._explain()))
        look = self.eta.look(now)
        self.show(look)
        for one in look.working:
            key = (one.stack, one.resource, one.operation)
            if one.late and one.slow >= _WORTH_TELLING_SECONDS and key not in self._late:
                self._late.add(key)
                self.show(Late(one, look.seconds))
        self.testimony.heed(events)

    @property
    def seconds(self) -> float:
        """From the first event to the last one."""
        return self.events[-1].time - self.events[0].time if self.events else 0.0

    def conclude(self) -> Diagnosis | None:
        """After the last event: wait a while for what services still say, and explain the failure, if there was one."""
        if self.failure is None:
            return None
        self.testimony.finish()
        return self._explain()

    def miss(self, stacks: Sequence[str]) -> None:
        """Say of which stacks the end is known by their status alone."""
        for stack in stacks:
            text = f"{stack} is over by its status; its last event could not be read, and is missing here"
            self.show(Said(text, "warning"))

    def show(self, moment: Moment) -> None:
        """Show anything else."""
        self._lookout.view.show(moment)

    def _explain(self) -> Diagnosis:
        world = self._world if self._world.stacks else None
        return diagnose_events(self.events, self._run.id, self._run.simulated, self.testimony.evidence, world)

    def _record(self) -> None:
        """A ledger that cannot be written is said once, and tried again at each look; it cannot stop the deployment."""
        try:
            self._lookout.ledger.record(self._run.id, self._unwritten)
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
