"""What people see of the presets: who reaches what, on one screen each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from librechat_aws.presets import PRESETS
from stackflight.local.folder import LocalFolder
from stackflight.model.report import CheckReport
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.operate.review import check_world
from stackflight.read.assembly import join_stacks
from stackflight.read.manifest import read_assembly
from stackflight.views.paper import Paper
from stackflight.views.review_text import render_review

pytestmark = pytest.mark.xdist_group("cdk")


class StoppedClock:
    """No time passes."""

    def now(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Nothing waits."""


def _review(preset: str, folder: LocalFolder) -> CheckReport:
    world = join_stacks(read_assembly(folder), {}, folder)
    return check_world(f"librechat:{preset}", world, StoppedClock(), 0.0)


@pytest.mark.parametrize("preset", PRESETS)
def test_who_reaches_what_is_what_was_looked_at(
    preset: str, synthesise: Callable[..., object], golden: Callable[[str, str], None]
) -> None:
    report = _review(preset, LocalFolder(synthesise(preset).folder))  # type: ignore[attr-defined]
    screen = render_review(replace(report, findings=(), questions=(), ignored=()), Paper(100))
    ways = screen.rpartition("\n\n")[0]

    golden(f"views/librechat-{preset}.txt", ways + "\n")


def test_the_demo_fits_one_screen(synthesise: Callable[..., object]) -> None:
    report = _review("standard-dev", LocalFolder(synthesise("standard-dev").folder))  # type: ignore[attr-defined]
    rehearsal = rehearse(report.world, report.findings, RehearsalOptions(runs=20))

    assert len(render_review(report, Paper(100), rehearsal).splitlines()) <= 35
