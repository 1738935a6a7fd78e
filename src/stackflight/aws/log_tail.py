"""A log stream -> its last lines, as evidence of a resource."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from stackflight.model.event import Event
from stackflight.model.evidence import Evidence, EvidenceKind

_LINES = 40


def log_tail(
    ask: Callable[[str], Any], event: Event, group: str, stream: str, kind: EvidenceKind = EvidenceKind.LOG
) -> Iterator[Evidence]:
    """Oldest first."""
    answer = ask("logs").get_log_events(logGroupName=group, logStreamName=stream, limit=_LINES, startFromHead=False)
    for line in answer["events"]:
        yield Evidence(kind, line["message"].rstrip(), event.resource, f"{group}:{stream}", line["timestamp"] / 1000)
