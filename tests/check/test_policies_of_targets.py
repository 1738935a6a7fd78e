"""Queues, topics and streams against those who send to them or read them; aliases against their zone; unread variables."""

from __future__ import annotations

import pytest
from judging import found

from stackflight.check.functions.environment import script_variables_read
from stackflight.model.finding import Severity

HEAD = "Parameters: {Given: {Type: String}}"
QUEUE = """
Queue: {Type: AWS::SQS::Queue}
Policy: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Queue], PolicyDocument: {Statement: [
  {Effect: Allow, Principal: %s, Action: %s, Resource: !GetAtt Queue.Arn}]}}}
"""
RULE = """
Rule: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 day), Targets: [{Id: a, Arn: !GetAtt Queue.Arn}]}}
"""
BUCKET = """
Bucket: {Type: AWS::S3::Bucket, DependsOn: Policy, Properties: {NotificationConfiguration: {QueueConfigurations: [
  {Event: "s3:ObjectCreated:*", Queue: !GetAtt Queue.Arn}]}}}
"""


@pytest.mark.parametrize(
    ("principal", "action", "let_in"),
    [
        ("{Service: %s}", "sqs:SendMessage", True),
        ("{Service: [sns.amazonaws.com, %s]}", "'sqs:*'", True),
        ("'*'", "sqs:SendMessage", True),
        ("{AWS: ['*']}", "sqs:SendMessage", True),
        ("{AWS: !Ref Given}", "sqs:SendMessage", True),
        ("{Service: !Ref Given}", "sqs:SendMessage", True),
        ("{Service: %s}", "!Ref Given", True),
        ("{Service: %s}", "sqs:ReceiveMessage", False),
        ("{Service: sns.amazonaws.com}", "sqs:SendMessage", False),
        ("{AWS: 'arn:aws:iam::111122223333:root'}", "sqs:SendMessage", False),
    ],
)
def test_a_queue_s_policy_lets_in_who_sends_to_it(principal: str, action: str, let_in: bool) -> None:
    def queue(service: str) -> str:
        return QUEUE % (principal.replace("%s", f"{service}.amazonaws.com"), action)

    denied = found(queue("events") + RULE, "target-policy-missing", HEAD)
    refused = found(queue("s3") + BUCKET, "notification-target-not-permitted", HEAD)

    assert [item.severity for item in denied] == ([] if let_in else [Severity.WARNING])
    assert [item.severity for item in refused] == ([] if let_in else [Severity.BLOCKING])


DELIVERY = """
Stream: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
Role: {Type: AWS::IAM::Role, Properties: {
  AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: firehose.amazonaws.com}, Action: 'sts:AssumeRole'}]},
  Policies: [{PolicyName: p, PolicyDocument: {Statement: [{Effect: Allow, Action: %s, Resource: '*'}]}}]}}
Delivery: {Type: AWS::KinesisFirehose::DeliveryStream, Properties: {
  KinesisStreamSourceConfiguration: {KinesisStreamARN: !GetAtt Stream.Arn, RoleARN: !GetAtt Role.Arn}}}
"""


@pytest.mark.parametrize(
    ("action", "refused"),
    [("'kinesis:Describe*'", False), ("kinesis:DescribeStreamSummary", True), ("!Ref Given", False)],
)
def test_a_delivery_stream_may_look_at_the_stream_it_reads(action: str, refused: bool) -> None:
    assert bool(found(DELIVERY % action, "event-source-not-readable", HEAD)) is refused


ALIAS = """
Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {Type: network, Subnets: [subnet-1]}}
Record: {Type: AWS::Route53::RecordSet, Properties: {HostedZoneId: %s, Name: a.example.com, Type: A, AliasTarget: {
  DNSName: !GetAtt Balancer.DNSName, HostedZoneId: %s}}}
"""


@pytest.mark.parametrize(
    ("own", "target", "refused"),
    [
        ("Z1", "!GetAtt Balancer.CanonicalHostedZoneID", False),
        ("Z1", "Z1", True),
        ("Z1", "Z2", False),
        ("!Ref Given", "!Ref Given", True),
        ("!Ref Given", "Z2", False),
        ("!ImportValue a", "!ImportValue a", False),
    ],
)
def test_an_alias_to_a_load_balancer_names_the_balancer_s_zone(own: str, target: str, refused: bool) -> None:
    assert bool(found(ALIAS % (own, target), "record-refused", HEAD)) is refused


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("send({ TopicArn: process.env.TOPIC_ARN })", {"TOPIC_ARN"}),
        ("const table = process.env['TABLE'];", {"TABLE"}),
        ("const level = process.env.LEVEL || 'info'", set()),
        ("const level = process.env.LEVEL ?? 'info'", set()),
        ("if (process.env.DEBUG) { log() }", set()),
        ("const debug = process.env.DEBUG === 'true'", set()),
        ("const debug = !process.env.DEBUG", set()),
        ("if (process.env.A) use(process.env.A)", set()),
    ],
)
def test_a_script_needs_the_variables_that_it_reads_without_a_default(source: str, names: set[str]) -> None:
    assert script_variables_read(source) == names


FUNCTION = """
Function: {Type: AWS::Lambda::Function, Properties: {Runtime: nodejs22.x, Handler: index.h, Role: r,
  Environment: {Variables: {%s: x}}, Code: {ZipFile: "use(process.env.TABLE_NAME)"}}}
"""


def test_a_variable_under_another_name_is_not_set() -> None:
    [warned] = found(FUNCTION % "TABLE", "environment-not-set")

    assert warned.severity is Severity.WARNING
    assert not found(FUNCTION % "TABLE_NAME", "environment-not-set")
    assert not found(FUNCTION % "NODE_PATH", "environment-not-set")
