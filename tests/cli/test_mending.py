"""`check --fix`: what it writes is proved, shown before and kept in the layout of the file; anything else stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from screen import Run

from stackflight.cli.inputs import Inputs
from stackflight.cli.mending import Judge, mend
from stackflight.cli.targets import Targets
from stackflight.local.clock import SystemClock
from stackflight.operate.rehearse import RehearsalOptions, rehearse

CORPUS = Path(__file__).parent.parent / "corpus"
CASES = sorted(file.parent.name for file in CORPUS.glob("*/bad.yaml"))
APP = """\
# a rule and its function
Resources:
  Function:   # says hello
    Type: AWS::Lambda::Function
    Properties:
      Handler: index.handler
      Runtime: python3.13
      Role: !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:role/fn
      Code: {ZipFile: "def handler(event, context): pass"}
  Rule:
    Type: AWS::Events::Rule
    Properties: {ScheduleExpression: rate(1 hour), Targets: [{Id: one, Arn: !GetAtt Function.Arn}]}
"""
PERMISSION = """\
  FunctionForRule:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !GetAtt Function.Arn
      Action: lambda:InvokeFunction
      Principal: events.amazonaws.com
      SourceArn: !GetAtt Rule.Arn
"""


@pytest.fixture
def app(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A template whose rule may not call its function; commands are given beside it."""
    assert run is not None
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "app.yaml"
    file.write_text(APP, encoding="utf-8")
    return file


def test_the_change_is_shown_and_written_and_the_rest_of_the_file_stays(run: Run, app: Path) -> None:
    screen = run("check", "--fix", "--rules", "own", "app.yaml")
    assert app.read_text("utf-8") == APP + PERMISSION
    assert "invoke-permission-missing" not in screen.stdout
    assert "--- a/app.yaml\n+++ b/app.yaml\n" in screen.stderr
    assert "+      Principal: events.amazonaws.com\n" in screen.stderr
    assert "mended 1 finding in app.yaml" in screen.stderr
    again = run("check", "--fix", "--rules", "own", "app.yaml")
    assert "there is nothing that --fix can mend and prove" in again.stderr
    assert app.read_text("utf-8") == APP + PERMISSION


def test_a_file_that_is_named_from_the_root_is_shown_so(run: Run, app: Path) -> None:
    """It was shown as a//tmp/app.yaml."""
    assert f"--- {app}\n+++ {app}\n" in run("check", "--fix", "--rules", "own", str(app)).stderr


CLOSED = r"""
# what a function must reach
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16, EnableDnsHostnames: true, EnableDnsSupport: true}}
  A: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
  T: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  AT: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref A, RouteTableId: !Ref T}}
  G: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: g, VpcId: !Ref Vpc}}
  Files: {Type: AWS::S3::Bucket}
  S3:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: !Ref Vpc
      VpcEndpointType: Gateway
      ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
      RouteTableIds: [!Ref T]
      PolicyDocument:
        Statement:
          # files of the app only
          - {Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: !Sub "${Files.Arn}/*"}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: [!Sub "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"]
  Fn:
    Type: AWS::Lambda::Function
    DependsOn: [AT, S3]
    Properties:
      Role: !GetAtt Role.Arn
      Runtime: python3.13
      Handler: index.handler
      VpcConfig: {SubnetIds: [!Ref A], SecurityGroupIds: [!Ref G]}
      Code:
        ZipFile: |
          import cfnresponse
          def handler(event, context):
              cfnresponse.send(event, context, "SUCCESS", {})
  Run: {Type: "Custom::Run", Properties: {ServiceToken: !GetAtt Fn.Arn}}
"""
OPENED = """\
          - Effect: Allow
            Principal: "*"
            Action: s3:PutObject
            Resource: !Sub "arn:${AWS::Partition}:s3:::cloudformation-custom-resource-response-*/*"
"""


def test_the_policy_of_an_endpoint_gets_the_statement_that_a_request_lacks(run: Run, app: Path) -> None:
    """The rest of the policy stays, its comment too; what is denied in so many words is not mended by allowing it."""
    app.write_text(CLOSED, encoding="utf-8")
    screen = run("check", "--fix", "--rules", "own", "app.yaml")
    before, line, after = CLOSED.partition("  Role:\n")
    assert (screen.code, app.read_text("utf-8")) == (0, before + OPENED + line + after)
    assert run("rehearse", "--rules", "own", "--runs", "1", "app.yaml").stdout.startswith("CREATE_COMPLETE")

    refused = CLOSED.replace(
        'Effect: Allow, Principal: "*", Action: "s3:GetObject"', 'Effect: Deny, Principal: "*", Action: "s3:*"'
    )
    app.write_text(refused.replace("${Files.Arn}/*", "*"), encoding="utf-8")
    assert (
        "there is nothing that --fix can mend and prove" in run("check", "--fix", "--rules", "own", "app.yaml").stderr
    )


KEPT = """\
Resources:
  Inbox: {Type: AWS::SQS::Queue}
  Door:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Inbox]
      PolicyDocument:
        Statement:
          # the topic may send
          - {Effect: Allow, Principal: {Service: sns.amazonaws.com}, Action: "sqs:SendMessage", Resource: !GetAtt Inbox.Arn}
  Files:
    Type: AWS::S3::Bucket
    Properties:
      NotificationConfiguration:
        QueueConfigurations: [{Event: "s3:ObjectCreated:*", Queue: !GetAtt Inbox.Arn}]
"""


def test_a_policy_that_exists_gets_one_more_statement_and_no_second_policy_beside_it(run: Run, app: Path) -> None:
    app.write_text(KEPT, encoding="utf-8")
    screen = run("check", "--fix", "--rules", "own", "app.yaml")
    before, line, after = KEPT.partition("  Files:\n    Type: AWS::S3::Bucket\n")
    statement = """\
          - Effect: Allow
            Principal:
              Service: s3.amazonaws.com
            Action: sqs:SendMessage
            Resource: !GetAtt Inbox.Arn
            Condition:
              StringEquals:
                aws:SourceAccount: !Ref AWS::AccountId
"""
    assert app.read_text("utf-8") == before + statement + line + "    DependsOn: Door\n" + after
    assert screen.code == 0
    assert run("rehearse", "--rules", "own", "--runs", "1", "app.yaml").stdout.startswith("CREATE_COMPLETE")


def test_line_breaks_stay_as_they_are(run: Run, app: Path) -> None:
    app.write_bytes(APP.replace("\n", "\r\n").encode())
    run("check", "--fix", "--rules", "own", "app.yaml")
    assert app.read_bytes() == (APP + PERMISSION).replace("\n", "\r\n").encode()


def test_a_file_of_mixed_line_breaks_is_left_alone(run: Run, app: Path) -> None:
    mixed = APP.replace("\n", "\r\n", 3).encode()
    app.write_bytes(mixed)
    screen = run("check", "--fix", "--rules", "own", "app.yaml")
    assert (screen.code, app.read_bytes()) == (64, mixed)
    assert "mixes line breaks" in screen.stderr


def test_a_file_that_may_not_be_written_is_left_alone(run: Run, app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    screen = run("check", "--fix", "--rules", "own", "app.yaml")
    assert (screen.code, app.read_text("utf-8")) == (64, APP)
    assert [file.name for file in app.parent.iterdir()] == ["app.yaml"]


def test_what_an_app_makes_is_mended_in_the_app(run: Run, app: Path, tmp_path: Path) -> None:
    out = tmp_path / "cdk.out"
    out.mkdir()
    (out / "manifest.json").write_text(
        '{"version": "48.0.0", "artifacts": {"S": {"type": "aws:cdk:stack", "properties": {"templateFile": "s.json"}}, '
        '"T": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "s.json"}}}}', "utf-8"
    )  # fmt: skip
    (out / "s.json").write_text('{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}', "utf-8")
    screen = run("check", "--fix", "cdk.out", "--rules", "own")
    assert (screen.code, screen.stdout) == (64, "")
    assert "--fix writes into template files" in screen.stderr
    assert run("check", "--fix", "--together", "app.yaml").code == 64
    assert app.read_text("utf-8") == APP


@pytest.mark.parametrize("case", CASES)
def test_every_fix_of_the_corpus_is_applied_checked_again_and_rehearsed(case: str) -> None:
    """What it mends is gone, nothing else came, and the deployment does not fail where it did not before."""
    file = CORPUS / case / "bad.yaml"
    decide = Judge(Inputs(), None, SystemClock())
    with Targets(lambda _: None, SystemClock()) as opener:
        loaded = opener.open(str(file))
    mended = mend(loaded, decide)
    if not mended.mended:
        assert mended.loaded is loaded
        return
    before, after = decide(loaded), mended.report
    gone = {(one.check, one.resources) for one in mended.mended}
    assert not gone & {(one.check, one.resources) for one in after.findings}
    known = {(one.check, one.resources) for one in before.findings}
    assert {(one.check, one.resources) for one in after.findings if one.severity != "note"} <= known
    outcomes = [rehearse(one.world, one.findings, RehearsalOptions(runs=1), one.questions) for one in (before, after)]
    assert outcomes[1].cause is None or outcomes[0].cause is not None


def test_the_corpus_offers_fixes_of_each_kind() -> None:
    """An order, a rule, a permission, the group of an endpoint, policies: else the test above would prove nothing."""
    kinds = set()
    decide = Judge(Inputs(), None, SystemClock())
    for case in (
        "ord-ecs-service-before-listener", "sg-db-wrong-port", "invoke-permission-missing", "net-endpoint-default-group",
        "execution-role-lacks-permission", "event-source-not-readable", "function-cannot-join-vpc", "target-policy-missing",
        "notification-target-not-permitted",
    ):  # fmt: skip
        with Targets(lambda _: None, SystemClock()) as opener:
            mended = mend(opener.open(str(CORPUS / case / "bad.yaml")), decide)
        kinds |= {one.check for one in mended.mended}
    assert kinds == {
        "service-before-listener", "database-unreachable", "invoke-permission-missing", "workload-cannot-reach-service",
        "execution-role-lacks-permission", "event-source-not-readable", "function-cannot-join-vpc", "target-policy-missing",
        "notification-target-not-permitted",
    }  # fmt: skip
