"""Templates as people really have them: of macros, of release scripts, of editors on Windows, with a key twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from screen import Run, Screen

BAD = "  Store: {Type: AWS::S3::Bucket, Properties: {BucketName: A_b}}\n"
ALONE = ("--rules", "own", "--format", "json")


def report(screen: Screen) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(screen.stdout)
    return found


def check(run: Run, file: Path, text: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    file.write_text(text)
    screen = run("check", str(file), *ALONE, *arguments)
    assert screen.stderr == ""
    return screen.code, report(screen)


MACROS = {
    "Transform: [OwnMacro, AWS::LanguageExtensions]\nResources:\n": "the macro OwnMacro may change the template, which "
    "is judged as it is written",
    "Transform: {Name: AWS::Include, Parameters: {Location: s3://b/x.yaml}}\nResources:\n": "the macro AWS::Include may "
    "change the template, which is judged as it is written",
    "Resources:\n  Fn::Transform: {Name: More}\n": "the macro More may change the template, which is judged as it is written",
}


@pytest.mark.parametrize("head", MACROS)
def test_a_macro_is_named_and_everything_else_is_judged(run: Run, tmp_path: Path, head: str) -> None:
    code, found = check(run, tmp_path / "app.yaml", head + BAD)
    assert code == 10
    assert [finding["check"] for finding in found["findings"]] == ["bucket-name-invalid"]
    [unknown] = found["unknowns"]
    assert unknown["question"] == MACROS[head]
    assert unknown["decided_by"][0].startswith("macro ")


@pytest.mark.parametrize("value", ["{Fn::Transform: {Name: Rain::Env}}", "!Rain::Env BUCKET", "!Own::Name [a, b]"])
def test_a_value_that_a_macro_makes_is_unknown(run: Run, tmp_path: Path, value: str) -> None:
    code, found = check(run, tmp_path / "app.yaml", "Resources:\n" + BAD.replace("A_b", value))
    assert (code, found["findings"]) == (0, [])


def test_a_tag_that_nobody_makes_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "app.yaml"
    file.write_text("Resources:\n" + BAD.replace("A_b", "!Reff x"))
    screen = run("check", str(file), *ALONE)
    assert screen.code == 66
    assert "unknown tag !Reff" in screen.stderr


@pytest.mark.parametrize(
    "value", ["'%%BUCKET%%'", "%%BUCKET%%", '"a-%%BUCKET%%"', "!Sub '%%BUCKET%%-${AWS::Region}'", "%%BUCKET%%-x"]
)
def test_a_placeholder_of_a_release_script_is_an_unknown_value(run: Run, tmp_path: Path, value: str) -> None:
    code, found = check(run, tmp_path / "app.yaml", "Resources:\n  Store:\n    Type: AWS::S3::Bucket\n"
                        f"    Properties:\n      BucketName: {value}\n")  # fmt: skip
    assert (code, found["findings"]) == (0, [])


def test_the_rules_of_others_do_not_judge_a_placeholder(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "app.yaml"
    file.write_text("Resources:\n" + BAD.replace("A_b", "'%%BUCKET%%-x'"))
    assert "nothing found that would stop it" in run("check", str(file), "--rules", "standard").stdout


def test_a_placeholder_in_a_mapping_or_a_default_is_unknown_too(run: Run, tmp_path: Path) -> None:
    for head, value in (
        ("Mappings: {M: {a: {b: '%%BUCKET%%-x'}}}\n", "!FindInMap [M, a, b]"),
        ("Parameters: {P: {Type: String, Default: '%%BUCKET%%-x'}}\n", "!Ref P"),
    ):
        code, found = check(run, tmp_path / "app.yaml", head + "Resources:\n" + BAD.replace("A_b", value))
        assert (code, [one for one in found["findings"] if one["severity"] == "blocking"]) == (0, [])


def test_percent_signs_that_are_no_placeholder_stay_what_they_are(run: Run, tmp_path: Path) -> None:
    code, found = check(run, tmp_path / "app.yaml", "Resources:\n" + BAD.replace("A_b", "'A_%%b%%'"))
    assert (code, [one["check"] for one in found["findings"]]) == (10, ["bucket-name-invalid"])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("verb", ["check", "review", "rehearse"])
def test_a_template_in_utf16_is_text(run: Run, tmp_path: Path, verb: str, encoding: str) -> None:
    file = tmp_path / "app.yaml"
    file.write_bytes(("# é\r\nResources:\r\n" + BAD.replace("\n", "\r\n")).encode(encoding))
    screen = run(verb, str(file), "--rules", "own")
    assert screen.code == 10
    assert f"{file}:3" in screen.stdout


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("app.yaml", "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: x\n      TopicName: y\n"),
        ("app.json", '{"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {\n\n\n\n"TopicName": "x",\n'
         '"TopicName": "y"}}}}'),
    ],
)  # fmt: skip
def test_a_key_that_stands_twice_is_a_warning_at_its_second_place(
    run: Run, tmp_path: Path, name: str, text: str
) -> None:
    code, found = check(run, tmp_path / name, text)
    [finding] = found["findings"]
    assert code == 0
    assert (finding["check"], finding["severity"], finding["resources"]) == ("key-twice", "warning", ["A"])
    assert finding["where"]["line"] == 6
    assert "TopicName" in finding["message"]


def test_the_second_of_two_values_is_judged(run: Run, tmp_path: Path) -> None:
    text = (
        "Resources:\n  Store:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: {}\n      BucketName: {}\n"
    )
    assert check(run, tmp_path / "app.yaml", text.format("fine-name", "A_b"))[0] == 10
    assert check(run, tmp_path / "app.yaml", text.format("A_b", "fine-name"))[0] == 0


def test_a_parameter_with_two_values_is_refused(run: Run, tmp_path: Path) -> None:
    file, given = tmp_path / "app.yaml", tmp_path / "given.json"
    file.write_text("Parameters: {P: {Type: String}}\nResources:\n" + BAD)
    given.write_text('{"P": "x",\n "P": "y"}')
    screen = run("check", str(file), *ALONE, "--params", str(given))
    assert screen.code == 66
    assert screen.stderr == f"error: {given}:2: the parameter P has two values\nhint: remove one of them\n"
