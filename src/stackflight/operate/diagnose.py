"""Text or events, and a template where there is one -> Diagnosis: reads, asks the verb, and lets the checks confirm it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from stackflight.diagnose.verdict import Question, diagnose
from stackflight.model.diagnosis import Confidence, Diagnosis
from stackflight.model.event import Event
from stackflight.model.evidence import Evidence, EvidenceKind
from stackflight.model.finding import Certainty, Finding, Severity
from stackflight.model.history import History, TimeScale
from stackflight.model.report import CheckReport
from stackflight.model.template import World
from stackflight.read.events.reading import read_history
from stackflight.rehearse.order import waits_of

# What only says that something did not come to an end: a proved finding about it says why.
_OPEN_FAMILIES = frozenset(
    {"timeout", "app-start", "custom-resource", "network", "health-check", "service-fault", "ordering", "propagation"}
)


def diagnose_text(text: str, source: str, type: str = "", report: CheckReport | None = None) -> Diagnosis:
    """What a text says of a deployment; `report` are the findings of the template that was deployed. Raises UnreadableInput."""
    return diagnose_history(read_history(text, source), source, type, report)


def diagnose_events(
    events: Sequence[Event],
    source: str,
    simulated: bool,
    evidence: Sequence[Evidence] = (),
    world: World | None = None,
    report: CheckReport | None = None,
) -> Diagnosis:
    """What the events of a run say, with whatever was gathered beside them and the templates where they are known."""
    scale = TimeScale.START if simulated else TimeScale.EPOCH
    ids = {event.stack: event.stack_id for event in events if event.stack_id.startswith("arn:")}
    history = History(tuple(events), evidence=tuple(evidence), scale=scale, stack_ids=ids, tool="stackflight")
    return diagnose_history(history, source, report=report, world=world)


def diagnose_history(
    history: History, source: str, type: str = "", report: CheckReport | None = None, world: World | None = None
) -> Diagnosis:
    """The same for what was read already."""
    world = report.world if report is not None else world
    question = Question(history, source, type, _waits_for(world), _types(world))
    diagnosis = diagnose(question)
    return diagnosis if report is None else _confirmed(diagnosis, report)


def _waits_for(world: World | None) -> Mapping[str, frozenset[str]]:
    stacks = world.stacks if world is not None else ()
    return {id: frozenset(others) for stack in stacks for id, others in waits_of(stack).items()}


def _types(world: World | None) -> Mapping[str, str]:
    return {} if world is None else {address.id: resource.type for address, resource in world.resources.items()}


def _confirmed(diagnosis: Diagnosis, report: CheckReport) -> Diagnosis:
    """A proved finding about the root is evidence; where the events only tell that it hung, it is the answer."""
    root = diagnosis.root
    finding = next((one for one in report.findings if root is not None and _is_about(one, root.resource)), None)
    if finding is None:
        return diagnosis
    where = f"{finding.where.file}:{finding.where.line}" if finding.where.line else finding.where.file
    proof = [
        Evidence(EvidenceKind.TEMPLATE, f"{finding.check}: {finding.message}", root.resource if root else "", where)
    ]
    proof += [
        Evidence(EvidenceKind.TEMPLATE, f"{hop.verdict} {hop.at}: {hop.why}", hop.at)
        for hop in finding.path
        if hop.verdict == "blocks"
    ]
    confirmed = replace(diagnosis, evidence=(*diagnosis.evidence[:1], *proof, *diagnosis.evidence[1:]))
    if diagnosis.cause is None or diagnosis.cause.family in _OPEN_FAMILIES or diagnosis.confidence is Confidence.LOW:
        confirmed = replace(
            confirmed,
            explanation=f"{finding.message} {diagnosis.explanation}".strip(),
            remedies=tuple(text for text in (finding.remedy, *diagnosis.remedies) if text),
            confidence=Confidence.HIGH
            if diagnosis.cause is not None and diagnosis.cause.family in _OPEN_FAMILIES
            else diagnosis.confidence,
        )
    return confirmed


def _is_about(finding: Finding, resource: str) -> bool:
    proved = finding.severity is Severity.BLOCKING and finding.certainty is Certainty.PROVED
    struck = {address.id for address in finding.struck}
    return proved and (resource in finding.resources or resource in struck)


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
