"""Names for ARNs and ARNs for names: refused where the property takes the other one alone, silent everywhere else."""

from __future__ import annotations

import pytest
from judging import found

from stackflight.model.finding import Severity

HEAD = "Parameters: {Given: {Type: String}}"
RESOURCES = """
Queue: {Type: AWS::SQS::Queue}
Topic: {Type: AWS::SNS::Topic}
Bucket: {Type: AWS::S3::Bucket}
Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: []}}}
Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}
"""


@pytest.mark.parametrize(
    ("user", "property_name"),
    [
        (
            "{Type: AWS::SQS::Queue, Properties: {RedrivePolicy: {deadLetterTargetArn: %s, maxReceiveCount: 3}}}",
            "Queue",
        ),
        ("{Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: f, EventSourceArn: %s}}", "Queue"),
        ("{Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref Topic, Protocol: sqs, Endpoint: %s}}", "Queue"),
        (
            "{Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 hour), Targets: [{Id: q, Arn: %s}]}}",
            "Queue",
        ),
        (
            "{Type: AWS::Lambda::Permission, Properties: {FunctionName: f, Principal: s3.amazonaws.com, SourceArn: %s}}",
            "Bucket",
        ),
        ("{Type: AWS::StepFunctions::StateMachine, Properties: {RoleArn: %s, DefinitionString: '{}'}}", "Role"),
        (
            "{Type: AWS::KinesisFirehose::DeliveryStream, Properties: {S3DestinationConfiguration: {BucketARN: %s}}}",
            "Bucket",
        ),
    ],
)
def test_a_property_that_takes_an_arn_refuses_what_ref_gives(user: str, property_name: str) -> None:
    written = RESOURCES + f"User: {user}\n"

    [refused] = found(written % f"!Ref {property_name}", "name-instead-of-arn", HEAD)
    assert (refused.severity, refused.resources[0]) == (Severity.BLOCKING, "User")
    assert not found(written % f"!GetAtt {property_name}.Arn", "name-instead-of-arn", HEAD)
    assert not found(written % "!Ref Given", "name-instead-of-arn", HEAD)


@pytest.mark.parametrize(
    "user",
    [
        "{Type: AWS::SQS::QueuePolicy, Properties: {Queues: [%s Queue%s], PolicyDocument: {Statement: []}}}",
        "{Type: AWS::S3::BucketPolicy, Properties: {Bucket: %s Bucket%s, PolicyDocument: {Statement: []}}}",
        "{Type: AWS::EC2::Instance, Properties: {IamInstanceProfile: %s Profile%s}}",
    ],
)
def test_a_property_that_takes_a_name_or_url_refuses_an_arn(user: str) -> None:
    written = RESOURCES + f"User: {user}\n"

    assert found(written % ("!GetAtt", ".Arn"), "name-instead-of-arn")
    assert not found(written % ("!Ref", ""), "name-instead-of-arn")


def test_what_takes_both_and_what_ref_gives_as_arn_is_left_in_peace() -> None:
    users = """
    Permission: {Type: AWS::Lambda::Permission, Properties: {FunctionName: f, Principal: sns.amazonaws.com, SourceArn: !Ref Topic}}
    Task: {Type: AWS::ECS::TaskDefinition, Properties: {TaskRoleArn: !Ref Role, ContainerDefinitions: [{Name: a, Image: x, Memory: 64}]}}
    Template: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {IamInstanceProfile: {Name: !Ref Profile}}}}
    """

    assert not found(RESOURCES + users.replace("\n    ", "\n"), "name-instead-of-arn")


def test_a_profile_s_arn_as_its_name_fails_where_something_launches_from_the_template() -> None:
    template = """
Template: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {IamInstanceProfile: {Name: !GetAtt Profile.Arn}}}}
"""
    group = """
Fleet: {Type: AWS::AutoScaling::AutoScalingGroup, Properties: {MinSize: 1, MaxSize: 1, LaunchTemplate: {LaunchTemplateId: !Ref Template}}}
"""

    [alone] = found(RESOURCES + template, "name-instead-of-arn")
    [used] = found(RESOURCES + template + group, "name-instead-of-arn")

    assert (alone.severity, used.severity) == (Severity.WARNING, Severity.BLOCKING)


def test_a_role_is_no_profile_though_one_of_its_fixed_name_may_exist() -> None:
    text = """
Role: {Type: AWS::IAM::Role, Properties: {%s AssumeRolePolicyDocument: {Statement: []}}}
Machine: {Type: AWS::EC2::Instance, Properties: {ImageId: ami-0abcdef1234567890, IamInstanceProfile: !Ref Role}}
"""
    [generated] = found(text % "", "reference-of-wrong-type")
    [fixed] = found(text % "RoleName: web,", "reference-of-wrong-type")

    assert (generated.severity, fixed.severity) == (Severity.BLOCKING, Severity.WARNING)


def test_firehose_must_be_able_to_assume_every_role_of_a_stream() -> None:
    stream = (
        RESOURCES
        + """
Stream: {Type: AWS::KinesisFirehose::DeliveryStream, Properties: {S3DestinationConfiguration: {RoleARN: !GetAtt Role.Arn}}}
"""
    )
    trusting = stream.replace(
        "{Statement: []}",
        "{Statement: [{Effect: Allow, Principal: {Service: firehose.amazonaws.com}, Action: 'sts:AssumeRole'}]}",
        1,
    )

    assert found(stream, "role-cannot-be-assumed")
    assert not found(trusting, "role-cannot-be-assumed")
