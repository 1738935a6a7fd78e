"""A stack that AWS knows, or a run of the ledger -> its diagnosis: events, evidence of services, and what the template proves.

Read only. Of a stack the last operations are read, of nested stacks those of the same time, also where they are gone.
"""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from stackflight.cli.inputs import Inputs
from stackflight.cli.judging import judge
from stackflight.cli.running import find_run, open_ledger, templates_key
from stackflight.cli.talk import say
from stackflight.cli.targets import Loaded
from stackflight.errors import OperationRefused, StackflightError, UnreadableInput
from stackflight.local.folder import LocalFolder
from stackflight.model.diagnosis import Diagnosis, Outcome
from stackflight.model.event import Event
from stackflight.model.evidence import Evidence
from stackflight.model.report import CheckReport
from stackflight.model.run import Note
from stackflight.model.template import Environment, World
from stackflight.patterns import compile_later
from stackflight.ports import Clock, Witnesses

STACK = compile_later(
    r"[A-Za-z][A-Za-z0-9-]{0,127}|arn:aws[a-z-]{0,12}:cloudformation:[a-z0-9-]{1,30}:\d{12}:stack/[\w/-]{3,200}"
)
"""What a stack is called: a name or an ARN."""

_MOST_ASKED = 4
_GOING_THERE = ("CREATE", "ROLLBACK", "DELETE")


def diagnose_stack(asked: Namespace, clock: Clock, report: CheckReport | None) -> Diagnosis:
    """What happened last to a stack. Raises OperationRefused where there is none, CloudUnavailable where AWS cannot be asked."""
    from stackflight.cli.aws_place import AwsPlace
    from stackflight.operate.diagnose import diagnose_events

    region = asked.subject.split(":")[3] if asked.subject.startswith("arn:") else None
    asked.region, asked.patience = asked.region or region, None
    place = AwsPlace(asked, clock)
    past = place.past(asked.subject)
    if past is None:
        raise OperationRefused(
            f"there is no stack {asked.subject} in {place.caller.account}, {place.caller.region}",
            hint="--region and --profile say where to look; a stack that has been gone for 90 days is not told any more",
        )
    world: World | None = None
    if report is None and past.template:
        report, world = _judge(past.stack, past.template, past.parameters, place.caller.region, clock)
        if not past.status.startswith(_GOING_THERE):
            report = None  # after an update that went back this is the template before it
    given = report.world if report is not None else world
    events, messages = past.events, past.refusals
    first = diagnose_events(events, past.stack, False, (), given, messages=messages)
    witnesses = place.witnesses(given or World(()), lambda: events)
    evidence = _ask(witnesses, _asked_about(first, events)) if witnesses else []
    return diagnose_events(events, past.stack, False, evidence, given, report, messages=messages)


def diagnose_run(run: str, asked: Namespace, clock: Clock, report: CheckReport | None) -> Diagnosis:
    """The diagnosis of a run in the ledger, with the evidence and the findings that were kept with it."""
    from stackflight.operate.diagnose import diagnose_events
    from stackflight.operate.proofs import proofs_in
    from stackflight.operate.testimony import evidence_in

    ledger = open_ledger()
    found = find_run(ledger, run)
    events = ledger.events(found.id)
    if not events and found.arns and (asked.profile or asked.region):
        asked.subject = next(iter(found.arns.values()))
        return diagnose_stack(asked, clock, report)
    if not events:
        raise UnreadableInput(
            f"the run {run} has no events", hint=f"it ended before anything was made: stackflight runs {run}"
        )
    notes = ledger.notes(found.id)
    proofs = [proof for note in notes if note.kind == "review" for proof in proofs_in(note.body)]
    world = world_of(ledger.notes(templates_key(found)), found.region)
    return diagnose_events(events, run, found.simulated, evidence_in(notes), world, report, proofs)


def _asked_about(diagnosis: Diagnosis, events: Sequence[Event]) -> list[Event]:
    """The events of the root and of what failed beside it; of what has not come to an end while it goes on."""
    names = [failure.resource for failure in (diagnosis.root, *diagnosis.also_failed) if failure is not None]
    last: dict[tuple[str, str], Event] = {}
    for event in events:
        if not event.of_stack:
            known = last.get((event.stack, event.resource))
            if known is None or not known.status.endswith("FAILED") or event.status.endswith("FAILED"):
                last[event.stack, event.resource] = event
    if diagnosis.outcome is Outcome.IN_PROGRESS:
        waiting = [event for event in last.values() if event.status.endswith("IN_PROGRESS")]
        return waiting[:_MOST_ASKED]
    found = [
        event for name in names for event in last.values() if event.resource == name and event.status.endswith("FAILED")
    ]
    return found[:_MOST_ASKED]


def _ask(witnesses: Witnesses, about: Iterable[Event]) -> list[Evidence]:
    begun = False
    for event in about:
        witnesses.start(event)
        begun = True
    return list(witnesses.finish()) if begun else []


def world_of(notes: Sequence[Note], region: str) -> World | None:
    """The templates as they were deployed; None where none is kept or they cannot be read any more."""
    from stackflight.read.assembly import join_stacks
    from stackflight.read.document import parse_template
    from stackflight.read.manifest import Source

    kept = {stack: body for note in notes for stack, body in note.body.items() if "/" not in stack and body}
    texts = {stack: body if isinstance(body, str) else json.dumps(body) for stack, body in kept.items()}
    try:
        sources = [Source(stack, parse_template(text, stack), file=stack) for stack, text in texts.items()]
        return (
            join_stacks(sources, {}, LocalFolder(Path.cwd()), Environment(region=region or None)) if sources else None
        )
    except StackflightError:
        return None


def _judge(
    stack: str, text: str, parameters: Mapping[str, str], region: str, clock: Clock
) -> tuple[CheckReport | None, World | None]:
    """The findings of the template that CloudFormation keeps; nothing where it cannot be read."""
    from stackflight.read.document import parse_template
    from stackflight.read.manifest import Source

    try:
        source = Source(stack, parse_template(text, stack), Environment(region=region), file=f"the template of {stack}")
        known = {name: value for name, value in parameters.items() if value and not set(value) <= {"*"}}
        loaded = Loaded(stack, LocalFolder(Path.cwd()), (source,), 0.0)
        report = judge([loaded], Inputs(known, Environment(region=region)), None, clock)
    except StackflightError as error:
        say(f"the template of {stack} could not be judged: {error.message}", "note")
        return None, None
    return report, report.world
