"""World -> the resource types that no rule of ours knows, so that silence on them is not taken for a verdict.

A type is known where a check in code names it (facts/judged.json, which `make docs` writes), a row of the law is about it, or
one about a type that is there asks whether something is of it.
What properties take along a reference is judged for all types and does not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stackflight.facts.load import judged_types, rows_for
from stackflight.model.template import World, is_custom_type

_TABLES = {
    "refusals": ("type",),
    "orders": ("user", "provider"),
    "role_uses": ("type",),
    "senders": ("type",),
    "updates": ("type",),
}


def find_unruled(world: World) -> tuple[str, ...]:
    """AWS's resource types of a world that no rule knows, in the order in which they occur."""
    types = list(dict.fromkeys(item.type for item in world.resources.values() if item.exists is not False))
    left = [kind for kind in types if kind.startswith("AWS::") and not is_custom_type(kind)]
    left = [kind for kind in left if kind not in judged_types()]
    known: set[str] = set()
    for table, keys in _TABLES.items() if left else ():
        for row in rows_for(table, types):
            for given in (*(row.get(key) for key in keys), *_named_in(row.get("if"))):
                known.update([given] if isinstance(given, str) else given or ())
    return tuple(kind for kind in left if kind not in known)


def _named_in(condition: Any) -> Iterator[Any]:
    """The types that a condition compares with."""
    if isinstance(condition, dict):
        for key, inner in condition.items():
            yield from [inner] if key == "names" else _named_in(inner)
    elif isinstance(condition, list):
        for inner in condition:
            yield from _named_in(inner)
