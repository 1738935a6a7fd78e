"""What a deployment does and refuses, over the ports alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from deployments import AFTER, BEFORE, SMALL, Stage, declined, world_of

from stackflight.errors import Blocked, OperationRefused, StackHeld
from stackflight.local.ledger import LocalLedger
from stackflight.model.event import Event, StackStatus
from stackflight.model.evidence import Answer, Evidence, EvidenceKind
from stackflight.model.moment import Ended, FirstFailure, Happened, Loss, Moment, Planned, Said, Unchanged
from stackflight.model.plan import ChangeSet, OnFailure, UpdateStack
from stackflight.model.run import DECLINED, NO_CHANGES, PLANNED, RUNNING, Run
from stackflight.model.value import Address
from stackflight.operate.audience import Audience
from stackflight.operate.holding import await_rest
from stackflight.rehearse.behaviour import Fault
from stackflight.rehearse.simulator import SimulatedCloud


def test_every_event_is_in_the_ledger_before_it_is_shown(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    class Checking:
        def show(self, moment: Moment) -> None:
            if isinstance(moment, Happened):
                assert moment.event in stage.ledger.events("r-1")

    deployment = stage.deployment(SMALL, lookout=stage.lookout(view=Checking()))
    assert deployment.carry_out().run.outcome == "CREATE_COMPLETE"
    assert stage.ledger.events("r-1") == stage.cloud.events("app")


def test_data_that_would_be_lost_stops_it_and_leaves_no_change_set(tmp_path: Path) -> None:
    stage = Stage(tmp_path).holding(BEFORE)
    with pytest.raises(Blocked, match=r"data would be lost: Table \(AWS::DynamoDB::Table, replaced\)") as caught:
        stage.deployment(AFTER).carry_out()
    assert "--allow-loss Table" in caught.value.hint
    assert stage.cloud.change_set("app", "r-1") is None
    assert stage.cloud.status("app") is StackStatus.CREATE_COMPLETE
    assert stage.watcher.of(Planned)[0].losses == (Loss("app", "Table", "AWS::DynamoDB::Table", "replaced"),)  # type: ignore[attr-defined]


@pytest.mark.parametrize("named", ["Table", "app/Table"])
def test_a_loss_that_is_named_may_happen(tmp_path: Path, named: str) -> None:
    stage = Stage(tmp_path).holding(BEFORE)
    assert stage.deployment(AFTER, allow_loss=frozenset({named})).carry_out().run.outcome == "UPDATE_COMPLETE"


def test_what_is_declined_leaves_nothing_behind(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    assert stage.deployment(SMALL, confirm=declined).carry_out().run.outcome == DECLINED
    assert stage.cloud.status("app") is None


def test_a_plan_leaves_nothing_behind_either(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    assert stage.deployment(SMALL, plan_only=True).carry_out().run.outcome == PLANNED
    assert stage.cloud.status("app") is None
    assert len(stage.watcher.of(Planned)) == 1


def test_no_changes_are_a_success_and_nothing_is_left(tmp_path: Path) -> None:
    stage = Stage(tmp_path).holding(SMALL)
    assert stage.deployment(SMALL).carry_out().run.outcome == NO_CHANGES
    assert stage.watcher.of(Unchanged) == [Unchanged("app")]
    assert stage.cloud.change_set("app", "r-1") is None


def test_a_stack_that_somebody_works_on_is_left_alone(tmp_path: Path) -> None:
    stage = Stage(tmp_path).holding(SMALL)
    stage.cloud.start(UpdateStack("app", world_of(BEFORE)))
    with pytest.raises(StackHeld, match="something is at work on app: it is UPDATE_IN_PROGRESS"):
        stage.deployment(SMALL).carry_out()


def test_a_run_that_let_go_of_its_lock_is_named_as_long_as_it_works_and_may_be_waited_for(tmp_path: Path) -> None:
    stage = Stage(tmp_path).holding(SMALL)
    stage.cloud.start(UpdateStack("app", world_of(BEFORE)))
    own = Run("r-2", "app.yaml", ("app",), "john", "lap", "123456789012", "", stage.clock.now())

    def wait(seconds: float) -> bool:
        return await_rest(["app"], stage.cloud, stage.ledger, stage.clock, stage.watcher, own, seconds)

    with pytest.raises(StackHeld, match="something is at work on app: it is UPDATE_IN_PROGRESS"):
        wait(0)
    stage.ledger.save(replace(own, id="r-1", who="maria", where="desk"))
    with pytest.raises(StackHeld, match=r"app is held by r-1 of maria on desk, .*; it is UPDATE_IN_PROGRESS") as caught:
        wait(0)
    assert caught.value.hint == "follow it: stackflight watch r-1, or wait for its end: --wait 40m"
    assert wait(2400) is True
    assert wait(2400) is False


def test_a_stack_that_cannot_be_updated_is_refused_with_what_is_safe(tmp_path: Path) -> None:
    stage = Stage(tmp_path).holding(SMALL)
    stage.cloud.engine.stacks["app"].status = StackStatus.ROLLBACK_COMPLETE
    with pytest.raises(OperationRefused, match="app is ROLLBACK_COMPLETE") as caught:
        stage.deployment(SMALL).carry_out()
    assert "delete the stack, deploy again" in caught.value.hint


def failing(stage: Stage) -> Stage:
    stage.cloud = SimulatedCloud(
        stage.clock, faults={(Address("app", "Nat"), "create"): Fault("Elastic IP limit", 30.0)}
    )
    return stage


def test_the_first_failure_is_explained_before_the_way_back_begins(tmp_path: Path) -> None:
    stage = failing(Stage(tmp_path))
    ended = stage.deployment(SMALL).carry_out()
    assert ended.run.outcome == "ROLLBACK_COMPLETE"
    kinds = [type(moment) for moment in stage.watcher.moments]
    said = [moment for moment in stage.watcher.moments if isinstance(moment, Happened)]
    turn = next(one for one in said if one.event.status == "ROLLBACK_IN_PROGRESS")
    assert kinds.index(FirstFailure) < stage.watcher.moments.index(turn)
    assert ended.diagnosis is not None
    assert ended.diagnosis.root is not None
    assert ended.diagnosis.root.resource == "Nat"


def test_without_rollback_a_failure_is_kept_for_a_look(tmp_path: Path) -> None:
    stage = failing(Stage(tmp_path))
    assert stage.deployment(SMALL, on_failure=OnFailure.DO_NOTHING).carry_out().run.outcome == "CREATE_FAILED"


def test_whoever_leaves_can_attach_again_and_misses_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    left = stage.deployment(SMALL, detach=True).carry_out()
    assert left.run.outcome == RUNNING
    stage.cloud.settle()
    assert stage.attach().outcome == "CREATE_COMPLETE"
    assert [event.id for event in stage.ledger.events("r-1")] == [
        event.id for event in stage.cloud.events("app") if event.status != "REVIEW_IN_PROGRESS"
    ]


def test_a_run_that_never_began_anything_is_said_to_be_that(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.deployment(SMALL)
    assert stage.attach().outcome == "NOT_BEGUN"


def test_a_view_that_fails_is_left_out_and_the_deployment_goes_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    class Broken:
        def show(self, moment: Moment) -> None:
            raise RuntimeError(f"no paper for {type(moment).__name__}")

    complaints: list[str] = []
    audience = Audience([Broken(), stage.watcher], complaints.append)
    deployment = stage.deployment(SMALL, lookout=stage.lookout(view=audience))
    assert deployment.carry_out().run.outcome == "CREATE_COMPLETE"
    assert complaints == ["Broken failed and is left out: RuntimeError: no paper for Planned"]
    assert len(stage.watcher.of(Ended)) == 1


def test_a_ledger_that_cannot_be_written_any_more_is_said_once_and_the_deployment_goes_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    class Full(LocalLedger):
        def record(self, *_: object) -> None:
            raise OSError("disk full")

    deployment = stage.deployment(SMALL, lookout=stage.lookout(ledger=Full(tmp_path)))
    assert deployment.carry_out().run.outcome == "CREATE_COMPLETE"
    said = [moment for moment in stage.watcher.moments if "disk full" in str(moment)]
    assert len(said) == 1


class Witnessing:
    """Somebody who has something to say of every failure."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def start(self, event: Event) -> None:
        self.asked.append(event.resource)

    def heed(self, events: Sequence[Event]) -> None:
        self.heard = [*getattr(self, "heard", ()), *events]

    def collect(self) -> list[Evidence]:
        return []

    def finish(self) -> list[Evidence]:
        return [Evidence(EvidenceKind.LOG, "cannot log in with password=swordfish99", "Nat")] if self.asked else []

    def answers(self) -> list[Answer]:
        told = {"taskDefinition": {"environment": [{"name": "DOOR", "value": "opensesame"}]}}
        return [Answer("ecs", "describe_task_definition", {"taskDefinition": "web:1"}, told)] if self.asked else []


def test_a_function_that_has_ended_without_an_answer_is_called_out_at_once(tmp_path: Path) -> None:
    class Seeing(Witnessing):
        def collect(self) -> list[Evidence]:
            return [Evidence(EvidenceKind.CUSTOM_RESOURCE, "its function has ended without an answer", "Init")]

    stage = Stage(tmp_path)
    deployment = stage.deployment(SMALL, lookout=stage.lookout(witnesses=lambda *_: Seeing()))
    deployment.carry_out()
    said = [moment.text for moment in stage.watcher.of(Said)]  # type: ignore[attr-defined]
    assert "Init: its function has ended without an answer; CloudFormation waits up to an hour" in said[0]


def test_evidence_is_asked_for_at_the_first_failure_and_kept_without_secrets(tmp_path: Path) -> None:
    stage = failing(Stage(tmp_path))
    witnesses = Witnessing()
    deployment = stage.deployment(SMALL, lookout=stage.lookout(witnesses=lambda *_: witnesses))
    ended = deployment.carry_out()
    assert witnesses.asked == ["Nat"]
    [note] = [note for note in stage.ledger.notes("r-1") if note.kind == "evidence"]
    assert "cannot log in" in str(note.body)
    assert "swordfish99" not in str(note.body)
    answer = next(note for note in stage.ledger.notes("r-1") if note.kind == "answer")
    assert (answer.body["service"], answer.body["call"]) == ("ecs", "describe_task_definition")
    assert "DOOR" in str(answer.body)
    assert b"opensesame" not in stage.ledger.file.read_bytes()
    assert ended.diagnosis is not None


def test_a_green_stack_that_runs_something_else_is_a_failure(tmp_path: Path) -> None:
    def verify(stack: str) -> list[str]:
        return [f"{stack}: Web runs web:1, which is not the stack's task definition"]

    stage = Stage(tmp_path)
    assert stage.deployment(SMALL, lookout=stage.lookout(verify=verify)).carry_out().run.outcome == "REVERTED"
    [said] = stage.watcher.of(Said)
    assert "web:1" in str(said)
    again = Stage(tmp_path / "left")
    again.deployment(SMALL, detach=True).carry_out()
    assert again.attach(verify=verify).outcome == "REVERTED"
    assert again.watcher.of(Said) == [said]
    assert [note.kind for note in again.ledger.notes("r-1")] == [note.kind for note in stage.ledger.notes("r-1")]


def test_ctrl_c_at_the_question_leaves_nothing_behind_and_is_no_run_that_goes_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def interrupted(_: Planned) -> bool:
        raise KeyboardInterrupt

    deployment = stage.deployment(SMALL, confirm=interrupted)
    with pytest.raises(KeyboardInterrupt):
        deployment.carry_out()
    assert deployment.leave().run.outcome == DECLINED
    assert stage.cloud.status("app") is None


def test_ctrl_c_while_the_change_set_is_computed_leaves_nothing_behind(tmp_path: Path) -> None:
    class Interrupted(SimulatedCloud):
        """A cloud whose change set somebody does not want to wait for."""

        impatient = True

        def change_set(self, stack: str, name: str) -> ChangeSet | None:
            if self.impatient:
                self.impatient = False
                raise KeyboardInterrupt
            return super().change_set(stack, name)

    stage = Stage(tmp_path)
    stage.cloud = Interrupted(stage.clock)
    with pytest.raises(KeyboardInterrupt):
        stage.deployment(SMALL).carry_out()
    assert stage.cloud.status("app") is None
