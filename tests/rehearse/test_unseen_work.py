"""What the templates do not show is said, never played as short: nested stacks elsewhere, custom resources without code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stackflight.errors import WrongUsage
from stackflight.local.folder import LocalFolder
from stackflight.model.estimate import Rehearsal
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.views.paper import Paper
from stackflight.views.rehearsal_json import render_rehearsal as render_json
from stackflight.views.rehearsal_text import render_rehearsal as render_text

NESTED = """
Resources:
  Network: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: https://bucket.s3.amazonaws.com/network.yaml}}
  Queue: {Type: AWS::SQS::Queue}
"""
FUNCTION = """
Resources:
  Maker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Role: arn:aws:iam::111122223333:role/maker
      Code: %s
  Made: {Type: Custom::Made, Properties: {ServiceToken: !GetAtt Maker.Arn}}
"""
QUICK = '{ZipFile: "import cfnresponse\\ndef handler(e, c): cfnresponse.send(e, c, cfnresponse.SUCCESS, {})"}'
BUILDS = "{ZipFile: \"import boto3\\ndef handler(e, c): boto3.client('codebuild').start_build(projectName='x')\"}"
ELSEWHERE = "{S3Bucket: code, S3Key: maker.zip}"


def played(text: str, **durations: float) -> Rehearsal:
    world = join_stacks([Source("stack", parse_template(text, "template.yaml"))], {}, LocalFolder(Path("nowhere")))
    return rehearse(world, (), RehearsalOptions(runs=2, durations=durations))


def test_a_nested_stack_that_was_not_read_makes_every_length_a_lower_bound() -> None:
    rehearsal = played(NESTED)

    assert rehearsal.unseen == ("Network",)
    assert "CREATE_COMPLETE after at least 0:" in render_text(rehearsal, Paper(width=90))
    assert '"lower_bound":true' in render_json(rehearsal)


@pytest.mark.parametrize(("code", "unseen"), [(QUICK, ()), (BUILDS, ("Made",)), (ELSEWHERE, ("Made",))])
def test_a_custom_resource_is_of_known_length_where_its_code_was_read_and_starts_nothing_long(
    code: str, unseen: tuple[str, ...]
) -> None:
    assert played(FUNCTION % code).unseen == unseen


def test_a_length_that_is_given_is_played_and_known() -> None:
    rehearsal = played(FUNCTION % ELSEWHERE, Made=420.0)

    assert rehearsal.unseen == ()
    assert 420 <= rehearsal.seconds < 480
    assert "at least" not in render_text(rehearsal, Paper(width=90))


def test_a_length_for_nothing_in_the_template_is_refused() -> None:
    with pytest.raises(WrongUsage, match="--duration names Mode, which is in no template"):
        played(FUNCTION % ELSEWHERE, Mode=420.0)


def code(text: str) -> str:
    return f"{{ZipFile: {json.dumps(text)}}}"


MAKES_DOMAIN = (
    "import boto3\ndef handler(e, c):\n  es = boto3.client('opensearch')\n  es.create_domain(DomainName='x')\n"
)
LOOKS = "  while es.describe_domain(DomainName='x')['DomainStatus']['Processing']: time.sleep(20)\n"
MAKES_CLUSTER = "const { EKSClient, CreateClusterCommand, waitUntilClusterActive } = require('@aws-sdk/client-eks');\nexports.handler = async () => { await new EKSClient({}).send(new CreateClusterCommand({})); await waitUntilClusterActive({}, {}); }"
MIGRATES = (
    "import psycopg2\ndef handler(e, c):\n  psycopg2.connect(e['dsn']).cursor().execute('create table t (i int)')\n"
)


def length(text: str, resource: str = "Made") -> float:
    world = join_stacks([Source("stack", parse_template(text, "template.yaml"))], {}, LocalFolder(Path("nowhere")))
    rehearsal = rehearse(world, (), RehearsalOptions(runs=0))
    [span] = [span for span in rehearsal.spans if span.resource == resource]
    return span.seconds


@pytest.mark.parametrize(
    ("text", "least", "most", "known"),
    [
        (MAKES_DOMAIN + LOOKS, 700, 1500, True),
        (MAKES_DOMAIN, 2, 20, True),  # it is made, and nobody waits for it
        (MAKES_CLUSTER, 400, 900, True),
        (MIGRATES, 5, 60, True),
        ("import boto3\ndef handler(e, c): boto3.client('codebuild').start_build(projectName='x')", 60, 300, False),
        ("import boto3\ndef handler(e, c): boto3.client('stepfunctions').start_execution(stateMachineArn='x')", 20, 300, False),
    ],
)  # fmt: skip
def test_a_custom_resource_takes_as_long_as_what_its_code_starts_and_waits_for(
    text: str, least: float, most: float, known: bool
) -> None:
    template = FUNCTION % code(text)
    assert least < length(template) < most
    assert (played(template).unseen == ()) is known


ROLE = """
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      Policies: [{PolicyName: p, PolicyDocument: {Statement: [{Effect: Allow, Action: ["%s"], Resource: "*"}]}}]
"""


@pytest.mark.parametrize(
    ("action", "least", "most"),
    [("es:CreateDomain", 700, 1500), ("es:Create*", 700, 1500), ("es:*", 2, 20), ("s3:GetObject", 2, 20)],
)
def test_where_code_is_not_at_hand_a_role_tells_what_is_made_but_the_length_stays_a_lower_bound(
    action: str, least: float, most: float
) -> None:
    text = (FUNCTION % ELSEWHERE).replace("arn:aws:iam::111122223333:role/maker", "!GetAtt Role.Arn") + ROLE % action
    assert least < length(text) < most
    assert played(text).unseen == ("Made",)


def test_the_providers_of_the_cdk_have_lengths_of_their_own() -> None:
    text = (FUNCTION % ELSEWHERE).replace("Custom::Made", "Custom::AWSCDK-EKS-Cluster")
    assert played(text).unseen == ()
    assert 400 < length(text) < 900
    assert played((FUNCTION % ELSEWHERE).replace("Custom::Made", "Custom::AWSCDKCfnJson")).unseen == ()


@pytest.mark.parametrize(
    ("properties", "unseen"),
    [
        ("{DomainName: a.example.com}", ("Cert",)),
        ("{DomainName: a.example.com, ValidationMethod: DNS}", ("Cert",)),
        ("{DomainName: a.example.com, DomainValidationOptions: [{DomainName: a.example.com, HostedZoneId: Z1}]}", ()),
        ("{DomainName: a.example.com, CertificateAuthorityArn: arn}", ()),
    ],
)
def test_a_certificate_that_somebody_else_validates_takes_an_unknown_time(
    properties: str, unseen: tuple[str, ...]
) -> None:
    text = f"Resources: {{Cert: {{Type: AWS::CertificateManager::Certificate, Properties: {properties}}}}}"
    assert played(text).unseen == unseen


def test_a_signal_from_outside_the_templates_takes_an_unknown_time() -> None:
    waiting = """
Resources:
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Wait: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: !Ref Handle, Timeout: "600"}}
"""
    sender = "  Box: {Type: AWS::EC2::Instance, Properties: {ImageId: ami-1, UserData: !Base64 {Ref: Handle}}}\n"
    assert played(waiting).unseen == ("Wait",)
    assert played(waiting + sender).unseen == ()
