"""CheckReports -> CSV: a line for each finding, names as in the templates, for spreadsheets and scripts."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence

from stackflight.errors import StackflightError
from stackflight.model.report import CheckReport

COLUMNS = (
    "target", "severity", "certainty", "phase", "check", "stack", "resource", "construct", "file", "line",
    "source_file", "source_line", "message", "because", "fix",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render_checks(
    reports: Sequence[CheckReport],
    errors: Sequence[StackflightError],  # noqa: ARG001 -- they are told on stderr, a table has no place for them
    name_file: Callable[[str], str] = str,
) -> str:
    """One table with a head; a cell that a spreadsheet would compute is made text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for report in reports:
        for finding in report.findings:
            where, source = finding.where, finding.where.source
            row = (
                report.target, finding.severity, finding.certainty, finding.phase, finding.check, finding.stack,
                " ".join(finding.resources[:1]), where.construct, name_file(where.file), where.line,
                name_file(source.file) if source else None, source.line if source else None,
                finding.message, "; ".join(finding.evidence), finding.remedy,
            )  # fmt: skip
            writer.writerow([_cell(value) for value in row])
    return out.getvalue().rstrip("\n")


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
