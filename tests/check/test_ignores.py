"""Findings that a template's author leaves out."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.local.standard_rules import load_standard_rules
from stackflight.model.finding import Severity
from stackflight.model.report import CheckReport
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.read.manifest import read_assembly
from stackflight.views import json as json_view
from stackflight.views import terminal
from stackflight.views.paper import Paper

BLOCKED = """
    Resources:
      Topic:
        Type: AWS::SNS::Topic
        Properties:
          DisplayName: !Ref Nobody
"""
TWO_PROPERTIES = """
    Resources:
      Table:
        Type: AWS::DynamoDB::Table
        Properties:
          KeySchema: [{AttributeName: id, KeyType: HASH}]
          AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
          BillingMode: PAY_PER_REQUEST
          FirstWrong: 1
          SecondWrong: 2
"""


def judge(text: str, *, standard: bool = True) -> CheckReport:
    template = parse_template(textwrap.dedent(text), "template.yaml")
    world = join_stacks([Source("app", template)], {}, LocalFolder(Path("nowhere")))
    rules = load_standard_rules() if standard else None
    return check_world("template.yaml", world, SystemClock(), 0.0, rules)


def with_comment(text: str, line: str, comment: str, *, beside: bool = False) -> str:
    """The text with a comment on the line that holds `line`, or on a line of its own before it."""
    lines = text.splitlines()
    at = next(number for number, each in enumerate(lines) if line in each)
    if beside:
        lines[at] += f"  {comment}"
    else:
        lines.insert(at, lines[at][: len(lines[at]) - len(lines[at].lstrip())] + comment)
    return "\n".join(lines)


def checks(report: CheckReport) -> list[str]:
    return [finding.check for finding in report.findings]


COMMENT = "# stackflight: ignore reference-to-nothing because a macro of the account declares Nobody"


def test_a_comment_before_the_resource_leaves_its_finding_out() -> None:
    report = judge(with_comment(BLOCKED, "Topic:", COMMENT))
    assert checks(report) == []
    assert report.blocking == ()
    [ignored] = report.ignored
    assert ignored.finding.severity is Severity.BLOCKING
    assert ignored.because == "a macro of the account declares Nobody"


def test_a_comment_before_the_property_leaves_its_finding_out() -> None:
    assert checks(judge(with_comment(BLOCKED, "DisplayName", COMMENT))) == []


def test_a_comment_beside_the_property_leaves_its_finding_out() -> None:
    assert checks(judge(with_comment(BLOCKED, "DisplayName", COMMENT, beside=True))) == []


def test_a_comment_at_one_property_leaves_the_finding_at_another_in() -> None:
    comment = "# stackflight: ignore standard/F3002 because it is new"
    report = judge(with_comment(TWO_PROPERTIES, "FirstWrong", comment))
    [finding] = report.findings
    assert "SecondWrong" in finding.message
    assert [item.finding.check for item in report.ignored] == ["standard/F3002"]


def test_a_comment_at_the_resource_leaves_all_findings_of_that_check_out() -> None:
    comment = "# stackflight: ignore standard/F3002 because both are new"
    report = judge(with_comment(TWO_PROPERTIES, "Table:", comment))
    assert checks(report) == []
    assert len(report.ignored) == 2


def test_metadata_of_a_resource_leaves_its_finding_out() -> None:
    reason = {"check": "reference-to-nothing", "because": "a macro declares it"}
    topic = {
        "Type": "AWS::SNS::Topic",
        "Metadata": {"stackflight": {"ignore": [reason]}},
        "Properties": {"DisplayName": {"Ref": "Nobody"}},
    }
    report = judge(json.dumps({"Resources": {"Topic": topic}}))
    assert checks(report) == []
    assert [item.because for item in report.ignored] == ["a macro declares it"]


def test_an_ignore_without_a_reason_is_a_note() -> None:
    report = judge(with_comment(BLOCKED, "Topic:", "# stackflight: ignore reference-to-nothing"))
    [note] = report.findings
    assert (note.check, note.severity) == ("ignore-without-reason", Severity.NOTE)
    assert note.where.line == 3
    assert len(report.ignored) == 1


def test_an_ignore_that_meets_nothing_is_a_note() -> None:
    report = judge(with_comment(BLOCKED, "Topic:", "# stackflight: ignore circular-dependency because of history"))
    assert checks(report) == ["reference-to-nothing", "ignore-without-effect"]


def test_an_ignore_of_a_check_that_does_not_exist_names_the_near_one() -> None:
    report = judge(with_comment(BLOCKED, "Topic:", "# stackflight: ignore reference-to-nothin because of a slip"))
    note = next(finding for finding in report.findings if finding.severity is Severity.NOTE)
    assert note.check == "ignore-without-effect"
    assert note.remedy == "write reference-to-nothing"


def test_one_comment_may_name_several_checks() -> None:
    comment = "# stackflight: ignore reference-to-nothing, circular-dependency because of reasons"
    assert checks(judge(with_comment(BLOCKED, "Topic:", comment))) == ["ignore-without-effect"]


def test_an_ignore_of_a_standard_rule_is_not_idle_while_these_rules_are_left_out() -> None:
    text = with_comment(TWO_PROPERTIES, "Table:", "# stackflight: ignore standard/F3002 because both are new")
    assert checks(judge(text, standard=False)) == []


def test_a_comment_outside_of_resources_speaks_of_its_own_entry() -> None:
    text = """
    Parameters:
      # stackflight: ignore standard/F2002 because a macro replaces it
      Stage: {Type: Strng, Default: dev}
    Resources:
      Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Stage}}
    """
    report = judge(text)
    assert checks(report) == []
    assert [item.finding.check for item in report.ignored] == ["standard/F2002"]


def test_an_ignored_finding_stands_in_json_with_its_reason_and_is_counted_in_text() -> None:
    report = judge(with_comment(BLOCKED, "Topic:", COMMENT))
    [finding] = json.loads(json_view.render_check(report))["findings"]
    assert finding["ignored"] == "a macro of the account declares Nobody"
    assert "1 ignored" in terminal.summary(report, Paper())


TWO_FUNCTIONS = (Path(__file__).parents[1] / "cli" / "templates" / "two-functions.yaml").read_text(encoding="utf-8")
UNREACHED = "workload-cannot-reach-service"


def ignoring(text: str, resource: str, check: str = UNREACHED) -> str:
    """The template, as JSON, with an ignore of a check in one resource's metadata."""
    body = parse_template(text, "template.yaml").body
    body["Resources"][resource]["Metadata"] = {"stackflight": {"ignore": [{"check": check, "because": "not used yet"}]}}
    return json.dumps(body)


def test_an_ignore_at_one_workload_leaves_the_others_that_share_its_cause_in() -> None:
    """Audit, row 2: the stack fails at Run, whatever is said of Api."""
    report = judge(ignoring(TWO_FUNCTIONS, "Api"), standard=False)
    [finding] = report.blocking
    assert {address.id for address in finding.workloads} == {"Migrate", "Run"}
    assert [address.id for address in finding.struck] == ["Run"]
    assert finding.message.startswith("Run and Migrate cannot reach")
    assert [item.finding.resources[0] for item in report.ignored] == ["Api"]
    assert rehearse(report.world, report.findings, RehearsalOptions(runs=0)).outcome == "ROLLBACK_FAILED"


def test_an_ignore_at_what_the_workloads_share_leaves_all_of_them_out() -> None:
    """Audit, row 2: whoever writes it at the route table speaks of the table."""
    report = judge(ignoring(TWO_FUNCTIONS, "T"), standard=False)
    assert checks(report) == []
    ignored = {address.id for item in report.ignored for address in item.finding.workloads}
    assert ignored == {"Api", "Migrate", "Run"}


def test_ignores_at_every_workload_leave_nothing_in() -> None:
    report = judge(ignoring(ignoring(ignoring(TWO_FUNCTIONS, "Api"), "Migrate"), "Run"), standard=False)
    assert checks(report) == []
    assert len(report.ignored) == 3


CORPUS = sorted((Path(__file__).parents[1] / "corpus").glob("*/bad.yaml"))


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.parent.name)
def test_one_ignore_never_changes_what_is_found_at_another_workload(file: Path) -> None:
    """Audit, row 2, over the whole corpus."""
    text = file.read_text(encoding="utf-8")
    for finding in judge(text, standard=False).findings:
        for workload in finding.workloads if len(finding.workloads) > 1 else ():
            after = judge(ignoring(text, workload.id, finding.check), standard=False).findings
            alike = [item for item in after if item.check == finding.check]
            left = {address for item in alike for address in item.workloads}
            struck = {address for item in alike for address in item.struck}
            assert left >= set(finding.workloads) - {workload}
            assert struck >= set(finding.struck) - {workload}


def assembled(tmp_path: Path, **metadata: list[dict[str, object]]) -> CheckReport:
    """The two functions as a CDK app: constructs of the names of their resources, with metadata."""
    body = parse_template(TWO_FUNCTIONS, "template.yaml").body
    told: dict[str, list[dict[str, object]]] = {
        f"/Shop/{id}/Resource": [{"type": "aws:cdk:logicalId", "data": id}] for id in body["Resources"]
    }
    told |= {f"/Shop/{construct}": entries for construct, entries in metadata.items()}
    artifact = {
        "type": "aws:cloudformation:stack",
        "properties": {"templateFile": "Shop.template.json"},
        "metadata": told,
    }
    (tmp_path / "Shop.template.json").write_text(json.dumps(body), encoding="utf-8")
    manifest = {"version": "48.0.0", "artifacts": {"Shop": artifact}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    folder = LocalFolder(tmp_path)
    return check_world("cdk.out", join_stacks(list(read_assembly(folder)), {}, folder), SystemClock(), 0.0)


def acknowledged(**rules: str) -> list[dict[str, object]]:
    return [
        {"type": "aws:cdk:acknowledged-rules", "data": {name.replace("_", "-"): why for name, why in rules.items()}}
    ]


RULE = f"stackflight::{UNREACHED}"


def test_an_acknowledged_rule_of_the_cdk_leaves_out_exactly_one_workload(tmp_path: Path) -> None:
    """Audit, row 31: what `Validations.of(api).acknowledge(…)` writes into the assembly."""
    report = assembled(tmp_path, Api=acknowledged(**{RULE: "not used yet"}))
    assert [finding.severity for finding in report.findings] == [Severity.BLOCKING]
    assert {address.id for finding in report.blocking for address in finding.workloads} == {"Migrate", "Run"}
    assert [item.because for item in report.ignored] == ["not used yet"]


def test_metadata_of_an_l2_holds_for_the_resources_that_it_is_made_of(tmp_path: Path) -> None:
    """Audit, row 31: `handler.node.add_metadata` was passed over without a word."""
    entry = {"type": "stackflight", "data": {"ignore": [{"check": UNREACHED, "because": "not used yet"}]}}
    report = assembled(tmp_path, Api=[entry])
    assert {address.id for finding in report.blocking for address in finding.workloads} == {"Migrate", "Run"}
    assert len(report.ignored) == 1


def test_what_is_acknowledged_and_not_found_is_one_note_and_rules_of_others_are_none(tmp_path: Path) -> None:
    rules = {"stackflight::database-unreachable": "later", "CloudFormation-Validate::W3010": "", "Annotation::x": "y"}
    report = assembled(tmp_path, T=acknowledged(**rules))
    notes = [finding for finding in report.findings if finding.severity is Severity.NOTE]
    assert [note.check for note in notes] == ["ignore-without-effect"]
