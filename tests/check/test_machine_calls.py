"""What the tasks of a state machine call is held against its role, also inside of branches and in AWS SDK integrations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.operate.review import check_world
from stackflight.read.assembly import join_stacks
from stackflight.read.document import parse_template
from stackflight.read.manifest import Source

SEND = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}


def told(states: dict[str, Any], *allowed: str) -> list[str]:
    """The messages on a machine of these states whose role allows some actions on everything."""
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = {"Statement": [{"Effect": "Allow", "Action": list(allowed), "Resource": "*"}]}
    role = {
        "AssumeRolePolicyDocument": {"Statement": [trust]},
        "Policies": [{"PolicyName": "a", "PolicyDocument": policy}],
    }
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    machine = {"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, "DefinitionString": {"Fn::Sub": definition}}
    resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine},
    }
    world = join_stacks(
        [Source("s", parse_template(json.dumps({"Resources": resources}), "s.json"))], {}, LocalFolder(Path())
    )
    found = check_world("s", world, SystemClock(), 0.0).findings
    return [finding.message for finding in found if finding.check == "state-machine-not-allowed"]


def test_a_call_that_the_role_does_not_allow_is_named_with_its_state() -> None:
    [message] = told({"Send": SEND}, "sqs:ReceiveMessage")
    assert message == (
        "Machine calls sqs:SendMessage in Send, and its role Role does not allow it: the execution fails"
    )
    assert not told({"Send": SEND}, "sqs:Send*")


def test_actions_go_by_their_own_names() -> None:
    """A service of the AWS SDK by its name in Java, an action that is called otherwise than the call."""
    calls = {
        "aws-sdk:cloudwatchlogs:describeLogGroups": "logs:DescribeLogGroups",
        "aws-sdk:sfn:listExecutions": "states:ListExecutions",
        "aws-sdk:s3:listObjectsV2": "s3:ListBucket",
        "lambda:invoke.waitForTaskToken": "lambda:InvokeFunction",
        "elasticmapreduce:createCluster.sync": "elasticmapreduce:RunJobFlow",
        "http:invoke": "states:InvokeHTTPEndpoint",
    }
    for call, action in calls.items():
        state = {**SEND, "Resource": f"arn:${{AWS::Partition}}:states:::{call}"}
        [message] = told({"One": state}, "sns:Publish")
        assert action in message
        assert not told({"One": state}, action)


def test_what_another_role_calls_or_nobody_can_name_is_left_in_peace() -> None:
    assert not told(
        {"Send": {**SEND, "Credentials": {"RoleArn": "arn:aws:iam::111122223333:role/other"}}}, "sns:Publish"
    )
    assert not told({"Send": {**SEND, "Resource": "arn:aws:states:::aws-sdk:brandnew:doIt"}}, "sns:Publish")
    inside = {"Type": "Map", "ItemProcessor": {"StartAt": "Send", "States": {"Send": SEND}}, "End": True}
    assert told({"All": inside}, "sns:Publish")
