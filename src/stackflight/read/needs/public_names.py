"""A value that code calls -> the resources of the template in it that answer on the internet alone."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.facts.load import read_table
from stackflight.model.need import InternetTarget
from stackflight.model.template import Resource, World
from stackflight.model.value import Reference, Text, Value, known_text
from stackflight.patterns import compile_later

_HEAD = compile_later(r"(?:[a-z][a-z0-9+.-]*://(?:[\w.-]*\.)?)?")


def publicly_named(world: World, value: Value) -> Iterator[InternetTarget]:
    """The targets of a URL or host that begins with such a name; what stands further behind is handed on."""
    parts = value.parts if isinstance(value, Text) else (value,)
    for index, part in enumerate(parts[:2]):
        before = parts[index - 1] if index else ""
        if isinstance(part, Reference) and isinstance(before, str) and _HEAD.fullmatch(before):
            resource = world.resources[part.address]
            row = read_table("public_names")["types"].get(resource.type, {})
            if part.attribute in row.get("attributes", ()) and not _is_private(resource, row.get("unless", ())):
                yield InternetTarget(f"the public address of {part.address}")


def _is_private(resource: Resource, unless: list[str]) -> bool:
    given = resource.get(*unless) if unless else None
    return given is not None and given is not False and known_text(given) not in {"GLOBAL", "false"}
