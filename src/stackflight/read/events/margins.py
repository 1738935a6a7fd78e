"""Lines -> the same lines without what a runner put before each of them: its name (`deploy | `, `web:deploy: `), a number, or a bullet.

The name of a stack that a tool puts before its events is no margin: it comes again in the stack's own events, or is the first
column of events alone.
"""

from __future__ import annotations

import re
from itertools import pairwise

from stackflight.model.event import STACK_TYPE
from stackflight.patterns import compile_later
from stackflight.read.events.row import RESOURCE_STATUS

_NAME = compile_later(r"^\s{0,8}[^\s|#{}\"'][^|\n\t]{0,40}?(?:\s{0,8}\|(?=\s|$)|[:>\])](?=\s|$))\s?")
_NUMBER = compile_later(r"^\s{0,8}(\d{1,6})(?:\t|\s?[|:](?=\s|$)\s?)")
_BULLET = compile_later(r"^[-*+•][ \t]")
_FEWEST = 3
_NEARLY_ALL = 0.95


def without_margin(lines: list[str]) -> list[str]:
    """The lines without a margin that nearly all of them share."""
    filled = [line for line in lines if line.strip()]
    if len(filled) < _FEWEST:
        return lines
    if _are_numbered(filled):
        return [_NUMBER.sub("", line, count=1) for line in lines]
    if sum(bool(_BULLET.match(line)) for line in filled) >= len(filled) * _NEARLY_ALL:
        return [_BULLET.sub("", line, count=1) for line in lines]
    match = _NAME.match(filled[0])
    if match is None or not _is_margin(match[0], filled):
        return lines
    return [line[len(match[0]) :] if line.startswith(match[0].rstrip()) else line for line in lines]


def _are_numbered(filled: list[str]) -> bool:
    numbers = [int(match[1]) for line in filled if (match := _NUMBER.match(line))]
    steps = [after - before for before, after in pairwise(numbers)]
    return len(numbers) >= len(filled) * _NEARLY_ALL and all(0 < step <= _FEWEST for step in steps)


def _is_margin(name: str, filled: list[str]) -> bool:
    if RESOURCE_STATUS.search(name):
        return False
    held = [line[len(name) :] for line in filled if line.startswith(name.rstrip())]
    if len(held) < len(filled) * _NEARLY_ALL:
        return False
    again = re.compile(rf"(?<![\w-]){re.escape(name.strip(' |:>[]()'))}(?![\w-])")
    told = [line for line in held if line.strip()]
    named = any(STACK_TYPE in line and again.search(line) for line in told)
    return not named and ("|" not in name or any(not RESOURCE_STATUS.search(line) for line in told))
