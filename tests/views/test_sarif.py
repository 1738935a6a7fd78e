"""SARIF 2.1.0 with what GitHub code scanning asks for."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sample_report import TEMPLATE, make_findings, make_quiet_report, make_report, make_world

from sarif_schema import read_sarif
from stackflight.check.registry import CHECKS
from stackflight.errors import UnreadableInput
from stackflight.model.ignore import IgnoredFinding
from stackflight.model.template import Where
from stackflight.views.fingerprints import line_fingerprints
from stackflight.views.sarif import MOST_RESULTS, render_checks


def test_reports_fit_the_schema() -> None:
    read_sarif(render_checks([make_report(), make_report()]))


def test_a_quiet_run_fits_the_schema_and_has_no_result() -> None:
    run = read_sarif(render_checks([make_quiet_report()]))

    assert run["results"] == []
    assert run["invocations"] == [{"executionSuccessful": True}]


def test_no_target_at_all_fits_the_schema() -> None:
    read_sarif(render_checks([]))


def test_every_result_has_its_rule_and_severity() -> None:
    run = read_sarif(render_checks([make_report()]))

    assert [result["level"] for result in run["results"]] == ["error", "error", "warning"]
    assert {result["ruleId"] for result in run["results"]} == {rule["id"] for rule in run["tool"]["driver"]["rules"]}


def test_rules_say_what_the_checks_say_of_themselves() -> None:
    findings = [replace(make_findings()[0], check=check.id) for check in CHECKS]
    findings += [replace(make_findings()[0], check="standard/E3012")]
    run = read_sarif(render_checks([replace(make_report(), findings=tuple(findings))], CHECKS, "1.2.3"))
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}

    assert run["tool"]["driver"]["semanticVersion"] == "1.2.3"
    assert rules["standard/E3012"]["fullDescription"]["text"] == "Rule E3012 of cloudformation-validate."
    for check in CHECKS:
        assert check.found_when in rules[check.id]["help"]["markdown"]
        assert f"`# stackflight: ignore {check.id} because REASON`" in rules[check.id]["help"]["markdown"]


def test_the_path_is_a_code_flow_that_ends_at_what_blocks() -> None:
    result = read_sarif(render_checks([make_report()]))["results"][0]
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


def test_the_fingerprint_that_github_looks_at_is_the_hash_of_the_line() -> None:
    results = read_sarif(render_checks([make_report()]))["results"]
    expected = line_fingerprints(TEMPLATE)

    assert [result["partialFingerprints"]["primaryLocationLineHash"] for result in results] == [
        expected[line - 1] for line in (4, 6, 7)
    ]


# Source: github/codeql-action, src/fingerprints.test.ts.
@pytest.mark.parametrize(
    ("text", "hashes"),
    [
        ("", "c129715d7a2bc9a3:1"),
        (" a\nb\n  \t\tc\n d", "271789c17abda88f:1 54703d4cd895b18:1 180aee12dab6264:1 a23a3dc5e078b07b:1"),
        (
            " hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n",
            "e9496ae3ebfced30:1 fb7c023a8b9ccb3f:1 ce8ba1a563dcdaca:1 e20e36e16fcb0cc8:1 b3edc88f2938467e:1 "
            "c8e28b0b4002a3a0:1 c129715d7a2bc9a3:1",
        ),
        (
            "Lorem ipsum dolor sit amet.\n" * 10,
            "a7f2ff13bc495cf2:1 a7f2ff13bc495cf2:2 a7f2ff13bc495cf2:3 a7f2ff13bc495cf2:4 a7f2ff13bc495cf2:5 "
            "a7f2ff13bc495cf2:6 a7f2ff1481e87703:1 a9cf91f7bbf1862b:1 55ec222b86bcae53:1 cc97dc7b1d7d8f7b:1 "
            "c129715d7a2bc9a3:1",
        ),
    ],
)
def test_line_hashes_are_those_of_the_upload_action(text: str, hashes: str) -> None:
    assert line_fingerprints(text) == hashes.split()


def test_a_region_is_the_line_without_its_indent() -> None:
    place = read_sarif(render_checks([make_report()]))["results"][0]["locations"][0]["physicalLocation"]

    assert place["region"] == {"startLine": 4, "startColumn": 3, "endLine": 4, "endColumn": 37}


def test_what_is_left_out_by_the_author_is_no_alert() -> None:
    ignored = tuple(IgnoredFinding(finding, "accepted") for finding in make_findings())
    run = read_sarif(render_checks([replace(make_quiet_report(), ignored=ignored)]))

    assert run["results"] == []
    assert run["tool"]["driver"]["rules"] == []


def test_a_target_that_could_not_be_judged_is_told() -> None:
    errors = [UnreadableInput("not valid YAML", file="half.yaml", line=3, hint="mend it"), UnreadableInput("no file")]
    [invocation] = read_sarif(render_checks([make_report()], errors=errors))["invocations"]

    assert invocation["executionSuccessful"] is False
    first, second = invocation["toolExecutionNotifications"]
    assert first["message"]["text"] == "not valid YAML\nHint: mend it"
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "half.yaml"
    assert "locations" not in second


def test_of_too_many_findings_the_worst_are_kept() -> None:
    blocking, _, warning = make_findings()
    many = (*[warning] * MOST_RESULTS, blocking)
    made: list[dict[str, Any]] = json.loads(render_checks([replace(make_report(), findings=many)]))["runs"][0][
        "results"
    ]

    assert len(made) == MOST_RESULTS
    assert made[0]["level"] == "error"


@pytest.mark.parametrize(
    ("file", "artifact"),
    [
        ("stacks/shop.yaml", {"uri": "stacks/shop.yaml"}),
        ("./shop.yaml", {"uri": "shop.yaml"}),
        ("my stack.yaml", {"uri": "my%20stack.yaml"}),
        ("Grüße, 100%.yaml", {"uri": "Gr%C3%BC%C3%9Fe%2C%20100%25.yaml"}),
        ("/srv/shop.yaml", {"uri": "file:///srv/shop.yaml"}),
        ("librechat:standard-dev/App.template.json", {"uri": "librechat%3Astandard-dev/App.template.json"}),
    ],
)
def test_files_are_uris(file: str, artifact: dict[str, str]) -> None:
    findings = (replace(make_findings()[0], where=Where(file, None), path=()),)
    run = read_sarif(render_checks([replace(make_report(), findings=findings)]))
    place = run["results"][0]["locations"][0]["physicalLocation"]
    base = {} if artifact["uri"].startswith("file:") else {"uriBaseId": "%SRCROOT%"}

    assert place["artifactLocation"] == {**artifact, **base}
    assert place["region"]["startLine"] == 1


def test_a_file_bears_its_name_in_the_repository() -> None:
    run = read_sarif(render_checks([make_report()], name_file=lambda file: f"infra/{file}"))
    found = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]}

    assert found == {"infra/shop.yaml"}
    assert make_world().stacks[0].template.file == "shop.yaml"
