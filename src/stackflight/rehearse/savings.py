"""Critical path -> what would shorten the deployment, each tried out in a run with every median."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from stackflight.model.estimate import Saving, Span
from stackflight.model.template import Edge, Resource, Stack, World
from stackflight.model.value import Address
from stackflight.rehearse.behaviour import MEDIAN, Behaviour
from stackflight.rehearse.engine import Faults
from stackflight.rehearse.scene import Play, Scene, in_run

_TRIED = 6
_LEAST_SECONDS = 5.0


def find_savings(
    play: Play, scene: Scene, behaviour: Behaviour, faults: Faults, path: Sequence[Span]
) -> tuple[Saving, ...]:
    """Orders that only DependsOn makes, and the slow resources of the path; the greatest saving first."""
    steady = in_run(behaviour, MEDIAN)

    def seconds(scene: Scene, behaviour: Behaviour) -> float:
        return play(scene, behaviour, faults).seconds

    whole = seconds(scene, steady)
    found = [*_orders(seconds, scene, steady, path, whole), *_slow(seconds, scene, steady, path, whole)]
    worth = [saving for saving in found if saving.seconds >= _LEAST_SECONDS]
    return tuple(sorted(worth, key=lambda saving: (-saving.seconds, saving.resources)))


Length: TypeAlias = Callable[[Scene, Behaviour], float]
"""How many seconds a scene takes."""


def _orders(
    seconds: Length, scene: Scene, behaviour: Behaviour, path: Sequence[Span], whole: float
) -> Iterator[Saving]:
    """Each order costs a whole run to try, so it is those that part the path into the most even halves: what stands on
    either side is what could be done at a time."""
    loose = [span for span in path if span.cause and _is_loose(scene, span)]
    loose.sort(key=lambda span: -min(span.start, whole - span.start))
    for span in loose[:_TRIED]:
        source, target = Address(span.stack, span.resource), Address(span.stack, span.cause)
        saved = whole - seconds(_without_order(scene, source, target), behaviour)
        advice = (
            f"only DependsOn makes {span.resource} wait for {span.cause}: drop it if the one does not use the other "
            "while it is created"
        )
        yield Saving((span.resource, span.cause), saved, advice)


def _is_loose(scene: Scene, span: Span) -> bool:
    """Whether only DependsOn makes it wait for its cause."""
    resource = scene.world.resources.get(Address(span.stack, span.resource))
    edges = resource.edges if resource is not None else ()
    return {edge.kind for edge in edges if edge.target == Address(span.stack, span.cause)} == {"DependsOn"}


def _slow(seconds: Length, scene: Scene, behaviour: Behaviour, path: Sequence[Span], whole: float) -> Iterator[Saving]:
    slowest = sorted(path, key=lambda span: (-_held(span), span.resource))[:_TRIED]
    several = len({span.stack for span in path}) > 1
    for span in slowest:
        instant = replace(behaviour, instant=frozenset({Address(span.stack, span.resource)}))
        saved = whole - seconds(scene, instant)
        advice = f"the most that a faster {f'{span.stack}/' if several else ''}{span.resource}, or a stack without it, could gain"
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
