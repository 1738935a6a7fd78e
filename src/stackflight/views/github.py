"""CheckReport -> annotations that a GitHub workflow shows beside the lines of a pull request.

Source: GitHub documentation, "Workflow commands for GitHub Actions" (escapes included).
"""

from __future__ import annotations

from stackflight.model.finding import Finding, Severity
from stackflight.model.report import CheckReport

_COMMANDS = {Severity.BLOCKING: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render_check(report: CheckReport) -> str:
    """One annotation per line; an empty text where nothing was found."""
    return "\n".join(_annotation(finding) for finding in report.findings)


def _annotation(finding: Finding) -> str:
    place = {"file": finding.where.file, "title": finding.check}
    if finding.where.line is not None:
        place["line"] = str(finding.where.line)
    properties = ",".join(f"{name}={_escape_property(value)}" for name, value in place.items())
    message = [finding.message]
    message += [f"{hop.verdict}: {hop.at}: {hop.why}" for hop in finding.path]
    message += [f"fix: {finding.remedy}"] if finding.remedy else []
    text = _escape("\n".join(message))
    return f"::{_COMMANDS[finding.severity]} {properties}::{text}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
