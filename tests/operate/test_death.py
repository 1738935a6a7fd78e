"""The process of a deployment ends just before and just after each of its writes: nothing is lost, doubled or stuck."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from deployments import SMALL, Stage

from stackflight.local.ledger import LocalLedger
from stackflight.model.event import Event, StackStatus
from stackflight.model.evidence import Answer, Evidence, EvidenceKind
from stackflight.model.value import Address
from stackflight.operate.deploy import Deployment
from stackflight.rehearse.behaviour import Fault

WRITES = {"start", "save", "record", "note"}


class Died(BaseException):
    """The process is gone: nobody catches this, and nothing is tidied up."""


class Mortal:
    """An adapter that lists its writes and ends the process at one of them. `writes` is shared by several."""

    def __init__(self, inner: object, writes: list[str], at: int, after: bool) -> None:
        self._inner = inner
        self._writes = writes
        self._at = at
        self._after = after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._count(name, found) if name in WRITES else found

    def _count(self, name: str, write: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            what = arguments[0] if name == "start" else arguments[1] if name == "note" else None
            self._writes.append(" ".join([name, getattr(what, "kind", type(what).__name__)] if what else [name]))
            if len(self._writes) == self._at and not self._after:
                raise Died
            answer = write(*arguments)
            if len(self._writes) == self._at:
                raise Died
            return answer

        return counted


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


def mortal(stage: Stage, at: int, after: bool) -> tuple[Deployment, list[str]]:
    writes: list[str] = []
    lookout = stage.lookout(
        cloud=Mortal(stage.cloud, writes, at, after),
        ledger=Mortal(stage.ledger, writes, at, after),
        witnesses=lambda *_: Talkative(),
    )
    return stage.deployment(SMALL, lookout=lookout), writes


@pytest.mark.parametrize(("fails", "outcome"), [(False, "CREATE_COMPLETE"), (True, "ROLLBACK_COMPLETE")])
def test_every_write_of_a_deployment_can_be_its_last(tmp_path: Path, fails: bool, outcome: str) -> None:
    stage = doomed(Stage(tmp_path / "whole"), fails)
    whole, writes = mortal(stage, 0, after=False)
    assert whole.carry_out().run.outcome == outcome
    first = ["start CreateChangeSet", "save", "note change-set", "start ExecuteChangeSet"]
    assert writes[: len(first)] == first
    told = ("note evidence", "note answer", "note diagnosis")
    assert set(writes) == {*first, "record", *(told if fails else ())}
    for at in range(1, len(writes) + 1):
        for after in (False, True):
            _die_and_go_on(tmp_path / f"{at}-{after}", at, after, fails)


def doomed(stage: Stage, fails: bool) -> Stage:
    if fails:
        stage.cloud.engine.faults[Address("app", "Nat"), "create"] = Fault("No capacity")
    return stage


def _die_and_go_on(folder: Path, at: int, after: bool, fails: bool) -> None:
    stage = doomed(Stage(folder), fails)
    deployment, _ = mortal(stage, at, after)
    with pytest.raises(Died):
        deployment.carry_out()
    ledger = LocalLedger(folder)  # as another process opens it
    run = ledger.run("r-1")
    assert run is not None
    if not run.over:
        run = stage.attach(ledger=ledger)
    assert run.outcome in {"ROLLBACK_COMPLETE" if fails else "CREATE_COMPLETE", "NOT_BEGUN"}
    kept = [event.id for event in ledger.events("r-1")]
    assert len(kept) == len(set(kept))
    if run.outcome != "NOT_BEGUN":
        told = [event.id for event in stage.cloud.events("app") if event.status != StackStatus.REVIEW_IN_PROGRESS]
        assert [id for id in kept if id in told] == told
    again = Stage(folder, stage.clock)
    again.cloud = stage.cloud
    again.cloud.engine.faults.clear()
    ended = again.deployment(SMALL, id="r-2", recover=frozenset({StackStatus.ROLLBACK_COMPLETE})).carry_out()
    assert ended.run.outcome in {"CREATE_COMPLETE", "NO_CHANGES"}
