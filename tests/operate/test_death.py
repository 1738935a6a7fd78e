"""The process of a deployment ends just before and just after each of its writes: nothing is lost, doubled or stuck."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from deployments import SMALL, Stage

from stackflight.local.ledger import LocalLedger
from stackflight.model.event import StackStatus
from stackflight.operate.deploy import Deployment
from stackflight.operate.eta import usual_from_table
from stackflight.operate.watch import Attachment

WRITES = {"start", "save", "record", "note"}


class Died(BaseException):
    """The process is gone: nobody catches this, and nothing is tidied up."""


class Mortal:
    """An adapter that counts its writes and ends the process at one of them. `counter` is shared by several."""

    def __init__(self, inner: object, counter: list[int], at: int, after: bool) -> None:
        self._inner = inner
        self._counter = counter
        self._at = at
        self._after = after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._count(found) if name in WRITES else found

    def _count(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            self._counter[0] += 1
            if self._counter[0] == self._at and not self._after:
                raise Died
            answer = write(*arguments)
            if self._counter[0] == self._at:
                raise Died
            return answer

        return counted


def mortal(stage: Stage, at: int, after: bool) -> tuple[Deployment, list[int]]:
    counter = [0]
    deployment = stage.deployment(SMALL, cloud=Mortal(stage.cloud, counter, at, after))  # type: ignore[arg-type]
    ledger: Any = Mortal(stage.ledger, counter, at, after)
    deployment.ledger = deployment.journal._ledger = ledger
    return deployment, counter


def test_every_write_of_a_deployment_can_be_its_last(tmp_path: Path) -> None:
    whole, counter = mortal(Stage(tmp_path / "whole"), 0, after=False)
    assert whole.carry_out().run.outcome == "CREATE_COMPLETE"
    assert counter[0] >= 10
    for at in range(1, counter[0] + 1):
        for after in (False, True):
            _die_and_go_on(tmp_path / f"{at}-{after}", at, after)


def _die_and_go_on(folder: Path, at: int, after: bool) -> None:
    stage = Stage(folder)
    deployment, _ = mortal(stage, at, after)
    with pytest.raises(Died):
        deployment.carry_out()
    ledger = LocalLedger(folder)  # as another process opens it
    run = ledger.run("r-1")
    assert run is not None
    if not run.over:
        attached = Attachment(run, stage.cloud, stage.clock, ledger, stage.watcher, usual_from_table(), lambda: 0.5)
        run = attached.follow().run
    assert run.outcome in {"CREATE_COMPLETE", "NOT_BEGUN"}
    kept = [event.id for event in ledger.events("r-1")]
    assert len(kept) == len(set(kept))
    if run.outcome == "CREATE_COMPLETE":
        told = [event.id for event in stage.cloud.events("app") if event.status != StackStatus.REVIEW_IN_PROGRESS]
        assert [id for id in kept if id in told] == told
    again = Stage(folder, stage.clock)
    again.cloud = stage.cloud
    ended = again.deployment(SMALL, id="r-2").carry_out()
    assert ended.run.outcome in {"CREATE_COMPLETE", "NO_CHANGES"}
