"""A run of anybody's -> shown from its first event on and followed to its end: in the cloud, or in the ledger alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from stackflight.model.event import START, Event, StackStatus
from stackflight.model.moment import Attached, Ended, FirstFailure, Happened
from stackflight.model.run import LOST, NOT_BEGUN, REVERTED, Run
from stackflight.model.template import World
from stackflight.operate.change_sets import read_changes
from stackflight.operate.diagnose import diagnose_events
from stackflight.operate.follow import GOOD, Trail, follow
from stackflight.operate.journal import Journal, is_failure
from stackflight.operate.lookout import Lookout
from stackflight.operate.testimony import evidence_in
from stackflight.ports import Clock, Ledger, View

_LOOK_SECONDS = 1.0
_LOOKS_AT_SHELL = 5


def watch_ledger(run: Run, ledger: Ledger, clock: Clock, view: View, is_alive: Callable[[Run], bool]) -> Ended:
    """Show a run as its own process enters it. One whose process is gone without a word is lost, and is entered as that."""
    view.show(Attached(run))
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
    if run.over and run.ended is not None:
        seconds = run.ended - run.started  # as whoever deployed was told
    diagnosis = diagnose_events(events, run.id, run.simulated) if failure is not None else None
    ended = Ended(run, seconds, failure=failure, diagnosis=diagnosis)
    view.show(ended)
    return ended


@dataclass
class Attachment:
    """A run of anybody's, followed in the cloud; what is read is entered under its id, what is known is not read again."""

    run: Run
    lookout: Lookout
    world: World = World(())
    """What was deployed, as far as that is known: the estimate goes by it."""

    def __post_init__(self) -> None:
        self.cloud, self.clock, self.ledger = self.lookout.cloud, self.lookout.clock, self.lookout.ledger

    def follow(self) -> Ended:
        """Show what is known, then everything that comes, to the end of all stacks that were begun."""
        stacks = [stack for stack in self.run.arns or self.run.stacks if self._is_begun(stack)]
        known = self.ledger.events(self.run.id)
        journal = self._open(stacks)
        journal.show(Attached(self.run))
        journal.hear(known)
        roots: dict[str, set[str]] = {stack: set() for stack in stacks}
        trails = {stack: self._trail(stack, known) for stack in stacks}
        course = follow(self.cloud, self.clock, roots, lambda _, __: True, journal.rhythm, journal.hear, None, trails)
        journal.miss(course.unheard)
        outcome = course.outcome or NOT_BEGUN
        green = [stack for stack, status in course.over.items() if status in GOOD - {StackStatus.DELETE_COMPLETE}]
        outputs = self._outputs(green)
        if not journal.testimony.verify(self.run.arns.get(stack, stack) for stack in green):
            outcome = REVERTED
        left = tuple(stack for stack in self.run.stacks if stack not in course.over)
        self.run = replace(self.run, outcome=outcome, ended=self.clock.now())
        self.ledger.save(self.run)
        diagnosis = journal.conclude()
        ended = Ended(self.run, journal.seconds, outputs, journal.failure, diagnosis, left)
        journal.show(ended)
        return ended

    def _open(self, stacks: Sequence[str]) -> Journal:
        """With what services have said, and an estimate by templates and change sets, where those of all stacks were kept."""
        notes, known = self.ledger.notes(self.run.id), {stack.name for stack in self.world.stacks}
        roots: dict[str, tuple[str, ...]] = dict.fromkeys(stacks, ()) if known >= set(stacks) else {}
        journal = Journal(self.run, self.lookout, self.world, roots)
        journal.testimony.evidence += evidence_in(notes)
        for note in notes:
            if note.kind == "change-set" and note.body.get("stack") in stacks:
                journal.eta.plan(str(note.body["stack"]), read_changes(note.body))
        return journal

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

    def _outputs(self, stacks: Sequence[str]) -> dict[str, Mapping[str, str]]:
        found = {stack: self.cloud.describe(stack) for stack in stacks}
        redactor = self.lookout.redactor
        return {stack: redactor.data(one.outputs) for stack, one in found.items() if one is not None and one.outputs}
