"""Critical path -> what would shorten the deployment, each tried out in a run with every median."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from stackflight.model.estimate import Saving, Span
from stackflight.model.template import Edge, Resource, Stack, World
from stackflight.model.value import Address
from stackflight.rehearse.behaviour import MEDIAN, Behaviour
from stackflight.rehearse.engine import Faults
from stackflight.rehearse.play import Scene, in_run, play

_TRIED = 6
_LEAST_SECONDS = 5.0


def find_savings(scene: Scene, behaviour: Behaviour, faults: Faults, path: Sequence[Span]) -> tuple[Saving, ...]:
    """Orders that only DependsOn makes, and the slow resources of the path; the greatest saving first."""
    steady = in_run(behaviour, MEDIAN)
    whole = play(scene, steady, faults, record=False).seconds
    found = [*_orders(scene, steady, faults, path, whole), *_slow(scene, steady, faults, path, whole)]
    worth = [saving for saving in found if saving.seconds >= _LEAST_SECONDS]
    return tuple(sorted(worth, key=lambda saving: (-saving.seconds, saving.resources)))


def _orders(scene: Scene, behaviour: Behaviour, faults: Faults, path: Sequence[Span], whole: float) -> Iterator[Saving]:
    for span in path:
        if not span.cause:
            continue
        source, target = Address(span.stack, span.resource), Address(span.stack, span.cause)
        resource = scene.world.resources.get(source)
        kinds = {edge.kind for edge in resource.edges if edge.target == target} if resource is not None else set()
        if kinds != {"DependsOn"}:
            continue
        saved = whole - play(_without_order(scene, source, target), behaviour, faults, record=False).seconds
        advice = (
            f"only DependsOn makes {span.resource} wait for {span.cause}: drop it if the one does not use the other "
            "while it is created"
        )
        yield Saving((span.resource, span.cause), saved, advice)


def _slow(scene: Scene, behaviour: Behaviour, faults: Faults, path: Sequence[Span], whole: float) -> Iterator[Saving]:
    slowest = sorted(path, key=lambda span: (-_held(span), span.resource))[:_TRIED]
    for span in slowest:
        instant = replace(behaviour, instant=frozenset({Address(span.stack, span.resource)}))
        saved = whole - play(scene, instant, faults, record=False).seconds
        advice = f"the most that a faster {span.resource}, or a stack without it, could gain"
        yield Saving((span.resource,), saved, advice)


def _held(span: Span) -> float:
    """How long the rest had to wait for it."""
    return (span.released if span.released is not None else span.end) - span.start


def _without_order(scene: Scene, source: Address, target: Address) -> Scene:
    def thinner(edges: tuple[Edge, ...]) -> tuple[Edge, ...]:
        return tuple(edge for edge in edges if edge.target != target)

    def resource(one: Resource) -> Resource:
        return replace(one, edges=thinner(one.edges)) if one.address == source else one

    def stack(one: Stack) -> Stack:
        if one.name != source.stack:
            return one
        return replace(one, resources={id: resource(item) for id, item in one.resources.items()})

    return replace(scene, world=World(tuple(stack(one) for one in scene.world.stacks)))
