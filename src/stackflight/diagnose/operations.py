"""The events of one root stack and of those nested in it -> the operation that the question is about."""

from __future__ import annotations

from collections.abc import Sequence

from stackflight.model.event import STACK_TYPE, Event
from stackflight.records import dataclass

_BEGINS = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS", "REVIEW_IN_PROGRESS"}
_TURNS = {
    "ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "IMPORT_ROLLBACK_IN_PROGRESS",
    "CREATE_FAILED",
    "UPDATE_FAILED",
}


@dataclass(frozen=True)
class Span:
    """One operation on a root stack: its events, oldest first. `verb` is CREATE, UPDATE, DELETE, IMPORT, ROLLBACK or empty.

    `status` is the last status that the root stack showed, empty where the text shows none.
    """

    stack: str
    verb: str
    events: tuple[Event, ...]
    status: str

    @property
    def has_failed(self) -> bool:
        """Whether anything failed on the way there."""
        return any(event.status.endswith("FAILED") for event in self.events) or "ROLLBACK" in self.status


def is_own(event: Event, stack: str) -> bool:
    """Whether an event is about the stack itself."""
    return event.type == STACK_TYPE and (event.resource == stack or (event.resource == event.stack and not stack))


def split_operations(events: Sequence[Event], stack: str) -> list[Span]:
    """The operations of a root stack, oldest first. What precedes the first known beginning is an operation of its own."""
    spans: list[Span] = []
    current: list[Event] = []
    verb = status = ""
    settled = True
    for event in events:
        own = is_own(event, stack)
        starts = own and event.status in _BEGINS and (settled or not verb)
        if starts and event.status == "CREATE_IN_PROGRESS" and verb == "REVIEW":
            starts = False
            verb = "CREATE"
        if starts and any(one.status not in _BEGINS or not is_own(one, stack) for one in current):
            spans.append(Span(stack, verb, tuple(current), status))
            current, status = [], ""
        if starts:
            verb = event.status.removesuffix("_IN_PROGRESS")
        current.append(event)
        if own:
            status = event.status
            settled = not status.endswith("IN_PROGRESS") or status == "REVIEW_IN_PROGRESS"
            if not verb and status in _TURNS:
                verb = "UPDATE" if status.startswith("UPDATE") else "CREATE"
    if current:
        spans.append(Span(stack, verb, tuple(current), status))
    return spans


def choose_operation(spans: Sequence[Span]) -> Span:
    """The last operation; a deletion that only cleared away a failed one gives way to it."""
    last = spans[-1]
    for earlier in reversed(spans[:-1]):
        if (
            last.verb == "DELETE"
            and not any(event.status == "DELETE_FAILED" for event in last.events)
            and earlier.has_failed
        ):
            return earlier
        if last.status == "REVIEW_IN_PROGRESS" and earlier.has_failed:
            return earlier
        break
    return last
