"""Every fix that a finding on reachability offers is carried out on a copy of the template and checked again."""

from __future__ import annotations

import copy
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixing import NotApplied, apply, plans_of
from towns import judge_text

from stackflight.model.finding import Finding, Severity
from stackflight.read.document import parse_template

CORPUS = Path(__file__).parents[1] / "corpus"
MODULES = (
    "test_doors_and_policies", "test_links_and_clusters", "test_scripts_and_proxies", "test_lattice", "test_dual_stack",
    "test_classic_balancers", "test_between_networks",
)  # fmt: skip
REACH = {
    "workload-cannot-reach-service", "workload-cannot-reach-internet", "database-unreachable", "cache-unreachable",
    "target-unreachable", "service-unreachable", "destination-unreachable", "file-system-unreachable", "clients-kept-out",
    "group-of-unpeered-vpc",
}  # fmt: skip


def bodies() -> Iterator[Any]:
    """The examples of the corpus on reachability, and every fault of the towns."""
    for file in sorted(CORPUS.glob("*/bad.yaml")):
        case = json.loads((file.parent / "case.json").read_text(encoding="utf-8"))
        if case["check"] in REACH:
            body = copy.deepcopy(dict(parse_template(file.read_text(encoding="utf-8"), file.name).body))
            yield pytest.param(body, id=file.parent.name)
    for name in MODULES:
        for item in importlib.import_module(name).case.items:
            build, blamed = item.values
            if blamed is not None:
                yield pytest.param(json.loads(build().text()), id=str(item.id))


BODIES = list(bodies())


def unreachable(body: dict[str, Any]) -> list[Finding]:
    found = judge_text(json.dumps(body)).findings
    return [item for item in found if item.check in REACH and item.severity is not Severity.NOTE]


@pytest.mark.parametrize("body", BODIES)
def test_every_plan_that_is_offered_suffices(body: dict[str, Any]) -> None:
    for finding in unreachable(body):
        for steps in plans_of(finding.remedy):
            try:
                repaired = apply(body, steps)
            except NotApplied:
                continue
            left = [
                item
                for item in unreachable(repaired)
                if item.check == finding.check
                and item.severity is finding.severity
                and (set(item.workloads) & set(finding.workloads) or item.message == finding.message)
            ]
            assert left == [], (steps, [(item.message, item.remedy) for item in left])


def test_nearly_every_plan_can_be_carried_out_word_by_word() -> None:
    """What is left are choices: how to name something, which addresses to name, where code calls."""
    done, left = 0, []
    for given in BODIES:
        body = given.values[0]
        for finding in unreachable(body):
            for steps in plans_of(finding.remedy):
                try:
                    apply(body, steps)
                    done += 1
                except NotApplied as step:
                    left.append(str(step))
    assert done > 10 * len(left), (done, left)
