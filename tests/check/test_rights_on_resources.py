"""A role that may do something, and not where it is asked to: judged by ARN, and open wherever an ARN is not known."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from judging import judge
from test_law import body_of, found

from stackflight.facts.load import Row, all_rows

TARGETS = {
    "sqs": ("AWS::SQS::Queue", "Arn"), "sns": ("AWS::SNS::Topic", "Ref"), "s3": ("AWS::S3::Bucket", "Arn"),
    "lambda": ("AWS::Lambda::Function", "Arn"), "kinesis": ("AWS::Kinesis::Stream", "Arn"),
    "firehose": ("AWS::KinesisFirehose::DeliveryStream", "Arn"), "events": ("AWS::Events::EventBus", "Arn"),
    "states": ("AWS::StepFunctions::StateMachine", "Ref"), "dynamodb": ("AWS::DynamoDB::Table", "Arn"),
    "logs": ("AWS::Logs::LogGroup", "Arn"), "secretsmanager": ("AWS::SecretsManager::Secret", "Ref"),
    "codebuild": ("AWS::CodeBuild::Project", "Arn"), "iam": ("AWS::IAM::Role", "Arn"), "ecr": ("AWS::ECR::Repository", "Arn"),
    "ecs": ("AWS::ECS::TaskDefinition", "Ref"), "codecommit": ("AWS::CodeCommit::Repository", "Arn"),
    "aoss": ("AWS::OpenSearchServerless::Collection", "Arn"), "rds": ("AWS::RDS::DBCluster", "Arn"),
    "mq": ("AWS::AmazonMQ::Broker", "Arn"),
}  # fmt: skip
ROWS = [row for row in all_rows("role_uses") if "on" in row]


def aimed(row: Row, resource: Any) -> dict[str, Any]:
    """The row's fixed template with a role that allows its actions on one resource alone, and a target where it points."""
    body = copy.deepcopy(row["fixed"])
    action, on = next(iter(row["on"].items())) if isinstance(row["on"], dict) else (row["actions"][0], row["on"])
    kind, attribute = TARGETS.get(action.split(":")[0], ("", ""))
    path = on.partition("{")[2].partition("}")[0].removesuffix(">Arn")
    if kind and ">" not in path and path != "subject":
        bare = on.startswith("arn:") or ">Arn}" in on or attribute == "Ref"
        value = {"Ref": "Target"} if bare else {"Fn::GetAtt": ["Target", "Arn"]}
        for at in [body["Subject"]] if "each" not in row else _items(body["Subject"], row["each"]):
            if _put(at, path, value):
                body["Target"] = {"Type": kind, "Properties": {}}
    body["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]["Resource"] = resource
    return body


def _items(value: Any, path: str) -> list[Any]:
    for key in path.replace("[]", "").split("."):
        value = value[key] if isinstance(value, dict) else [one for item in value for one in item[key]]
    return list(value)


def _put(value: Any, path: str, given: Any) -> bool:
    """Whether there was a place for it: none where a resource of the template is named already."""
    head, _, rest = path.partition(".")
    key, listed = head.removesuffix("[]"), head.endswith("[]")
    if rest:
        inner = value.setdefault(key, [{}] if listed else {})
        return _put(inner[0] if listed else inner, rest, given)
    if isinstance(value.get(key), dict):
        return False
    text = value.get(key, "")
    value[key] = {"Fn::Sub": "0.dkr.ecr.${Target}"} if ".dkr.ecr." in text else [given] if listed else given
    if "sqs:path" in text:
        value[key] = {"Fn::Sub": "arn:aws:apigateway:eu-west-1:sqs:path/1/${Target.QueueName}"}
    return True


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_role_that_may_do_it_elsewhere_is_found_and_one_whose_place_is_not_known_is_not(row: Row) -> None:
    elsewhere = f"arn:aws:{row['actions'][-1].split(':')[0]}:eu-west-1:111122223333:elsewhere"

    assert found(row, body_of(row, aimed(row, elsewhere)))
    assert not found(row, {**body_of(row, aimed(row, {"Ref": "Given"})), "Parameters": {"Given": {"Type": "String"}}})


HEAD = "Parameters: {Given: {Type: String}}"
PIPE = """
Orders: {{Type: AWS::SQS::Queue, Properties: {{QueueName: !Sub '${{AWS::StackName}}-orders'}}}}
Other: {{Type: AWS::SQS::Queue}}
Bucket: {{Type: AWS::S3::Bucket}}
Role:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument: {{Statement: [{{Effect: Allow, Principal: {{Service: pipes.amazonaws.com}}, Action: sts:AssumeRole}}]}}
    Policies: [{{PolicyName: p, PolicyDocument: {{Version: '2012-10-17', Statement: [
      {{Effect: Allow, Action: 'dynamodb:*', Resource: '*'}}, {{Effect: Allow, Action: 'sqs:*', {resource}}}]}}}}]
Pipe:
  Type: AWS::Pipes::Pipe
  Properties: {{RoleArn: !GetAtt Role.Arn, Source: 'arn:aws:dynamodb:eu-west-1:111122223333:table/a/stream/b', Target: !GetAtt {target}.Arn}}
"""
MISSED = "pipe-may-not-send-to-queue"


@pytest.mark.parametrize(
    ("target", "resource", "struck"),
    [
        ("Other", "Resource: !GetAtt Other.Arn", False),
        ("Other", "Resource: !GetAtt Orders.Arn", True),
        ("Other", "Resource: [!GetAtt Orders.Arn, !GetAtt Other.Arn]", False),
        ("Other", "Resource: !Sub '${Orders.Arn}*'", False),
        ("Other", "NotResource: !GetAtt Orders.Arn", False),
        ("Other", "Resource: !Ref Given", False),
        ("Other", "Resource: !Sub 'arn:aws:sqs:*:*:${Given}'", False),
        ("Other", "Resource: !Sub 'arn:aws:sqs:*:*:${AWS::StackName}-*'", False),
        ("Other", "Resource: 'arn:aws:sqs:*:*:some-queue'", True),
        ("Other", "Resource: 'arn:aws:sns:*:*:*'", True),
        ("Other", "Resource: !Sub 'arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${Other.QueueName}'", False),
        ("Other", "Resource: !GetAtt Bucket.Arn", True),
        ("Orders", "Resource: !Sub 'arn:aws:sqs:*:*:${AWS::StackName}-orders'", False),
        ("Orders", "Resource: 'arn:aws:sqs:*:*:*-orders'", False),
        ("Orders", "Resource: 'arn:aws:sqs:*:*:*-invoices'", True),
    ],
)  # fmt: skip
def test_an_arn_is_held_against_what_may_be_the_targets(target: str, resource: str, struck: bool) -> None:
    findings = judge(PIPE.format(target=target, resource=resource), HEAD)

    assert any(item.check == MISSED for item in findings) is struck


def test_a_policy_of_the_target_that_lets_the_role_in_is_enough() -> None:
    keeper = (
        "Keeper:\n  Type: AWS::SQS::QueuePolicy\n  Properties: {Queues: [!Ref Other], PolicyDocument: {Statement: "
        "[{Effect: Allow, Principal: %s, Action: 'sqs:SendMessage', Resource: '*'}]}}\n"
    )
    pipe = PIPE.format(target="Other", resource="Resource: !GetAtt Orders.Arn")
    for principal, struck in (("{AWS: !GetAtt Role.Arn}", False), ("{Service: sns.amazonaws.com}", True)):
        assert any(item.check == MISSED for item in judge(pipe + keeper % principal, HEAD)) is struck


@pytest.mark.parametrize(
    ("resource", "struck"),
    [
        ("arn:aws:logs:eu-west-1:111122223333:log-group:other:*", True),
        ("arn:aws:logs:*:*:log-group:*", False),
        ("arn:aws:logs:*:*:log-group:a-stack-*:*", False),
        ("arn:aws:logs:*:*:*", False),
        ("*", False),
    ],
)
def test_the_name_of_a_log_group_ends_at_the_colon(resource: str, struck: bool) -> None:
    trail = f"""
    Group: {{Type: AWS::Logs::LogGroup}}
    Role:
      Type: AWS::IAM::Role
      Properties:
        AssumeRolePolicyDocument: {{Statement: [{{Effect: Allow, Principal: {{Service: cloudtrail.amazonaws.com}}, Action: sts:AssumeRole}}]}}
        Policies: [{{PolicyName: p, PolicyDocument: {{Statement: [{{Effect: Allow, Action: 'logs:*', Resource: '{resource}'}}]}}}}]
    Trail:
      Type: AWS::CloudTrail::Trail
      Properties: {{IsLogging: true, S3BucketName: b, CloudWatchLogsLogGroupArn: !GetAtt Group.Arn, CloudWatchLogsRoleArn: !GetAtt Role.Arn}}
    """
    assert any(item.check == "trail-may-not-log" for item in judge(trail)) is struck
