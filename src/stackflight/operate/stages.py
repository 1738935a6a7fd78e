"""The reports of a project's stages -> where they differ: what stops one and not another, and which finding makes it so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from stackflight.model.finding import Finding, Severity
from stackflight.model.report import CheckReport
from stackflight.model.stages import Comparison, Difference

Reports: TypeAlias = Mapping[str, Sequence[CheckReport]]
"""The reports of each stage, one for each of its targets, by the name of the stage."""


def compare_stages(reports: Reports) -> Comparison:
    """What differs between stages; notes do not count. Stacks may be called differently in each."""
    blocked = frozenset(stage for stage, own in reports.items() if any(report.blocking for report in own))
    found: dict[tuple[str, ...], dict[str, Finding]] = {}
    for stage, own in reports.items():
        for finding in sorted(_findings(own), key=lambda one: one.rank):
            found.setdefault((finding.check, finding.code, *finding.resources[:1]), {}).setdefault(stage, finding)
    differences = [
        Difference(
            min(by_stage.values(), key=lambda one: one.rank), {stage: one.severity for stage, one in by_stage.items()}
        )
        for by_stage in found.values()
        if len(by_stage) < len(reports) or len({one.severity for one in by_stage.values()}) > 1
    ]
    differences.sort(key=lambda one: one.example.rank)
    return Comparison(tuple(reports), blocked, tuple(differences))


def _findings(reports: Sequence[CheckReport]) -> Iterator[Finding]:
    return (one for report in reports for one in report.findings if one.severity is not Severity.NOTE)
