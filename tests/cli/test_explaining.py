"""The verbs checks and explain, and what people type first."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from screen import Run

import stackflight
from stackflight.check.registry import every_check

ROOT = Path(__file__).parents[2]
IDS = sorted({check.id for check in every_check()})


def test_every_check_is_listed_with_its_family_and_severity(run: Run) -> None:
    """Audit, row 19 and section 5: list and explain rules on the command line."""
    text, listed = run("checks"), json.loads(run("checks", "--format", "json").stdout)

    assert {
        *IDS,
        "ignore-without-reason",
        "ignore-without-effect",
        "ignore-ended",
        "price-above-limit",
        "duration-above-limit",
    } == {row["check"] for row in listed["checks"]}
    assert all(row["family"] and row["found_when"] and row["severity"] for row in listed["checks"])
    assert all(f"  {id}\n" in text.stdout for id in IDS)
    assert f"{len(listed['checks'])} checks; stackflight explain CHECK tells more" in text.stdout


@pytest.mark.parametrize("start", range(0, 250, 50))
def test_every_check_is_explained_in_the_terminal(start: int, run: Run) -> None:
    """Audit, row 19."""
    for id in IDS[start : start + 50]:
        screen = run("explain", id)
        assert screen.code == 0
        assert screen.stdout.startswith(f"{id}\n\nFound when ")
        assert "Severity:" in screen.stdout
        assert "```" not in screen.stdout


def test_an_explanation_shows_an_example_and_its_cure(run: Run) -> None:
    page = json.loads(run("explain", "database-unreachable", "--format", "json").stdout)["page"]
    assert "## Example" in page
    assert "## How to fix it" in page


def test_a_rule_of_the_standard_set_is_explained_by_what_becomes_of_it(run: Run) -> None:
    left, ours = run("explain", "standard/W2001"), run("explain", "preflight/pf-ec2-nacl-rule-number-unique")
    assert "It is left out: style" in left.stdout
    assert "Where network-entry-twice " in ours.stdout
    screen = run("explain", "standard/F3002")
    assert screen.code == 0
    assert "cloudformation-validate" in screen.stdout


def test_the_page_of_every_check_shows_an_example_that_names_it() -> None:
    pages = [file for file in (ROOT / "docs/reference/checks").glob("*.md") if file.stem not in {"index", "standard"}]
    texts = {page.stem: page.read_text(encoding="utf-8").partition("\n## Example\n")[2] for page in pages}
    assert [check for check, example in texts.items() if f"  check   {check}" not in example] == []
    assert len(pages) > 150


def test_the_pages_are_in_the_wheel(tmp_path: Path) -> None:
    """Audit, row 19: hints and pages must not name what an installed wheel does not have."""
    build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()

    assert "stackflight/pages/database-unreachable.md" in names
    assert "stackflight/pages/standard.md" in names


@pytest.mark.parametrize("first", ["-V", "version", "--version"])
def test_the_version_is_said_in_the_ways_in_which_people_ask(first: str, run: Run) -> None:
    """Audit, row 22, and row 32 for the attribute."""
    assert run(first).stdout == f"stackflight {stackflight.__version__}\n"


def test_help_is_said_in_the_ways_in_which_people_ask(run: Run) -> None:
    """Audit, row 22."""
    assert run("help").stdout == run("--help").stdout
    assert run("help", "check").stdout == run("check", "--help").stdout


def test_without_anything_the_usage_is_shown(run: Run) -> None:
    """Audit, row 22."""
    screen = run()
    assert screen.code == 64
    assert "usage: stackflight VERB" in screen.stderr
    assert screen.stdout == ""


def test_the_checks_that_speak_of_a_word_are_listed_alone(run: Run) -> None:
    listed = json.loads(run("checks", "Cognito", "--format", "json").stdout)["checks"]
    assert 3 < len(listed) < len(IDS) / 4
    assert "database-unreachable" not in {row["check"] for row in listed}
    nothing = run("checks", "no-such-thing")
    assert (nothing.code, nothing.stdout) == (64, "")
    assert "no check speaks of no-such-thing" in nothing.stderr
