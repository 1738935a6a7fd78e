"""Stacks that failed before, tries that are worth another one, and runs that wait for others, through boto3."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from served_templates import QUEUE, text
from wire_desk import FLAGS, OpenDesk

from stackflight.cli import screen
from stackflight.local.home import state_folder
from stackflight.local.ledger import LocalLedger
from stackflight.local.lock import LocalLock
from stackflight.model.run import Holder, Note, Run

pytestmark = pytest.mark.xdist_group("serve")


def runs() -> list[Run]:
    return list(LocalLedger(state_folder()).runs())


def test_a_shell_of_a_failed_creation_is_refused_with_advice_and_removed_where_it_is_said(open_desk: OpenDesk) -> None:
    desk = open_desk("Broken=no@1")
    broken = desk.write("app.json", {"Broken": QUEUE})
    assert desk("deploy", broken, *FLAGS) == 1
    sound = desk.write("app.json", {"Queue": QUEUE})
    assert desk("deploy", sound, *FLAGS) == 1
    assert "app is ROLLBACK_COMPLETE, and CloudFormation updates no stack in this status" in desk.said
    assert "--recover" in desk.said
    assert desk("deploy", sound, *FLAGS, "--recover") == 0
    assert "app is ROLLBACK_COMPLETE. An empty shell after a failed creation." in " ".join(desk.said.split())
    [stack] = desk.account.cloudformation.describe_stacks(StackName="app")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert len(desk.kept_ids()) == len(set(desk.kept_ids()))
    assert set(desk.event_ids("app")) <= set(desk.kept_ids())


def test_what_passes_by_itself_is_tried_again_each_time_as_a_run_of_its_own(open_desk: OpenDesk) -> None:
    desk = open_desk("Queue=Rate exceeded (Service: Sqs, Status Code: 429)@2")
    assert desk("deploy", desk.write("app.json", {"Queue": QUEUE}), *FLAGS, "--retries", "1") == 1
    second, first = runs()
    assert (first.again_of, second.again_of) == ("", first.id)
    assert [run.outcome for run in (first, second)] == ["ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE"]
    assert "another try, 1 of 1" in desk.said
    assert f"another try of {first.id}" in desk.said


def test_what_has_to_be_mended_is_not_tried_again(open_desk: OpenDesk) -> None:
    desk = open_desk("Queue=API: sqs:CreateQueue Access Denied@2")
    assert desk("deploy", desk.write("app.json", {"Queue": QUEUE}), *FLAGS, "--retries", "3") == 1
    assert len(runs()) == 1
    assert "no other try: the diagnosis does not say that another try helps" in desk.said


def test_whoever_waits_is_told_what_failed_in_front_and_is_reviewed_again(open_desk: OpenDesk) -> None:
    desk = open_desk()
    file = desk.write("app.json", {"Queue": QUEUE})
    front = Run("r-7", "app.json", ("app",), "maria", "desk", "123456789012", "us-east-1", desk.clock.now())
    ledger = LocalLedger(state_folder())
    ledger.save(front)
    lock, holder = LocalLock(state_folder(), "123456789012", "us-east-1"), Holder("app", "r-7", "maria", "desk", 0.0)
    lock.take(holder)

    def let_go(sleeps: int) -> None:
        if sleeps == 3:
            ledger.note("r-7", Note(0.0, "diagnosis", {"resource": "Db", "reason": "no capacity"}))
            ledger.save(replace(front, outcome="ROLLBACK_COMPLETE"))
            wide = {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 30, "VisibilityTimeout": 60}}
            Path(file).write_text(text({"Other": wide}))
            lock.release(holder)

    desk.clock.on_sleep = let_go
    assert desk("deploy", file, *FLAGS, "--wait", "40m") == 0
    assert "app is held by r-7 of maria on desk" in desk.said
    assert "the run in front, r-7, has failed, ROLLBACK_COMPLETE: Db: no capacity; it is our turn" in " ".join(
        desk.said.split()
    )
    assert "reviewing again" in desk.said
    assert "Other" in desk.said
    template = desk.account.cloudformation.get_template(StackName="app")["TemplateBody"]
    assert list((template if isinstance(template, dict) else json.loads(template))["Resources"]) == ["Other"]


def test_a_wait_that_is_over_ends_it_as_held(open_desk: OpenDesk) -> None:
    desk = open_desk()
    lock, holder = LocalLock(state_folder(), "123456789012", "us-east-1"), Holder("app", "r-7", "maria", "desk", 0.0)
    lock.take(holder)
    assert desk("deploy", desk.write("app.json", {"Queue": QUEUE}), *FLAGS, "--wait", "1m") == 2
    assert screen._writing == []  # nothing goes on writing
    lock.release(holder)


def test_another_machine_sees_and_follows_a_run_through_the_bucket(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desk = open_desk(speed=20.0)
    desk.account.client("s3").create_bucket(Bucket="ours")
    nat = {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": "subnet-12345678"}}
    file = desk.write("app.json", {"Queue": QUEUE, "Nat": nat})
    assert desk("deploy", file, *FLAGS, "--lock-bucket", "ours", "--detach") == 3
    [run] = runs()
    monkeypatch.setenv("STACKFLIGHT_HOME", str(tmp_path / "other machine"))
    assert runs() == []
    assert desk("runs", "--lock-bucket", "ours") == 0
    assert run.id in desk.said
    assert desk("watch", run.id, "--lock-bucket", "ours") == 0
    assert "CREATE_COMPLETE" in desk.said
    assert desk.kept_ids() == desk.event_ids("app")[1:]  # the shell of the change set was before it
    token = desk.account.cloudformation.describe_stack_events(StackName="app")["StackEvents"][0]["ClientRequestToken"]
    assert token == f"{run.id}-f1-deploy-app"
    monkeypatch.setenv("STACKFLIGHT_HOME", str(tmp_path / "state"))
    assert desk("watch", run.id, "--lock-bucket", "ours") == 0
