"""CheckReports -> a Code Quality report of GitLab: what a merge request shows beside its lines.

Source: GitLab documentation, "Code Quality report format": description, check_name, fingerprint, severity, location.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from stackflight.errors import StackflightError
from stackflight.model.finding import Finding, Severity
from stackflight.model.report import CheckReport
from stackflight.views.names import Rename, read_names

_SEVERITIES = {Severity.BLOCKING: "blocker", Severity.WARNING: "minor", Severity.NOTE: "info"}


def render_checks(
    reports: Sequence[CheckReport], errors: Sequence[StackflightError], name_file: Callable[[str], str] = str
) -> str:
    """One list; a target that could not be judged is an entry of its own."""
    found = []
    for report in reports:
        rename = read_names(report.world)
        found += [_entry(report.target, finding, rename, name_file) for finding in report.findings]
    return json.dumps([*found, *(_refusal(error, name_file) for error in errors)], indent=1, ensure_ascii=False)


def _entry(target: str, finding: Finding, rename: Rename, name_file: Callable[[str], str]) -> dict[str, Any]:
    spot = finding.where.source or finding.where
    key = "\n".join((target, finding.check, finding.stack, *finding.resources, finding.code, finding.message))
    text = ". ".join(
        [finding.message, *(f"{label[0].upper()}{label[1:]}: {remedy}" for label, remedy in finding.remedies)]
    )
    return {
        "description": rename(text),
        "check_name": finding.check,
        "fingerprint": hashlib.sha256(key.encode()).hexdigest()[:32],
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": name_file(spot.file), "lines": {"begin": spot.line or 1}},
    }


def _refusal(error: StackflightError, name_file: Callable[[str], str]) -> dict[str, Any]:
    return {
        "description": f"not judged: {error.message}",
        "check_name": "not-judged",
        "fingerprint": hashlib.sha256(f"{error.file}\n{error.message}".encode()).hexdigest()[:32],
        "severity": "blocker",
        "location": {"path": name_file(error.file or ""), "lines": {"begin": error.line or 1}},
    }
