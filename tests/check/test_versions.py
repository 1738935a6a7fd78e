"""Dated lists of versions, row by row: what is gone or never was is found, what is offered is not, what is newer is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from judging import judge_world

from stackflight.check.law.versions import Standing, stands
from stackflight.check.registry import Verdicts
from stackflight.facts.load import Row, all_rows
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Finding, Severity
from stackflight.model.template import World
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

ROWS = all_rows("versions")
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
FIELDS = {"id", "type", "path", "what", "title", "offered", "gone", "source", "date"}


def conditions(row: Row) -> dict[str, Any]:
    """Properties with which the row's condition holds: what it asks to be there is, and nothing else."""
    given: dict[str, Any] = {}
    for part in row.get("if", {}).get("all", [row.get("if", {})]):
        if "is" in part or "in" in part:
            put(given, part["path"], part.get("is") or part["in"][0])
    return given


def put(properties: dict[str, Any], path: str, value: Any) -> None:
    *outer, last = path.split(".")
    for step in outer:
        properties = properties.setdefault(step, {})
    properties[last] = value


def world(row: Row, version: Any, syntax: Any = json.dumps, name: str = "Subject") -> World:
    properties = conditions(row)
    put(properties, row["path"], version)
    body = {
        "Parameters": {"Given": {"Type": "String"}},
        "Resources": {name: {"Type": row["type"], "Properties": properties}},
    }
    return join_stacks([Source("stack", parse_template(syntax(body), "t.yaml"))], {}, LocalFolder(Path("nowhere")))


def judged(row: Row, version: Any, syntax: Any = json.dumps) -> tuple[list[Finding], Verdicts]:
    verdicts = judge_world(world(row, version, syntax))
    return [item for item in verdicts.findings if item.check == row["id"]], verdicts


def dead(row: Row) -> str:
    return next(iter(row["gone"]), "0.0.1" if row["offered"][0][0].isdigit() else f"{row['offered'][0]}.0.1")


@each_row
def test_a_row_is_whole_and_no_version_is_both(row: Row) -> None:
    assert set(row) >= FIELDS
    assert set(row) <= FIELDS | {"if", "instead", "text", "begins"}
    assert not set(row["offered"]) & set(row["gone"])
    assert row["source"].startswith("https://docs.aws.amazon.com/")


@each_row
def test_what_is_offered_is_silent_and_what_is_gone_warns_in_both_syntaxes(row: Row) -> None:
    for version in row["offered"]:
        assert stands(row, version) is Standing.OFFERED
    assert judged(row, row["offered"][-1])[0] == []
    for version in row["gone"]:
        assert stands(row, version) is Standing.GONE, version
    for syntax in (json.dumps, yaml.safe_dump):
        [found] = judged(row, dead(row), syntax)[0]
        assert found.severity is Severity.WARNING
        assert row["date"] in found.message


@each_row
def test_what_is_newer_than_the_list_is_a_question_and_a_parameter_is_nothing(row: Row) -> None:
    newest = max(
        row["offered"], key=lambda one: [int(part) for part in one.replace("_", ".").split(".") if part.isdigit()]
    )
    head = newest.rstrip("0123456789.x")
    found, verdicts = judged(row, f"{head}99.99")

    assert found == []
    assert [question.resources for question in verdicts.questions if row["date"] in question.question] == [("Subject",)]
    assert judged(row, {"Ref": "Given"})[0] == []


@pytest.mark.parametrize(
    ("before", "name", "severity", "phase"),
    [
        ("python3.13", "Subject", Severity.BLOCKING, "update"),
        ("python3.6", "Subject", None, ""),
        ("python3.6", "Other", Severity.BLOCKING, "create"),
    ],
)
def test_where_it_is_known_what_is_deployed_a_new_one_is_refused_and_an_old_one_goes_on(
    before: str, name: str, severity: Severity | None, phase: str
) -> None:
    [row] = [row for row in ROWS if row["id"] == "runtime-not-offered"]
    report = check_world("t", world(row, "python3.6"), SystemClock(), 0.0, current=world(row, before, name=name))
    found = [item for item in report.findings if item.check == row["id"]]

    assert [(item.severity, item.phase) for item in found] == ([(severity, phase)] if severity else [])


def test_a_version_that_is_written_otherwise_is_refused() -> None:
    [row] = [row for row in ROWS if row["id"] == "runtime-not-offered"]

    for wrong in ("nodejs22", "Python3.13"):
        [found] = judged(row, wrong)[0]
        assert found.severity is Severity.BLOCKING


def test_a_database_that_is_restored_may_have_an_old_version_and_a_major_version_is_one_of_its_own() -> None:
    [row] = [row for row in ROWS if row["id"] == "postgres-version-not-offered"]
    body = {
        "Type": row["type"],
        "Properties": {"Engine": "postgres", "EngineVersion": "13.4", "DBSnapshotIdentifier": "s"},
    }
    text = json.dumps({"Resources": {"Subject": body}})
    restored = join_stacks([Source("stack", parse_template(text, "t.json"))], {}, LocalFolder(Path("nowhere")))

    assert not [item for item in judge_world(restored).findings if item.check == row["id"]]
    assert stands(row, "17") is Standing.OFFERED
    assert stands(row, "9.6") is Standing.MISSING
