"""Functions that send their failures away, and services that take on a role: what the role has to allow, and to whom."""

from __future__ import annotations

import pytest
from judging import found

ROLE = """
Role: {Type: AWS::IAM::Role, Properties: {
  AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: %s.amazonaws.com}, Action: 'sts:AssumeRole'}]},
  Policies: [{PolicyName: p, PolicyDocument: {Statement: [{Effect: Allow, Action: %s, Resource: '*'}]}}]}}
"""
FUNCTION = """
Queue: {Type: AWS::SQS::Queue}
Topic: {Type: AWS::SNS::Topic}
Function: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.13, Handler: index.h, Role: !GetAtt Role.Arn,
  %sCode: {ZipFile: "x = 1"}}}
"""
INVOKE = """
Settings: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref Function, Qualifier: $LATEST,
  DestinationConfig: {OnFailure: {Destination: !Ref Topic}}}}
"""
OPEN = """
Policy: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Queue], PolicyDocument: {Statement: [
  {Effect: Allow, Principal: {AWS: !GetAtt Role.Arn}, Action: 'sqs:SendMessage', Resource: !GetAtt Queue.Arn}]}}}
"""
DEAD = "DeadLetterConfig: {TargetArn: !GetAtt Queue.Arn}, "


@pytest.mark.parametrize(
    ("action", "settings", "more", "refused"),
    [
        ("sqs:SendMessage", DEAD, "", False),
        ("sqs:ReceiveMessage", DEAD, "", True),
        ("sns:Publish", "", INVOKE, False),
        ("'sns:*'", "", INVOKE, False),
        ("sqs:SendMessage", "", INVOKE, True),
        ("sqs:ReceiveMessage", DEAD, OPEN, False),
        ("!Ref Given", DEAD, INVOKE, False),
        ("sqs:ReceiveMessage", "DeadLetterConfig: {TargetArn: !Ref Given}, ", "", False),
    ],
)
def test_a_function_may_send_to_where_its_failures_go(action: str, settings: str, more: str, refused: bool) -> None:
    resources = ROLE % ("lambda", action) + FUNCTION % settings + more

    assert bool(found(resources, "destination-not-permitted", "Parameters: {Given: {Type: String}}")) is refused


@pytest.mark.parametrize(
    ("service", "resource"),
    [
        ("vpc-flow-logs", "{Type: AWS::EC2::FlowLog, Properties: {DeliverLogsPermissionArn: !GetAtt Role.Arn}}"),
        (
            "cognito-idp",
            "{Type: AWS::Cognito::UserPool, Properties: {SmsConfiguration: {SnsCallerArn: !GetAtt Role.Arn}}}",
        ),
        ("logs", "{Type: AWS::Logs::SubscriptionFilter, Properties: {RoleArn: !GetAtt Role.Arn, DestinationArn: x}}"),
        ("rds", "{Type: AWS::RDS::DBProxy, Properties: {RoleArn: !GetAtt Role.Arn}}"),
    ],
)
def test_a_service_that_tests_its_role_must_be_named_by_the_trust_policy(service: str, resource: str) -> None:
    user = f"User: {resource}\n"

    assert not found(ROLE % (service, "'*'") + user, "role-cannot-be-assumed")
    assert found(ROLE % ("ec2", "'*'") + user, "role-cannot-be-assumed")
