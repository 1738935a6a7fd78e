"""`diagnose STACK` through boto3 against the endpoint: what it reads of AWS, it reads of a stack that is there or gone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from served_account import Account
from served_templates import QUEUE, ROLE, TOPIC, text

from stackflight.cli.main import main
from stackflight.local.clock import SystemClock

pytestmark = pytest.mark.xdist_group("serve")


@pytest.fixture
def diagnosed(
    open_account: Callable[..., Account], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[Account, Callable[..., dict[str, Any]]]]:
    """An endpoint with failures, and `diagnose` asked about it: the answer as JSON."""

    def opened(*fail: str) -> tuple[Account, Callable[..., dict[str, Any]]]:
        account = open_account(*fail)
        monkeypatch.setenv("AWS_ENDPOINT_URL", account.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTTESTTESTTEST")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

        def ask(*arguments: str) -> dict[str, Any]:
            capsys.readouterr()
            code = main(("diagnose", *arguments, "--region", "us-east-1", "--format", "json"), SystemClock())
            out, err = capsys.readouterr()
            return json.loads(out) if code == 0 else {"code": code, "error": err}

        return account, ask

    return opened


Diagnosed = Callable[..., tuple[Account, Callable[..., dict[str, Any]]]]


def test_a_stack_is_asked_for_its_events_and_the_first_failure_is_named(diagnosed: Diagnosed) -> None:
    account, ask = diagnosed("Topic=The maximum number of addresses has been reached.@3")
    account.cloudformation.create_stack(StackName="app", TemplateBody=text({"Topic": TOPIC, "Queue": QUEUE}))
    assert account.settle("app") == "ROLLBACK_COMPLETE"
    said = ask("app")
    assert (said["root"]["resource"], said["cause"], said["status"]) == (
        "Topic",
        "elastic-ip-quota",
        "ROLLBACK_COMPLETE",
    )
    assert said["advice"]


def test_a_stack_that_was_deleted_since_is_found_by_its_name_and_by_its_arn(diagnosed: Diagnosed) -> None:
    account, ask = diagnosed("Topic=The maximum number of addresses has been reached.@3")
    id = account.cloudformation.create_stack(StackName="app", TemplateBody=text({"Topic": TOPIC}))["StackId"]
    account.settle("app")
    account.cloudformation.delete_stack(StackName="app")
    while account.cloudformation.describe_stacks(StackName=id)["Stacks"][0]["StackStatus"] != "DELETE_COMPLETE":
        time.sleep(0.01)
    for name in ("app", id):
        assert ask(name)["cause"] == "elastic-ip-quota"


def test_what_is_proved_of_the_template_that_aws_keeps_confirms_the_cause(diagnosed: Diagnosed) -> None:
    account, ask = diagnosed("Group=Exceeded attempts to wait@5")
    group = {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": {
        "MinSize": "3", "MaxSize": "2", "AvailabilityZones": ["us-east-1a"], "LaunchConfigurationName": "x"}}  # fmt: skip
    account.cloudformation.create_stack(StackName="app", TemplateBody=text({"Group": group}))
    account.settle("app")
    said = ask("app")
    assert (said["root"]["resource"], said["confidence"], said["retry"]) == ("Group", "high", "no")
    assert any(one["kind"] == "template" and said["cause"] in one["text"] for one in said["evidence"])


def test_services_behind_the_failed_resource_are_asked_for_what_they_saw(diagnosed: Diagnosed) -> None:
    account, ask = diagnosed("Init=Received response status [FAILED] from custom resource. Message returned: see log@5")
    logs = account.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/init")
    logs.create_log_stream(logGroupName="/aws/lambda/init", logStreamName="s")
    line = "connect ETIMEDOUT 10.0.0.7:5432"
    logs.put_log_events(
        logGroupName="/aws/lambda/init", logStreamName="s", logEvents=[{"timestamp": int(time.time() * 1000), "message": line}]
    )  # fmt: skip
    token = "arn:aws:lambda:us-east-1:123456789012:function:init"
    init = {"Type": "Custom::Init", "Properties": {"ServiceToken": token}}
    account.cloudformation.create_stack(StackName="app", TemplateBody=text({"Init": init, "Role": ROLE}),
                                        Capabilities=["CAPABILITY_IAM"])  # fmt: skip
    account.settle("app")
    said = ask("app")
    assert (said["root"]["resource"], said["family"]) == ("Init", "network")
    assert any(line in one["text"] for one in said["evidence"])


def test_a_stack_that_does_not_exist_is_said_not_to(diagnosed: Diagnosed) -> None:
    _, ask = diagnosed()
    said = ask("nowhere")
    assert said["code"] == 1
    assert "there is no stack nowhere" in said["error"]


def test_a_stack_that_is_well_is_healthy(diagnosed: Diagnosed) -> None:
    account, ask = diagnosed()
    account.cloudformation.create_stack(StackName="app", TemplateBody=text({"Queue": QUEUE}))
    account.settle("app")
    assert ask("app")["outcome"] == "healthy"
