"""Template -> who waits for whom, among resources and in which direction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from stackflight.model.event import STACK_TYPE
from stackflight.model.template import Resource, Stack, World


def waits_of(stack: Stack) -> Mapping[str, frozenset[str]]:
    """Logical id -> the logical ids of the same stack that it waits for."""
    return stack.waits


def waits_through(waits: Mapping[str, Collection[str]], tasks: Collection[str]) -> dict[str, set[str]]:
    """Who waits for whom among the tasks, links through resources without a task followed."""
    chosen = set(tasks)
    known: dict[str, set[str]] = {}

    def reach(id: str) -> set[str]:
        if id not in known:
            known[id] = set()
            for other in waits.get(id, ()):
                known[id] |= {other} if other in chosen else reach(other)
        return known[id]

    return {id: reach(id) - {id} for id in tasks}


def reverse(waits: Mapping[str, Collection[str]], among: Collection[str]) -> dict[str, set[str]]:
    """The order of deletion: each waits for those that needed it. Links through absent ids are followed."""
    reach: dict[str, set[str]] = {}

    def needs(id: str, seen: set[str]) -> set[str]:
        if id in reach:
            return reach[id]
        found: set[str] = set()
        for other in waits.get(id, ()):
            if other in among:
                found.add(other)
            elif other not in seen:
                seen.add(other)
                found |= needs(other, seen)
        return found

    turned: dict[str, set[str]] = {id: set() for id in among}
    for id in among:
        reach[id] = needs(id, {id})
        for other in reach[id]:
            turned[other].add(id)
    return turned


class _Held:
    """A stack by its identity: what follows from its order is worked out once, not in each of hundreds of runs."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.stack is self.stack

    def __hash__(self) -> int:
        return id(self.stack)


def circle_of(stack: Stack) -> tuple[str, ...]:
    """The resources of a stack that wait for one another, in template order."""
    return _circle(_Held(stack))


def neighbours_of(stack: Stack) -> frozenset[str]:
    """The root stacks that resources of a stack refer to, its own among them."""
    return _neighbours(_Held(stack))


@lru_cache(maxsize=256)
def _circle(held: _Held) -> tuple[str, ...]:
    return tuple(find_circle(waits_of(held.stack)))


@lru_cache(maxsize=256)
def _neighbours(held: _Held) -> frozenset[str]:
    return frozenset(
        edge.target.stack.split("/", 1)[0] for resource in held.stack.resources.values() for edge in resource.edges
    )


def find_circle(waits: Mapping[str, Collection[str]]) -> list[str]:
    """The ids that wait for one another, in template order; empty where everything can be put in order."""
    needed = {id: [other for other in others if other in waits] for id, others in waits.items()}
    left = _without_ends(needed)
    return list(_without_ends(_turned(left)))


def _without_ends(waits: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """What is left once those that wait for nobody are taken away, again and again; each link is looked at once."""
    missing = {id: len(others) for id, others in waits.items()}
    followers = _turned(waits)
    ready = [id for id, number in missing.items() if number == 0]
    gone = set(ready)
    while ready:
        for follower in followers[ready.pop()]:
            missing[follower] -= 1
            if missing[follower] == 0:
                ready.append(follower)
                gone.add(follower)
    return {id: [other for other in others if other not in gone] for id, others in waits.items() if id not in gone}


def _turned(waits: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {id: [] for id in waits}
    for id, others in waits.items():
        for other in others:
            found[other].append(id)
    return found


def child_stack(world: World, stack: str, resource: Resource) -> Stack | None:
    """The nested stack behind a resource, where its template is known."""
    if resource.type != STACK_TYPE:
        return None
    name = f"{stack}/{resource.address.id}"
    return next((one for one in world.stacks if one.name == name), None)
