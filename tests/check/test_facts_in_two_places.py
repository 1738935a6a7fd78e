"""Facts that stood in two tables, drifted, and now stand in one: whoever needs them says the same."""

from __future__ import annotations

import pytest
from judging import found

POLICY = """
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Principal: {{Service: ec2.amazonaws.com}}, Action: sts:AssumeRole}}]}}
      Policies: [{{PolicyName: p, PolicyDocument: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Action: "{action}", Resource: !Ref It}}]}}}}]
  It: {{Type: "{type}", Properties: {properties}}}
"""


@pytest.mark.parametrize(
    ("type", "action", "properties"),
    [
        ("AWS::SQS::Queue", "sqs:SendMessage", "{}"),
        ("AWS::Events::EventBus", "events:PutEvents", "{Name: bus}"),
        ("AWS::IAM::InstanceProfile", "iam:PassRole", "{Roles: [x]}"),
    ],
)
def test_ref_of_what_has_a_name_is_no_arn_in_a_policy_either(type: str, action: str, properties: str) -> None:
    text = POLICY.format(type=type, action=action, properties=properties)

    assert [item.severity for item in found(text, "policy-resource-not-arn")] == ["blocking"]


@pytest.mark.parametrize("type", ["AWS::SNS::Topic", "AWS::StepFunctions::StateMachine", "AWS::SecretsManager::Secret"])
def test_ref_of_what_has_an_arn_is_one(type: str) -> None:
    text = POLICY.format(type=type, action="x:Y", properties="{}")

    assert found(text, "policy-resource-not-arn") == []
