"""Findings, questions and ignored findings -> sections of an HTML page."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from stackflight.model.finding import Certainty, Finding, Hop, Severity
from stackflight.model.report import CheckReport
from stackflight.views.about_html import anchor
from stackflight.views.causes import Cause, group_findings
from stackflight.views.names import Rename
from stackflight.views.paper import Paper, escape
from stackflight.views.terminal import WHEN, place

_MARKS = {"passes": "✓", "blocks": "✗", "unknown": "?"}
_PAPER = Paper()

FINDINGS_STYLE = """
.finding { border: 1px solid var(--line); border-left: 6px solid var(--quiet); border-radius: 8px; padding: 10px 16px 12px;
  margin: 10px 0; overflow-wrap: anywhere; } .finding.blocking { border-left-color: var(--bad); }
.finding.warning { border-left-color: var(--path); } .finding h3 { font-size: 14px; margin: 0 0 4px; }
.finding ol { list-style: none; margin: 8px 0; padding: 0; } .finding li { padding: 2px 0 2px 22px; text-indent: -22px; }
.finding li b { display: inline-block; width: 22px; text-indent: 0; } .finding li code { font-size: 11px; }
.badge { font-size: 11px; font-weight: 700; text-transform: uppercase; letter-spacing: .04em; margin-right: 8px; }
.blocking .badge, .hop-blocks { color: var(--bad); } .warning .badge { color: var(--warn); }
.note .badge, .hop-unknown { color: var(--quiet); } .hop-passes b { color: var(--good); }
"""


def render_findings(report: CheckReport, rename: Rename, told: Container[str] = ()) -> Iterator[str]:
    """The findings with the paths that prove them, each with its anchor, also those that are shown as one.

    `told` are the checks that the page itself explains.
    """
    ids = {id(finding): f"finding-{number}" for number, finding in enumerate(report.findings, start=1)}
    for cause in group_findings(report.findings, rename):
        yield from _finding(cause, rename, ids, told)


def _finding(cause: Cause, rename: Rename, ids: Mapping[int, str], told: Container[str]) -> Iterator[str]:
    first = cause.first
    yield f'<article class="finding {first.severity}" id="{ids[id(first)]}">'
    yield "".join(f'<span id="{ids[id(other)]}"></span>' for other in (*cause.alike, *cause.others))
    yield f'<h3><span class="badge">{first.severity}</span>{escape(rename(first.message))}</h3>'
    yield f'<p class="quiet">{escape(place(first.where, _PAPER))}</p>'
    if cause.alike:
        yield f"<p>also: {escape(', '.join(cause.named(rename)))}</p>"
    for other in cause.others:
        yield f"<p>also: {escape(rename(other.message))} <span class=quiet>({escape(place(other.where, _PAPER))})</span></p>"
    if first.evidence:
        yield f"<p><b>Because:</b> {escape('; '.join(rename(reason) for reason in first.evidence))}</p>"
    if first.path:
        yield "<ol>" + "".join(_hop(hop, rename) for hop in first.path) + "</ol>"
    if first.says and first.says not in first.message:
        yield f"<p><b>AWS:</b> {escape(rename(first.says))}</p>"
    if first.remedy:
        yield f"<p><b>Fix:</b> {escape(rename(first.remedy))}</p>"
    if first.in_cdk:
        yield f"<p><b>In the CDK:</b> <code>{escape(first.in_cdk)}</code></p>"
    if first.in_settings:
        yield f"<p><b>Setting:</b> {escape(first.in_settings)}</p>"
    yield f'<p class="quiet">{_facts(first, told)}</p></article>'


def _hop(hop: Hop, rename: Rename) -> str:
    code = f" <code>{escape(hop.code)}</code>" if hop.code else ""
    text = f"<b>{_MARKS[hop.verdict]}</b>{escape(rename(hop.at))}: {escape(rename(hop.why))}{code}"
    return f'<li class="hop-{hop.verdict}">{text}</li>'


def _facts(finding: Finding, told: Container[str]) -> str:
    check = escape(finding.check)
    name = f'<a href="#{anchor(check)}">{check}</a>' if finding.check in told else check
    doubt = "" if finding.certainty is Certainty.PROVED else " · possible, not proved"
    return f"{name} · {WHEN[finding.phase]}{doubt}"


def render_questions(report: CheckReport, rename: Rename) -> Iterator[str]:
    """What the templates leave open, what would decide it, and how to give that."""
    if not report.questions:
        return
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Question", "Decided by", "How to answer"))
    yield f"<table><tr>{heads}</tr>"
    for question in sorted(report.questions, key=lambda question: question.decided_by):
        cells = (rename(question.question), ", ".join(question.decided_by), question.hint)
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
    yield "</table>"


def render_ignored(report: CheckReport, rename: Rename) -> Iterator[str]:
    """What the templates' authors left out, with their reasons."""
    if not report.ignored:
        return
    yield f"<details><summary>{len(report.ignored)} ignored</summary><table><tr><th>Finding</th><th>Because</th></tr>"
    for item in report.ignored:
        said = f"{escape(rename(item.finding.message))} <span class=quiet>{escape(item.finding.check)}</span>"
        yield f"<tr><td>{said}</td><td>{escape(item.because or 'no reason given')}</td></tr>"
    yield "</table></details>"


def count_severities(report: CheckReport) -> dict[Severity, int]:
    """How many findings of each severity there are."""
    return {severity: sum(one.severity is severity for one in report.findings) for severity in Severity}
