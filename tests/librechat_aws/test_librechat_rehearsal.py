"""Every preset, played in virtual time."""

from __future__ import annotations

import pytest

from librechat_aws.presets import PRESETS
from librechat_aws.request import read_request
from librechat_aws.resolve import resolve
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.model.estimate import Rehearsal
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.operate.review import check_world
from stackflight.read.assembly import join_stacks
from stackflight.read.manifest import read_assembly
from stackflight.views.paper import Paper
from stackflight.views.rehearsal_text import render_rehearsal

pytestmark = pytest.mark.xdist_group("cdk")


def played(assembly, target: str = "librechat", seed: int = 1, **how: object) -> Rehearsal:
    folder = LocalFolder(assembly.folder)
    world = join_stacks(read_assembly(folder), {}, folder)
    clock = SystemClock()
    findings = check_world(target, world, clock, clock.now()).findings
    return rehearse(world, findings, RehearsalOptions(seed=seed, target=target, **how))


@pytest.mark.parametrize("preset", PRESETS)
def test_the_preset_rehearses_to_create_complete(preset: str, synthesise) -> None:
    rehearsal = played(synthesise(preset), runs=10)
    assert rehearsal.outcome == "CREATE_COMPLETE"
    assert rehearsal.outcomes == {"CREATE_COMPLETE": 10}
    assert 300 < rehearsal.estimate.p50 < 5400


def test_the_screen_of_a_preset_is_what_was_looked_at(synthesise, golden) -> None:
    rehearsal = played(synthesise("standard-dev"), "librechat:standard-dev", seed=0)
    timeline, _, rest = render_rehearsal(rehearsal, Paper(100)).partition("\n\ncritical path")

    assert rest
    golden("views/librechat-standard-dev-rehearsal.txt", timeline + "\n")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_comes_down_unless_it_protects_its_data(preset: str, synthesise) -> None:
    rehearsal = played(synthesise(preset), runs=0, delete=True)
    assert (rehearsal.outcome == "DELETE_COMPLETE") is not resolve(read_request(preset)).protected


def test_without_a_way_out_the_rehearsal_shows_what_the_finding_costs(synthesise) -> None:
    rehearsal = played(synthesise("standard-dev", "egress=none"), runs=0)
    assert "ROLLBACK" in rehearsal.outcome
    assert rehearsal.cause is not None
    assert rehearsal.cause.finding is not None
    assert rehearsal.cause.finding.check == "workload-cannot-reach-service"
