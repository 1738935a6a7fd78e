"""Stack policies, and what else a stack tells of itself while it is at work."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from served_account import Account, refusal
from served_templates import QUEUE, SLOWER, TOPIC, text

from stackflight.rehearse.clock import VirtualClock
from stackflight.serve.stack_policy import find_denial

pytestmark = pytest.mark.xdist_group("serve")
ALLOW = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Statement": statements})


def deny(**more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": "Update:*", "Principal": "*", "Resource": "LogicalResourceId/Queue", **more}


def test_an_update_that_a_policy_denies_fails_and_goes_back(account: Account) -> None:
    cloud = account.cloudformation
    cloud.create_stack(StackName="app", TemplateBody=text({"Queue": QUEUE}), StackPolicyBody=policy(ALLOW, deny()))
    account.settle("app")
    cloud.update_stack(StackName="app", TemplateBody=text({"Queue": SLOWER}))
    assert account.settle("app") == "UPDATE_ROLLBACK_COMPLETE"
    reasons = [one.get("ResourceStatusReason") for one in cloud.describe_stack_events(StackName="app")["StackEvents"]]
    assert (
        "Action denied by stack policy: Statement [#2] does not allow [Update:Modify] for resource "
        "[LogicalResourceId/Queue]"
    ) in reasons


def test_a_policy_for_one_update_lets_it_pass_and_the_other_stays(account: Account) -> None:
    cloud = account.cloudformation
    cloud.create_stack(StackName="app", TemplateBody=text({"Queue": QUEUE}))
    account.settle("app")
    cloud.set_stack_policy(StackName="app", StackPolicyBody=policy(ALLOW, deny()))
    change = {"StackName": "app", "TemplateBody": text({"Queue": SLOWER})}
    cloud.update_stack(**change, StackPolicyDuringUpdateBody=policy(ALLOW))
    assert account.settle("app") == "UPDATE_COMPLETE"
    assert json.loads(cloud.get_stack_policy(StackName="app")["StackPolicyBody"])["Statement"] == [ALLOW, deny()]


def test_what_is_no_policy_is_refused(account: Account) -> None:
    call = {"StackName": "app", "TemplateBody": text({"Queue": QUEUE}), "StackPolicyBody": "{]"}
    assert refusal(account.cloudformation.create_stack, **call) == (
        "ValidationError",
        "Error validating stack policy: Invalid stack policy",
    )


@pytest.mark.parametrize(
    ("statements", "replaces", "denied"),
    [
        ((), False, True),
        ((ALLOW,), False, False),
        ((ALLOW, deny(Action="Update:Replace")), False, False),
        ((ALLOW, deny(Action=["Update:Replace", "Update:Delete"])), True, True),
        ((ALLOW, deny(Resource="LogicalResourceId/Other")), False, False),
        ((ALLOW, deny(Resource="LogicalResourceId/Qu*")), False, True),
        ((ALLOW, deny(Resource="*", Condition={"StringEquals": {"ResourceType": ["AWS::SQS::Queue"]}})), False, True),
        ((ALLOW, deny(Resource="*", Condition={"StringLike": {"ResourceType": "AWS::RDS::*"}})), False, False),
        (({"Effect": "Allow", "Action": "Update:*", "NotResource": "LogicalResourceId/Queue"},), False, True),
    ],
)
def test_deny_outweighs_allow_and_what_nothing_allows_is_denied(
    statements: tuple[dict[str, Any], ...], replaces: bool, denied: bool
) -> None:
    found = find_denial(policy(*statements), "Queue", "AWS::SQS::Queue", replaces)
    assert bool(found) is denied


def test_a_stack_says_when_everything_is_configured_and_only_settles(open_account: Callable[..., Account]) -> None:
    clock = VirtualClock()
    account = open_account(by=clock)
    cloud = account.cloudformation
    cloud.create_stack(StackName="app", TemplateBody=text({"Queue": QUEUE, "Topic": TOPIC}))
    told = set()
    while (stack := cloud.describe_stacks(StackName="app")["Stacks"][0])["StackStatus"] == "CREATE_IN_PROGRESS":
        told.add(stack.get("DetailedStatus", ""))
        clock.sleep(0.5)
    assert told == {"", "CONFIGURATION_COMPLETE"}
    assert "DetailedStatus" not in stack
