"""Moments -> JSON lines: one event a line, then the run. The contract `stackflight.run/1`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from stackflight.model.event import Event
from stackflight.model.moment import Ended, Happened, Moment
from stackflight.model.run import Note, Run
from stackflight.views.diagnosis_json import diagnosis_object
from stackflight.views.json_text import dump


class LiveJson:
    """A view that writes a line for each event, and the run at its end."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def show(self, moment: Moment) -> None:
        """Write an event or the end."""
        if isinstance(moment, Happened):
            self._write(_line(event_object(moment.event)))
        elif isinstance(moment, Ended):
            self._write(render_end(moment))


def event_object(event: Event) -> dict[str, Any]:
    """The shape E of the contract."""
    return {
        "time": round(event.time, 3),
        "stack": event.stack,
        "resource": event.resource,
        "type": event.type,
        "status": event.status,
        "reason": event.reason,
        "physical_id": event.physical_id,
        "detailed_status": event.detailed_status,
        "operation": event.operation,
        "id": event.id,
    }


def render_end(ended: Ended) -> str:
    """The last line."""
    run = ended.run
    return _line(
        {
            "schema": "stackflight.run/1",
            "run": run.id,
            "target": run.target,
            "stacks": list(run.stacks),
            "simulated": run.simulated,
            "outcome": run.outcome,
            "seconds": round(ended.seconds, 1),
            "first_failure": event_object(ended.failure) if ended.failure is not None else None,
            "diagnosis": diagnosis_object(ended.diagnosis) if ended.diagnosis is not None else None,
            "outputs": {stack: dict(outputs) for stack, outputs in ended.outputs.items()},
            "not_begun": list(ended.left),
            "command_code": ended.command_code,
        }
    )


def render_runs(runs: Sequence[Run]) -> str:
    """One run a line."""
    return "\n".join(_line({"schema": "stackflight.run/1", "run": run.id, **_facts(run)}) for run in runs)


def render_run(run: Run, events: Sequence[Event], notes: Sequence[Note]) -> str:
    """One run with everything that is kept of it; `diagnose` reads it."""
    return _line(
        {
            "schema": "stackflight.run/1",
            "run": run.id,
            **_facts(run),
            "events": [event_object(event) for event in events],
            "notes": [asdict(note) for note in notes],
        }
    )


def _facts(run: Run) -> dict[str, Any]:
    facts = asdict(run)
    del facts["id"]
    return facts


def _line(made: dict[str, Any]) -> str:
    return dump(made)
