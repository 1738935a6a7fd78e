"""A process ends just before and just after each of its writes: nothing is lost, doubled or stuck."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from deployments import SMALL, Stage, world_of

from mortal import Died, Fate, Mortal
from stackflight.local.ledger import LocalLedger
from stackflight.model.event import Event, StackStatus
from stackflight.model.evidence import Answer, Evidence, EvidenceKind
from stackflight.model.plan import CreateStack
from stackflight.model.run import Run
from stackflight.model.value import Address
from stackflight.operate.accompany import Accompaniment
from stackflight.operate.lookout import Lookout
from stackflight.operate.watch import Attachment
from stackflight.rehearse.behaviour import Fault

WRITES = {"start", "save", "record", "note"}


class Talkative:
    """Services that have something to say of every failure."""

    def __init__(self) -> None:
        self._said: list[Evidence] = []
        self._asked = False

    def start(self, event: Event) -> None:
        self._asked = True
        self._said.append(Evidence(EvidenceKind.LOG, "no capacity", event.resource))

    def heed(self, events: Sequence[Event]) -> None:
        """Nothing waits."""

    def collect(self) -> list[Evidence]:
        said, self._said = self._said, []
        return said

    finish = collect

    def answers(self) -> list[Answer]:
        asked, self._asked = self._asked, False
        return [Answer("logs", "get_log_events", {}, {})] if asked else []


def tell(name: str, *arguments: Any) -> str:
    """The kind of what is started or noted."""
    what = arguments[0] if name == "start" else arguments[1] if name == "note" else None
    return str(getattr(what, "kind", type(what).__name__)) if what else ""


def mortal(stage: Stage, fate: Fate) -> Lookout:
    """From where it can be seen, and written, no longer than until then."""
    return stage.lookout(
        cloud=Mortal(stage.cloud, WRITES, fate, tell),
        ledger=Mortal(stage.ledger, WRITES, fate, tell),
        witnesses=lambda *_: Talkative(),
    )


def doomed(stage: Stage, fails: bool = True) -> Stage:
    if fails:
        stage.cloud.engine.faults[Address("app", "Nat"), "create"] = Fault("No capacity")
    return stage


@pytest.mark.parametrize(("fails", "outcome"), [(False, "CREATE_COMPLETE"), (True, "ROLLBACK_COMPLETE")])
def test_every_write_of_a_deployment_can_be_its_last(tmp_path: Path, fails: bool, outcome: str) -> None:
    stage, whole = doomed(Stage(tmp_path / "whole"), fails), Fate()
    assert stage.deployment(SMALL, lookout=mortal(stage, whole)).carry_out().run.outcome == outcome
    first = ["start CreateChangeSet", "save", "note change-set", "start ExecuteChangeSet"]
    assert whole.writes[: len(first)] == first
    told = ("note evidence", "note answer", "note diagnosis")
    assert set(whole.writes) == {*first, "record", *(told if fails else ())}
    for number, fate in enumerate(whole.deaths()):
        stage = doomed(Stage(tmp_path / str(number)), fails)
        with pytest.raises(Died):
            stage.deployment(SMALL, lookout=mortal(stage, fate)).carry_out()
        assert go_on(stage).outcome in {outcome, "NOT_BEGUN"}


def attached(stage: Stage) -> Callable[[Fate], object]:
    """Somebody watches what another one has begun."""
    run = stage.deployment(SMALL, detach=True).carry_out().run
    return lambda fate: Attachment(run, mortal(stage, fate)).follow()


def accompanied(stage: Stage) -> Callable[[Fate], object]:
    """A command of another tool is run and followed."""
    run = stage.deployment(SMALL).run

    def start() -> Callable[[], int | None]:
        stage.cloud.start(CreateStack("app", world_of(SMALL)))
        return lambda: 0 if stage.cloud.finished("app") else None

    return lambda fate: Accompaniment(run, mortal(stage, fate)).follow(start)


@pytest.mark.parametrize("begin", [attached, accompanied])
def test_every_write_of_whoever_watches_can_be_its_last(
    tmp_path: Path, begin: Callable[[Stage], Callable[[Fate], object]]
) -> None:
    whole = Fate()
    begin(doomed(Stage(tmp_path / "whole")))(whole)
    assert set(whole.writes) == {"record", "note evidence", "note answer", "save"}
    for number, fate in enumerate(whole.deaths()):
        stage = doomed(Stage(tmp_path / str(number)))
        watch = begin(stage)
        with pytest.raises(Died):
            watch(fate)
        assert go_on(stage).outcome == "ROLLBACK_COMPLETE"


def go_on(stage: Stage) -> Run:
    """Watch what a dead process has left to its end; then deploy what was wanted once more, which must go well."""
    ledger = LocalLedger(stage.folder)  # as another process opens it
    run = ledger.run("r-1")
    assert run is not None
    if not run.over:
        run = stage.attach(ledger=ledger)
    kept = [event.id for event in ledger.events("r-1")]
    assert len(kept) == len(set(kept))
    if run.outcome != "NOT_BEGUN":
        told = [event.id for event in stage.cloud.events("app") if event.status != StackStatus.REVIEW_IN_PROGRESS]
        assert [id for id in kept if id in told] == told
    stage.cloud.engine.faults.clear()
    recover = frozenset({StackStatus.ROLLBACK_COMPLETE})
    ended = stage.deployment(SMALL, id="r-2", recover=recover).carry_out()
    assert ended.run.outcome in {"CREATE_COMPLETE", "NO_CHANGES"}
    return run
