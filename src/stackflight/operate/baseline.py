"""Findings of an earlier check -> the ones that are new: a gate that an old project can switch on today."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from stackflight.errors import UnreadableInput
from stackflight.model.finding import Finding
from stackflight.model.report import CheckReport
from stackflight.records import dataclass

Key: TypeAlias = tuple[str, ...]
"""What makes two findings the same: check, stack, resources and code; not the line, which moves."""


@dataclass(frozen=True)
class Baseline:
    """How often each finding was there already."""

    known: Mapping[Key, int]


def read_baseline(text: str, file: str) -> Baseline:
    """What `check --format json` has written, one object a line. Raises UnreadableInput."""
    hint = "write it with: stackflight check TARGET --format json -o FILE"
    known: Counter[Key] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            loaded = json.loads(line)
            if loaded["schema"] != "stackflight.check/1":
                raise ValueError
            known.update(_key_of_json(one) for one in loaded["findings"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise UnreadableInput("this is no result of check in JSON", file=file, line=number, hint=hint) from None
    return Baseline(known)


def leave_known(report: CheckReport, baseline: Baseline) -> CheckReport:
    """The report with what is new; what was known already stands apart. A second one of the same kind is new."""
    left = Counter(baseline.known)
    new: list[Finding] = []
    known: list[Finding] = []
    for finding in report.findings:
        key = (finding.check, finding.stack, finding.code, *finding.resources)
        (known if left[key] > 0 else new).append(finding)
        left[key] -= 1
    return replace(report, findings=tuple(new), known=tuple(known))


def _key_of_json(finding: Mapping[str, Any]) -> Key:
    resources: Sequence[Any] = finding["resources"]
    return (str(finding["check"]), str(finding["stack"]), str(finding["code"]), *map(str, resources))
