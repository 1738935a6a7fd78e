"""CheckReports -> Markdown for a comment on a pull request or the summary of a job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from stackflight.errors import StackflightError
from stackflight.model.finding import Finding, Severity
from stackflight.model.report import CheckReport
from stackflight.views.names import Rename, read_names
from stackflight.views.paper import count, printable

_HEADINGS = {Severity.BLOCKING: "Blocking", Severity.WARNING: "Warnings", Severity.NOTE: "Notes"}


def render_checks(
    reports: Sequence[CheckReport], errors: Sequence[StackflightError], name_file: Callable[[str], str] = str
) -> str:
    """A section for each target; what stands in templates is text here, never markup."""
    blocks = [block for report in reports for block in _section(report, name_file)]
    blocks += [f"### ✗ not judged\n\n{literal(str(error))}" for error in errors]
    return "\n\n".join(blocks)


def _section(report: CheckReport, name_file: Callable[[str], str]) -> Iterator[str]:
    rename = read_names(report.world)
    mark = "✗" if report.blocking else "✓"
    tally = Counter(one.severity for one in report.findings)
    found = [
        f"{tally[severity]} blocking" if severity is Severity.BLOCKING else count(tally[severity], severity)
        for severity in _HEADINGS
        if tally[severity]
    ]
    verdict = ", ".join(found) or "nothing found that would stop it"
    more = f", {count(len(report.questions), 'open question')}" if report.questions else ""
    yield f"### {mark} stackflight: {literal(report.target)}\n\n{verdict}{more}"
    for severity, heading in _HEADINGS.items():
        members = [finding for finding in report.findings if finding.severity is severity]
        if members:
            rows = "\n".join(_row(finding, rename, name_file) for finding in members)
            yield f"**{heading}**\n\n| what | where | fix |\n|---|---|---|\n{rows}"
    if report.questions:
        asked = "\n".join(
            f"* {literal(rename(one.question))}{f' ({literal(one.hint)})' if one.hint else ''}"
            for one in report.questions
        )
        yield f"<details><summary>Open questions</summary>\n\n{asked}\n\n</details>"


def _row(finding: Finding, rename: Rename, name_file: Callable[[str], str]) -> str:
    spot = finding.where.source or finding.where
    place = name_file(spot.file) + (f":{spot.line}" if spot.line is not None else "")
    because = f"<br>because {literal(rename('; '.join(finding.evidence)))}" if finding.evidence else ""
    what = f"{literal(rename(finding.message))}{because}<br><sub>{literal(finding.check)}</sub>"
    fix = "<br>".join(
        literal(rename(text if label == "fix" else f"{label}: {text}")) for label, text in finding.remedies
    )
    return f"| {what} | {literal(place)} | {fix} |"


_MARKUP = str.maketrans({char: f"\\{char}" for char in "\\`*_[]|#~"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"})


def literal(text: str) -> str:
    """The text as it is: no markup, no mention of anybody, one line."""
    return printable(text).replace("\n", " ").translate(_MARKUP).replace("@", "@\u200b")
