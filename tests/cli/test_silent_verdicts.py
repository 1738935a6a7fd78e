"""Inputs over which a verdict was silently wrong: what nobody judged must not look like what was found to be sound."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from screen import HOSTILE, Run, Screen


def reports(screen: Screen) -> list[dict[str, Any]]:
    return [json.loads(line) for line in screen.stdout.splitlines()]


@pytest.mark.parametrize("first", ["AppEu", "AppUs"])
def test_two_stacks_of_one_name_in_two_regions_are_both_judged(hostile: Run, tmp_path: Path, first: str) -> None:
    """Two stacks of one name in an assembly: the finding of either counts, in whatever order they stand."""
    folder = shutil.copytree(HOSTILE / "two-stacks-of-one-name", tmp_path / "cdk.out")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["artifacts"] = dict(sorted(manifest["artifacts"].items(), key=lambda item: item[0] != first))
    (folder / "manifest.json").write_text(json.dumps(manifest))

    screen = hostile("check", str(folder), "--no-standard-rules", "--format", "json")

    [report] = reports(screen)
    assert screen.code == 10
    assert [(finding["check"], finding["stack"]) for finding in report["findings"]] == [
        ("bucket-name-invalid", "AppEu")
    ]
    assert report["stats"]["resources"] == 2


def test_stacks_of_one_name_take_a_parameter_by_that_name_or_by_their_own(hostile: Run, tmp_path: Path) -> None:
    """Two stacks of one name in an assembly: STACK.NAME=VALUE reaches both, ARTIFACT.NAME=VALUE one of them."""
    folder = shutil.copytree(HOSTILE / "two-stacks-of-one-name", tmp_path / "cdk.out")
    for name in ("eu", "us"):
        (folder / f"{name}.json").write_text(
            '{"Parameters": {"Name": {"Type": "String"}}, "Resources": {"Store": {"Type": "AWS::S3::Bucket", '
            '"Properties": {"BucketName": {"Fn::Sub": "${Name}-${AWS::StackName}"}}}}}'
        )

    def blamed(*parameters: str) -> list[str]:
        screen = hostile("check", str(folder), "--no-standard-rules", "--format", "json", *parameters)
        return [finding["message"] for finding in reports(screen)[0]["findings"]]

    both = blamed("--param", "app.Name=UP")
    assert len(both) == 2
    assert all("UP-app" in message for message in both)
    assert len(blamed("--param", "app.Name=low", "--param", "AppUs.Name=UP")) == 1


def test_an_export_of_one_region_is_not_imported_in_another(hostile: Run, tmp_path: Path) -> None:
    """Two stacks of one name in an assembly: each export belongs to its Region, and so does each import."""
    folder = tmp_path / "cdk.out"
    folder.mkdir()
    artifacts: dict[str, Any] = {}
    for region, name in (("eu-west-1", "fine-name"), ("us-east-1", "BAD_NAME")):
        (folder / f"{region}.json").write_text(
            json.dumps(
                {
                    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
                    "Outputs": {"Name": {"Value": name, "Export": {"Name": "store"}}},
                }
            )
        )
        (folder / f"{region}-user.json").write_text(
            json.dumps(
                {
                    "Resources": {
                        "Store": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::ImportValue": "store"}}}
                    }
                }
            )
        )
        for kind in ("", "-user"):
            artifacts[f"{region}{kind}"] = {
                "type": "aws:cloudformation:stack",
                "environment": f"aws://123456789012/{region}",
                "properties": {"templateFile": f"{region}{kind}.json", "stackName": f"base{kind}"},
            }
    order = ["eu-west-1", "us-east-1", "eu-west-1-user", "us-east-1-user"]
    manifest = {"version": "1", "artifacts": {name: artifacts[name] for name in order}}
    (folder / "manifest.json").write_text(json.dumps(manifest))

    screen = hostile("check", str(folder), "--no-standard-rules", "--format", "json")

    assert screen.code == 10
    assert [finding["stack"] for finding in reports(screen)[0]["findings"]] == ["us-east-1-user"]


def test_a_template_that_the_standard_rules_read_blocks(hostile: Run) -> None:
    """The control of the next tests: a logical id that CloudFormation refuses."""
    screen = hostile("check", "bad-name.json", "--format", "json")
    assert screen.code == 10
    assert [finding["code"] for finding in reports(screen)[0]["findings"]] == ["F0006"]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("verb", ["check", "review", "rehearse"])
def test_what_is_no_json_value_is_refused(hostile: Run, tmp_path: Path, verb: str, value: str) -> None:
    """JSON that the standard rules cannot parse: NaN and Infinity are refused at their line, not passed."""
    file = tmp_path / "app.json"
    file.write_text((HOSTILE / "nan.json").read_text().replace("NaN", f'\n{value}, "y": "NaN Infinity"'))

    screen = hostile(verb, str(file))

    assert screen.code == 66
    assert screen.stdout == ""
    assert screen.stderr.startswith(f"error: {file}:2: not valid JSON: {value} is no value\nhint: ")


def test_half_a_character_does_not_silence_the_standard_rules(hostile: Run) -> None:
    """JSON that the standard rules cannot parse: an escaped half of a character counts as an unknown one."""
    screen = hostile("check", "lone-surrogate-in-metadata.json", "--format", "json")
    assert screen.code == 10
    assert [finding["code"] for finding in reports(screen)[0]["findings"]] == ["F0006"]


@pytest.mark.parametrize("verb", ["check", "review"])
def test_what_the_standard_rules_could_not_judge_is_said(hostile: Run, verb: str) -> None:
    """JSON that the standard rules cannot parse: nesting beyond their limit leaves a visible note."""
    screen = hostile(verb, "deep-metadata.json")
    assert screen.code == 0
    assert "the standard rules cannot judge this template, so only our own checks did" in screen.stdout
    assert "standard/not-judged" in screen.stdout
    assert "nothing found" not in screen.stdout


NOT_READ = {
    "https://example-bucket.s3.amazonaws.com/part.yaml": (
        "its template is at https://example-bucket.s3.amazonaws.com/part.yaml, not in a file here"
    ),
    "missing.yaml": "there is no file missing.yaml below the folder",
    "../../../outside.yaml": "there is no file ../../../outside.yaml below the folder",
    "/etc/hostname": "there is no file /etc/hostname below the folder",
    "!Ref Where": "its template is at ${parameter Where}, not in a file here",
}


@pytest.mark.parametrize("url", NOT_READ)
def test_a_nested_stack_that_was_not_read_is_an_open_question(hostile: Run, tmp_path: Path, url: str) -> None:
    """A nested stack whose template was not read: it is said, in text and in JSON, and why."""
    text = (HOSTILE / "nested-by-url" / "root.yaml").read_text()
    file = tmp_path / "inner" / "root.yaml"
    file.parent.mkdir()
    (tmp_path / "outside.yaml").write_text(text)
    url_of = "https://example-bucket.s3.amazonaws.com/part.yaml"
    file.write_text("Parameters: {Where: {Type: String}}\n" + text.replace(url_of, url))

    screen = hostile("check", str(file), "--format", "json")
    shown = hostile("check", str(file))

    assert screen.code == 0
    [unknown] = reports(screen)[0]["unknowns"]
    assert unknown["question"] == f"the nested stack Part is not judged: {NOT_READ[url]}"
    assert unknown["decided_by"] == ["template of Part"]
    assert "1 open question" in shown.stdout
    assert "the nested stack Part is not judged" in " ".join(shown.stdout.split())


def test_a_template_that_nests_itself_is_read_once_and_said(hostile: Run) -> None:
    """A template that nests itself five times: five open questions, at once."""
    screen = hostile("check", "nests-itself/self.yaml", "--no-standard-rules", "--format", "json")
    [report] = reports(screen)
    assert screen.code == 0
    assert report["stats"]["resources"] == 5
    assert {unknown["question"] for unknown in report["unknowns"]} == {
        f"the nested stack N{number} is not judged: its template self.yaml is one that it is nested in"
        for number in range(5)
    }


def test_templates_that_nest_one_another_in_a_circle_are_read_once_and_said(hostile: Run, tmp_path: Path) -> None:
    """A circle of nested templates: it ends where it closes."""
    part = "Resources:\n" + "".join(
        f"  N{number}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: OTHER.yaml}}}}\n"
        for number in range(20)
    )
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / f"{name}.yaml").write_text(part.replace("OTHER", other))

    screen = hostile("check", str(tmp_path / "a.yaml"), "--no-standard-rules", "--format", "json")

    assert screen.code == 0
    assert len(reports(screen)[0]["unknowns"]) == 400
    assert reports(screen)[0]["stats"]["resources"] == 420


def test_nested_stacks_end_at_a_number_that_nobody_deploys(hostile: Run, tmp_path: Path) -> None:
    """Nested templates of nested templates, ten of each: what is beyond the budget is said."""
    for level in range(4):
        (tmp_path / f"{level}.yaml").write_text(
            "Resources:\n"
            + "".join(
                f"  N{number}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {level + 1}.yaml}}}}\n"
                for number in range(10)
            )
        )
    (tmp_path / "4.yaml").write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}\n")

    screen = hostile("check", str(tmp_path / "0.yaml"), "--no-standard-rules", "--format", "json")

    questions = [unknown["question"] for unknown in reports(screen)[0]["unknowns"]]
    assert screen.code == 0
    assert questions
    assert all(question.endswith("is not judged: more than 500 stacks are nested") for question in questions)


@pytest.mark.parametrize(
    ("arguments", "severity", "code"),
    [
        ((), "warning", 0),
        (("--param", "Kind=network"), "warning", 0),
        (("--param", "Kind=application"), "blocking", 10),
    ],
)
def test_a_kind_of_balancer_that_an_input_decides_proves_nothing(
    hostile: Run, tmp_path: Path, arguments: tuple[str, ...], severity: str, code: int
) -> None:
    """Unknown became proved: the type of a load balancer from a parameter without default is no application one."""
    text = (HOSTILE / "balancer-type-from-parameter.yaml").read_text()
    file = tmp_path / "app.yaml"
    file.write_text(text)

    screen = hostile("check", str(file), "--no-standard-rules", "--format", "json", *arguments)

    found = {finding["check"]: finding for finding in reports(screen)[0]["findings"]}
    assert found["target-unreachable"]["severity"] == severity
    assert screen.code == 10  # the tasks cannot reach their registry, whatever the balancer is
    blocking = {check for check, finding in found.items() if finding["severity"] == "blocking"}
    assert ("target-unreachable" in blocking) == bool(code)


def test_what_an_input_decides_is_not_the_default(hostile: Run, tmp_path: Path) -> None:
    """Unknown became proved: a NAT gateway whose connectivity a parameter decides is not a public one."""
    file = tmp_path / "app.yaml"
    file.write_text(
        "Parameters: {Kind: {Type: String}}\n"
        "Resources:\n"
        "  Net: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}\n"
        "  A: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Net, CidrBlock: 10.0.0.0/24}}\n"
        "  Nat: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Ref A, ConnectivityType: !Ref Kind}}\n"
    )

    def blocking(*arguments: str) -> list[str]:
        screen = hostile("check", str(file), "--no-standard-rules", "--format", "json", *arguments)
        return [found["check"] for found in reports(screen)[0]["findings"] if found["severity"] == "blocking"]

    assert blocking() == []
    assert blocking("--param", "Kind=private") == []
    assert blocking("--param", "Kind=public") == ["vpc-without-internet-gateway"]


@pytest.mark.parametrize("verb", ["check", "review", "rehearse"])
def test_an_ignore_inside_a_text_is_none(hostile: Run, verb: str) -> None:
    """Text inside a block scalar that looks like an ignore comment: the proved finding blocks."""
    screen = hostile(verb, "ignore-in-block-text.yaml", "--no-standard-rules")
    assert screen.code == 10
    assert "bucket-name-invalid" in screen.stdout


@pytest.mark.parametrize(
    "note",
    [
        "note: >-\n        # stackflight: ignore bucket-name-invalid because it is folded",
        "note: '\n        # stackflight: ignore bucket-name-invalid because it is quoted'",
        'note: "x # stackflight: ignore bucket-name-invalid because it is quoted"',
    ],
)
def test_no_kind_of_text_holds_an_ignore(hostile: Run, tmp_path: Path, note: str) -> None:
    """Text inside a folded or a quoted scalar that looks like an ignore comment, just before what it would cover."""
    file = tmp_path / "app.yaml"
    file.write_text(
        f"Resources:\n  Store:\n    Type: AWS::S3::Bucket\n    Metadata:\n      {note}\n"
        "    Properties: {BucketName: A_b}\n"
    )
    screen = hostile("check", str(file), "--no-standard-rules", "--format", "json")
    assert screen.code == 10
    assert [finding["check"] for finding in reports(screen)[0]["findings"]] == ["bucket-name-invalid"]


def test_an_ignore_after_a_text_is_one(hostile: Run, tmp_path: Path) -> None:
    """A comment behind the indicator of a block, and one after the block, are comments."""
    file = tmp_path / "app.yaml"
    file.write_text(
        "Resources:\n  Store: # stackflight: ignore bucket-name-invalid because it is only a test\n"
        "    Type: AWS::S3::Bucket\n    Metadata:\n      note: |\n        # text\n"
        "    # stackflight: ignore name-form because nobody reads it\n"
        "    Properties: {BucketName: A_b}\n"
    )
    screen = hostile("check", str(file), "--no-standard-rules", "--format", "json")
    found = {finding["check"]: finding for finding in reports(screen)[0]["findings"]}
    assert screen.code == 0
    assert found["bucket-name-invalid"]["ignored"] == "it is only a test"
    assert found["ignore-without-effect"]["where"]["line"] == 7


@pytest.mark.parametrize("verb", ["check", "review", "rehearse"])
def test_no_ignores_counts_what_a_strangers_template_ignores(hostile: Run, tmp_path: Path, verb: str) -> None:
    """No option disregarded the ignores of an untrusted pull request: --no-ignores does, in comments and metadata."""
    for name, text in (
        ("comment", "Resources:\n  # stackflight: ignore bucket-name-invalid because I say so\n  Store: {Type: "
         "AWS::S3::Bucket, Properties: {BucketName: A_b}}\n"),
        ("metadata", "Resources:\n  Store: {Type: AWS::S3::Bucket, Properties: {BucketName: A_b}, Metadata: "
         "{stackflight: {ignore: {check: bucket-name-invalid, because: I say so}}}}\n"),
    ):  # fmt: skip
        file = tmp_path / f"{name}.yaml"
        file.write_text(text)
        assert hostile(verb, str(file), "--no-standard-rules").code == 0
        screen = hostile(verb, str(file), "--no-standard-rules", "--no-ignores")
        assert screen.code == 10
        assert "bucket-name-invalid" in screen.stdout


def test_silence_on_a_type_that_no_rule_knows_is_told(hostile: Run, tmp_path: Path) -> None:
    """One line in the text, a list in the data; where a finding stands, or every type is known, there is no such line."""
    unknown, known = tmp_path / "unknown.yaml", tmp_path / "known.yaml"
    unknown.write_text("Resources: {Canaries: {Type: AWS::Synthetics::Group, Properties: {Name: a}}}")
    known.write_text("Resources: {Store: {Type: AWS::S3::Bucket}}")

    told, silent = (hostile("check", str(file), "--no-standard-rules").stdout for file in (unknown, known))
    [report] = reports(hostile("check", str(unknown), "--no-standard-rules", "--format", "json"))

    assert "no rule of ours knows AWS::Synthetics::Group" in told
    assert "no rule of ours" not in silent
    assert report["stats"]["types_without_rules"] == ["AWS::Synthetics::Group"]
