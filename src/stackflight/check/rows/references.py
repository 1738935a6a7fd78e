"""A value that names a resource, beside an operand of a fact -> True, False or None (the templates leave it open)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stackflight.check.case import Case
from stackflight.check.rows.comparison import Answer
from stackflight.model.identify import resource_named
from stackflight.model.template import Resource
from stackflight.model.value import Reference, Text, Unknown, Value, known_text


def pointed(case: Case, value: Value) -> Resource | None:
    """The resource that a value names, also by an ARN that is put together around it."""
    if isinstance(value, Text):
        references = [part for part in value.parts if isinstance(part, Reference)]
        value = references[0] if len(references) == 1 else value
    return resource_named(case.world, value)


def apart(case: Case, value: Value, other: Value) -> Answer:
    """Whether two values name two resources of the world; open where one of them names none."""
    first, second = pointed(case, value), pointed(case, other)
    return first.address != second.address if first is not None and second is not None else None


def _names(case: Case, _: Resource, value: Value, kind: str) -> Answer:
    named = resource_named(case.world, value)
    return named.type == kind if named is not None else None


def _attribute(_: Case, __: Resource, value: Value, attribute: str) -> Answer:
    return value.attribute == attribute if isinstance(value, Reference) else None


def _reference(_: Case, __: Resource, value: Value, wanted: bool) -> Answer:
    return None if isinstance(value, Unknown) else isinstance(value, Reference) is wanted


def _own_region(case: Case, resource: Resource, value: Value, _: bool) -> Answer:
    region = case.world.stack(resource.address.stack).environment.region
    if isinstance(value, Unknown):
        return True if "AWS::Region" in value.why or "AWS::Region" in value.decided_by else None
    return known_text(value) == region


REFERENCES: dict[str, Callable[[Case, Resource, Value, Any], Answer]] = {
    "names": _names,
    "attribute": _attribute,
    "reference": _reference,
    "own_region": _own_region,
}
