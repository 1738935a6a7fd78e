"""Stack -> the Region for which it is written, where it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from stackflight.check.case import Case
from stackflight.model.template import Resource, Stack
from stackflight.model.value import Unknown, Value, Zone, Zones
from stackflight.patterns import compile_later
from stackflight.records import dataclass

ZONE_NAME = compile_later(r"([a-z]{2}(?:-[a-z]+)+-\d)([a-z])")


ZONE_PLACES = ("AvailabilityZone", "AvailabilityZones", "AvailabilityZoneName")


@dataclass(frozen=True, slots=True)
class NamedZone:
    """A zone that a resource names literally, and the property in which it stands."""

    resource: Resource
    key: str
    zone: str
    region: str


def pinned_region(stack: Stack) -> str | None:
    """The Region for which a stack is written: it names zones of this one, twice or more, and asks for none.

    What a template says once may have slipped in; a synthesis for a known environment names every zone.
    """
    named = [item for item in named_zones(stack) if item.resource.exists is True]
    regions = {item.region for item in named}
    if len(named) < 2 or len(regions) > 1:
        return None
    asks = any(isinstance(v, Zone | Zones) for item in stack.resources.values() for v in values_in(item.properties))
    return None if asks else regions.pop()


def homes_of(case: Case) -> Callable[[str], str | None]:
    """The Region that a stack, by its name, is for: its own, or the one for which it is written; None where it is open."""

    @cache
    def home_of(name: str) -> str | None:
        stack = case.world.stack(name)
        return stack.environment.region or pinned_region(stack)

    return home_of


def named_zones(stack: Stack) -> Iterator[NamedZone]:
    """Zones as the template itself writes them; what comes from a parameter is the user's choice."""
    written = stack.template.section("Resources")
    for resource in stack.resources.values():
        raw = written.get(resource.address.id)
        properties = raw.get("Properties") if isinstance(raw, dict) else None
        for key in ZONE_PLACES:
            given = properties.get(key) if isinstance(properties, dict) else None
            for name in given if isinstance(given, list) else [given]:
                if isinstance(name, str) and (match := ZONE_NAME.fullmatch(name)):
                    yield NamedZone(resource, key, name, match.group(1))


def values_in(value: Value) -> Iterator[Value]:
    """Every value inside, the branches of undecided conditions left out."""
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, Unknown):
            continue
        yield item
        if isinstance(item, dict):
            todo.extend(reversed(item.values()))
        elif isinstance(item, list):
            todo.extend(reversed(item))
