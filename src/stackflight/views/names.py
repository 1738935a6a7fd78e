"""Logical ids that the CDK made -> the construct paths that people wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from stackflight.patterns import compile_later

if TYPE_CHECKING:
    from stackflight.model.estimate import Leftover, Rehearsal, Span
    from stackflight.model.finding import Finding
    from stackflight.model.template import World

_MADE_ID = compile_later(r"\b[A-Za-z][A-Za-z0-9]*[0-9A-Fa-f]{8}\b")

Rename = Callable[[str], str]


def read_names(world: World) -> Rename:
    """A function that writes construct paths for generated ids in a text: `DataFilesBucketA4C1` -> `Data/Files/Bucket`.

    Only ids that end in the CDK's hash are touched, so that no word of a sentence is taken for an id.
    """
    names = {address.id: world.title(address) for address, resource in world.resources.items() if resource.construct}
    return lambda text: _MADE_ID.sub(lambda found: names.get(found[0], found[0]), text)


def retitle(rehearsal: Rehearsal, rename: Rename) -> Rehearsal:
    """The rehearsal with names that people wrote in place of generated ids, everywhere but in what AWS would say."""
    spans = {id(span): _retitle_span(span, rename) for span in (*rehearsal.spans, *rehearsal.critical_path)}
    cause = rehearsal.cause
    return replace(
        rehearsal,
        spans=tuple(spans[id(span)] for span in rehearsal.spans),
        critical_path=tuple(spans[id(span)] for span in rehearsal.critical_path),
        events=tuple(replace(event, resource=rename(event.resource)) for event in rehearsal.events),
        leftovers=_retitle_leftovers(rehearsal.leftovers, rename),
        savings=tuple(
            replace(one, resources=tuple(map(rename, one.resources)), advice=rename(one.advice))
            for one in rehearsal.savings
        ),
        cause=cause
        and replace(
            cause,
            resource=rename(cause.resource),
            finding=cause.finding and _retitle_finding(cause.finding, rename),
        ),
        recoveries=tuple(
            replace(one, resource=rename(one.resource), leftovers=_retitle_leftovers(one.leftovers, rename))
            for one in rehearsal.recoveries
        ),
        needs={
            (stack, rename(resource)): tuple(map(rename, others))
            for (stack, resource), others in rehearsal.needs.items()
        },
        races=tuple(replace(one, finding=_retitle_finding(one.finding, rename)) for one in rehearsal.races),
        also_blocking=tuple(_retitle_finding(one, rename) for one in rehearsal.also_blocking),
        questions=tuple(replace(one, question=rename(one.question)) for one in rehearsal.questions),
    )


def _retitle_span(span: Span, rename: Rename) -> Span:
    return replace(span, resource=rename(span.resource), cause=rename(span.cause))


def _retitle_leftovers(leftovers: tuple[Leftover, ...], rename: Rename) -> tuple[Leftover, ...]:
    return tuple(
        replace(left, resource=rename(left.resource), why=rename(left.why), blocks=rename(left.blocks))
        for left in leftovers
    )


def _retitle_finding(finding: Finding, rename: Rename) -> Finding:
    return replace(finding, message=rename(finding.message), remedy=rename(finding.remedy))
