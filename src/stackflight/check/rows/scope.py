"""A resource and a path of a fact's row -> what stands there.

A path names properties: `A.B`, `A[].B` (any item of the list A), `A>B` (B of the resource that A names), `/A` (from the
resource's own properties, inside `each`), `@A` (an attribute beside them, as UpdatePolicy), `A.*` (every value of the
map A), `A.{}` (its keys).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

from stackflight.check.case import Case
from stackflight.check.rows.comparison import ABSENT, is_there, present
from stackflight.check.rows.references import pointed
from stackflight.model.template import Resource
from stackflight.model.value import Reference, Unknown, Value, as_list
from stackflight.records import dataclass

_UNREAD = Unknown("a part that the templates do not determine")


@dataclass(frozen=True)
class Scope:
    """What a condition is asked of: a resource, and the value inside it at which paths begin."""

    case: Case
    resource: Resource
    value: Value

    @staticmethod
    def of(case: Case, resource: Resource) -> Scope:
        """A resource as a whole."""
        return Scope(case, resource, resource.properties)

    def values(self, path: str) -> list[Value]:
        """Everything that stands at a path; an absent property gives nothing, an unread container one Unknown."""
        begin, steps, rest = parsed(path)
        value = self.value
        if begin:
            value = self.resource.properties if begin == "/" else dict(self.resource.attributes)
        if isinstance(value, dict) and steps and steps[0][0] not in value and steps[0][0] not in NOT_KEYS:
            return []  # as most rows, which speak of what few resources have
        found = list(_descend(value, steps)) if steps else [value]
        if rest is None:
            return found
        further: list[Value] = []
        for value in found:
            named = pointed(self.case, value)
            further += Scope.of(self.case, named).values(rest) if named is not None else [_UNREAD]
        return further


@cache
def parsed(path: str) -> tuple[str, tuple[tuple[str, bool], ...], str | None]:
    """Where a path begins, if not here; its steps, a name and whether it is taken item by item; the path from what it names."""
    begin = path[0] if path.startswith(("/", "@")) else ""
    head, more, rest = path.removeprefix(begin).partition(">")
    steps = tuple((name.removesuffix("[]"), name.endswith("[]")) for name in head.split(".")) if head else ()
    return begin, steps, rest if more else None


def _descend(value: Value, steps: tuple[tuple[str, bool], ...], at: int = 0) -> Iterator[Value]:
    for place in range(at, len(steps)):
        if isinstance(value, Reference) and value.address.id == ABSENT:
            return
        if isinstance(value, Unknown):
            yield from _inside(value, deeper=True)
            return
        name, listed = steps[place]
        if name in _OF_MAPS and isinstance(value, dict):
            for part in _OF_MAPS[name](value):
                for item in as_list(part) if listed else [part]:
                    yield from _descend(item, steps, place + 1)
            return
        value = value.get(name) if isinstance(value, dict) and name else value if not name else None
        if listed:
            if isinstance(value, Unknown):
                yield from _inside(value, deeper=place + 1 < len(steps))
            else:
                for item in as_list(value):
                    yield from _descend(item, steps, place + 1)
            return
    if is_there(value):
        yield value


def _keys(value: dict[str, Value]) -> Iterator[Value]:
    """The keys of a map; one whose value may not be there is no known key."""
    for key, item in value.items():
        there = present(item) if isinstance(item, Unknown) else is_there(item)
        if there is not False:
            yield key if there else Unknown("a key that the templates do not determine")


_OF_MAPS: dict[str, Callable[[dict[str, Value]], Iterable[Value]]] = {"*": lambda value: value.values(), "{}": _keys}
NOT_KEYS = {"", *_OF_MAPS}


def _inside(value: Unknown, *, deeper: bool) -> Iterator[Value]:
    """What may stand at a path inside something that is not known: never more than an unread value."""
    yield Unknown(value.why, value.decided_by, (_absent(), value) if deeper else value.candidates)


def _absent() -> Value:
    return None
