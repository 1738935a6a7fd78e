"""`Fn::ForEach` loops of a section -> the entries they stand for.

Source: CloudFormation User Guide, AWS::LanguageExtensions transform, Fn::ForEach.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from stackflight.model.budgets import LOOP_ENTRIES, LOOP_ITEMS, LOOP_VALUES, MADE_CHARACTERS, Budget
from stackflight.model.template import Raw
from stackflight.model.value import Unknown, Value, known_text, render

_CHARACTERS_OF_A_VALUE = 64


class _Spent(Exception):
    def __init__(self, budget: Budget) -> None:
        super().__init__(str(budget))


class Loops:
    """Writes out the loops of one template, all of them together within their budgets.

    What counts is what is copied, not what comes of it: loops whose keys name no variable make one entry in any number
    of turns.
    """

    def __init__(self, resolve: Callable[[Raw], Value]) -> None:
        self._resolve = resolve
        self._left = LOOP_VALUES.most

    def expand(self, section: Mapping[str, Raw], room: int = LOOP_ENTRIES.most) -> tuple[dict[str, Raw], list[Unknown]]:
        """The section with every loop written out; a loop over an unknown collection is left out and reported.

        So is what goes beyond the budgets.
        """
        made: dict[str, Raw] = {}
        unknown: list[Unknown] = []
        for key, body in section.items():
            if not str(key).startswith("Fn::ForEach"):
                made[str(key)] = body
                continue
            try:
                self._write_out(key, body, made, unknown, room)
            except _Spent as spent:
                unknown.append(Unknown(f"{key} is not judged as a whole: {spent}"))
        return made, unknown

    def _write_out(self, key: str, body: Raw, made: dict[str, Raw], unknown: list[Unknown], room: int) -> None:
        if not (isinstance(body, list) and len(body) == 3 and isinstance(body[0], str) and isinstance(body[2], dict)):
            unknown.append(Unknown(f"{key} is not judged: its arguments have a wrong form"))
            return
        items = self._resolve(body[1])
        if not isinstance(items, list) or any(known_text(item) is None for item in items):
            decided = items.decided_by if isinstance(items, Unknown) else ()
            unknown.append(Unknown(f"{key} is not judged: it loops over {render(items)}", decided))
            return
        if len(items) > LOOP_ITEMS.most:
            raise _Spent(LOOP_ITEMS)
        for item in items:
            if len(made) >= room:
                raise _Spent(LOOP_ENTRIES)
            entry = self._fill(body[2], body[0], known_text(item) or "")
            inner, more = self.expand(entry, room - len(made))
            made.update(inner)
            unknown.extend(more)

    def _fill(self, raw: Raw, name: str, value: str) -> Raw:
        """The loop body with `${name}`, `&{name}` and `{"Ref": name}` replaced."""
        if self._left <= 0:
            raise _Spent(LOOP_VALUES)
        self._left -= 1
        if isinstance(raw, str):
            return self._fill_text(raw, name, value)
        if isinstance(raw, list):
            return [self._fill(item, name, value) for item in raw]
        if isinstance(raw, dict):
            if raw == {"Ref": name}:
                return value
            return {self._fill_text(key, name, value): self._fill(item, name, value) for key, item in raw.items()}
        return raw

    def _fill_text(self, text: str, name: str, value: str) -> str:
        if "{" + name + "}" not in text:
            return text
        length = len(text) + text.count("{" + name + "}") * len(value)
        if length > MADE_CHARACTERS.most:
            raise _Spent(MADE_CHARACTERS)
        self._left -= length // _CHARACTERS_OF_A_VALUE
        plain = re.sub(r"[^A-Za-z0-9]", "", value)
        return text.replace("${" + name + "}", value).replace("&{" + name + "}", plain)
