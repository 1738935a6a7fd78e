"""Calls of inline code, in Python and JavaScript, and of CDK's AwsCustomResource against the role that makes them."""

from __future__ import annotations

import json

import pytest
from judging import found

from stackflight.check.access.commands import action_of_call
from stackflight.model.finding import Severity
from stackflight.read.needs.code import read_code


@pytest.mark.parametrize(
    ("source", "actions"),
    [
        ('import { SNSClient, PublishCommand } from "@aws-sdk/client-sns"; c.send(new PublishCommand({}))', {"sns:Publish"}),
        ("const { PublishCommand } = require('@aws-sdk/client-sns'); c.send(new PublishCommand({}))", {"sns:Publish"}),
        ('import { PublishCommand } from "@aws-sdk/client-sns";', set()),
        ('import { InvokeCommand } from "@aws-sdk/client-lambda"; new InvokeCommand({})', {"lambda:InvokeFunction"}),
        ('import { HeadObjectCommand } from "@aws-sdk/client-s3"; new HeadObjectCommand({})', {"s3:GetObject"}),
        ('import { CopyObjectCommand } from "@aws-sdk/client-s3"; new CopyObjectCommand({})', set()),
        ('import { PutCommand } from "@aws-sdk/lib-dynamodb"; new PutCommand({})', {"dynamodb:PutItem"}),
        ('import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb"; new TransactWriteCommand({})', set()),
        ('import { GetThingCommand } from "./commands"; new GetThingCommand()', set()),
        ('import { PublishCommand } from "@aws-sdk/client-sns"; // new PublishCommand({})', set()),
        ('import { X as Y, ListQueuesCommand } from "@aws-sdk/client-sqs"; new ListQueuesCommand({})', {"sqs:ListQueues"}),
    ],
)  # fmt: skip
def test_the_commands_of_a_script_name_its_actions(source: str, actions: set[str]) -> None:
    assert {call.action for client in read_code(source).clients for call in client.calls} == actions


def test_a_call_of_either_sdk_version_names_its_action() -> None:
    assert action_of_call("SSM", "putParameter") == "ssm:PutParameter"
    assert action_of_call("@aws-sdk/client-ssm", "PutParameterCommand") == "ssm:PutParameter"
    assert action_of_call("secrets-manager", "getSecretValue") == "secretsmanager:GetSecretValue"
    assert action_of_call("Unheard", "putParameter") == ""


ROLE = """
Role:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}
    Policies: [{PolicyName: p, PolicyDocument: {Statement: [{Effect: Allow, Action: %s, Resource: '*'}]}}]
"""
CALL = (
    ROLE
    + """
Function: {Type: AWS::Lambda::Function, Properties: {Runtime: nodejs22.x, Handler: index.h, Role: !GetAtt Role.Arn, Code: {S3Bucket: b, S3Key: k}}}
Call: {Type: Custom::AWS, Properties: {ServiceToken: !GetAtt Function.Arn, Create: '%s'}}
"""
)


@pytest.mark.parametrize(
    ("allowed", "extra", "refused"),
    [
        ("ssm:PutParameter", {}, False),
        ("ssm:Put*", {}, False),
        ("ssm:GetParameter", {}, True),
        ("ssm:GetParameter", {"ignoreErrorCodesMatching": ".*"}, False),
        ("ssm:GetParameter", {"assumedRoleArn": "arn:aws:iam::111122223333:role/x"}, False),
        ("!Ref Given", {}, False),
    ],
)
def test_a_call_that_a_custom_resource_makes_at_once_is_allowed_to_its_role(
    allowed: str, extra: dict[str, str], refused: bool
) -> None:
    call = json.dumps({"service": "SSM", "action": "putParameter", **extra})

    findings = found(CALL % (allowed, call), "call-not-allowed", "Parameters: {Given: {Type: String}}")

    assert [item.severity for item in findings] == [Severity.BLOCKING] * refused


LAUNCHER = (
    ROLE
    + """
Task: {Type: AWS::ECS::TaskDefinition, Properties: {%sContainerDefinitions: [{Name: a, Image: x, Memory: 64}]}}
Function:
  Type: AWS::Lambda::Function
  Properties:
    Runtime: python3.13
    Handler: index.h
    Role: !GetAtt Role.Arn
    Environment: {Variables: {TASK: !Ref Task}}
    Code: {ZipFile: "import boto3\\nboto3.client('ecs').run_task()"}
"""
)


def test_who_runs_a_task_with_roles_may_pass_them() -> None:
    roles = "ExecutionRoleArn: arn:aws:iam::111122223333:role/x, "

    [warned] = found(LAUNCHER % ("ecs:RunTask", roles), "call-not-allowed")
    assert "iam:PassRole" in warned.message
    assert not found(LAUNCHER % ("ecs:RunTask", ""), "call-not-allowed")
    assert not found(LAUNCHER % ("['ecs:RunTask', 'iam:PassRole']", roles), "call-not-allowed")


JOINING = (
    ROLE
    + """
Function:
  Type: AWS::Lambda::Function
  Properties:
    Runtime: python3.13
    Handler: index.h
    Role: !GetAtt Role.Arn
    Code: {S3Bucket: b, S3Key: k}
    VpcConfig: {SubnetIds: !Ref Given, SecurityGroupIds: [sg-1]}
"""
)


@pytest.mark.parametrize(
    ("kind", "severity"), [("List<AWS::EC2::Subnet::Id>", Severity.BLOCKING), ("CommaDelimitedList", Severity.WARNING)]
)
def test_a_list_parameter_of_subnets_puts_a_function_into_a_vpc(kind: str, severity: Severity) -> None:
    head = f"Parameters: {{Given: {{Type: {kind}}}}}"

    [finding] = found(JOINING % "logs:PutLogEvents", "function-cannot-join-vpc", head)
    assert finding.severity is severity
    assert not found(JOINING % "ec2:CreateNetworkInterface", "function-cannot-join-vpc", head)
    assert not found(JOINING % "logs:PutLogEvents", "function-cannot-join-vpc", head.replace("}}", ", Default: ''}}"))
