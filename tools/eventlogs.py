"""Recorded event histories (`epNNN.json`) -> operations with their handler calls, for the benchmarks."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

STACK = "AWS::CloudFormation::Stack"


@dataclass
class Call:
    """One handler call of a history, seconds since the operation's start."""

    id: str
    type: str
    verb: str
    start: float
    end: float | None = None
    released: float | None = None
    failed_at: float | None = None
    reason: str = ""
    made: bool = False
    cleaning: bool = False

    @property
    def operation(self) -> str:
        """What the duration table calls it: a replacing update is a creation."""
        return "create" if self.made else self.verb

    @property
    def let_go(self) -> float:
        """When dependents could start."""
        return self.released if self.released is not None else self.end or 0.0


@dataclass
class Operation:
    """One operation on one stack, from its first to its last event."""

    name: str
    repo: str
    stack: str
    kind: str
    start: float
    seconds: float = 0.0
    outcome: str = ""
    calls: list[Call] = field(default_factory=list)
    clean_up_at: float | None = None
    turned_at: float | None = None

    @property
    def ended(self) -> list[Call]:
        """The calls that came to a good end."""
        return [call for call in self.calls if call.end is not None]


def read_operations(corpus: Path) -> Iterator[Operation]:
    """Every operation in the corpus whose end was recorded."""
    for path in sorted(corpus.glob("ep???.json")):
        history = json.loads(path.read_text())
        by_stack: dict[str, list[dict[str, str]]] = defaultdict(list)
        for event in history["events"]:
            clean = {key: str(value).rstrip("',") for key, value in event.items()}
            by_stack[clean["stack"]].append(clean)
        for stack, events in by_stack.items():
            yield from split(path.stem, history["repo"], stack, events)


def split(name: str, repo: str, stack: str, events: list[dict[str, str]]) -> Iterator[Operation]:
    """Cut one stack's events into operations."""
    current: Operation | None = None
    open_calls: dict[str, Call] = {}
    cleaning = False
    for event in sorted(events, key=lambda event: event["t"]):
        time = datetime.fromisoformat(event["t"].replace("Z", "+00:00")).timestamp()
        status, own = event["status"], event["id"] in {stack, stack.rsplit("/", 1)[-1]}
        if own and status in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"}:
            if current is None or "Transformation" not in event["reason"]:
                current, open_calls, cleaning = Operation(name, repo, stack, status.split("_")[0], time), {}, False
            continue
        if current is None:
            continue
        at = time - current.start
        if own:
            if "CLEANUP" in status:
                cleaning, current.clean_up_at = True, at
            if "ROLLBACK_IN_PROGRESS" in status:
                current.turned_at = at
            if not status.endswith("IN_PROGRESS"):
                current.seconds, current.outcome = at, status
                yield current
                current = None
            continue
        note(current, open_calls, event, at, cleaning)


def note(operation: Operation, open_calls: dict[str, Call], event: dict[str, str], at: float, cleaning: bool) -> None:
    """Enter one resource event into its operation."""
    verb, _, state = event["status"].partition("_")
    call = open_calls.get(event["id"])
    if state == "IN_PROGRESS" and (call is None or call.verb != verb.lower()):
        call = open_calls[event["id"]] = Call(event["id"], event["type"], verb.lower(), at, cleaning=cleaning)
        operation.calls.append(call)
    if call is None:
        return
    if event["reason"].startswith("Requested update requires"):
        call.made = True
    if event["reason"].startswith("Eventual consistency"):
        call.released = at
    if state in {"COMPLETE", "FAILED"}:
        if state == "COMPLETE":
            call.end = at
        else:
            call.failed_at, call.reason = at, event["reason"]
        del open_calls[event["id"]]
