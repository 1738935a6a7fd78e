"""Several templates as one world, on every screen and page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from screen import Run

GIVER = """
Resources: {Key: {Type: AWS::KMS::Key, Properties: {Description: giver}}}
Outputs: {Key: {Value: !GetAtt Key.Arn, Export: {Name: key-arn}}}
"""
TAKER = """
Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {KmsMasterKeyId: !ImportValue key-arn}}}
"""


@pytest.fixture
def two(tmp_path: Path) -> list[str]:
    for name, text in (("taker", TAKER), ("giver", GIVER)):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return [str(tmp_path / "taker.yaml"), str(tmp_path / "giver.yaml")]


def test_several_templates_are_rehearsed_as_one_world_the_exporting_one_first(two: list[str], run: Run) -> None:
    """Audit, row 17: a duration of their world."""
    screen = run("rehearse", "--rules", "own", "--together", "--format", "json", *two)
    events = [event for event in json.loads(screen.stdout)["events"] if event["resource"] == event["stack"]]

    assert screen.code == 0
    assert [(event["stack"], event["status"]) for event in events] == [
        ("giver", "CREATE_IN_PROGRESS"),
        ("giver", "CREATE_COMPLETE"),
        ("taker", "CREATE_IN_PROGRESS"),
        ("taker", "CREATE_COMPLETE"),
    ]


def test_several_templates_are_reviewed_as_one_world(two: list[str], run: Run) -> None:
    """Audit, row 17: a picture of their world."""
    screen = run("review", "--rules", "own", "--together", *two)
    assert screen.code == 0
    assert "2 stacks, 2 resources" in " ".join(screen.stdout.split())
    assert "one stack after the other" in " ".join(screen.stdout.split())


@pytest.mark.parametrize("verb", ["review", "rehearse"])
def test_several_targets_without_a_word_stand_alone(verb: str, run: Run) -> None:
    """One that cannot be read is told, the others are answered, and the gravest code counts."""
    alone = [run(verb, "--rules", "own", name) for name in ("sound.yaml", "unreachable.yaml")]
    several = run(verb, "--rules", "own", "sound.yaml", "unreachable.yaml")
    assert (several.code, several.stdout) == (10, "\n".join(screen.stdout for screen in alone))
    broken = run(verb, "--rules", "own", "nowhere.yaml", "sound.yaml")
    assert (broken.code, broken.stdout) == (66, alone[0].stdout)
    assert "nowhere.yaml" in broken.stderr


@pytest.mark.parametrize(("verb", "option"), [("review", "--html"), ("rehearse", "--current"), ("rehearse", "-o")])
def test_what_is_about_one_world_is_refused_where_several_stand_alone(
    verb: str, option: str, two: list[str], run: Run
) -> None:
    screen = run(verb, "--rules", "own", option, "sound.yaml", *two)
    assert (screen.code, screen.stdout) == (64, "")
    assert "make them one world with --together" in screen.stderr


def test_the_timeline_of_several_stacks_has_one_heading_for_each(tmp_path: Path, run: Run) -> None:
    """Audit, row 14: 223 headings for 20 stacks, because they ran side by side."""
    names = [f"stack{number}" for number in range(6)]
    for name in names:
        body = {"Resources": {id: {"Type": "AWS::SNS::Topic"} for id in ("A", "B", "C")}}
        (tmp_path / f"{name}.json").write_text(json.dumps(body), encoding="utf-8")
    page = tmp_path / "page.html"
    files = [str(tmp_path / f"{name}.json") for name in names]
    run("rehearse", "--rules", "own", "--together", "--concurrency", "6", "--html", str(page), *files)
    text = page.read_text(encoding="utf-8")

    assert [text.count(f'">{name}</div>') for name in names] == [1] * 6


def test_a_page_is_printed_with_its_colours(tmp_path: Path, run: Run) -> None:
    """Audit, row 15: the PDF had no bars."""
    page = tmp_path / "page.html"
    run("rehearse", "--rules", "own", "--html", str(page), "sound.yaml")
    style = page.read_text(encoding="utf-8").partition("@media print")[2].partition("</style>")[0]

    assert "print-color-adjust: exact" in style
