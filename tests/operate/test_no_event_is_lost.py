"""Events that can be read later than the statuses that they tell of, in another order, or once more: each is kept once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from deployments import SMALL, Stage

from stackflight.errors import StillRunning
from stackflight.model.deployed import Deployed
from stackflight.model.event import START, Cursor, Event, StackStatus
from stackflight.model.plan import ChangeSet, DeleteStack, Operation
from stackflight.ports import Cloud


class Blurred:
    """A cloud whose statuses are of now and whose events are read as `shown` says. After `looks` of them it is out of reach."""

    def __init__(
        self, cloud: Cloud, shown: Callable[[Event], bool], looks: int | None = None, on_status: Callable[[], None] = lambda: None
    ) -> None:  # fmt: skip
        self._cloud = cloud
        self._shown = shown
        self.looks = looks
        self._on_status = on_status

    def start(self, operation: Operation) -> str:
        return self._cloud.start(operation)

    def status(self, stack: str) -> StackStatus | None:
        self._on_status()
        return self._cloud.status(stack)

    def describe(self, stack: str) -> Deployed | None:
        return self._cloud.describe(stack)

    def change_set(self, stack: str, name: str) -> ChangeSet | None:
        return self._cloud.change_set(stack, name)

    def events(self, stack: str, after: Cursor = START) -> Sequence[Event]:
        if self.looks is not None:
            if self.looks == 0:
                raise StillRunning("out of reach")
            self.looks -= 1
        return [event for event in self._cloud.events(stack, after) if self._shown(event)]

    def latest(self, stack: str) -> Cursor:
        return self._cloud.latest(stack)

    def before_operation(self, stack: str) -> Cursor:
        return self._cloud.before_operation(stack)

    def finished(self, stack: str) -> bool:
        return self._cloud.finished(stack)


def kept(stage: Stage) -> list[str]:
    return sorted(event.id for event in stage.ledger.events("r-1"))


def told(stage: Stage) -> list[str]:
    return sorted(event.id for event in stage.cloud.events("app"))


def left_after(stage: Stage, looks: int) -> None:
    """Deploy, and lose the cloud from sight after some looks."""
    with pytest.raises(StillRunning):
        stage.deployment(SMALL, lookout=stage.lookout(cloud=Blurred(stage.cloud, lambda _: True, looks))).carry_out()


@pytest.mark.parametrize("looks", range(1, 12))
def test_whoever_attaches_again_gets_the_end_though_the_status_was_there_before_the_last_event(
    tmp_path: Path, looks: int
) -> None:
    """The status turns between two requests: the last event comes with the next look, not with the one before."""
    stage = Stage(tmp_path)
    left_after(stage, looks)
    asked: list[int] = []

    def on_status() -> None:
        asked.append(1)
        if len(asked) > 1:  # the first question is whether anything was begun at all
            stage.cloud.settle()

    ends = Blurred(stage.cloud, lambda _: True, on_status=on_status)
    assert stage.attach(cloud=ends).outcome == "CREATE_COMPLETE"
    assert kept(stage) == told(stage)


@pytest.mark.parametrize("lag", [1.0, 15.0, 70.0])
def test_events_that_come_long_after_the_status_are_waited_for(tmp_path: Path, lag: float) -> None:
    stage = Stage(tmp_path)
    left_after(stage, 2)
    late = Blurred(stage.cloud, lambda event: stage.clock.now() >= event.time + lag)
    assert stage.attach(cloud=late).outcome == "CREATE_COMPLETE"
    assert kept(stage) == told(stage)


def test_an_event_that_can_be_read_only_after_younger_ones_is_kept(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def shown(event: Event) -> bool:
        over = any(one.of_stack and one.status == "CREATE_COMPLETE" for one in stage.ledger.events("r-1"))
        return over or event.resource != "Role" or event.status != "CREATE_COMPLETE"

    ended = stage.deployment(SMALL, lookout=stage.lookout(cloud=Blurred(stage.cloud, shown))).carry_out()
    assert ended.run.outcome == "CREATE_COMPLETE"
    assert kept(stage) == told(stage)


def test_what_somebody_begins_right_after_it_is_not_ours(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    left_after(stage, 2)
    stage.cloud.settle()
    ours = told(stage)
    asked: list[int] = []

    def theirs() -> None:
        asked.append(1)
        if len(asked) == 2:
            stage.cloud.start(DeleteStack("app"))

    ended = stage.attach(cloud=Blurred(stage.cloud, lambda _: True, on_status=theirs))
    assert ended.outcome == "CREATE_COMPLETE"
    assert kept(stage) == ours


def test_where_the_last_event_never_comes_it_is_said(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    left_after(stage, 2)
    never = Blurred(stage.cloud, lambda event: not (event.of_stack and event.status == "CREATE_COMPLETE"))
    assert stage.attach(cloud=never).outcome == "CREATE_COMPLETE"
    said = [getattr(moment, "text", "") for moment in stage.watcher.moments]
    assert any("its last event could not be read" in text for text in said)
