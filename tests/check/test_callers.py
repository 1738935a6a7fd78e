"""Services that call functions, and send to encrypted queues and topics: who is let in, and for whom."""

from __future__ import annotations

import json
from typing import Any

import pytest
from judging import found

from stackflight.facts.load import Row, all_rows
from stackflight.model.finding import Severity

FUNCTION = """
Function:
  Type: AWS::Lambda::Function
  Properties: {Runtime: python3.13, Handler: index.handler, Role: arn:aws:iam::111122223333:role/x, Code: {ZipFile: "x = 1"}}
Bucket: {Type: AWS::S3::Bucket, Properties: {}}
Logs: {Type: AWS::Logs::LogGroup, Properties: {}}
Rule: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 hour)}}
Other: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 hour)}}
"""
PERMISSION = """
Permission:
  Type: AWS::Lambda::Permission
  Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref Function, Principal: %s.amazonaws.com%s}
"""
CALLERS = {
    "s3": """
Uploads:
  Type: AWS::S3::Bucket
  DependsOn: [Permission]
  Properties: {NotificationConfiguration: {LambdaConfigurations: [{Event: "s3:ObjectCreated:*", Function: !GetAtt Function.Arn}]}}
""",
    "logs": """
Filter:
  Type: AWS::Logs::SubscriptionFilter
  DependsOn: [Permission]
  Properties: {LogGroupName: !Ref Logs, FilterPattern: "", DestinationArn: !GetAtt Function.Arn}
""",
    "elasticloadbalancing": """
Targets:
  Type: AWS::ElasticLoadBalancingV2::TargetGroup
  DependsOn: [Permission]
  Properties: {TargetType: lambda, Targets: [{Id: !GetAtt Function.Arn}]}
""",
    "config": """
Check:
  Type: AWS::Config::ConfigRule
  DependsOn: [Permission]
  Properties: {Source: {Owner: CUSTOM_LAMBDA, SourceIdentifier: !GetAtt Function.Arn}}
""",
}


@pytest.mark.parametrize("service", list(CALLERS))
def test_a_service_that_tests_the_function_refuses_one_that_does_not_let_it_in(service: str) -> None:
    resources = FUNCTION + CALLERS[service]

    assert not found(resources + PERMISSION % (service, ""), "invoke-permission-missing")
    [refused] = found(resources + PERMISSION % ("sns", ""), "invoke-permission-missing")
    assert refused.severity is Severity.BLOCKING


TARGETS = """
Caller: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 day), Targets: [{Id: a, Arn: !GetAtt Function.Arn}]}}
"""


@pytest.mark.parametrize(
    ("source", "denied"),
    [
        ("", False),
        (", SourceArn: !GetAtt Caller.Arn", False),
        (", SourceArn: !GetAtt Other.Arn", True),
        (", SourceArn: !Sub 'arn:aws:events:eu-west-1:111122223333:rule/${Named}'", False),
        (", SourceArn: !Sub 'arn:aws:events:eu-west-1:111122223333:rule/*'", False),
        (", SourceArn: !GetAtt Logs.Arn", False),
    ],
)
def test_a_permission_for_another_rule_lets_this_one_not_in(source: str, denied: bool) -> None:
    head = "Parameters: {Named: {Type: String}}"
    resources = FUNCTION + TARGETS + PERMISSION % ("events", source)

    assert bool(found(resources, "invoke-permission-missing", head)) is denied


ALARM = """
Alarm: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmActions: [!Ref Topic]}}
Topic: {Type: AWS::SNS::Topic, Properties: {KmsMasterKeyId: %s}}
Name: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/x, TargetKeyId: !Ref Key}}
Key:
  Type: AWS::KMS::Key
  Properties:
    KeyPolicy:
      Statement:
        - {Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*", Resource: "*"}
        - {Effect: Allow, Principal: {Service: %s}, Action: [kms:Decrypt, "kms:GenerateDataKey*"], Resource: "*"}
"""


@pytest.mark.parametrize(
    ("key", "service", "lost"),
    [
        ("!Ref Key", "cloudwatch.amazonaws.com", False),
        ("!Ref Key", "[sns.amazonaws.com, cloudwatch.amazonaws.com]", False),
        ("!Ref Key", "events.amazonaws.com", True),
        ("!Ref Name", "events.amazonaws.com", True),
        ("!Ref Name", "cloudwatch.amazonaws.com", False),
        ("alias/aws/sns", "cloudwatch.amazonaws.com", True),
        ("alias/ours", "events.amazonaws.com", False),
    ],
)
def test_what_an_alarm_sends_to_an_encrypted_topic_needs_the_key_s_leave(key: str, service: str, lost: bool) -> None:
    findings = found(ALARM % (key, service), "key-policy-excludes-sender")

    assert [item.severity for item in findings] == [Severity.WARNING] * lost


def test_a_bucket_tests_the_encrypted_queue_that_it_notifies() -> None:
    queue = ALARM.replace("AWS::SNS::Topic", "AWS::SQS::Queue").replace(
        "Alarm: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmActions: [!Ref Topic]}}",
        "Uploads: {Type: AWS::S3::Bucket, Properties: {NotificationConfiguration: {QueueConfigurations: "
        "[{Event: 's3:ObjectCreated:*', Queue: !GetAtt Topic.Arn}]}}}",
    )

    assert not found(queue % ("!Ref Key", "s3.amazonaws.com"), "key-policy-excludes-sender")
    [refused] = found(queue % ("!Ref Key", "sns.amazonaws.com"), "key-policy-excludes-sender")
    assert refused.severity is Severity.BLOCKING


TRAIL = """
Bucket: {Type: AWS::S3::Bucket, Properties: {}}
Policy:
  Type: AWS::S3::BucketPolicy
  Properties:
    Bucket: !Ref Bucket
    PolicyDocument:
      Statement:
        - {Effect: Allow, Principal: {Service: cloudtrail.amazonaws.com}, Action: s3:GetBucketAcl, Resource: !GetAtt Bucket.Arn}
        - {Effect: Allow, Principal: {Service: cloudtrail.amazonaws.com}, Action: s3:PutObject, Resource: %s}
Trail: {Type: AWS::CloudTrail::Trail, DependsOn: Policy, Properties: {IsLogging: true, S3BucketName: !Ref Bucket%s}}
"""


@pytest.mark.parametrize(
    ("resource", "prefix", "refused"),
    [
        ("!Sub '${Bucket.Arn}/AWSLogs/${AWS::AccountId}/*'", "", False),
        ("!Sub '${Bucket.Arn}/*'", ", S3KeyPrefix: audit", False),
        ("!Sub 'arn:${AWS::Partition}:s3:::${Bucket}/audit/AWSLogs/*'", ", S3KeyPrefix: audit", False),
        ("!Sub '${Bucket.Arn}/${Prefix}/AWSLogs/*'", ", S3KeyPrefix: audit", False),
        ("!Sub '${Bucket.Arn}/AWSLogs/*'", ", S3KeyPrefix: !Ref Prefix", False),
        ("!Sub '${Bucket.Arn}/AWSLogs/*'", ", S3KeyPrefix: audit", True),
        ("!Sub '${Bucket.Arn}/audit/AWSLogs/*'", "", True),
    ],
)
def test_a_trail_s_bucket_policy_speaks_of_the_prefix_that_it_writes_to(
    resource: str, prefix: str, refused: bool
) -> None:
    head = "Parameters: {Prefix: {Type: String}}"

    assert bool(found(TRAIL % (resource, prefix), "log-bucket-not-writable", head)) is refused


SITE = """
Site: {Type: AWS::S3::Bucket, Properties: {}}
Policy: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref Site, PolicyDocument: {Statement: [
  {Effect: Allow, Principal: %s, Action: s3:GetObject, Resource: !Sub '${Site.Arn}/*'}]}}}
Front: {Type: AWS::CloudFront::Distribution, Properties: {DistributionConfig: {Origins: [
  {Id: site, DomainName: !GetAtt Site.RegionalDomainName, %s S3OriginConfig: {}}]}}}
"""


@pytest.mark.parametrize(
    ("principal", "control", "unreadable"),
    [
        ("{Service: cloudfront.amazonaws.com}", "OriginAccessControlId: E1234567890ABC,", False),
        ("{Service: s3.amazonaws.com}", "OriginAccessControlId: E1234567890ABC,", True),
        ("{Service: s3.amazonaws.com}", "", False),
        ("'*'", "OriginAccessControlId: E1234567890ABC,", False),
    ],
)
def test_a_bucket_behind_an_origin_access_control_lets_cloudfront_read(
    principal: str, control: str, unreadable: bool
) -> None:
    assert bool(found(SITE % (principal, control), "origin-not-readable")) is unreadable


def _put(path: str, value: Any) -> dict[str, Any]:
    """Properties with a value at a path of names."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


def _caller(row: Row) -> dict[str, Any]:
    """A resource that calls the function in the way that a row describes."""
    function: Any = {"Fn::GetAtt": ["Function", "Arn"]}
    asked = row.get("if", {})
    if "item" in row:
        item = _put(row["item"], function) if row["item"] else function
        unless = row.get("unless", {}).get("not")
        function = [{**item, unless["path"]: unless["is"]} if unless else item]
    properties = _put(row["function"], function)
    for name, value in _put(asked["path"], asked["is"]).items() if "is" in asked else ():
        properties[name] = {**properties[name], **value} if name in properties else value
    return {"Type": row["type"], "Properties": properties}


@pytest.mark.parametrize(
    "row",
    [row for row in all_rows("callers") if "all" not in row.get("if", {})],
    ids=lambda row: f"{row['type']}-{row['function']}",
)
def test_whoever_is_told_to_call_a_function_needs_its_permission(row: Row) -> None:
    caller = json.dumps({"Caller": _caller(row)})
    resources = FUNCTION + "\n" + caller[1:-1].replace('"Caller": ', "Caller: ") + "\n"

    [missing] = found(resources, "invoke-permission-missing")
    assert missing.resources[0] == "Caller"
    assert not found(resources + PERMISSION % (row["service"], ""), "invoke-permission-missing")
