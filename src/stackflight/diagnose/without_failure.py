"""Nothing that was read says why something failed -> healthy, in progress, or what is missing to tell."""

from __future__ import annotations

from dataclasses import replace

from stackflight.diagnose.answers import Answer
from stackflight.diagnose.cascades import kind_of
from stackflight.diagnose.progress import progress_of
from stackflight.diagnose.trace import Trace, place_of_success
from stackflight.model.diagnosis import Confidence, Diagnosis, Outcome, Retry
from stackflight.model.event import Event


def answer_without_failure(answer: Answer, found: Trace | None) -> Diagnosis:
    """Nothing failed, or nothing that was read says so."""
    if found is None:
        return _of_words(answer)
    base = answer.base(found, Outcome.HEALTHY)
    status = found.span.status
    if place_of_success(found.span) or (status.endswith("COMPLETE") and "ROLLBACK" not in status):
        left = f" {len(found.later)} resource(s) could not be cleaned up and stay behind." if found.later else ""
        return replace(
            base,
            explanation=f"The operation ended with {status}; nothing failed.{left}",
            confidence=Confidence.HIGH,
            retry=Retry.YES,
        )
    if "ROLLBACK" in status or status.endswith("FAILED"):
        return replace(
            base, outcome=Outcome.CANNOT_TELL, missing=answer.where(base.stack),
            explanation=f"The stack went to {status}, and the event that made it do so is not in this text.",
        )  # fmt: skip
    unfinished = _unfinished(found.span.events)
    running = [event.resource for event in unfinished if event.resource]
    if status.endswith("IN_PROGRESS") or unfinished:
        waiting = ", ".join(running[:5]) + (f" and {len(running) - 5} more" if len(running) > 5 else "")
        return replace(
            base, outcome=Outcome.IN_PROGRESS, confidence=Confidence.HIGH if status else Confidence.MEDIUM, retry=Retry.SOMETIMES,
            explanation=f"Nothing has failed so far{'; still at work: ' + waiting if waiting else ''}.",
        )  # fmt: skip
    return replace(
        base,
        outcome=Outcome.CANNOT_TELL,
        explanation=_nothing(base.cascade),
        missing=answer.where(base.stack),
    )


def _of_words(answer: Answer) -> Diagnosis:
    """Without an event: what the tool's own words say of how far it is."""
    base = answer.base(None, Outcome.CANNOT_TELL)
    outcome = progress_of(answer.history)
    if outcome is Outcome.HEALTHY:
        said = "The tool says that it has ended well; nothing in this text failed."
        return replace(base, outcome=outcome, explanation=said, confidence=Confidence.MEDIUM, retry=Retry.YES)
    if outcome is Outcome.IN_PROGRESS:
        said = "Nothing in this text has failed: the last that it says is that the tool waits for the stack."
        return replace(
            base, outcome=outcome, explanation=said, confidence=Confidence.MEDIUM, missing=answer.where(base.stack)
        )
    said = "Nothing in this text is an event or a failure that is known."
    return replace(base, explanation=said, missing=answer.where(base.stack))


def _nothing(cancelled: tuple[str, ...]) -> str:
    if not cancelled:
        return "Nothing in these events failed, and they do not show how it ended."
    return f"{', '.join(cancelled[:8])}: cancelled because another resource failed first, and the event of that one is not in this text."


def _unfinished(events: tuple[Event, ...]) -> list[Event]:
    last: dict[tuple[str, str], Event] = {}
    for event in events:
        last[(event.stack, event.resource)] = event
    return [
        event
        for event in last.values()
        if event.status.endswith("IN_PROGRESS") and kind_of(event) is not None and not _is_stack_itself(event)
    ]


def _is_stack_itself(event: Event) -> bool:
    return (event.resource == event.stack != "") or event.type == "AWS::CloudFormation::Stack"
