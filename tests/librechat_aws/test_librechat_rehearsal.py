"""Every preset, played in virtual time."""

from __future__ import annotations

import pytest

from librechat_aws.presets import PRESETS
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.model.estimate import Rehearsal
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.operate.review import check_world
from stackflight.read.assembly import join_stacks, read_assembly

pytestmark = pytest.mark.xdist_group("cdk")


def played(assembly, **how: object) -> Rehearsal:
    folder = LocalFolder(assembly.folder)
    world = join_stacks(read_assembly(folder), {}, folder)
    clock = SystemClock()
    findings = check_world("librechat", world, clock, clock.now()).findings
    return rehearse(world, findings, RehearsalOptions(seed=1, target="librechat", **how))


@pytest.mark.parametrize("preset", PRESETS)
def test_the_preset_rehearses_to_create_complete(preset: str, synthesise) -> None:
    rehearsal = played(synthesise(preset), runs=10)
    assert rehearsal.outcome == "CREATE_COMPLETE"
    assert rehearsal.outcomes == {"CREATE_COMPLETE": 10}
    assert 300 < rehearsal.estimate.p50 < 5400


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_comes_down_unless_it_protects_its_data(preset: str, synthesise) -> None:
    rehearsal = played(synthesise(preset), runs=0, delete=True)
    protected = {left.why for left in rehearsal.leftovers} & {"deletion protection is enabled"}
    assert (rehearsal.outcome == "DELETE_COMPLETE") is not bool(protected)


def test_without_a_way_out_the_rehearsal_shows_what_the_finding_costs(synthesise) -> None:
    rehearsal = played(synthesise("standard-dev", "egress=none"), runs=0)
    assert "ROLLBACK" in rehearsal.outcome
    assert rehearsal.cause is not None
    assert rehearsal.cause.finding is not None
    assert rehearsal.cause.finding.check == "workload-cannot-reach-service"
