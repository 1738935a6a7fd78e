"""Remedies in the words of the CDK: for apps, in their language, and for nobody else. Audit, row 9."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Finding
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.read.manifest import read_assembly
from stackflight.views import rehearsal_text
from stackflight.views.names import read_names
from stackflight.views.paper import Paper

TESTS = Path(__file__).parents[1]
SINGLETON = r"""
Parameters:
  SubnetIds: {Type: "List<AWS::EC2::Subnet::Id>"}
  GroupId: {Type: "AWS::EC2::SecurityGroup::Id"}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
      ManagedPolicyArns: [!Sub "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"]
  AWS679f53fac002430cb0da5b7982bd22872D164C4C:
    Type: AWS::Lambda::Function
    Metadata: {"aws:cdk:path": "shop/AWS679f53fac002430cb0da5b7982bd2287/Resource"}
    Properties:
      Role: !GetAtt Role.Arn
      Runtime: python3.13
      Handler: index.handler
      Code: {ZipFile: "import boto3, cfnresponse\ns3 = boto3.client('s3')\ndef handler(e, c): cfnresponse.send(e, c, 'SUCCESS', {})\n"}
      VpcConfig: {SubnetIds: !Ref SubnetIds, SecurityGroupIds: [!Ref GroupId]}
  SeedC76DC678:
    Type: Custom::AWS
    Metadata: {"aws:cdk:path": "shop/Seed/Resource/Default"}
    Properties: {ServiceToken: !GetAtt AWS679f53fac002430cb0da5b7982bd22872D164C4C.Arn}
"""


def of_app(template: Path, folder: Path, program: str, bare: str = "") -> tuple[Finding, ...]:
    """What is found in a template as the stack of a CDK app, whose constructs are called like its resources.

    `bare` is one that the app made as an L1, right below the stack.
    """
    body = parse_template(template.read_text(encoding="utf-8"), template.name).body
    told = {
        f"/Shop/{id}{'' if id == bare else '/Resource'}": [
            {"type": "aws:cdk:logicalId", "data": id},
            {"type": "stackflight:source", "data": f"/app/{program}:7"},
        ]
        for id in body["Resources"]
    }
    artifact = {
        "type": "aws:cloudformation:stack",
        "properties": {"templateFile": "Shop.template.json"},
        "metadata": told,
    }
    (folder / "Shop.template.json").write_text(json.dumps(body), encoding="utf-8")
    manifest = {"version": "48.0.0", "artifacts": {"Shop": artifact}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    opened = LocalFolder(folder)
    return check_world("", join_stacks(read_assembly(opened, "/app"), {}, opened), SystemClock(), 0.0).findings


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("app.py", "Db: connections.allow_from(Fn, ec2.Port.tcp(5432))"),
        ("bin/app.ts", "Db: connections.allowFrom(Fn, ec2.Port.tcp(5432))"),
    ],
)
def test_a_closed_port_is_opened_by_a_connection(program: str, expected: str, tmp_path: Path) -> None:
    found = of_app(TESTS / "corpus" / "sg-db-wrong-port" / "bad.yaml", tmp_path, program)
    assert [finding.in_cdk for finding in found if finding.check == "database-unreachable"] == [expected]


def test_what_has_no_connections_is_opened_at_its_group(tmp_path: Path) -> None:
    found = of_app(TESTS / "corpus" / "sg-db-wrong-port" / "bad.yaml", tmp_path, "app.py", bare="Db")
    [remedy] = [finding.in_cdk for finding in found if finding.check == "database-unreachable"]
    assert remedy == "DbSg: connections.allow_from(Fn, ec2.Port.tcp(5432))"


def test_a_missing_way_out_is_a_nat_gateway_with_its_subnets_or_endpoints(tmp_path: Path) -> None:
    found = of_app(TESTS / "cli" / "templates" / "two-functions.yaml", tmp_path, "app.py")
    [remedy] = [finding.in_cdk for finding in found if "Run" in finding.resources]
    assert remedy == (
        "the Vpc: nat_gateways=1, and subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS for the workload's subnets; "
        'or add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3); '
        'and add_interface_endpoint("Secretsmanager", service=ec2.InterfaceVpcEndpointAwsService("secretsmanager"))'
    )


def test_a_missing_order_is_a_dependency(tmp_path: Path) -> None:
    found = of_app(TESTS / "corpus" / "ord-lambda-efs-mount-target" / "bad.yaml", tmp_path, "bin/app.ts")
    [remedy] = [finding.in_cdk for finding in found if finding.check == "mount-target-not-ready"]
    assert "node.addDependency(" in remedy


def test_a_template_that_no_app_made_is_mended_in_cloudformation() -> None:
    file = TESTS / "corpus" / "sg-db-wrong-port" / "bad.yaml"
    world = join_stacks(
        [Source("app", parse_template(file.read_text("utf-8"), "bad.yaml"))], {}, LocalFolder(file.parent)
    )
    assert {finding.in_cdk for finding in check_world("", world, SystemClock(), 0.0).findings} == {""}


def test_the_rehearsal_of_an_app_says_the_fix_in_its_language(tmp_path: Path) -> None:
    """Audit, row 9: the cause of a failure is mended where it was written, too."""
    findings = of_app(TESTS / "corpus" / "ord-lambda-efs-mount-target" / "bad.yaml", tmp_path, "bin/app.ts")
    opened = LocalFolder(tmp_path)
    rehearsal = rehearse(join_stacks(read_assembly(opened, "/app"), {}, opened), findings, RehearsalOptions(runs=0))
    screen = rehearsal_text.render_rehearsal(rehearsal, Paper(width=400, unicode=False))
    assert re.search(r"^in CDK +.*node\.addDependency\(", screen, re.MULTILINE)


def test_the_function_of_all_own_calls_of_an_app_has_a_name_and_no_question_of_its_own() -> None:
    """Audit, row 30: AWS679f53fac002430cb0da5b7982bd2287 beside the custom resource that it answers, each with one question."""
    world = join_stacks([Source("app", parse_template(SINGLETON, "singleton.yaml"))], {}, LocalFolder(TESTS))
    [question] = check_world("", world, SystemClock(), 0.0).questions
    said = read_names(world)(question.question)
    assert said.startswith("can Seed and AwsCustomResource reach s3?")
