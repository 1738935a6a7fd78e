"""A command of somebody else's tool -> what it does to stacks, heard, kept and explained like a deployment of our own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from stackflight.model.diagnosis import Diagnosis
from stackflight.model.event import Event, StackStatus
from stackflight.model.moment import Ended, Said
from stackflight.model.redaction import Redactor
from stackflight.model.run import FAILED, NO_CHANGES, REVERTED, Run
from stackflight.model.template import World
from stackflight.operate.diagnose import diagnose_events
from stackflight.operate.eta import Eta, Usual
from stackflight.operate.follow import GOOD, Trail
from stackflight.operate.journal import Journal
from stackflight.operate.pace import Rhythm
from stackflight.operate.testimony import Testimony, verify_running
from stackflight.ports import Clock, Cloud, Ledger, View

_LOOK_SECONDS = 2.0
_LOOKS_FOR_FIRST, _LOOKS_FOR_LAST = 3, 12
"""How often it is looked for the first event of stacks that have said nothing, and for the last one of those that have,
once the command is over and nothing runs."""


def _has_ended(trail: Trail) -> bool:
    return trail.over or trail.status is StackStatus.REVIEW_IN_PROGRESS


def _looks_for_more(trails: Mapping[str, Trail]) -> int:
    """How many looks without anything new are needed before all counts as said."""
    said = [trail for trail in trails.values() if trail.status is not None]
    if not said:
        return _LOOKS_FOR_FIRST
    return 1 if all(_has_ended(trail) for trail in said) else _LOOKS_FOR_LAST


@dataclass
class Accompaniment:
    """One run of a command. `poll` gives its exit code, None as long as it runs."""

    run: Run
    cloud: Cloud
    clock: Clock
    ledger: Ledger
    view: View
    usual: Usual
    luck: Callable[[], float]
    redactor: Redactor = field(default_factory=Redactor)
    world: World = World(())
    """What the command deploys, as far as that is known: it tells how long it takes and what a failure rests on."""

    strain: Callable[[], float] = lambda: 1.0
    verify: Callable[[str], Sequence[str]] = lambda _: ()

    def __post_init__(self) -> None:
        self.testimony = Testimony(self.run.id, self.ledger, self.view, self.clock, self.redactor)

    def follow(self, start: Callable[[], Callable[[], int | None]]) -> Ended:
        """Start the command, and follow what it does to the stacks until both are over."""
        trails = {
            stack: Trail(self.cloud, stack, self.cloud.latest(stack), one_operation=False) for stack in self.run.stacks
        }
        began = self.clock.now()
        # Of a stack that is there already, nobody knows here what of it is to change.
        known = [stack.name for stack in self.world.stacks if stack.name in self.run.stacks]
        roots: dict[str, tuple[str, ...]] = {name: () for name in known if self.cloud.status(name) is None}
        eta = Eta(self.world, roots, self.usual, began)
        self.journal = journal = Journal(
            self.run.id,
            self.ledger,
            self.view,
            self.clock,
            self.redactor,
            eta,
            began,
            self._explain,
            self.testimony.begin,
        )
        rhythm = Rhythm(lambda: eta.look(self.clock.now()), self.luck, self.strain)
        poll = start()
        quiet = 0
        while True:
            code = poll()
            new = [event for trail in trails.values() for event in trail.read()]
            journal.hear(new)
            self.testimony.heed(new)
            quiet = 0 if code is None or new or self._is_busy(trails) else quiet + 1
            if code is not None and quiet >= _looks_for_more(trails):
                break
            self.clock.sleep(rhythm() if code is not None and journal.events else min(rhythm(), _LOOK_SECONDS))
        journal.hear([event for trail in trails.values() for event in trail.read_all()])
        journal.miss([stack for stack, trail in trails.items() if trail.status is not None and not _has_ended(trail)])
        if not journal.events and code == 0:
            self.view.show(Said(
                "the command was well and no stack has said anything: nothing had to change, or it went past "
                "CloudFormation (a hotswap), and the stack has drifted from its template", "warning",
            ))  # fmt: skip
        return self._close(trails, journal, code)

    def _is_busy(self, trails: dict[str, Trail]) -> bool:
        return any(not self.cloud.finished(stack) for stack in trails)

    def _close(self, trails: dict[str, Trail], journal: Journal, code: int) -> Ended:
        statuses = {stack: trail.status for stack, trail in trails.items() if trail.status is not None}
        bad = [status for status in statuses.values() if status not in GOOD]
        last = list(statuses.values())[-1:]
        said = [status.value for status in bad or last]
        outcome = said[0] if said else NO_CHANGES if code == 0 else FAILED
        green = [self.cloud.describe(stack) for stack, status in statuses.items() if status in GOOD]
        ids = [one.stack_id for one in green if one is not None and one.stack_id]
        if not verify_running(ids, self.verify, self.run.id, self.ledger, self.view, self.clock):
            outcome = REVERTED
        if journal.failure is not None:
            self.testimony.finish()
        self.run = replace(self.run, outcome=outcome, ended=self.clock.now())
        self.ledger.save(self.run)
        diagnosis = self._explain(journal.events) if journal.failure is not None else None
        seconds = journal.events[-1].time - journal.events[0].time if journal.events else 0.0
        ended = Ended(self.run, seconds, {}, journal.failure, diagnosis, command_code=code)
        self.view.show(ended)
        return ended

    def _explain(self, events: Sequence[Event]) -> Diagnosis:
        world = self.world if self.world.stacks else None
        return diagnose_events(events, self.run.id, self.run.simulated, self.testimony.evidence, world)
