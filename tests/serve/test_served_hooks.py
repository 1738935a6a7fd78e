"""A hook that refuses a resource: what clients see of it, and what a deployment of ours says."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from served_account import Account, refusal
from served_templates import BUCKET, QUEUE, text
from wire_desk import FLAGS, OpenDesk

pytestmark = pytest.mark.xdist_group("serve")

HOOK = "Private::Guard::S3Check"
FAIL = f"Bucket=hook {HOOK}: the bucket is not encrypted"


def test_a_hook_that_refuses_is_told_before_the_failure_and_its_result_is_kept(
    open_account: Callable[..., Account],
) -> None:
    account = open_account(FAIL)
    cloud = account.cloudformation
    cloud.create_change_set(
        StackName="app",
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=text({"Queue": QUEUE, "Bucket": BUCKET}),
    )
    counts = {
        one["ResourceChange"]["LogicalResourceId"]: one.get("HookInvocationCount")
        for one in account.settle_change_set("app", "first")["Changes"]
    }
    assert counts == {"Queue": None, "Bucket": 1}
    [planned] = cloud.describe_change_set_hooks(StackName="app", ChangeSetName="first")["Hooks"]
    assert (planned["TypeName"], planned["TargetDetails"]["ResourceTargetDetails"]["ResourceAction"]) == (HOOK, "Add")
    cloud.execute_change_set(StackName="app", ChangeSetName="first")
    assert account.settle("app") == "ROLLBACK_COMPLETE"
    events = cloud.describe_stack_events(StackName="app")["StackEvents"][::-1]
    own = [one for one in events if one["LogicalResourceId"] == "Bucket"]
    told = [(one["ResourceStatus"], one.get("HookStatus"), one.get("HookStatusReason")) for one in own]
    assert told[:4] == [
        ("CREATE_IN_PROGRESS", None, None),
        ("CREATE_IN_PROGRESS", "HOOK_IN_PROGRESS", "Invoking hook"),
        ("CREATE_IN_PROGRESS", "HOOK_COMPLETE_FAILED", "Hook failed with message: the bucket is not encrypted"),
        ("CREATE_FAILED", None, None),
    ]
    assert own[3]["ResourceStatusReason"] == f"The following hook(s) failed: [{HOOK}]"
    assert [one["Timestamp"] for one in events] == sorted(one["Timestamp"] for one in events)
    assert len({one["EventId"] for one in events}) == len(events)
    stack = events[0]["StackId"]
    [result] = cloud.list_hook_results(TargetType="STACK", TargetId=stack)["HookResults"]
    assert (result["HookResultId"], result["Status"]) == (own[2]["HookInvocationId"], "HOOK_COMPLETE_FAILED")
    [same] = cloud.list_hook_results()["HookResults"]
    assert (same["HookResultId"], same["HookExecutionTarget"]) == (result["HookResultId"], stack)
    assert cloud.get_hook_result(HookResultId=result["HookResultId"])["Target"]["TargetTypeName"] == "AWS::S3::Bucket"
    assert (
        refusal(cloud.get_hook_result, HookResultId="2a36aa47-2d4c-4ab8-a263-4162b342545c")[0] == "HookResultNotFound"
    )
    assert cloud.list_hook_results(Status="HOOK_COMPLETE_SUCCEEDED")["HookResults"] == []


def test_a_deployment_says_which_hook_refused_and_why(open_desk: OpenDesk) -> None:
    desk = open_desk(FAIL)
    file = desk.write("app.json", {"Queue": QUEUE, "Bucket": BUCKET})
    assert desk("deploy", file, "--format", "json", *FLAGS) == 1
    *events, end = [json.loads(line) for line in desk.told.splitlines()]
    assert any(one["reason"].startswith(f"{HOOK}: HOOK_COMPLETE_FAILED: Hook failed with") for one in events)
    assert end["diagnosis"]["family"] == "hook"
    said = [one["text"] for one in end["diagnosis"]["evidence"] if one["kind"] == "hook"]
    assert said == ["Hook failed with message: the bucket is not encrypted"]
