"""Parameter values from the command line and from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from screen import TEMPLATES, Run

from stackflight.cli.inputs import read_inputs
from stackflight.errors import UnreadableInput, WrongUsage

EXPECTED = {"Stage": "prod", "Zones": "a,b"}


@pytest.mark.parametrize(
    "content",
    [
        [{"ParameterKey": "Stage", "ParameterValue": "prod"}, {"ParameterKey": "Zones", "ParameterValue": "a,b"}],
        {"Parameters": {"Stage": "prod", "Zones": ["a", "b"]}},
        {"Stage": "prod", "Zones": "a,b"},
    ],
)
def test_every_common_shape_of_a_parameter_file_is_read(content: object, tmp_path: Path) -> None:
    file = tmp_path / "parameters.json"
    file.write_text(json.dumps(content))

    assert read_inputs([], [file], None).parameters == EXPECTED


def test_what_is_typed_goes_before_what_a_file_says(tmp_path: Path) -> None:
    file = tmp_path / "parameters.json"
    file.write_text('{"Stage": "dev", "Size": 3}')

    assert read_inputs(["Stage=prod=1"], [file], None).parameters == {"Stage": "prod=1", "Size": "3"}


def test_a_previous_value_is_no_value(tmp_path: Path) -> None:
    file = tmp_path / "parameters.json"
    file.write_text('[{"ParameterKey": "Stage", "UsePreviousValue": true}]')

    assert read_inputs([], [file], None).parameters == {}


def test_a_file_without_parameters_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "parameters.json"
    file.write_text("[1, 2]")

    with pytest.raises(UnreadableInput, match="no parameter values"):
        read_inputs([], [file], None)


@pytest.mark.parametrize("typed", ["Stage", "=prod"])
def test_a_parameter_needs_name_and_value(typed: str) -> None:
    with pytest.raises(WrongUsage, match="NAME=VALUE"):
        read_inputs([typed], [], None)


def test_a_parameter_that_one_target_declares_may_be_given_for_all(run: Run) -> None:
    assert run("check", "--param", "Stage=prod", "sound.yaml", "unreachable.yaml").code in {0, 10}


def test_a_parameter_may_be_bound_for_one_stack_only(run: Run) -> None:
    assert run("check", "--param", "sound.Stage=prod", "sound.yaml").code == 0
    assert run("check", "--param", "other.Stage=prod", "sound.yaml").code == 64


def test_the_names_of_a_parameter_file_need_not_be_declared(run: Run) -> None:
    assert run("check", "--params", "stage.json", "cycle.yaml").code == 10


EXISTING = """
Parameters:
  SubnetIds: {Type: "List<AWS::EC2::Subnet::Id>"}
  Stage: {Type: String}
Resources:
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: g, VpcId: vpc-0aa11bb22cc33dd44}}
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}
  Writer:
    Type: AWS::Lambda::Function
    Properties:
      Role: !GetAtt Role.Arn
      Code: {ZipFile: "import boto3\\ns = boto3.client('ssm')\\n"}
      VpcConfig: {SubnetIds: !Ref SubnetIds, SecurityGroupIds: [!Ref Group]}
"""


def test_an_open_question_about_a_network_that_exists_leads_to_the_snapshot(run: Run, tmp_path: Path) -> None:
    """Audit, row 7: first the parameter and the snapshot, and once the ids are given the snapshot alone."""
    file = tmp_path / "writer.yaml"
    file.write_text(EXISTING, encoding="utf-8")
    asked = ("check", "--no-standard-rules", str(file))
    first = " ".join(run(*asked).stdout.split())
    given = run(*asked, "--param", "SubnetIds=subnet-0aaa1111bbb22222c").stdout
    [question] = json.loads(run(*asked, "--format", "json").stdout)["unknowns"]

    assert "answer give --param SubnetIds=VALUE; and, for the network that they name, --account FILE" in first
    assert "for subnet-0aaa1111bbb22222c and what stands around it give --account FILE" in " ".join(given.split())
    assert "'stackflight explain account'" in question["hint"]
    assert "describe-vpc-attribute" in run("explain", "account").stdout


def test_the_hint_about_a_missing_snapshot_names_a_command_and_no_file_of_the_repository(run: Run) -> None:
    """Audit, row 19: an installed wheel has no docs."""
    screen = run("check", "--account", "nowhere.json", "sound.yaml")
    assert "stackflight explain account" in screen.stderr
    assert "docs/" not in screen.stderr


@pytest.mark.parametrize(
    "command",
    ["review sound.yaml", "rehearse sound.yaml", "price sound.yaml", "diff sound.yaml sound.yaml", "check sound.yaml",
     "diagnose told.txt", "checks cognito", "explain no-circuit-breaker", "presets librechat", "runs"],
)  # fmt: skip
def test_every_answer_goes_into_a_file_that_is_named(
    command: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same as on stdout, and nothing there; a file that was read is not written over."""
    (tmp_path / "sound.yaml").write_text((TEMPLATES / "sound.yaml").read_text("utf-8"), "utf-8")
    (tmp_path / "told.txt").write_text("CREATE_FAILED AWS::S3::Bucket Files files already exists\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    verb, *words = command.split()
    given = [verb, *(["--rules", "own"] if verb in {"check", "review", "rehearse", "diff"} else []), *words]
    shown, written = run(*given), run(*given, "-o", "answer.txt")

    assert (written.code, written.stdout) == (shown.code, "")
    assert (tmp_path / "answer.txt").read_text("utf-8") == shown.stdout
    if words and (tmp_path / words[0]).is_file():
        assert "would write over an input" in run(*given, "-o", words[0]).stderr
