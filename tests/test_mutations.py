"""Damaged templates are refused with a message, or judged; they never end in a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from mutations import Mutant, mutants
from stackflight.errors import StackflightError
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.local.standard_rules import load_standard_rules
from stackflight.model.finding import Severity
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

BATCHES, PER_BATCH = 10, 40


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_damaged_template_is_refused_or_judged(batch: int) -> None:
    for mutant in mutants(PER_BATCH, seed=batch):
        judge(mutant)


def judge(mutant: Mutant) -> None:
    try:
        template = parse_template(mutant.text, mutant.source)
        world = join_stacks([Source("app", template)], {}, LocalFolder(Path("nowhere")))
        report = check_world(mutant.source, world, SystemClock(), 0.0, load_standard_rules())
    except StackflightError as error:
        assert error.message
        assert error.hint
        return
    for finding in report.findings:
        assert finding.message
        assert finding.where.line is None or finding.where.line >= 1
        assert finding.severity in Severity
