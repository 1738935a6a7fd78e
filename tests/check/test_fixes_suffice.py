"""Every fix that a finding on reachability offers is carried out on a copy of the template and checked again."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixing import NotApplied, apply, steps_of
from towns import judge_text

from stackflight.model.finding import Finding, Severity
from stackflight.read.document import parse_template

CORPUS = Path(__file__).parents[1] / "corpus"
REACH = {
    "workload-cannot-reach-service", "workload-cannot-reach-internet", "database-unreachable", "cache-unreachable",
    "target-unreachable", "service-unreachable", "destination-unreachable", "file-system-unreachable",
}  # fmt: skip


def bodies() -> Iterator[Any]:
    for file in sorted(CORPUS.glob("*/bad.yaml")):
        case = json.loads((file.parent / "case.json").read_text(encoding="utf-8"))
        if case["check"] in REACH:
            body = copy.deepcopy(dict(parse_template(file.read_text(encoding="utf-8"), file.name).body))
            yield pytest.param(body, id=file.parent.name)


def unreachable(body: dict[str, Any]) -> list[Finding]:
    found = judge_text(json.dumps(body)).findings
    return [item for item in found if item.check in REACH and item.severity is Severity.BLOCKING]


@pytest.mark.parametrize("body", list(bodies()))
def test_a_plan_that_is_offered_suffices(body: dict[str, Any]) -> None:
    for finding in unreachable(body):
        plan, others = steps_of(finding.remedy)
        for steps in (plan, *([other] for other in others)):
            try:
                repaired = apply(body, steps)
            except NotApplied:
                continue
            left = [item for item in unreachable(repaired) if item.message == finding.message]
            assert left == [], (steps, [item.message for item in left])


def test_most_plans_can_be_carried_out_word_by_word() -> None:
    done = left = 0
    for given in bodies():
        body = given.values[0]
        for finding in unreachable(body):
            plan, others = steps_of(finding.remedy)
            for steps in (plan, *([other] for other in others)):
                try:
                    apply(body, steps)
                    done += 1
                except NotApplied:
                    left += 1
    assert done > left, (done, left)
