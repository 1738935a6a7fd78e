"""A run in the ledger -> shown from its first event on, and followed there until its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from stackflight.model.event import Event
from stackflight.model.moment import Ended, FirstFailure, Happened
from stackflight.model.run import LOST, Run
from stackflight.operate.diagnose import diagnose_events
from stackflight.operate.journal import is_failure
from stackflight.ports import Clock, Ledger, View

_LOOK_SECONDS = 1.0


def watch_ledger(run: Run, ledger: Ledger, clock: Clock, view: View, is_alive: Callable[[Run], bool]) -> Ended:
    """Show a run as its own process enters it. One whose process is gone without a word is lost, and is entered as that."""
    shown = 0
    failure: Event | None = None
    began: float | None = None
    while True:
        alive = is_alive(run)
        run = ledger.run(run.id) or run
        events = ledger.events(run.id)
        for event in events[shown:]:
            began = event.time if began is None else began
            view.show(Happened(event, event.time - began))
            if failure is None and is_failure(event):
                failure = event
                early = diagnose_events(events[: events.index(event) + 1], run.id, run.simulated)
                view.show(FirstFailure(event, event.time - began, early))
        shown = len(events)
        if run.over:
            break
        if not alive:
            run = replace(run, outcome=LOST)
            ledger.save(run)
            break
        clock.sleep(_LOOK_SECONDS)
    seconds = events[-1].time - began if events and began is not None else 0.0
    diagnosis = diagnose_events(events, run.id, run.simulated) if failure is not None else None
    ended = Ended(run, seconds, failure=failure, diagnosis=diagnosis)
    view.show(ended)
    return ended
