"""Text or events, and a template where there is one -> Diagnosis: reads, asks the verb, and lets the checks confirm it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stackflight.diagnose.verdict import Question, diagnose
from stackflight.model.diagnosis import Diagnosis
from stackflight.model.event import Event
from stackflight.model.evidence import Evidence
from stackflight.model.history import History, TimeScale
from stackflight.model.report import CheckReport
from stackflight.model.template import World
from stackflight.operate.proofs import Proof, confirm, proofs_of, proofs_told
from stackflight.read.events.reading import read_history
from stackflight.rehearse.order import waits_of


def diagnose_text(text: str, source: str, type: str = "", report: CheckReport | None = None) -> Diagnosis:
    """What a text says of a deployment; `report` are the findings of the template that was deployed. Raises UnreadableInput."""
    return diagnose_history(read_history(text, source), source, type, report, proofs=proofs_told(text))


def diagnose_events(
    events: Sequence[Event],
    source: str,
    simulated: bool,
    evidence: Sequence[Evidence] = (),
    world: World | None = None,
    report: CheckReport | None = None,
    proofs: Sequence[Proof] = (),
    messages: Sequence[str] = (),
) -> Diagnosis:
    """What the events of a run or a stack say, with whatever was gathered beside them, and the templates and what was
    proved of them where that is known."""
    scale = TimeScale.START if simulated else TimeScale.EPOCH
    ids = {event.stack: event.stack_id for event in events if event.stack_id.startswith("arn:")}
    history = History(tuple(events), tuple(messages), tuple(evidence), scale=scale, stack_ids=ids, tool="stackflight")
    return diagnose_history(history, source, report=report, world=world, proofs=proofs)


def diagnose_history(
    history: History,
    source: str,
    type: str = "",
    report: CheckReport | None = None,
    world: World | None = None,
    proofs: Sequence[Proof] = (),
) -> Diagnosis:
    """The same for what was read already. What is proved of the failed resource confirms the diagnosis."""
    world = report.world if report is not None else world
    diagnosis = diagnose(Question(history, source, type, _waits_for(world), _types(world)))
    return confirm(diagnosis, proofs_of(report.findings) if report is not None else proofs)


def _waits_for(world: World | None) -> Mapping[str, frozenset[str]]:
    stacks = world.stacks if world is not None else ()
    return {id: frozenset(others) for stack in stacks for id, others in waits_of(stack).items()}


def _types(world: World | None) -> Mapping[str, str]:
    return {} if world is None else {address.id: resource.type for address, resource in world.resources.items()}


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
