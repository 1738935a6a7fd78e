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
