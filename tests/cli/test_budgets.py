"""Small inputs that ask for any amount of time or memory: each ends, with what could not be judged said.

None of these tests measures time. Before there were budgets, each of them ran for minutes, or until memory ended.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from screen import Run, Screen


def report(screen: Screen) -> dict[str, Any]:
    assert "internal error" not in screen.stderr
    found: dict[str, Any] = json.loads(screen.stdout)
    return found


def questions(screen: Screen) -> list[str]:
    return [unknown["question"] for unknown in report(screen)["unknowns"]]


def checks(screen: Screen) -> list[str]:
    return [finding["check"] for finding in report(screen)["findings"]]


ALONE = ("--no-standard-rules", "--format", "json")


def test_twenty_wildcards_in_a_row_are_one(hostile: Run) -> None:
    """An action of twenty wildcards: it covers what one covers, and the role is judged."""
    screen = hostile("check", "wildcards-in-a-row.yaml", *ALONE)
    assert screen.code == 10
    assert checks(screen) == ["function-cannot-join-vpc", "policy-malformed"]


def test_loops_whose_keys_name_no_variable_end(hostile: Run) -> None:
    """Loops in loops that make one entry again and again: what is copied counts, not what comes of it."""
    screen = hostile("check", "loops-that-make-one-entry.json", *ALONE)
    assert screen.code == 0
    assert questions(screen)
    assert all(
        question.endswith("is not judged as a whole: its loops make more than 500,000 values")
        for question in questions(screen)
    )


@pytest.mark.parametrize(
    ("body", "items", "says"),
    [
        ({}, 1_000, "more than 500,000 values"),
        ({"T": {"Type": "AWS::SNS::Topic"}}, 1_001, "it loops over more than 1,000 items"),
        ({"T${V0}x${V1}": {"Type": "AWS::SNS::Topic"}}, 60, "it makes more than 2,000 entries"),
    ],
    ids=["empty body", "too many items", "too many entries"],
)
def test_loops_end_at_numbers_that_no_template_reaches(
    hostile: Run, tmp_path: Path, body: dict[str, Any], items: int, says: str
) -> None:
    """Loops in loops, with an empty body, over too many items, with too many entries: each limit has its words."""
    for level in range(3):
        body = {f"Fn::ForEach::L{level}": [f"V{level}", [f"i{number}" for number in range(items)], body]}
    resources = {"Topic": {"Type": "AWS::SNS::Topic"}, **body}
    file = tmp_path / "app.json"
    file.write_text(json.dumps({"Transform": "AWS::LanguageExtensions", "Resources": resources}))

    screen = hostile("check", str(file), *ALONE)

    assert screen.code == 0
    assert any(question.endswith(says) for question in questions(screen))
    assert report(screen)["stats"]["resources"] <= 2_001


def test_loops_whose_texts_grow_end(hostile: Run, tmp_path: Path) -> None:
    """Loops in loops that write their variable into the next collection, doubled: the text has a limit."""
    body: Any = {"T${V0}": {"Type": "AWS::SNS::Topic"}}
    for level in range(30):
        body = {f"Fn::ForEach::L{level}": [f"V{level}", [f"${{V{level + 1}}}" * 2], body]}
    resources = {"Fn::ForEach::All": ["V30", ["ab"], body]}
    file = tmp_path / "app.json"
    file.write_text(json.dumps({"Transform": "AWS::LanguageExtensions", "Resources": resources}))

    screen = hostile("check", str(file), *ALONE)

    assert screen.code == 0
    assert any("a text of more than 1,000,000 characters" in question for question in questions(screen))


@pytest.mark.parametrize(
    ("file", "place", "resources"),
    [
        ("text-that-doubles.json", "Resources.B.Properties.BucketName.Fn::Sub", 1),
        ("attribute-that-doubles.json", "Resources.S4.Properties.VpcId.Fn::Join", 23),
    ],
)
def test_a_text_that_doubles_ends_at_what_a_template_may_hold(
    hostile: Run, file: str, place: str, resources: int
) -> None:
    """A substitution of itself twice, and an attribute that repeats another twice: the text is unknown, and said so."""
    screen = hostile("check", file, *ALONE)
    assert screen.code == 0
    assert questions(screen) == [
        f"{place} is not judged: a text of more than 1,000,000 characters, which is more than a template may hold"
    ]
    assert report(screen)["stats"]["resources"] == resources


def test_a_list_that_doubles_ends_too(hostile: Run, tmp_path: Path) -> None:
    """An attribute that repeats a list of attributes twice: the values have a limit, like the texts."""
    resources: dict[str, Any] = {}
    for number in range(40):
        groups = [{"Fn::GetAtt": [f"B{number + 1}", "SecurityGroups"]}] * 2 if number < 39 else ["sg-1", "sg-2"]
        properties = {"SecurityGroups": groups, "Subnets": ["subnet-1", "subnet-2"]}
        resources[f"B{number}"] = {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": properties}
    file = tmp_path / "app.json"
    file.write_text(json.dumps({"Resources": resources}))

    screen = hostile("check", str(file), *ALONE)

    assert screen.code == 0
    assert any(question.endswith("more than 20,000 values that repeat one another") for question in questions(screen))


@pytest.mark.parametrize(
    "text",
    [
        "Resources: {T: {Type: AWS::SNS::Topic}}\nMetadata:\n  x: " + "[" * 100_000 + "]" * 100_000,
        "Resources: {T: {Type: AWS::SNS::Topic}}\nMetadata:\n  x: " + "{a: " * 100_000 + "}" * 100_000,
        "Resources: {T: {Type: AWS::SNS::Topic}}\nMetadata:\n  " + "- " * 100_000 + "x",
        "\n".join(" " * level + "a:" for level in range(2_500)),
    ],
    ids=["lists", "mappings", "items of items", "indented"],
)
def test_yaml_of_any_depth_is_refused_with_a_message(hostile: Run, tmp_path: Path, text: str) -> None:
    """YAML nested a hundred thousand levels deep: refused at its line, where it ended the process without a word."""
    file = tmp_path / "app.yaml"
    file.write_text(text)
    screen = hostile("check", str(file), "--no-standard-rules")
    assert screen.code == 66
    assert screen.stdout == ""
    assert screen.stderr.startswith(f"error: {file}:")
    assert "the document is not readable: it is nested more than 200 levels deep\nhint: " in screen.stderr


def test_thirty_thousand_keys_with_one_twice_are_read(hostile: Run, tmp_path: Path) -> None:
    """A mapping of thirty thousand keys, the last one twice: that one is named."""
    keys = "".join(f'"K{number}": 1, ' for number in range(30_000))
    file = tmp_path / "app.json"
    file.write_text('{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Metadata": {' + keys + '"K29999": 2}}')
    screen = hostile("check", str(file), "--no-standard-rules")
    assert "K29999" in screen.stderr + screen.stdout
    assert "internal error" not in screen.stderr


def test_an_ignore_before_sixty_thousand_blanks_is_read(hostile: Run, tmp_path: Path) -> None:
    """An ignore comment with sixty thousand blanks: it names what stands before them."""
    file = tmp_path / "app.yaml"
    blanks = " " * 60_000
    file.write_text(
        f"Resources:\n  # stackflight: ignore bucket-name-invalid{blanks}because{blanks}tested\n"
        "  Store: {Type: AWS::S3::Bucket, Properties: {BucketName: A_b}}\n"
    )
    screen = hostile("check", str(file), *ALONE)
    assert screen.code == 0
    assert [finding["ignored"] for finding in report(screen)["findings"]] == ["tested"]


def test_five_hundred_misspelt_references_are_all_found(hostile: Run, tmp_path: Path) -> None:
    """Five hundred misspelt references: each blocks, and the first of them are told what was meant."""
    resources = {
        f"Topic{number}": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": f"Topic{number}x"}}}
        for number in range(500)
    }
    file = tmp_path / "app.json"
    file.write_text(json.dumps({"Resources": resources}))
    screen = hostile("check", str(file), *ALONE)
    findings = report(screen)["findings"]
    assert screen.code == 10
    assert [finding["check"] for finding in findings] == ["reference-to-nothing"] * 500
    assert findings[0]["remedy"] == "write Topic0 instead, or declare Topic0x"
    assert findings[-1]["remedy"] == "declare Topic499x or remove the reference"


def test_four_thousand_ignore_comments_are_all_told_to_be_idle(hostile: Run, tmp_path: Path) -> None:
    """Four thousand ignore comments: each is placed, none is lost."""
    file = tmp_path / "app.yaml"
    file.write_text(
        "Resources:\n"
        + "".join(
            f"  T{number}:\n    Type: AWS::SNS::Topic # stackflight: ignore alarm-refuse because x\n"
            for number in range(4_000)
        )
    )
    screen = hostile("check", str(file), *ALONE)
    findings = report(screen)["findings"]
    assert screen.code == 0
    assert {finding["resources"][0] for finding in findings} == {f"T{number}" for number in range(4_000)}
    assert findings[0]["remedy"] == "write alarm-refused"


def test_a_megabyte_of_inline_code_is_not_read_and_said(hostile: Run, tmp_path: Path) -> None:
    """A megabyte of inline Python: it is no handler that somebody wrote, and what it does stays open."""
    code = "def handler(event, context): pass\n" + "x = 1 + 2\n" * 100_000
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Role": "arn:aws:iam::123456789012:role/x",
            "Code": {"ZipFile": code},
        },
    }
    file = tmp_path / "app.json"
    file.write_text(json.dumps({"Resources": {"Work": function}}))
    screen = hostile("check", str(file), *ALONE)
    assert screen.code == 0
    assert questions(screen) == ["what Work does is not judged: its code has more than 200,000 characters"]


def test_a_snapshot_of_two_hundred_thousand_objects_is_refused(hostile: Run, tmp_path: Path) -> None:
    """A snapshot of two hundred thousand empty objects: it is read once, and is none."""
    file = tmp_path / "account.json"
    file.write_text("{}\n" * 200_000)
    screen = hostile("check", "bad-name.json", "--no-standard-rules", "--account", str(file))
    assert screen.code == 66
    assert screen.stderr.startswith(f"error: {file}: this is no snapshot of an account")


RETRIES = (
    "retries-no-real-number", "retries-long-sum", "retries-overflow", "retries-endless", "retries-zero-power",
)  # fmt: skip


@pytest.mark.parametrize("file", RETRIES)
def test_a_retry_loop_that_cannot_be_counted_is_left_out(hostile: Run, file: str) -> None:
    """Inline Python with a retry loop of no number (complex, infinite, by zero, endless, too long): the rest is judged."""
    screen = hostile("check", f"{file}.yaml", *ALONE)
    assert screen.code == 0
    assert report(screen)["stats"]["resources"] == 2
    assert checks(screen) == []
