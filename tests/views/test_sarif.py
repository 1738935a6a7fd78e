"""SARIF 2.1.0 with what GitHub code scanning asks for."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from sample_report import make_findings, make_quiet_report, make_report

from stackflight.model.template import Where
from stackflight.views.sarif import render_checks


def _record(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _some(items: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


# The part of the OASIS schema that is used here, made strict: GitHub's required properties are required and a property
# that the standard does not know is refused.
_TEXT = _record(["text"], text={"type": "string", "minLength": 1})
_RELATIVE_OR_FILE = {"type": "string", "pattern": r"^(file:///|(?![A-Za-z][A-Za-z0-9+.-]*:)[^/\s])\S*$"}
_LOCATION = _record(
    ["physicalLocation"],
    message=_TEXT,
    physicalLocation=_record(
        ["artifactLocation", "region"],
        artifactLocation=_record(["uri"], uri=_RELATIVE_OR_FILE),
        region=_record(["startLine"], startLine={"type": "integer", "minimum": 1}),
    ),
)
_FLOW = _record(["threadFlows"], threadFlows=_some(_record(["locations"], locations=_some(
    _record(["location"], location=_LOCATION), 1)), 1))  # fmt: skip
_RESULT = _record(
    ["ruleId", "level", "message", "locations", "partialFingerprints"],
    ruleId={"type": "string"},
    level={"enum": ["none", "note", "warning", "error"]},
    message=_TEXT,
    locations={**_some(_LOCATION, 1), "maxItems": 1},
    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
    codeFlows=_some(_FLOW),
    properties={"type": "object"},
)
_RULE = _record(["id", "shortDescription"], id={"type": "string"}, name={"type": "string"}, shortDescription=_TEXT)
_RUN = _record(
    ["tool", "results"],
    tool=_record(["driver"], driver=_record(["name", "rules"], name={"type": "string"}, rules=_some(_RULE))),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=_some(_RESULT),
)
SCHEMA = _record(
    ["$schema", "version", "runs"],
    **{"$schema": {"type": "string"}, "version": {"const": "2.1.0"}, "runs": _some(_RUN, 1)},
)


def test_reports_fit_the_schema() -> None:
    jsonschema.validate(json.loads(render_checks([make_report(), make_report()])), SCHEMA)


def test_a_quiet_run_fits_the_schema_and_has_no_result() -> None:
    found = json.loads(render_checks([make_quiet_report()]))

    jsonschema.validate(found, SCHEMA)
    assert found["runs"][0]["results"] == []


def test_no_target_at_all_fits_the_schema() -> None:
    jsonschema.validate(json.loads(render_checks([])), SCHEMA)


def test_every_result_has_its_rule_and_severity() -> None:
    run = json.loads(render_checks([make_report()]))["runs"][0]

    assert [result["level"] for result in run["results"]] == ["error", "error", "warning"]
    assert {result["ruleId"] for result in run["results"]} == {rule["id"] for rule in run["tool"]["driver"]["rules"]}


def test_the_path_is_a_code_flow_that_ends_at_what_blocks() -> None:
    result = json.loads(render_checks([make_report()]))["runs"][0]["results"][0]
    steps = [step["location"] for step in result["codeFlows"][0]["threadFlows"][0]["locations"]]

    assert [step["physicalLocation"]["region"]["startLine"] for step in steps] == [4, 6]
    assert steps[-1]["message"]["text"].startswith("blocks: route table of PrivateSubnet1: ")


def test_fingerprints_differ_by_finding_and_survive_moved_lines() -> None:
    def prints(line: int) -> list[str]:
        findings = tuple(replace(finding, where=Where("shop.yaml", line)) for finding in make_findings())
        run = json.loads(render_checks([replace(make_report(), findings=findings)]))["runs"][0]
        return [result["partialFingerprints"]["stackflight/v1"] for result in run["results"]]

    assert len(set(prints(1))) == 3
    assert prints(1) == prints(99)


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("stacks/shop.yaml", "stacks/shop.yaml"),
        ("./shop.yaml", "shop.yaml"),
        ("my stack.yaml", "my%20stack.yaml"),
        ("/srv/shop.yaml", "file:///srv/shop.yaml"),
        ("librechat:standard-dev/App.template.json", "librechat%3Astandard-dev/App.template.json"),
    ],
)
def test_files_are_uris(file: str, uri: str) -> None:
    findings = (replace(make_findings()[0], where=Where(file, None), path=()),)
    found = json.loads(render_checks([replace(make_report(), findings=findings)]))
    place = found["runs"][0]["results"][0]["locations"][0]["physicalLocation"]

    jsonschema.validate(found, SCHEMA)
    assert place == {"artifactLocation": {"uri": uri}, "region": {"startLine": 1}}
