"""What changes where a setting of a preset is changed: one golden screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stackflight.local.folder import LocalFolder
from stackflight.model.report import CheckReport
from stackflight.operate.compare import compare
from stackflight.operate.review import check_world
from stackflight.price.profile import find_usage
from stackflight.read.assembly import join_stacks
from stackflight.read.manifest import read_assembly
from stackflight.views.diff_text import render_diff
from stackflight.views.names import read_names
from stackflight.views.paper import Paper

pytestmark = pytest.mark.xdist_group("cdk")


class StoppedClock:
    """No time passes."""

    def now(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Nothing waits."""


def _judge(title: str, folder: LocalFolder) -> CheckReport:
    return check_world(title, join_stacks(read_assembly(folder), {}, folder), StoppedClock(), 0.0)


def test_a_preset_with_another_setting(synthesise: Callable[..., object], golden: Callable[[str, str], None]) -> None:
    old = _judge("standard-dev", LocalFolder(synthesise("standard-dev").folder))  # type: ignore[attr-defined]
    new = _judge("standard-dev with search", LocalFolder(synthesise("standard-dev", "search=true").folder))  # type: ignore[attr-defined]
    difference = compare(old, new, find_usage())

    golden("librechat/diff-search.txt", render_diff(difference, Paper(100), read_names(new.world)) + "\n")
