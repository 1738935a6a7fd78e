"""World + findings -> Rehearsal: the deployment played in virtual time, and what one learns from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import partial

from stackflight.errors import OperationRefused, WrongUsage
from stackflight.model.budgets import PLAYED_RESOURCES
from stackflight.model.estimate import Cause, Estimate, Parcel, Rehearsal, Span
from stackflight.model.event import STACK_TYPE, Event
from stackflight.model.finding import Finding, Question, Severity
from stackflight.model.near import closest
from stackflight.model.plan import Injection
from stackflight.model.template import World
from stackflight.model.value import Address
from stackflight.operate.play import play
from stackflight.patterns import compile_later
from stackflight.records import dataclass
from stackflight.rehearse.behaviour import Behaviour
from stackflight.rehearse.critical import find_critical_path
from stackflight.rehearse.durations import standard_durations
from stackflight.rehearse.explore import explore_failures
from stackflight.rehearse.failures import Plight, find_plights
from stackflight.rehearse.leftovers import find_leftovers
from stackflight.rehearse.lengths import find_length
from stackflight.rehearse.order import waits_of
from stackflight.rehearse.races import find_races
from stackflight.rehearse.repeat import repeat
from stackflight.rehearse.savings import find_savings
from stackflight.rehearse.scene import Scene, in_run
from stackflight.rehearse.surroundings import find_around
from stackflight.rehearse.unseen import find_unseen
from stackflight.rehearse.works import find_works

_RUNS, _LEAST_RUNS, _OF_ONE_STACK = 200, 10, 500


@dataclass(frozen=True)
class RehearsalOptions:
    """How to rehearse. `fail` are injections as typed, `RESOURCE[:OPERATION][=TEXT][@SECONDS]`, `injections` are read ones.

    `budget_seconds` is a limit to hold the whole against; `runs` how often to play with different luck, where somebody
    says so; `target` what to call the rehearsal. `current` is what is deployed already: its stacks are updated instead of created; `delete`
    rehearses taking the world down. `concurrency` is how many root stacks may be at work at a time. `durations` are lengths
    that somebody knows, in seconds, by resource as typed; `learnt` what resources took in one's own deployments, seconds by
    type and operation; `parcel` is what is uploaded before.
    """

    seed: int = 0
    fail: tuple[str, ...] = ()
    injections: tuple[Injection, ...] = ()
    explore: bool = False
    budget_seconds: float | None = None
    runs: int | None = None
    target: str = ""
    current: World | None = None
    delete: bool = False
    concurrency: int = 1
    durations: Mapping[str, float] = field(default_factory=dict)
    learnt: Mapping[tuple[str, str], Sequence[float]] = field(default_factory=dict)
    parcel: Parcel = Parcel()


def rehearse(
    world: World,
    findings: Sequence[Finding],
    options: RehearsalOptions = RehearsalOptions(),
    questions: Sequence[Question] = (),
) -> Rehearsal:
    """Play what happens to all stacks of a world. Raises WrongUsage where an injection names no resource.

    `questions` are taken to be answered yes; the rehearsal says so.
    """
    injections = [*options.injections, *(parse_injection(text, world) for text in options.fail)]
    plights = find_plights(world, findings, injections)
    faults = {(plight.address, plight.operation): plight.fault for plight in plights}
    given = {_find(path, world, "--duration"): seconds for path, seconds in options.durations.items()}
    table = standard_durations().with_learnt(options.learnt)
    works = find_works(world, table)
    behaviour = Behaviour(
        table,
        seed=options.seed,
        given=given,
        around=world.resources,
        works={address: work.row for address, work in works.items() if work.row},
    )
    scene = Scene(world, options.current, options.delete, options.concurrency)
    try:
        spread = repeat(play, scene, behaviour, faults, _runs(world, options))
    except OperationRefused as refusal:
        return _refused(world, options, refusal)
    played = play(scene, in_run(behaviour, spread.typical), faults, record=True)
    around = find_around(scene, options.parcel)
    before = sum(one.p50 or 0.0 for one in around if not one.once)
    spans = tuple(sorted(played.engine.spans, key=lambda span: (span.start, span.end)))
    path = find_critical_path(spans)
    cause = _cause(spans, plights) or _cause_of_stack(played.engine.events, findings)
    return Rehearsal(
        target=options.target,
        outcome=played.outcome,
        estimate=spread.estimate,
        events=tuple(played.engine.events),
        spans=spans,
        critical_path=path,
        rollback_seconds=played.seconds - cause.time if cause is not None and not options.delete else None,
        leftovers=find_leftovers(played.engine.stacks.values()) if cause is not None or options.delete else (),
        savings=() if cause is not None else find_savings(play, scene, behaviour, faults, path),
        cause=cause,
        budget=spread.budget(options.budget_seconds, before) if options.budget_seconds is not None else None,
        recoveries=explore_failures(play, scene, behaviour, faults) if options.explore else (),
        outcomes=spread.outcomes,
        sources=_sources(world, behaviour),
        around=around,
        seed=options.seed,
        concurrency=options.concurrency,
        questions=() if options.delete else tuple(questions),
        races=()
        if options.delete
        else find_races(partial(play, record=True), scene, behaviour, faults, findings, _runs(world, options)),
        unseen=() if options.delete else tuple(world.title(item) for item in find_unseen(world, works, given)),
        needs={
            (stack.name, id): tuple(sorted(others))
            for stack in world.stacks
            for id, others in waits_of(stack).items()
            if others
        },
        also_blocking=tuple(
            finding
            for finding in findings
            if finding.severity is Severity.BLOCKING and (cause is None or finding != cause.finding)
        ),
    )


def _runs(world: World, options: RehearsalOptions) -> int:
    """How often to play: 200 times, or, where there are more resources than one stack holds, as the budget allows."""
    if options.runs is not None:
        return options.runs
    resources = len(world.resources)
    return _RUNS if resources <= _OF_ONE_STACK else max(_LEAST_RUNS, PLAYED_RESOURCES.most // resources)


_INJECTION = compile_later(
    r"(?P<path>[^:=@]+)(:(?P<operation>[a-z]+))?(=(?P<text>.*?))?(@(?P<seconds>\d+(\.\d+)?))?", re.S
)
_OPERATIONS = ("create", "update", "delete", "rollback")


def parse_injection(text: str, world: World) -> Injection:
    """`Database`, `Database=No capacity@300`, `App/Database:delete`. Raises WrongUsage."""
    match = _INJECTION.fullmatch(text)
    if match is None:
        raise WrongUsage(f"--fail {text!r} cannot be read", hint="write --fail RESOURCE[=TEXT][@SECONDS]")
    path, operation, seconds = match["path"], match["operation"], match["seconds"]
    if operation is not None and operation not in _OPERATIONS:
        raise WrongUsage(f"--fail names the operation {operation!r}", hint=f"write one of {', '.join(_OPERATIONS)}")
    address = _find(path, world)
    return Injection(
        address,
        match["text"] or "",
        float(seconds) if seconds is not None else None,
        (operation,) if operation is not None else ("create", "update"),
    )


def _find(path: str, world: World, option: str = "--fail") -> Address:
    stack, _, id = path.rpartition("/")
    inside = [address for address in world.resources if not stack or address.stack == stack]
    fits = [address for address in inside if address.id == id]
    if not fits:  # the name on screens: the construct path, alone or below its stack
        named = [(address, world.title(address)) for address in world.resources]
        fits = [address for address, title in named if path in {title, f"{address.stack}/{title}"}]
    if not fits:  # CDK appends eight characters, which the timeline leaves out
        fits = [address for address in inside if re.fullmatch(re.escape(id) + "[0-9A-F]{8}", address.id)]
    if len(fits) == 1:
        return fits[0]
    if fits:
        names = ", ".join(f"{address.stack}/{address.id}" for address in fits)
        raise WrongUsage(f"{option} {path} fits several resources", hint=f"write one of {names}")
    near = closest(id, [address.id for address in world.resources])
    hint = f"did you mean {near}?" if near else "give a logical id, or STACK/ID"
    raise WrongUsage(f"{option} names {path}, which is in no template", hint=hint)


def _cause(spans: Sequence[Span], plights: Sequence[Plight]) -> Cause | None:
    failed = [span for span in spans if span.outcome == "failed"]
    if not failed:
        return None
    first = min(failed, key=lambda span: (span.end, span.type == STACK_TYPE))
    by_key = {(plight.address, plight.operation): plight.finding for plight in plights}
    finding = by_key.get((Address(first.stack, first.resource), first.operation))
    return Cause(first.stack, first.resource, first.type, first.end, first.reason, finding)


def _cause_of_stack(events: Sequence[Event], findings: Sequence[Finding]) -> Cause | None:
    """Why a stack goes back though no resource failed: CloudFormation says so of the stack itself."""
    for event in events:
        if event.type == STACK_TYPE and event.status.endswith("ROLLBACK_IN_PROGRESS") and event.reason:
            finding = next((finding for finding in findings if finding.says == event.reason), None)
            return Cause(event.stack, event.resource, event.type, event.time, event.reason, finding)
    return None


def _sources(world: World, behaviour: Behaviour) -> dict[str, int]:
    found = Counter(
        find_length(behaviour.table, resource, "create", works=behaviour.works)[0].source
        for resource in world.resources.values()
        if resource.type != STACK_TYPE
    )
    return dict(sorted(found.items()))


def _refused(world: World, options: RehearsalOptions, refusal: OperationRefused) -> Rehearsal:
    """CloudFormation would not even begin."""
    name = world.stacks[0].name if world.stacks else ""
    return Rehearsal(
        target=options.target,
        outcome="FAILED",
        estimate=Estimate(0.0, 0.0, 0),
        events=(),
        spans=(),
        critical_path=(),
        rollback_seconds=None,
        leftovers=(),
        savings=(),
        cause=Cause(name, name, STACK_TYPE, 0.0, refusal.message),
        budget=None,
        recoveries=(),
        outcomes={"FAILED": 1},
        sources={},
        seed=options.seed,
    )
