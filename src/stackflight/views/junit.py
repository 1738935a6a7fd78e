"""CheckReports -> JUnit XML, which build servers show as tests: a suite for each target, a case for each finding.

Only what blocks is a failure. Source: the format that Jenkins, GitLab and Azure Pipelines read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape, quoteattr

from stackflight.errors import StackflightError
from stackflight.model.finding import Finding, Severity
from stackflight.model.report import CheckReport
from stackflight.views.names import Rename, read_names
from stackflight.views.paper import printable


def render_checks(
    reports: Sequence[CheckReport], errors: Sequence[StackflightError], name_file: Callable[[str], str] = str
) -> str:
    """One document."""
    suites = [_suite(report, name_file) for report in reports] + [_refused(error) for error in errors]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", *suites, "</testsuites>"])


def _suite(report: CheckReport, name_file: Callable[[str], str]) -> str:
    rename = read_names(report.world)
    cases = [_case(report.target, finding, rename, name_file) for finding in report.findings]
    cases = cases or [f"<testcase classname={_quoted(report.target)} name={_quoted('nothing found')}/>"]
    head = f"name={_quoted(report.target)} tests={_quoted(len(cases))} failures={_quoted(len(report.blocking))}"
    return "\n".join(
        [f'<testsuite {head} errors="0" time={_quoted(round(report.seconds, 3))}>', *cases, "</testsuite>"]
    )


def _case(target: str, finding: Finding, rename: Rename, name_file: Callable[[str], str]) -> str:
    spot = finding.where.source or finding.where
    place = name_file(spot.file) + (f":{spot.line}" if spot.line is not None else "")
    who = rename(finding.resources[0]) if finding.resources else finding.stack
    told = [rename(finding.message), f"at {place}", *(f"because {rename(reason)}" for reason in finding.evidence)]
    told += [f"{hop.verdict}: {rename(hop.at)}: {rename(hop.why)}" for hop in finding.path]
    told += [f"{label}: {rename(remedy)}" for label, remedy in finding.remedies]
    text = escape(printable("\n".join(told)))
    head = f"<testcase classname={_quoted(target)} name={_quoted(f'{finding.check}: {who}')} file={_quoted(place)}>"
    if finding.severity is Severity.BLOCKING:
        inner = f"<failure type={_quoted(finding.check)} message={_quoted(rename(finding.message))}>{text}</failure>"
    else:
        inner = f"<system-out>{finding.severity}: {text}</system-out>"
    return f"{head}{inner}</testcase>"


def _refused(error: StackflightError) -> str:
    name = _quoted(error.file or "target")
    inner = f"<error message={_quoted(error.message)}>{escape(printable(str(error)))}</error>"
    case = f'<testcase classname={name} name="read">{inner}</testcase>'
    return f'<testsuite name={name} tests="1" failures="0" errors="1">\n{case}\n</testsuite>'


def _quoted(value: object) -> str:
    return quoteattr(printable(str(value)).replace("\n", " "))
