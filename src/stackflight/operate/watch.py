"""A run of anybody's -> shown from its first event on and followed to its end: in the cloud, or in the ledger alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from stackflight.model.diagnosis import Diagnosis
from stackflight.model.event import START, Event, StackStatus
from stackflight.model.moment import Ended, FirstFailure, Happened
from stackflight.model.redaction import Redactor
from stackflight.model.run import LOST, NOT_BEGUN, Run
from stackflight.model.template import World
from stackflight.operate.change_sets import read_changes
from stackflight.operate.diagnose import diagnose_events
from stackflight.operate.eta import Eta, Usual
from stackflight.operate.follow import GOOD, Course, Trail, follow
from stackflight.operate.journal import Journal, is_failure
from stackflight.operate.pace import Rhythm
from stackflight.operate.testimony import Testimony, evidence_in
from stackflight.ports import Clock, Cloud, Ledger, View

_LOOK_SECONDS = 1.0
_LOOKS_AT_SHELL = 5


def watch_ledger(run: Run, ledger: Ledger, clock: Clock, view: View, is_alive: Callable[[Run], bool]) -> Ended:
    """Show a run as its own process enters it. One whose process is gone without a word is lost, and is entered as that."""
    shown = 0
    failure: Event | None = None
    began: float | None = None
    while True:
        alive = is_alive(run)
        run = ledger.run(run.id) or run
        events = ledger.events(run.id)
        for event in events[shown:]:
            began = event.time if began is None else began
            view.show(Happened(event, event.time - began))
            if failure is None and is_failure(event):
                failure = event
                early = diagnose_events(events[: events.index(event) + 1], run.id, run.simulated)
                view.show(FirstFailure(event, event.time - began, early))
        shown = len(events)
        if run.over:
            break
        if not alive:
            run = replace(run, outcome=LOST)
            ledger.save(run)
            break
        clock.sleep(_LOOK_SECONDS)
    seconds = events[-1].time - began if events and began is not None else 0.0
    diagnosis = diagnose_events(events, run.id, run.simulated) if failure is not None else None
    ended = Ended(run, seconds, failure=failure, diagnosis=diagnosis)
    view.show(ended)
    return ended


@dataclass
class Attachment:
    """A run of anybody's, followed in the cloud; what is read is entered under its id, what is known is not read again."""

    run: Run
    cloud: Cloud
    clock: Clock
    ledger: Ledger
    view: View
    usual: Usual
    luck: Callable[[], float]
    redactor: Redactor = field(default_factory=Redactor)
    world: World = World(())
    """What was deployed, as far as that is known: the estimate goes by it."""

    strain: Callable[[], float] = lambda: 1.0

    def __post_init__(self) -> None:
        self.testimony = Testimony(self.run.id, self.ledger, self.view, self.clock, self.redactor)

    def follow(self) -> Ended:
        """Show what is known, then everything that comes, to the end of all stacks that were begun."""
        began = self.clock.now()
        stacks = [stack for stack in self.run.arns or self.run.stacks if self._is_begun(stack)]
        eta = self._estimate(stacks, began)
        known = self.ledger.events(self.run.id)
        self.testimony.evidence += evidence_in(self.ledger.notes(self.run.id))
        journal = Journal(
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
        journal.hear(known)

        def hear(events: Sequence[Event]) -> None:
            journal.hear(events)
            self.testimony.heed(events)

        rhythm = Rhythm(lambda: eta.look(self.clock.now()), self.luck, self.strain)
        roots: dict[str, set[str]] = {stack: set() for stack in stacks}
        trails = {stack: self._trail(stack, known) for stack in stacks}
        course = follow(self.cloud, self.clock, roots, lambda _, __: True, rhythm, hear, None, trails)
        journal.miss(course.unheard)
        outputs = self._outputs(course)
        left = tuple(stack for stack in self.run.stacks if stack not in course.over)
        self.run = replace(self.run, outcome=course.outcome or NOT_BEGUN, ended=self.clock.now())
        self.ledger.save(self.run)
        if journal.failure is not None:
            self.testimony.finish()
        diagnosis = self._explain(journal.events) if journal.failure is not None else None
        seconds = journal.events[-1].time - journal.events[0].time if journal.events else 0.0
        ended = Ended(self.run, seconds, outputs, journal.failure, diagnosis, left)
        self.view.show(ended)
        return ended

    def _estimate(self, stacks: Sequence[str], began: float) -> Eta:
        """By the templates and change sets that were kept with the run, where all of them were."""
        known = {stack.name for stack in self.world.stacks}
        eta = Eta(self.world, dict.fromkeys(stacks, ()) if known >= set(stacks) else {}, self.usual, began)
        for note in self.ledger.notes(self.run.id):
            if note.kind == "change-set" and note.body.get("stack") in stacks:
                eta.plan(str(note.body["stack"]), read_changes(note.body))
        return eta

    def _is_begun(self, stack: str) -> bool:
        """Whether anything was begun on a stack; a few reads after that may still show the shell of its change set."""
        for _ in range(_LOOKS_AT_SHELL):
            status = self.cloud.status(stack)
            if status is not StackStatus.REVIEW_IN_PROGRESS:
                return status is not None or stack in self.run.arns
            self.clock.sleep(_LOOK_SECONDS)
        return False

    def _trail(self, stack: str, known: Sequence[Event]) -> Trail:
        """From the first event that is known, else from the start of what was begun last."""
        family = [event for event in known if event.stack.split("/")[0] == stack]
        own = [event for event in family if event.stack == stack]
        origin = START.past(own[:1]) if own else self.cloud.before_operation(stack)
        return Trail(self.cloud, stack, origin, family)

    def _outputs(self, course: Course) -> dict[str, Mapping[str, str]]:
        found = {stack: self.cloud.describe(stack) for stack, status in course.over.items() if status in GOOD}
        return {
            stack: self.redactor.data(one.outputs) for stack, one in found.items() if one is not None and one.outputs
        }

    def _explain(self, events: Sequence[Event]) -> Diagnosis:
        world = self.world if self.world.stacks else None
        return diagnose_events(events, self.run.id, self.run.simulated, self.testimony.evidence, world)
