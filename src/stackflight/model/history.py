"""What somebody handed over about a deployment: events, messages that belong to no event, and what was not understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from stackflight.model.event import Event
from stackflight.model.evidence import Evidence
from stackflight.records import dataclass


class TimeScale(StrEnum):
    """What the times of a history count from."""

    EPOCH = "epoch"
    DAY = "day"
    START = "start"
    NONE = "none"


@dataclass(frozen=True)
class History:
    """Everything that was read. `events` are oldest first, of one stack or of several.

    `scale` says what `Event.time` counts: seconds since the epoch, since midnight (a text that shows the time of day), since
    the first operation (a simulated cloud), or only the order in which a text shows the events. `messages` are texts without an event, in the
    order in which they stand. `stack_ids` are ARNs by stack name. `unread` of `lines` held something that looked like
    a fact and was not understood. `tool` is who printed it, as far as that shows.
    """

    events: tuple[Event, ...] = ()
    messages: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    scale: TimeScale = TimeScale.NONE
    stack_ids: Mapping[str, str] = field(default_factory=dict)
    tool: str = ""
    lines: int = 0
    unread: int = 0
