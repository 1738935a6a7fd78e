"""Resource + operation -> the variant that the durations tell apart; from `facts/duration_variants.json`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from stackflight.facts.load import read_table
from stackflight.model.template import Resource
from stackflight.model.value import Reference, Value, known_flag, known_int, known_text, references_in

_ATTRIBUTES = ("CreationPolicy", "DeletionPolicy", "UpdatePolicy")
_FIRST_TWO = ("mysql", "mariadb", "aurora-mysql")
"""Engines whose major version is the first two numbers. Source: RDS User Guide, upgrading the engine version."""


def variant_of(
    resource: Resource, operation: str = "create", former: Resource | None = None, changed: Collection[str] = ()
) -> str:
    """The name of the variant; empty for the plain type.

    `former` is the resource before an update, `changed` the properties that the update is about.
    """
    if operation == "update":
        for row in _rows("changes").get(resource.type, ()):
            if _touches(row, former, resource, changed):
                return str(row["variant"])
    for row in _rows("kinds").get(resource.type, ()):
        if operation in row.get("operations", (operation,)) and _holds(row["if"], resource):
            return str(row["variant"])
    return ""


@cache
def _rows(table: str) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in read_table("duration_variants")[table]:
        found.setdefault(row["type"], []).append(row)
    return found


def _touches(row: Mapping[str, Any], former: Resource | None, resource: Resource, changed: Collection[str]) -> bool:
    if "major" in row:
        before, after = (_major(one, row["major"]) if one is not None else "" for one in (former, resource))
        return bool(before and after) and before != after
    return any(name in changed for name in row["properties"])


def _major(resource: Resource, name: str) -> str:
    """The major version in a property; empty where it is not known."""
    parts = (known_text(resource.get(name)) or "").split(".")
    engine = known_text(resource.get("Engine")) or ""
    return ".".join(parts[: 2 if engine in _FIRST_TWO else 1])


def _holds(conditions: Mapping[str, Any], resource: Resource) -> bool:
    return all(_is(_value(resource, path.split(".")), wanted) for path, wanted in conditions.items())


def _value(resource: Resource, path: list[str]) -> Value:
    value: Value = resource.attributes.get(path[0]) if path[0] in _ATTRIBUTES else resource.get(path[0])
    for part in path[1:]:
        if isinstance(value, list) and part.isdecimal():
            value = value[int(part)] if int(part) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return value if value is not None and not isinstance(value, str | bool | int | float) else None
    return value


def _is(value: Value, wanted: str | bool | int) -> bool:
    match wanted:
        case bool():
            return value is not None and known_flag(value, False) is wanted
        case int():
            return known_int(value) == wanted
        case "set":
            return value not in (None, [], "")
        case "absent":
            return value is None
        case "made":
            return any(isinstance(one, Reference) for one in references_in(value))
        case _:
            return fnmatchcase((known_text(value) or "").lower(), wanted)
