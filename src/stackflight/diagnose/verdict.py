"""History -> Diagnosis. The verb: trace the root, match its words to causes, weigh the evidence, say what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from stackflight.diagnose.answers import Answer
from stackflight.diagnose.catalogue import Catalogue, standard_catalogue
from stackflight.diagnose.match import Match, find_causes
from stackflight.diagnose.messages import best_message
from stackflight.diagnose.progress import is_alarming
from stackflight.diagnose.showing import failure_of
from stackflight.diagnose.trace import Trace, trace
from stackflight.diagnose.weigh import Weighed, weigh
from stackflight.diagnose.without_failure import answer_without_failure
from stackflight.model.diagnosis import Confidence, Diagnosis, Failure, Outcome
from stackflight.model.event import Event
from stackflight.model.history import History
from stackflight.records import dataclass

_ALSO = 20


@dataclass(frozen=True)
class Question:
    """What is asked: a history, where it came from, and what is known beside it.

    `type` is the resource type of a bare message; `waits_for` are the ids that each resource depends on, and `types` their types, from a template.
    """

    history: History
    source: str = ""
    type: str = ""
    waits_for: Mapping[str, frozenset[str]] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)


def diagnose(question: Question, catalogue: Catalogue | None = None) -> Diagnosis:
    """The diagnosis. It never raises: what cannot be told is an outcome."""
    catalogue = catalogue or standard_catalogue()
    history = _typed(question)
    found = trace(history, lambda event: _worth(catalogue, event), question.waits_for)
    answer = Answer(catalogue, history, question.source)
    if found is not None and found.failures and found.failures[0].reason:
        return _of_failure(answer, found)
    message = best_message(catalogue, history, question.type)
    named = found is not None and bool(found.failures or found.unseen or found.embedded)
    if not named and (message is None or not message.matches) and not is_alarming(history):
        return answer_without_failure(answer, found)
    if message is not None and (message.tells or not named):
        return answer.of_message(message, found)
    if found is not None and named:
        return answer.of_unseen(found)
    return answer_without_failure(answer, found)


def _of_failure(answer: Answer, found: Trace) -> Diagnosis:
    root = found.failures[0]
    matches = find_causes(answer.catalogue, root.reason, root.type, root.status)
    weighed = weigh(answer.catalogue, root, matches, answer.history)
    shown = replace(failure_of(root, answer.history), cause=weighed.match.cause.id if weighed.match else "")
    diagnosis = answer.of_root(found, shown, weighed)
    return replace(diagnosis, also_failed=_also(answer, found))


def _also(answer: Answer, found: Trace) -> tuple[Failure, ...]:
    """Failures that stand beside the root: one round should mend them all."""
    shown: dict[str, Failure] = {}
    others = [
        event for span in found.others for event in span.events if event.status.endswith("FAILED") and event.reason
    ][:_ALSO]
    for event in [*found.failures[1:], *others]:
        if len(shown) >= _ALSO:
            break
        if event.resource in shown or event.resource == found.failures[0].resource:
            continue
        matches = find_causes(answer.catalogue, event.reason, event.type, event.status)
        shown[event.resource] = replace(failure_of(event, answer.history), cause=matches[0].cause.id if matches else "")
    return tuple(shown.values())


def _worth(catalogue: Catalogue, event: Event) -> int:
    """0: no reason; 1: a text that hides the cause; 2: one that speaks."""
    if not event.reason:
        return 0
    matches = find_causes(catalogue, event.reason, event.type, event.status)
    return 1 if matches and matches[0].cause.at_best is Confidence.LOW else 2


def _typed(question: Question) -> History:
    """Events without a type get that of the template, or the one that was given."""
    if not question.types and not question.type:
        return question.history
    events = tuple(
        event if event.type else replace(event, type=question.types.get(event.resource, question.type))
        for event in question.history.events
    )
    return replace(question.history, events=events)


__all__ = ["Match", "Outcome", "Question", "Weighed", "diagnose"]
