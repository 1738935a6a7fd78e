"""JSON text -> plain data, and where values stand in it."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property
from itertools import count
from typing import NamedTuple

from stackflight.errors import UnreadableInput
from stackflight.model.template import Path, Position, Raw, Twice
from stackflight.patterns import compile_later
from stackflight.read.positions import Step, resource_at, written
from stackflight.records import dataclass


def parse_json(text: str, file: str) -> tuple[Raw, JsonPositions]:
    def refuse_constant(name: str) -> Raw:
        raise UnreadableInput(
            f"not valid JSON: {name} is no value", file=file, line=_line_of(text, rf"(?<![\w\"]){name}\b"),
            hint="write a number, or the word in quotes",
        )  # fmt: skip

    doubled = False

    def to_dict(pairs: list[tuple[str, Raw]]) -> dict[str, Raw]:
        nonlocal doubled
        made = dict(pairs)
        doubled = doubled or len(made) < len(pairs)
        return made

    try:
        body = json.loads(text, object_pairs_hook=to_dict, parse_constant=refuse_constant)
        return body, JsonPositions(text, doubled=doubled)
    except RecursionError:
        raise UnreadableInput(
            "the document is nested too deeply", file=file, hint="is this really a template?"
        ) from None
    except json.JSONDecodeError as error:
        raise UnreadableInput(
            f"not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}",
            file=file, line=error.lineno, column=error.colno,
            hint="the text may be cut off, or a comma or quote is missing just before this place",
        ) from None  # fmt: skip
    except ValueError:  # Python reads no number of more digits
        raise UnreadableInput(
            "not valid JSON: a number of thousands of digits", file=file, line=_line_of(text, r"\d{4301,}"),
            hint="write it in quotes if it is meant as it stands",
        ) from None  # fmt: skip


def _line_of(text: str, pattern: str) -> int | None:
    """The line of the first match outside of quotes."""
    found = next((match for match in re.finditer(rf'"(?:[^"\\]|\\.)*"|({pattern})', text) if match[1]), None)
    return text.count("\n", 0, found.start()) + 1 if found else None


@dataclass(frozen=True)
class JsonPositions:
    """Positions from the text, in which only the containers on the way to what is asked for are gone through."""

    text: str
    origins: Mapping[str, str] = field(default_factory=dict, repr=False)
    doubled: bool = False
    _indexed: dict[int, dict[Step, _Entry]] = field(default_factory=dict, repr=False, compare=False)

    def find(self, path: Path) -> Position:
        """The key of the deepest object entry on the path, or the item of an array."""
        begins, value = 0, self._root
        for step in written(path, self.origins):
            if value not in self._indexed:
                self._indexed[value] = {entry.step: entry for entry in _entries(self.text, value)}
            entry = self._indexed[value].get(step)
            if entry is None:
                break
            _, begins, value = entry
        line = self._line(begins)
        return Position(line, begins - (self._breaks[line - 2] if line > 1 else -1))

    def find_twice(self) -> Iterator[Twice]:
        """Keys that stand twice in one object, in the order of the text; nothing inside of the second is one more."""
        todo: list[tuple[Path, int]] = [((), self._root)] if self.doubled else []
        found: list[tuple[int, Path]] = []
        while todo:
            path, container = todo.pop()
            seen: set[Step] = set()
            for step, begins, value in _entries(self.text, container):
                if step in seen:
                    found.append((begins, (*path, step)))
                else:
                    seen.add(step)
                    todo.append(((*path, step), value))
        for begins, path in sorted(found):
            yield Twice(str(path[-1]), self._line(begins), resource_at(path))

    @property
    def _root(self) -> int:
        return _after_gap(self.text, 0)

    def _line(self, offset: int) -> int:
        return bisect_left(self._breaks, offset) + 1

    @cached_property
    def _breaks(self) -> list[int]:
        """Where the lines end."""
        return [found.start() for found in re.finditer("\n", self.text)]


class _Entry(NamedTuple):
    """An entry of an object or an item of an array: its key or index, and the offsets where it and its value begin."""

    step: Step
    begins: int
    value: int


_GAP = compile_later(r"[ \t\r\n]*")
_JSON = json.JSONDecoder()


def _after_gap(text: str, at: int) -> int:
    return _GAP.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too


def _entries(text: str, container: int) -> Iterator[_Entry]:
    """What stands in the object or array at an offset, none where it is neither. Assumes that the text parsed."""
    if text[container] not in "{[":
        return
    at = _after_gap(text, container + 1)
    for index in count():
        if text[at] in "}]":
            return
        step: Step
        step, begins = index, at
        if text[container] == "{":
            step, at = _JSON.raw_decode(text, at)
            at = _after_gap(text, _after_gap(text, at) + 1)  # over the colon
        yield _Entry(step, begins, at)
        at = _after_gap(text, _JSON.raw_decode(text, at)[1])
        if text[at] == ",":
            at = _after_gap(text, at + 1)
