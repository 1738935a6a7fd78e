"""Findings for build servers, merge requests and spreadsheets; into files; and only those that are new."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from screen import TEMPLATES, Run

ASKED = ("check", "--no-standard-rules")
FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "markdown", "csv")


def findings(run: Run, *targets: str) -> list[dict[str, object]]:
    return [
        one
        for line in run(*ASKED, "--format", "json", *targets).stdout.splitlines()
        for one in json.loads(line)["findings"]
    ]


def test_junit_has_a_suite_for_each_target_and_fails_only_what_blocks(run: Run) -> None:
    screen = run(*ASKED, "--format", "junit", "unreachable.yaml", "sound.yaml", "nowhere.yaml")
    suites = ET.fromstring(screen.stdout).findall("testsuite")
    blocking = [one for one in findings(run, "unreachable.yaml") if one["severity"] == "blocking"]

    assert screen.code == 66
    assert [suite.get("name") for suite in suites] == ["unreachable.yaml", "sound.yaml", "nowhere.yaml"]
    assert [suite.get("failures") for suite in suites] == [str(len(blocking)), "0", "0"]
    assert len(suites[0].findall("testcase/failure")) == len(blocking)
    assert [case.get("name") for case in suites[1]] == ["nothing found"]
    assert suites[2].find("testcase/error") is not None
    assert all(suite.get("tests") == str(len(suite.findall("testcase"))) for suite in suites)


def test_a_code_quality_report_has_the_fields_that_gitlab_asks_for(run: Run) -> None:
    screen = run(*ASKED, "--format", "gitlab", "unreachable.yaml", "nowhere.yaml")
    entries = json.loads(screen.stdout)

    assert len(entries) == len(findings(run, "unreachable.yaml")) + 1
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)
    for entry in entries:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in {"info", "minor", "blocker"}
        assert entry["location"]["lines"]["begin"] >= 1


def test_csv_has_a_line_for_each_finding_and_computes_nothing(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run(*ASKED, "--format", "csv", "unreachable.yaml").stdout)))
    found = findings(run, "unreachable.yaml")

    assert [(row["check"], row["severity"], row["fix"]) for row in rows] == [
        (one["check"], one["severity"], one["remedy"]) for one in found
    ]
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


HOSTILE = """
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: !Ref "<img src=x> | `@everyone` **x**"
"""


def test_what_a_template_says_is_text_in_markdown_and_xml(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "hostile.yaml"
    file.write_text(HOSTILE, encoding="utf-8")
    markdown = run(*ASKED, "--format", "markdown", str(file)).stdout
    shown = ET.fromstring(run(*ASKED, "--format", "junit", str(file)).stdout).findtext("testsuite/testcase/failure")
    [row] = [line for line in markdown.splitlines() if "&lt;img" in line]

    assert shown is not None
    assert "<img src=x>" in shown
    assert "<img" not in markdown
    assert "@everyone" not in markdown
    assert len(re.findall(r"(?<!\\)\|", row)) == 4


def test_markdown_says_what_why_where_and_how_to_mend_it(run: Run) -> None:
    text = run(*ASKED, "--format", "markdown", "unreachable.yaml", "sound.yaml", "open-inputs.yaml").stdout

    assert "### ✗ stackflight: unreachable.yaml\n\n2 blocking, 1 note" in text
    assert "### ✓ stackflight: sound.yaml\n\nnothing found that would stop it" in text
    assert "allow inbound tcp 5432 from TaskGroup in DatabaseGroup" in text
    assert "because DATABASE\\_HOST of container web holds" in text
    assert "<summary>Open questions</summary>" in text


@pytest.mark.parametrize("format", FORMATS)
def test_a_result_goes_into_a_file_and_leaves_stdout_empty(format: str, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "result"
    shown = run(*ASKED, "--format", format, "unreachable.yaml")
    written = run(*ASKED, "--format", format, "-o", str(file), "unreachable.yaml")

    assert written.code == shown.code == 10
    assert written.stdout == ""
    assert file.read_text(encoding="utf-8") == shown.stdout


def test_a_file_that_cannot_be_written_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    screen = run(*ASKED, "-o", str(tmp_path / "no" / "file"), "sound.yaml")
    assert screen.code == 64
    assert "cannot be written" in screen.stderr


def baseline(run: Run, tmp_path: Path, *targets: str) -> str:
    file = tmp_path / "known.json"
    run(*ASKED, "--format", "json", "-o", str(file), *targets)
    return str(file)


def test_against_its_own_baseline_a_template_is_green_and_says_so(run: Run, tmp_path: Path) -> None:
    known = baseline(run, tmp_path, "unreachable.yaml")
    screen = run(*ASKED, "--baseline", known, "unreachable.yaml")

    assert screen.code == 0
    assert "3 known from the baseline" in screen.stdout


def test_what_is_new_since_the_baseline_blocks_and_a_second_of_the_same_kind_is_new(run: Run, tmp_path: Path) -> None:
    known = baseline(run, tmp_path, "sound.yaml")
    assert run(*ASKED, "--baseline", known, "unreachable.yaml").code == 10

    known = baseline(run, tmp_path, "unreachable.yaml")
    twice = Path(known).read_text(encoding="utf-8").replace("DatabaseGroup", "AnotherGroup")
    Path(known).write_text(twice, encoding="utf-8")
    screen = run(*ASKED, "--baseline", known, "unreachable.yaml")
    assert screen.code == 10
    assert "1 blocking" in screen.stdout


def test_lines_may_move_without_making_a_finding_new(run: Run, tmp_path: Path) -> None:
    moved = tmp_path / "unreachable.yaml"
    moved.write_text("# moved\n\n" + (TEMPLATES / "unreachable.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    known = baseline(run, tmp_path, "unreachable.yaml")
    assert run(*ASKED, "--baseline", known, str(moved)).code == 0


@pytest.mark.parametrize(
    "text", ["nothing", "{}", '{"schema":"stackflight.review/1"}', "[1]", '{"schema":1,"findings":2}']
)
def test_a_baseline_of_another_form_is_unreadable_with_the_command_that_writes_one(
    text: str, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "known.json"
    file.write_text(text, encoding="utf-8")
    for name in (str(file), str(tmp_path / "nowhere.json")):
        screen = run(*ASKED, "--baseline", name, "sound.yaml")
        assert screen.code == 66
        assert "stackflight check TARGET --format json -o FILE" in screen.stderr
