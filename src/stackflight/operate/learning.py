"""Runs in a ledger -> how long resources really took here, by type and operation; the estimate goes by them."""

from __future__ import annotations

from collections.abc import Iterable

from stackflight.model.event import Event
from stackflight.ports import Ledger

_RUNS = 30


def learn_durations(ledger: Ledger, region: str) -> dict[tuple[str, str], list[float]]:
    """Seconds by type and operation ("create", "update", "delete") over the last runs in a Region; simulated ones teach
    nothing."""
    found: dict[tuple[str, str], list[float]] = {}
    real = [run for run in ledger.runs() if not run.simulated and run.region == region]
    for run in real[:_RUNS]:
        for key, seconds in _durations(ledger.events(run.id)):
            found.setdefault(key, []).append(seconds)
    return found


def _durations(events: Iterable[Event]) -> Iterable[tuple[tuple[str, str], float]]:
    began: dict[tuple[str, str, str], float] = {}
    for event in events:
        operation, _, state = event.status.partition("_")
        key = (event.stack, event.resource, operation)
        if event.of_stack or not event.type:
            continue
        if state == "IN_PROGRESS":
            began.setdefault(key, event.time)
        elif state == "COMPLETE" and key in began:
            yield (event.type, operation.lower()), event.time - began.pop(key)
