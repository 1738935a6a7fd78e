"""Two judged worlds -> Difference: what a deployment of the second over the first changes, as people need to know it."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.facts.types import type_facts
from stackflight.model.change import Action, Change, Replacement
from stackflight.model.difference import Data, Difference, Fate, ResourceDifference, Spans
from stackflight.model.ending import is_retained, leaves_snapshot
from stackflight.model.finding import Finding, Phase
from stackflight.model.network import Network
from stackflight.model.plan import ChangeSet
from stackflight.model.report import CheckReport
from stackflight.model.template import Resource, Stack, World
from stackflight.model.usage import Usage
from stackflight.operate.pricing import price
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.operate.updates import pair_stacks
from stackflight.plan.loss import find_losses, stateful_types
from stackflight.plan.rights import find_rights
from stackflight.plan.ways import Side, find_ways
from stackflight.price.difference import compare_bills
from stackflight.price.sheet import PriceSheet
from stackflight.rehearse.changes import Sides, find_changes

_FATES = {Replacement.YES: Fate.REPLACE, Replacement.CONDITIONAL: Fate.MAYBE, Replacement.NO: Fate.CHANGE}
_ORDER = [Fate.REMOVE, Fate.REPLACE, Fate.MAYBE, Fate.CHANGE, Fate.ADD]


def compare(old: CheckReport, new: CheckReport, usage: Usage, sheet: PriceSheet | None = None) -> Difference:
    """Everything between two reports; the worlds in them are compared stack by stack."""
    resources = sorted(_resources(old.world, new.world), key=lambda one: (_ORDER.index(one.fate), one.stack))
    opened, closed = find_ways(_side(old), _side(new))
    before, after = (price(one.target, one.world, usage, sheet, thrifts=False) for one in (old, new))
    return Difference(
        old=old.target,
        new=new.target,
        resources=tuple(resources),
        findings_new=_beyond(new.findings, old.findings),
        findings_gone=_beyond(old.findings, new.findings),
        ways_opened=opened,
        ways_closed=closed,
        rights=find_rights(old.world, new.world),
        old_bill=before,
        new_bill=after,
        price_changes=compare_bills(before, after),
        spans=_spans(old, new, changed=bool(resources)),
    )


def _side(report: CheckReport) -> Side:
    return Side(report.world, report.network or Network(), report.reaches)


def _resources(old: World, new: World) -> Iterator[ResourceDifference]:
    pairs = list(pair_stacks(old, new))
    met_old, met_new = {before.name for before, _ in pairs}, {after.name for _, after in pairs}
    for before, after in pairs:
        yield from _between(before, after, old, new)
    for stack in new.stacks:
        if stack.name not in met_new:
            for id, resource in stack.resources.items():
                yield ResourceDifference(stack.name, id, resource.type, Fate.ADD)
    for stack in old.stacks:
        if stack.name not in met_old:
            for id, resource in stack.resources.items():
                yield ResourceDifference(stack.name, id, resource.type, Fate.REMOVE, data=_end(resource, False, True))


def _between(before: Stack, after: Stack, old: World, new: World) -> Iterator[ResourceDifference]:
    changes = find_changes(Sides(before, after, old, new))
    losses = find_losses(ChangeSet(after.name, "", "UPDATE", "CREATE_COMPLETE", "AVAILABLE", tuple(changes.values())))
    lost = {loss.resource for loss in losses}
    for id, change in changes.items():
        fate = _fate(change)
        resource = before.resources.get(id)
        data = Data.NONE
        if resource is not None and fate in {Fate.REMOVE, Fate.REPLACE, Fate.MAYBE}:
            data = _end(resource, fate is not Fate.REMOVE, id in lost)
        yield ResourceDifference(after.name, id, change.type, fate, _because(change, fate), data)


def _fate(change: Change) -> Fate:
    match change.action:
        case Action.ADD:
            return Fate.ADD
        case Action.REMOVE:
            return Fate.REMOVE
        case _:
            return _FATES[change.replacement]


def _because(change: Change, fate: Fate) -> tuple[str, ...]:
    """The properties that differ; of a replacement those that force it, where they are known."""
    if fate not in {Fate.REPLACE, Fate.MAYBE}:
        return change.properties
    facts = type_facts(change.type)
    forcing = {path.split(".")[0] for path in facts.replace} | (set(facts.may_replace) if fate is Fate.MAYBE else set())
    return tuple(name for name in change.properties if name in forcing) or change.properties


def _end(resource: Resource, replaced: bool, lost: bool) -> Data:
    if resource.type not in stateful_types():
        return Data.NONE
    if is_retained(resource, replaced=replaced):
        return Data.KEPT
    if leaves_snapshot(resource, replaced=replaced):
        return Data.SNAPSHOT
    return Data.LOST if lost else Data.KEPT


def _beyond(findings: tuple[Finding, ...], known: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings that the others do not have: the same check at the same resources is the same finding."""
    seen = {(one.check, one.resources[:1]) for one in known}
    return tuple(one for one in findings if (one.check, one.resources[:1]) not in seen)


def _spans(old: CheckReport, new: CheckReport, *, changed: bool) -> Spans:
    before, after = (
        rehearse(one.world, [found for found in one.findings if found.phase is not Phase.UPDATE]) for one in (old, new)
    )
    update: float | None = 0.0
    if changed:
        played = rehearse(new.world, new.findings, RehearsalOptions(current=old.world))
        update = played.estimate.p50 if played.is_good else None
    return Spans(before.estimate.p50, after.estimate.p50, update, (not before.is_good, not after.is_good))
