"""`Fn::ForEach` loops of a section -> the entries they stand for.

Source: CloudFormation User Guide, AWS::LanguageExtensions transform, Fn::ForEach.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from stackflight.model.template import Raw
from stackflight.model.value import Unknown, Value, known_text, render

_MAX_ITEMS = 1000
_MAX_ENTRIES = 2000  # a template holds 500 resources and 200 outputs at most


def expand_loops(
    section: Mapping[str, Raw], resolve: Callable[[Raw], Value], room: int = _MAX_ENTRIES
) -> tuple[dict[str, Raw], list[Unknown]]:
    """The section with every loop written out; a loop over an unknown collection is left out and reported.

    So is what goes beyond `room` entries.
    """
    made: dict[str, Raw] = {}
    unknown: list[Unknown] = []
    for key, body in section.items():
        if not str(key).startswith("Fn::ForEach"):
            made[str(key)] = body
            continue
        if not (isinstance(body, list) and len(body) == 3 and isinstance(body[0], str) and isinstance(body[2], dict)):
            unknown.append(Unknown(f"{key} has arguments of a wrong form"))
            continue
        items = resolve(body[1])
        if not isinstance(items, list) or len(items) > _MAX_ITEMS or any(known_text(item) is None for item in items):
            decided = items.decided_by if isinstance(items, Unknown) else ()
            unknown.append(Unknown(f"{key} loops over {render(items)}", decided))
            continue
        for item in items:
            if len(made) >= room:
                return made, [*unknown, Unknown(f"{key} makes more than {room} entries")]
            entry = _fill(body[2], body[0], known_text(item) or "")
            inner, more = expand_loops(entry, resolve, room - len(made))
            made.update(inner)
            unknown.extend(more)
    return made, unknown


def _fill(raw: Raw, name: str, value: str) -> Raw:
    """The loop body with `${name}`, `&{name}` and `{"Ref": name}` replaced."""
    if isinstance(raw, str):
        return raw.replace("${" + name + "}", value).replace("&{" + name + "}", re.sub(r"[^A-Za-z0-9]", "", value))
    if isinstance(raw, list):
        return [_fill(item, name, value) for item in raw]
    if isinstance(raw, dict):
        if raw == {"Ref": name}:
            return value
        return {_fill(key, name, value): _fill(item, name, value) for key, item in raw.items()}
    return raw
