"""One loop for rehearsals and deployments: it knows a cloud and a clock and nothing of what is behind them."""

from __future__ import annotations

from collections.abc import Sequence

from stackflight.errors import NothingToDo
from stackflight.model.deployed import Deployed
from stackflight.model.event import START, Cursor, Event, StackStatus
from stackflight.model.plan import ChangeSet, DeleteStack, Operation
from stackflight.operate.follow import follow
from stackflight.rehearse.clock import VirtualClock


class Ledge:
    """A cloud in which each stack takes ten seconds and ends as it was told."""

    def __init__(self, clock: VirtualClock, ends: dict[str, StackStatus]) -> None:
        self.clock = clock
        self.ends = ends
        self.began: dict[str, float] = {}

    def start(self, operation: Operation) -> str:
        self.began[operation.stack] = self.clock.now()
        return operation.stack

    def finished(self, stack: str) -> bool:
        return self.clock.now() - self.began[stack] >= 10

    def status(self, stack: str) -> StackStatus | None:
        return self.ends[stack]

    def describe(self, stack: str) -> Deployed | None:
        return Deployed(stack, self.ends[stack])

    def change_set(self, stack: str, name: str) -> ChangeSet | None:
        raise NotImplementedError(f"{stack} has no change set {name}")

    def events(self, stack: str, after: Cursor = START) -> Sequence[Event]:
        raise NotImplementedError(f"{stack} after {after}")


def begin(cloud: object, name: str) -> bool:
    assert isinstance(cloud, Ledge)
    cloud.start(DeleteStack(name))
    return True


WELL = StackStatus.UPDATE_COMPLETE


def test_a_stack_waits_for_those_it_needs_and_for_nobody_else() -> None:
    clock = VirtualClock()
    cloud = Ledge(clock, {"network": WELL, "alone": WELL, "app": WELL})
    course = follow(cloud, clock, {"network": set(), "alone": set(), "app": {"network"}}, begin, lambda: 1.0, at_once=3)
    assert cloud.began == {"network": 0.0, "alone": 0.0, "app": 10.0}
    assert list(course.over) == ["network", "alone", "app"]
    assert course.outcome == "UPDATE_COMPLETE"


def test_of_one_at_a_time_the_next_is_begun_when_the_one_before_is_over() -> None:
    """Audit, row 4: cdk deploy has a concurrency of 1."""
    clock = VirtualClock()
    cloud = Ledge(clock, {"network": WELL, "alone": WELL, "app": WELL})
    follow(cloud, clock, {"network": set(), "alone": set(), "app": {"network"}}, begin, lambda: 1.0, at_once=1)
    assert cloud.began == {"network": 0.0, "alone": 10.0, "app": 20.0}


def test_after_a_stack_that_ended_badly_what_runs_is_followed_to_its_end_and_nothing_is_begun() -> None:
    clock = VirtualClock()
    bad = StackStatus.UPDATE_ROLLBACK_COMPLETE
    cloud = Ledge(clock, {"network": bad, "other": WELL, "app": WELL})
    course = follow(cloud, clock, {"network": set(), "other": set(), "app": {"network"}}, begin, lambda: 4.0, at_once=2)
    assert course.broken == ("network",)
    assert set(course.over) == {"network", "other"}
    assert course.outcome == "UPDATE_ROLLBACK_COMPLETE"


def test_a_stack_with_nothing_to_do_counts_as_over() -> None:
    clock = VirtualClock()
    cloud = Ledge(clock, {"network": WELL, "app": WELL})

    def only_app(_: object, name: str) -> bool:
        try:
            if name == "network":
                raise NothingToDo("No updates are to be performed.")
        except NothingToDo:
            return False
        return begin(cloud, name)

    course = follow(cloud, clock, {"network": set(), "app": {"network"}}, only_app, lambda: 1.0)
    assert cloud.began == {"app": 0.0}
    assert list(course.over) == ["network", "app"]
