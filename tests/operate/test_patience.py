"""A cloud that is out of reach pauses the looking on, never the deployment."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stackflight.errors import CredentialsEnded, NetworkGone, StackflightError, StillRunning, Throttled
from stackflight.model.moment import Moment, Paused, Progress, Resumed
from stackflight.model.plan import ExecuteChangeSet, Operation
from stackflight.operate.pace import Rhythm, Strain
from stackflight.operate.patience import PatientCloud
from stackflight.rehearse.clock import VirtualClock
from stackflight.rehearse.simulator import SimulatedCloud


class Gate(SimulatedCloud):
    """A cloud that raises what its list says, one after the other, before it answers."""

    def __init__(self, clock: VirtualClock, errors: list[StackflightError]) -> None:
        super().__init__(clock)
        self.errors = errors

    def finished(self, stack: str) -> bool:
        if self.errors:
            raise self.errors.pop(0)
        return super().finished(stack)

    def start(self, operation: Operation) -> str:
        return operation.stack


class Watcher:
    def __init__(self) -> None:
        self.moments: list[Moment] = []

    def show(self, moment: Moment) -> None:
        self.moments.append(moment)


def patient(
    errors: list[StackflightError], renew: Callable[[], None] = lambda: None
) -> tuple[PatientCloud, Watcher, VirtualClock]:
    clock, watcher = VirtualClock(), Watcher()
    return PatientCloud(Gate(clock, errors), clock, watcher, lambda: 0.5, renew, patience_seconds=600), watcher, clock


def test_a_throttled_read_is_asked_again_however_often_once_something_runs() -> None:
    cloud, watcher, clock = patient([Throttled("slow down")] * 40)
    cloud.start(ExecuteChangeSet("app", "x"))
    assert cloud.finished("app")
    assert watcher.moments == []
    assert clock.now() > 200


def test_each_throttle_makes_all_further_waits_longer_and_each_answer_shorter() -> None:
    strain = Strain()
    rhythm = Rhythm(lambda: Progress(0.0, 0, 0, ()), lambda: 0.5, strain)
    calm = rhythm()
    for _ in range(3):
        strain.heed(throttled=True)
    assert rhythm() == calm * 1.5**3
    for _ in range(20):
        strain.heed(throttled=True)
    assert rhythm() == calm * 12
    for _ in range(60):
        strain.heed(throttled=False)
    assert rhythm() == calm


def test_before_anything_runs_eight_throttles_are_borne() -> None:
    assert patient([Throttled("slow down")] * 8)[0].finished("app")
    with pytest.raises(Throttled):
        patient([Throttled("slow down")] * 9)[0].finished("app")


def test_before_anything_runs_ended_credentials_end_the_run() -> None:
    with pytest.raises(CredentialsEnded):
        patient([CredentialsEnded("expired")])[0].finished("app")


@pytest.mark.parametrize("error", [CredentialsEnded("expired", hint="renew them"), NetworkGone("no route")])
def test_a_pause_is_said_once_and_so_is_its_end(error: StackflightError) -> None:
    renewed: list[int] = []
    cloud, watcher, _ = patient([error] * 7, lambda: renewed.append(1))
    cloud.start(ExecuteChangeSet("app", "x"))
    assert cloud.finished("app")
    hint = "renew them; the same run goes on when they work again" if isinstance(error, CredentialsEnded) else ""
    assert watcher.moments == [Paused(error.message, hint), Resumed(70.0)]
    assert len(renewed) == (7 if isinstance(error, CredentialsEnded) else 0)


def test_a_pause_without_end_leaves_what_runs_and_is_no_failure() -> None:
    cloud, _, clock = patient([CredentialsEnded("expired")] * 1000)
    cloud.start(ExecuteChangeSet("app", "x"))
    with pytest.raises(StillRunning) as caught:
        cloud.finished("app")
    assert caught.value.exit_code == 3
    assert 600 <= clock.now() < 620


def test_credentials_that_cannot_be_read_yet_are_read_again() -> None:
    tries: list[int] = []

    def renew() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise CredentialsEnded("no cached token")

    cloud, watcher, _ = patient([CredentialsEnded("expired")] * 4, renew)
    cloud.start(ExecuteChangeSet("app", "x"))
    assert cloud.finished("app")
    assert len(watcher.moments) == 2


def test_all_reads_of_an_account_come_from_one_bucket_which_fills_more_slowly_under_strain() -> None:
    def seconds_for(reads: int, throttled: int) -> float:
        clock, strain = VirtualClock(), Strain()
        for _ in range(throttled):
            strain.heed(True)
        for _ in range(reads):
            clock.sleep(strain.take(clock.now()))
        return clock.now()

    assert seconds_for(20, 0) == 0.0
    assert seconds_for(120, 0) == pytest.approx(20.0)
    assert seconds_for(120, 2) == pytest.approx(45.0)
