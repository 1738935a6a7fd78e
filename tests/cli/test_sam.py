"""SAM templates: AWS's own translator expands them, what it needs from the account stays open, and lines stay lines."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from screen import TEMPLATES, Run

from stackflight.model.template import Stack
from stackflight.model.value import Reference, Unknown, render
from stackflight.read.bindings import Bindings
from stackflight.read.document import parse_template
from stackflight.read.resolve import resolve_stack

HEAD = "Transform: AWS::Serverless-2016-10-31\n"
ALONE = ("--rules", "own")


def stack(text: str, **parameters: str) -> Stack:
    return resolve_stack(parse_template(HEAD + text, "app.yaml"), Bindings("app", parameters))


API = """
Parameters:
  Stage: {Type: String}
  Size: {Type: Number, Default: 256}
Globals:
  Function: {Runtime: python3.13, MemorySize: !Ref Size}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      CodeUri: src/
      FunctionName: !Sub "hello-${Stage}"
      Policies: [AmazonS3ReadOnlyAccess]
      Events:
        Web: {Type: Api, Properties: {Path: /hello, Method: get}}
"""


def test_a_template_becomes_what_the_transform_makes_of_it() -> None:
    """Audit, row 18: SAM was refused."""
    found = stack(API, Stage="prod")
    assert {resource.type for resource in found.resources.values()} == {
        "AWS::Lambda::Function", "AWS::IAM::Role", "AWS::Lambda::Permission", "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage",
    }  # fmt: skip
    assert found.resources["Hello"].get("Role") == Reference(found.resources["HelloRole"].address, "Arn")
    assert found.resources["Hello"].get("FunctionName") == "hello-prod"
    assert found.unknowns == ()


def test_no_value_is_taken_for_a_fact_while_it_is_translated() -> None:
    assert isinstance(stack(API).resources["Hello"].get("FunctionName"), (Unknown, type(None))) or "${" in render(
        stack(API).resources["Hello"].get("FunctionName")
    )
    assert stack(API, Size="512", Stage="x").resources["Hello"].get("MemorySize") == 512
    assert stack(API, Stage="x").resources["Hello"].get("MemorySize") == 256


def test_what_was_made_for_a_resource_stands_where_that_does() -> None:
    positions = parse_template(HEAD + API, "app.yaml").positions
    assert positions.find(("Resources", "Hello")).line == 9
    assert positions.find(("Resources", "HelloRole", "Properties")).line == 9
    assert positions.find(("Resources", "Hello", "Properties", "Handler")).line == 12


def test_a_value_that_the_translator_puts_together_itself_stays_a_reference() -> None:
    """The translator wants texts for the variables of Fn::Sub: they are references again afterwards."""
    found = stack(
        """
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      DefinitionBody: {swagger: "2.0", info: {title: !Sub "${AWS::StackName}-api"}, paths: {}}
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      InlineCode: "x"
      FunctionName: !Sub ["${Name}-x", {Name: !Ref AWS::StackName}]
"""
    )
    assert found.resources["Hello"].get("FunctionName") == "app-x"


def test_code_in_a_local_folder_is_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("import boto3\nboto3.client('sqs')\ndef handler(e, c): pass\n")
    file = tmp_path / "app.yaml"
    file.write_text(
        HEAD
        + API.replace(
            "      Events:", "      VpcConfig: {SubnetIds: [subnet-1], SecurityGroupIds: [sg-1]}\n      Events:"
        )
    )
    [report] = [json.loads(run("check", str(file), *ALONE, "--format", "json").stdout)]
    assert report["stats"]["needs"] >= 1


def test_an_application_in_a_file_is_read_and_one_of_the_repository_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "part.yaml").write_text("Resources: {Store: {Type: AWS::S3::Bucket, Properties: {BucketName: A_b}}}\n")
    file = tmp_path / "app.yaml"
    file.write_text(
        HEAD + "Resources:\n  Part: {Type: AWS::Serverless::Application, Properties: {Location: part.yaml}}\n"
        "  Shared:\n    Type: AWS::Serverless::Application\n    Properties:\n      Location: {ApplicationId: "
        "'arn:aws:serverlessrepo:us-east-1:123456789012:applications/x', SemanticVersion: 1.0.0}\n"
    )
    screen = run("check", str(file), *ALONE, "--format", "json")
    report = json.loads(screen.stdout)
    assert screen.code == 10
    assert [(finding["check"], finding["stack"]) for finding in report["findings"]] == [
        ("bucket-name-invalid", "app/Part")
    ]
    assert [unknown["question"] for unknown in report["unknowns"]] == [
        "what Shared makes is not judged: the application is not in a file here"
    ]


def test_a_rotation_of_the_repository_is_traced_though_nobody_here_can_make_it(run: Run, tmp_path: Path) -> None:
    """What `add_rotation_single_user` of the CDK writes, in subnets without a way out."""
    file = tmp_path / "app.yaml"
    file.write_text(
        HEAD + """
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Inner: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: rotates, VpcId: !Ref Vpc}}
  Rotation:
    Type: AWS::Serverless::Application
    Properties:
      Location: {ApplicationId: "arn:aws:serverlessrepo:us-east-1:297356227824:applications/SecretsManagerRDSPostgreSQLRotationSingleUser", SemanticVersion: 1.1.367}
      Parameters: {functionName: rotate, vpcSubnetIds: !Ref Inner, vpcSecurityGroupIds: !Ref Group, endpoint: "https://secretsmanager.us-east-1.amazonaws.com"}
"""
    )  # fmt: skip
    report = json.loads(run("check", str(file), *ALONE, "--format", "json").stdout)
    assert [(one["check"], one["phase"]) for one in report["findings"]] == [("workload-cannot-reach-service", "run")]


def test_what_the_translator_refuses_is_said_and_the_rest_is_judged(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "app.yaml"
    file.write_text(
        HEAD + "Resources:\n  Bad: {Type: AWS::Serverless::Function, Properties: {CodeUri: src}}\n"
        "  Store: {Type: AWS::S3::Bucket, Properties: {BucketName: A_b}}\n"
        "  Table: {Type: AWS::Serverless::SimpleTable}\n  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Bad}}\n"
    )
    screen = run("check", str(file), *ALONE, "--format", "json")
    report = json.loads(screen.stdout)
    assert screen.code == 10
    assert [finding["check"] for finding in report["findings"] if finding["severity"] == "blocking"] == [
        "bucket-name-invalid"
    ]
    [question] = [unknown["question"] for unknown in report["unknowns"]]
    assert question.startswith("Bad is not judged: Resource with id [Bad] is invalid.")
    assert report["stats"]["resources"] == 3


@pytest.mark.parametrize(
    "resources",
    [
        "{X: {Type: AWS::Serverless::Function, Properties: {Events: x, Policies: 1, CodeUri: [1]}}}",
        "{X: {Type: AWS::Serverless::Nothing}}",
        "{X: {Type: AWS::Serverless::Api}, Y: {Type: AWS::Serverless::StateMachine}}",
        "{X: {Type: AWS::Serverless::Function, Properties: {Handler: !Ref Nobody, Events: {E: {Type: Nothing}}}}}",
        "{X: {Type: AWS::Serverless::Connector, Properties: {Source: {Id: A}, Destination: {Id: B}, Permissions: [Read]}}}",
        "{X: {Type: AWS::Serverless::Function, Connectors: 1}}",
        "{Fn::ForEach::F: [N, [a, b], {'F${N}': {Type: AWS::Serverless::Function}}], X: {Type: AWS::SNS::Topic}}",
    ],
)
@pytest.mark.parametrize("verb", ["check", "review", "rehearse"])
def test_no_form_of_a_sam_template_is_a_fault(run: Run, tmp_path: Path, verb: str, resources: str) -> None:
    file = tmp_path / "app.yaml"
    file.write_text(HEAD + f"Resources: {resources}\n")
    screen = run(verb, str(file), *ALONE)
    assert screen.code == (10 if "Nothing}}" in resources and "Events" not in resources else 0)
    assert "internal error" not in screen.stderr


def test_nobody_is_asked_while_it_is_translated(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert run("check", "sam.yaml", *ALONE).code == 0


def test_without_the_translator_a_sam_template_is_refused_with_the_way_on(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "samtranslator.translator.translator", None)
    screen = run("check", "sam.yaml", *ALONE)
    assert (screen.code, screen.stdout) == (66, "")
    assert screen.stderr.startswith("error: sam.yaml:1: this is a SAM template, and what expands it is not installed\n")
    assert "hint: pip install 'stackflight[sam]', or give the expanded template: aws cloudformation" in screen.stderr


def test_other_templates_do_not_load_the_translator() -> None:
    program = (
        "import sys\nfrom stackflight.cli.main import main\nmain(['check', 'sound.yaml', '--rules', 'own'])\n"
        "sys.exit(' '.join(sorted({'samtranslator', 'boto3', 'pydantic'} & set(sys.modules))) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=TEMPLATES, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
