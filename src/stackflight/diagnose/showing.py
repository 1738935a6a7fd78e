"""An event -> what is shown of it."""

from __future__ import annotations

from datetime import UTC, datetime

from stackflight.model.diagnosis import Failure
from stackflight.model.event import Event
from stackflight.model.history import History, TimeScale

_LONGEST_REASON = 4000


def time_text(time: float, scale: TimeScale) -> str:
    """The time as people read it: an instant, a time of day, seconds since the start; empty where there is none."""
    if scale is TimeScale.EPOCH and 0 <= time < 250_000_000_000:
        return (
            datetime.fromtimestamp(time, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z")
            .replace(".000Z", "Z")
        )
    if scale is TimeScale.DAY:
        whole = int(time) % 86_400
        return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"+{time:.1f} s" if scale is TimeScale.START else ""


def failure_of(event: Event, history: History) -> Failure:
    """A failed event as a failure."""
    return Failure(
        resource=event.resource,
        type=event.type,
        reason=event.reason[:_LONGEST_REASON],
        time=time_text(event.time, history.scale),
        stack=event.stack,
        status=event.status,
    )
