"""Text, and a template where there is one -> Diagnosis: reads, asks the verb, and lets the checks confirm what it says."""

from __future__ import annotations

from collections.abc import Sequence

from stackflight.diagnose.verdict import Question, diagnose
from stackflight.model.diagnosis import Diagnosis
from stackflight.model.event import Event
from stackflight.model.evidence import Evidence
from stackflight.model.history import History, TimeScale
from stackflight.model.template import World
from stackflight.read.events.reading import read_history
from stackflight.rehearse.order import waits_of


def diagnose_text(text: str, source: str, type: str = "") -> Diagnosis:
    """What a text says of a deployment. Raises UnreadableInput."""
    return diagnose(Question(read_history(text, source), source, type))


def diagnose_events(
    events: Sequence[Event],
    source: str,
    simulated: bool,
    evidence: Sequence[Evidence] = (),
    world: World | None = None,
) -> Diagnosis:
    """What the events of a run say, with whatever was gathered beside them and the templates where they are known."""
    scale = TimeScale.START if simulated else TimeScale.EPOCH
    history = History(tuple(events), evidence=tuple(evidence), scale=scale, tool="stackflight")
    stacks = world.stacks if world is not None else ()
    waits = {id: frozenset(others) for stack in stacks for id, others in waits_of(stack).items()}
    types = {id: resource.type for stack in stacks for id, resource in stack.resources.items()}
    return diagnose(Question(history, source, waits_for=waits, types=types))


def diagnosis_facts(diagnosis: Diagnosis) -> dict[str, object]:
    """What is kept of a diagnosis with its run."""
    root, cause = diagnosis.root, diagnosis.cause
    return {
        "resource": root.resource if root else "",
        "reason": root.reason if root else "",
        "cause": cause.id if cause else "",
        "confidence": diagnosis.confidence.value,
        "retry": diagnosis.retry.value,
        "explanation": diagnosis.explanation,
        "remedies": list(diagnosis.remedies),
    }
