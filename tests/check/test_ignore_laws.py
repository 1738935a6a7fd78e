"""A law over the corpus: what is ignored at one workload changes nothing that is found at another."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Severity
from stackflight.model.ignore import Ignore
from stackflight.model.report import CheckReport
from stackflight.model.template import Where, World
from stackflight.model.value import Address
from stackflight.operate.review import check_world
from stackflight.read.assembly import join_stacks
from stackflight.read.document import parse_template
from stackflight.read.manifest import Source

CORPUS = Path(__file__).parent.parent / "corpus"
CASES = sorted(file.parent.name for file in CORPUS.glob("*/bad.yaml"))


def _judge(world: World, *ignores: Ignore) -> CheckReport:
    clock = SystemClock()
    return check_world("case", world, clock, clock.now(), ignores=ignores)


def _struck(report: CheckReport) -> set[tuple[str, Severity, Address]]:
    """Which check says what of which workload."""
    return {(one.check, one.severity, workload) for one in report.findings for workload in one.workloads}


def _world(case: str) -> World:
    file = CORPUS / case / "bad.yaml"
    source = Source("case", parse_template(file.read_text("utf-8"), file.name))
    return join_stacks([source], {}, LocalFolder(file.parent))


def test_the_corpus_has_cases_in_which_several_are_struck() -> None:
    several = [case for case in CASES if len({address for _, _, address in _struck(_judge(_world(case)))}) > 1]
    assert len(several) >= 5


@pytest.mark.parametrize("case", CASES)
def test_one_ignore_never_changes_the_findings_of_another_workload(case: str) -> None:
    """The audit's second problem: a comment at one function turned the gate green for a stack that fails."""
    world = _world(case)
    report = _judge(world)
    struck = _struck(report)
    workloads = {workload for _, _, workload in struck}
    if len(workloads) < 2:
        return
    for check, _, workload in sorted(struck):
        ignore = Ignore(check, "tried", workload.stack, Where("bad.yaml"), workload.id)
        after = _struck(_judge(world, ignore))
        others = {(id, address) for id, _, address in struck if address != workload}
        assert others <= {(id, address) for id, _, address in after}, f"{check} ignored at {workload}"
