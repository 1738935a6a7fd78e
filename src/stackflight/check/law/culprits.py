"""A condition that holds and the resource it holds for -> the other resources that make it hold."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.rows.condition import holds
from stackflight.check.rows.references import pointed
from stackflight.check.rows.scope import Scope
from stackflight.facts.load import Row
from stackflight.model.template import Resource


def find_culprits(condition: Row, scope: Scope) -> list[Resource]:
    """The resources at the far end of what a condition follows by `via`, of those branches alone that are true."""
    return list({found.address: found for found in _culprits(condition, scope)}.values())


def _culprits(condition: Row, scope: Scope) -> Iterator[Resource]:
    if holds(condition, scope) is not True:
        return
    for part in (*condition.get("all", ()), *condition.get("any", ())):
        yield from _culprits(part, scope)
    for value in scope.values(condition["via"]) if "via" in condition else ():
        named = pointed(scope.case, value)
        there = named is not None and condition.get("type", named.type) == named.type
        if named is None or not there:
            continue
        inner = Scope.of(scope.case, named)
        some = condition.get("some")
        if some is None or holds(some, inner) is True:
            yield from list(_culprits(some, inner) if some is not None else ()) or [named]
