"""A command of somebody else's tool -> what it does to stacks, heard, kept and explained like a deployment of our own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from stackflight.model.event import StackStatus
from stackflight.model.moment import Ended, Said
from stackflight.model.run import FAILED, NO_CHANGES, REVERTED, Run
from stackflight.model.template import World
from stackflight.operate.follow import GOOD, Trail
from stackflight.operate.journal import Journal
from stackflight.operate.lookout import Lookout

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
    lookout: Lookout
    world: World = World(())
    """What the command deploys, as far as that is known: it tells how long it takes and what a failure rests on."""

    def __post_init__(self) -> None:
        self.cloud, self.clock = self.lookout.cloud, self.lookout.clock

    def follow(self, start: Callable[[], Callable[[], int | None]]) -> Ended:
        """Start the command, and follow what it does to the stacks until both are over."""
        trails = {
            stack: Trail(self.cloud, stack, self.cloud.latest(stack), one_operation=False) for stack in self.run.stacks
        }
        # Of a stack that is there already, nobody knows here what of it is to change.
        known = [stack.name for stack in self.world.stacks if stack.name in self.run.stacks]
        roots: dict[str, tuple[str, ...]] = {name: () for name in known if self.cloud.status(name) is None}
        journal = Journal(self.run, self.lookout, self.world, roots)
        poll = start()
        quiet = 0
        while True:
            code = poll()
            new = [event for trail in trails.values() for event in trail.read()]
            journal.hear(new)
            quiet = 0 if code is None or new or self._is_busy(trails) else quiet + 1
            if code is not None and quiet >= _looks_for_more(trails):
                break
            self.clock.sleep(
                journal.rhythm() if code is not None and journal.events else min(journal.rhythm(), _LOOK_SECONDS)
            )
        journal.hear([event for trail in trails.values() for event in trail.read_all()])
        journal.miss([stack for stack, trail in trails.items() if trail.status is not None and not _has_ended(trail)])
        if not journal.events and code == 0:
            journal.show(Said(
                f"the command was well and {', '.join(self.run.stacks)} said nothing: nothing had to change, or the command was "
                "about another stack, or it went past CloudFormation (a hotswap) and the stack has drifted from its template",
                "warning",
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
        if not journal.testimony.verify(ids):
            outcome = REVERTED
        self.run = replace(self.run, outcome=outcome, ended=self.clock.now())
        self.lookout.ledger.save(self.run)
        diagnosis = journal.conclude()
        ended = Ended(self.run, journal.seconds, {}, journal.failure, diagnosis, command_code=code)
        journal.show(ended)
        return ended
