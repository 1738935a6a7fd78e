"""History -> Trace: the operation in question, its own failures in the order in which they count, and what followed from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from stackflight.diagnose.cascades import Kind, kind_of, listed_in
from stackflight.diagnose.family_tree import find_parents, root_of
from stackflight.diagnose.operations import Span, choose_operation, is_own, split_operations
from stackflight.model.event import STACK_TYPE, Event
from stackflight.model.history import History, TimeScale
from stackflight.records import dataclass

NEAR_SECONDS = 5.0
_TURNED = ("ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "IMPORT_ROLLBACK_IN_PROGRESS")


@dataclass(frozen=True)
class Trace:
    """What an operation's events tell.

    `failures` are the failures of resources by themselves, the root first; `unseen` are resources that are named as failed without
    a reason of their own; `later` are failures on the way back and in clean-up; `cascade` are ids that only followed. `others` are root stacks that failed as well.
    """

    span: Span
    failures: tuple[Event, ...]
    unseen: tuple[str, ...]
    embedded: tuple[Event, ...]
    later: tuple[Event, ...]
    cascade: tuple[str, ...]
    others: tuple[Span, ...] = ()


def trace(
    history: History, worth: Callable[[Event], int], waits_for: Mapping[str, frozenset[str]] | None = None
) -> Trace | None:
    """The trace of a history; None where it holds no events.

    `worth` says how much the text of a failure tells (0: nothing specific). `waits_for` are the ids that each resource depends on, where a template is known.
    """
    spans = _spans(history)
    if not spans:
        return None
    failed = [span for span in spans if _own_failures(span)]
    span = _earliest(failed) if failed else next((one for one in spans if one.has_failed), _most_telling(spans))
    others = tuple(one for one in failed if one is not span)
    failures = _ranked(_own_failures(span), history.scale, worth, waits_for or {})
    events = [event for event in span.events if event.status.endswith("FAILED")]
    cancelled = [event.resource for event in events if kind_of(event) is Kind.CANCELLED]
    embedded = tuple(event for event in events if kind_of(event) is Kind.EMBEDDED and not is_own(event, event.stack))
    own = {event.resource for event in failures}
    later = tuple(event for event in _later(span) if event not in failures)
    return Trace(
        span,
        failures,
        _unseen(span, own | set(cancelled)),
        embedded,
        later,
        tuple(dict.fromkeys([*cancelled, *(event.resource for event in embedded)])),
        others,
    )


def _spans(history: History) -> list[Span]:
    events = history.events
    parents = find_parents(events)
    roots: dict[str, list[Event]] = {}
    for event in events:
        roots.setdefault(root_of(event.stack, parents), []).append(event)
    return [choose_operation(split_operations(own, _name_of(own, stack))) for stack, own in roots.items()]


def _name_of(events: Sequence[Event], stack: str) -> str:
    """The root stack's name, also where a text shows no stack column."""
    stacks = [event for event in events if event.type == STACK_TYPE]
    names = [event.resource for event in stacks if not event.status.endswith("FAILED")]
    names = names or [event.resource for event in stacks if len({one.resource for one in stacks}) == 1]
    return (
        stack or next((event.resource for event in stacks if "ROLLBACK" in event.status), "") or next(iter(names), "")
    )


def _most_telling(spans: Sequence[Span]) -> Span:
    """Without a failure: the stack at which something goes on, else the last one."""
    return next(
        (span for span in spans if span.status.endswith("IN_PROGRESS")),
        max(spans, key=lambda span: span.events[-1].time),
    )


def _earliest(spans: Sequence[Span]) -> Span:
    return min(spans, key=lambda span: _own_failures(span)[0].time)


def _turn(span: Span) -> dict[str, int]:
    """For each stack the place among the events where its way back begins."""
    turned: dict[str, int] = {}
    for place, event in enumerate(span.events):
        if event.type == STACK_TYPE and event.status in _TURNED:
            turned.setdefault(event.resource if event.resource == event.stack else event.stack or event.resource, place)
            if is_own(event, span.stack):
                turned.setdefault("", place)
    return turned


def _own_failures(span: Span) -> list[Event]:
    """Failures of resources by themselves on the way there, oldest first."""
    turned = _turn(span)
    cleaning = _cleaning(span)
    forward: list[Event] = []
    backward: list[Event] = []
    for place, event in enumerate(span.events):
        if not event.status.endswith("FAILED") or is_own(event, event.stack) or is_own(event, span.stack):
            continue
        if kind_of(event) not in {Kind.OWN, Kind.SILENT}:
            continue
        back = place > turned.get(event.stack, turned.get("", len(span.events)))
        consequence = event.status == "DELETE_FAILED" and (span.verb not in {"DELETE", ""} or bool(forward))
        if place > cleaning or consequence or (back and event.status in {"UPDATE_FAILED", "DELETE_FAILED"}):
            backward.append(event)
        else:
            forward.append(event)
    forward = forward or (_stack_failures(span) if not backward else [])
    if forward or place_of_success(span):
        return forward
    return backward if _went_back_badly(span) or not _summaries(span) else []


def place_of_success(span: Span) -> bool:
    """Whether the operation reached its goal, whatever clean-up did."""
    return span.status in {
        "UPDATE_COMPLETE",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "CREATE_COMPLETE",
        "IMPORT_COMPLETE",
    }


def _went_back_badly(span: Span) -> bool:
    return span.status in {"ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED", "DELETE_FAILED", "IMPORT_ROLLBACK_FAILED"}


def _stack_failures(span: Span) -> list[Event]:
    """Reasons that a stack itself gives: hooks, policies, time-outs, exports in use."""
    return [
        event for event in span.events
        if is_own(event, event.stack or span.stack) and event.reason and ("FAILED" in event.status or "ROLLBACK_IN_PROGRESS" in event.status or _is_sent_back(event) or _is_refused(event)) and kind_of(event) is Kind.OWN
    ][:1]  # fmt: skip


def _is_sent_back(event: Event) -> bool:
    """Whether a deletion is what CloudFormation does in place of a way back."""
    return event.status == "DELETE_IN_PROGRESS" and event.reason.rstrip(" .").endswith("requested by user")


def _is_refused(event: Event) -> bool:
    """Whether a stack that is well carries the reason why its last deletion was refused."""
    return event.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"} and "annot be deleted" in event.reason


def _cleaning(span: Span) -> int:
    """The place where the clean-up after a successful update begins."""
    for place, event in enumerate(span.events):
        if event.status == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" and is_own(event, span.stack):
            return place
    return len(span.events)


def _later(span: Span) -> list[Event]:
    forward = {id(event) for event in _own_failures(span)}
    return [
        event for event in span.events
        if event.status.endswith("FAILED") and id(event) not in forward and not is_own(event, event.stack) and kind_of(event) in {Kind.OWN, Kind.SILENT}
    ]  # fmt: skip


def _summaries(span: Span) -> list[str]:
    return [name for event in span.events for name in listed_in(event.reason)]


def _unseen(span: Span, known: set[str]) -> tuple[str, ...]:
    """Resources that a summary names as failed: leaves only, and without those whose own event was read."""
    names = dict.fromkeys(name for name in _summaries(span) if name not in known)
    stacks = {event.resource for event in span.events if event.type == STACK_TYPE}
    leaves = [name for name in names if name not in stacks]
    return tuple(leaves or names)


def _ranked(
    failures: list[Event], scale: TimeScale, worth: Callable[[Event], int], waits_for: Mapping[str, frozenset[str]]
) -> tuple[Event, ...]:
    """The root first: among those near the first in time, what others wait for, then what tells most, then the earliest."""
    if not failures:
        return ()
    first = failures[0].time
    width = NEAR_SECONDS if scale is not TimeScale.NONE else float(len(failures))
    near = [event for event in failures if event.time - first <= width]
    awaited = {name for event in near for name in waits_for.get(event.resource, frozenset())}
    best = max(near, key=lambda event: (worth(event) > 0, event.resource in awaited, worth(event), -near.index(event)))
    return (best, *(event for event in failures if event is not best))
