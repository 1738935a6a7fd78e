"""A stack that takes no deployment: refused with what is safe, and brought back where somebody says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from deployments import SMALL, Stage, world_of

from stackflight.errors import Blocked, OperationRefused
from stackflight.model.diagnosis import Diagnosis, Outcome, Retry
from stackflight.model.event import StackStatus
from stackflight.model.moment import Ended, Said
from stackflight.model.plan import CreateStack, OnFailure, UpdateStack
from stackflight.model.run import DECLINED, Run
from stackflight.model.stack_state import stack_states
from stackflight.model.value import Address
from stackflight.operate.again import find_obstacle
from stackflight.operate.recover import plan_recovery
from stackflight.rehearse.behaviour import Fault

EVERY = frozenset(status for status, state in stack_states().items() if state.recover)
TABLE = "Resources: {Table: {Type: AWS::DynamoDB::Table}, Role: {Type: AWS::IAM::Role, DependsOn: Table}}"
CHANGED = "Resources: {Nat: {Type: AWS::EC2::NatGateway}, Role: {Type: AWS::IAM::Role, Properties: {Description: new}}}"


def failing(stage: Stage, resource: str, deed: str = "create") -> Stage:
    stage.cloud.engine.faults[Address("app", resource), deed] = Fault("Rate exceeded")  # type: ignore[index]
    return stage


def mended(stage: Stage) -> Stage:
    stage.cloud.engine.faults.clear()  # type: ignore[attr-defined]
    return stage


def left(tmp_path: Path, text: str, resource: str, on_failure: OnFailure = OnFailure.ROLLBACK) -> Stage:
    """A stack whose creation has failed."""
    stage = failing(Stage(tmp_path), resource)
    stage.cloud.start(CreateStack("app", world_of(text), on_failure))
    stage.cloud.settle()
    return mended(stage)


def test_a_shell_that_is_left_of_a_failed_creation_is_deleted_and_made_anew_only_where_it_is_said(
    tmp_path: Path,
) -> None:
    stage = left(tmp_path, SMALL, "Role")
    assert stage.cloud.status("app") is StackStatus.ROLLBACK_COMPLETE
    with pytest.raises(OperationRefused) as refused:
        stage.deployment(SMALL).carry_out()
    assert "--recover" in refused.value.hint
    assert stage.cloud.status("app") is StackStatus.ROLLBACK_COMPLETE
    ended = stage.deployment(SMALL, id="r-2", recover=EVERY).carry_out()
    assert ended.run.outcome == "CREATE_COMPLETE"
    kept = [event.status for event in stage.ledger.events("r-2") if event.of_stack]
    assert kept[:2] == ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"]
    assert kept[-1] == "CREATE_COMPLETE"
    assert next(note.kind for note in stage.ledger.notes("r-2")) == "recovery"


def test_a_failed_creation_that_was_kept_is_rolled_back_first(tmp_path: Path) -> None:
    stage = left(tmp_path, SMALL, "Role", OnFailure.DO_NOTHING)
    assert stage.cloud.status("app") is StackStatus.CREATE_FAILED
    assert stage.deployment(SMALL, recover=EVERY).carry_out().run.outcome == "CREATE_COMPLETE"


def test_a_failed_creation_that_was_kept_is_gone_on_with_where_rollback_stays_off(tmp_path: Path) -> None:
    stage = left(tmp_path, SMALL, "Role", OnFailure.DO_NOTHING)
    with pytest.raises(OperationRefused, match="no stack in this status with rollback on") as refused:
        stage.deployment(SMALL).carry_out()
    assert "--no-rollback" in refused.value.hint
    ended = stage.deployment(SMALL, id="r-2", on_failure=OnFailure.DO_NOTHING).carry_out()
    assert ended.run.outcome == "UPDATE_COMPLETE"
    made = [event.resource for event in stage.ledger.events("r-2") if event.status == "CREATE_COMPLETE"]
    assert made == ["Role"]


def test_what_failed_and_is_no_longer_wanted_is_removed_and_the_stack_is_well(tmp_path: Path) -> None:
    stage = left(tmp_path, SMALL, "Role", OnFailure.DO_NOTHING)
    alone = "Resources: {Nat: {Type: AWS::EC2::NatGateway}}"
    ended = stage.deployment(alone, id="r-2", on_failure=OnFailure.DO_NOTHING).carry_out()
    assert ended.run.outcome == "UPDATE_COMPLETE"
    assert stage.ledger.events("r-2")[-1].status == "UPDATE_COMPLETE"


def test_a_table_that_failed_to_be_created_may_go_unnamed_by_an_update_and_by_a_recovery(tmp_path: Path) -> None:
    stage = left(tmp_path, TABLE, "Table", OnFailure.DO_NOTHING)
    without = "Resources: {Role: {Type: AWS::IAM::Role}}"
    ended = stage.deployment(without, on_failure=OnFailure.DO_NOTHING).carry_out()
    assert ended.run.outcome == "UPDATE_COMPLETE"
    stage = left(tmp_path / "other", TABLE, "Table", OnFailure.DO_NOTHING)
    assert stage.deployment(TABLE, recover=EVERY).carry_out().run.outcome == "CREATE_COMPLETE"


def test_data_that_a_recovery_would_end_has_to_be_named(tmp_path: Path) -> None:
    stage = left(tmp_path, TABLE, "Role", OnFailure.DO_NOTHING)
    with pytest.raises(Blocked, match=r"data would be lost: Table \(AWS::DynamoDB::Table, deleted\)"):
        stage.deployment(TABLE, recover=EVERY).carry_out()
    assert stage.cloud.status("app") is StackStatus.CREATE_FAILED
    ended = stage.deployment(TABLE, id="r-2", recover=EVERY, allow_loss=frozenset({"Table"})).carry_out()
    assert ended.run.outcome == "CREATE_COMPLETE"


def test_an_update_that_failed_without_a_way_back_goes_back_and_loses_nothing_that_was_there_before(
    tmp_path: Path,
) -> None:
    stage = failing(Stage(tmp_path).holding(TABLE), "Role", "update")
    stage.cloud.start(
        UpdateStack(
            "app", world_of(TABLE.replace("Role,", "Role, Properties: {Description: new},")), OnFailure.DO_NOTHING
        )
    )
    stage.cloud.settle()
    assert stage.cloud.status("app") is StackStatus.UPDATE_FAILED
    ended = (
        mended(stage)
        .deployment(TABLE.replace("Role,", "Role, Properties: {Description: x},"), recover=EVERY)
        .carry_out()
    )
    assert ended.run.outcome == "UPDATE_COMPLETE"


def test_a_recovery_that_is_declined_does_nothing(tmp_path: Path) -> None:
    stage = left(tmp_path, SMALL, "Role")
    deployment = stage.deployment(SMALL, recover=EVERY)
    asked: list[str] = []
    deployment.agree = lambda question: bool(asked.append(question))
    assert deployment.carry_out().run.outcome == DECLINED
    assert asked == ["delete app?"]
    assert stage.cloud.status("app") is StackStatus.ROLLBACK_COMPLETE
    assert any("empty shell" in one.text for one in stage.watcher.of(Said))  # type: ignore[attr-defined]


def test_what_can_be_deployed_as_it_is_needs_no_recovery(tmp_path: Path) -> None:
    assert plan_recovery(Stage(tmp_path).holding(SMALL).cloud, "app") is None
    assert plan_recovery(Stage(tmp_path / "other").cloud, "app") is None


def over(outcome: str, retry: Retry) -> Ended:
    run = Run("r-1", "app.yaml", ("app",), "maria", "desk", "simulated", "", 0.0, outcome=outcome)
    return Ended(run, 1.0, diagnosis=Diagnosis("r-1", Outcome.FAILED, "", retry=retry, retry_why="it passes"))


def test_another_try_needs_a_diagnosis_that_promises_something(tmp_path: Path) -> None:
    cloud = left(tmp_path, SMALL, "Role").cloud
    assert find_obstacle(over("ROLLBACK_COMPLETE", Retry.YES), cloud) == ""
    for retry in (Retry.NO, Retry.SOMETIMES):
        assert "does not say that another try helps" in find_obstacle(over("ROLLBACK_COMPLETE", retry), cloud)
    assert find_obstacle(over("ROLLBACK_FAILED", Retry.YES), cloud) == "it ended ROLLBACK_FAILED"


def test_another_try_needs_a_clean_stack(tmp_path: Path) -> None:
    kept = SMALL.replace("Type: AWS::EC2::NatGateway", "Type: AWS::EC2::NatGateway, DeletionPolicy: Retain")
    cloud = left(tmp_path, kept.replace("Type: AWS::IAM::Role", "Type: AWS::IAM::Role, DependsOn: Nat"), "Role").cloud
    assert find_obstacle(over("ROLLBACK_COMPLETE", Retry.YES), cloud) == "app is not clean: it left behind Nat"
    cloud = left(tmp_path / "kept", SMALL, "Role", OnFailure.DO_NOTHING).cloud
    assert find_obstacle(over("ROLLBACK_COMPLETE", Retry.YES), cloud) == "app is not clean: it is CREATE_FAILED"
