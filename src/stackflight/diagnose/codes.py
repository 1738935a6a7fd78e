"""The codes in a text (a service's, a handler's) -> the families that they speak for, and the text's own words without them.

A code is a second voice: where it says what the words say, the words are to be believed; alone it is weak.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from stackflight.patterns import compile_later

_CODES = (
    compile_later(r"Error ?Code[\"']?\s?:\s{0,4}[\"']?([A-Za-z][A-Za-z0-9.]{3,60})"),
    compile_later(r"error occurred \(([A-Za-z][A-Za-z0-9.]{3,60})\) when calling"),
    compile_later(r"(?<![\w:/.-])([A-Z][A-Za-z0-9]{3,60}(?:Exception|Fault|Error)):"),
)
_HANDLER = compile_later(r"Handler\s{0,4}Error\s{0,4}Code:\s{0,8}([A-Za-z]{4,40})")
_AROUND = (
    compile_later(r"\(\s?(?:Service|RequestToken)\s?:[^()]{0,600}\)"),
    compile_later(r"\(SDK Attempt Count: \d{1,3}\)"),
    compile_later(r"An error occurred \([A-Za-z0-9.]{3,60}\) when calling the \w{2,80} operation(?: \(reached max retries: \d{1,3}\))?:"),
    compile_later(r"(?<![\w:/.-])[A-Z][A-Za-z0-9]{3,60}(?:Exception|Fault|Error):"),
    compile_later(r"Invalid request provided:(?=\s{1,4}\S{1,80}\s{1,4}\S)"),
)  # fmt: skip


def families_of_codes(text: str) -> tuple[frozenset[str], ...]:
    """For each code in the text that is known the families that it speaks for, the service's before the handler's."""
    said = [match[1] for pattern in _CODES if (match := pattern.search(text))]
    handler = _HANDLER.search(text)
    if handler:
        said.append(handler[1])
    return tuple(found for one in said if (found := _families(one)))


def is_code(word: str) -> bool:
    """Whether a word is the code of an error that is known, and no name."""
    return bool(_families(word))


def without_codes(text: str) -> str:
    """The words of the one who refused, without the envelope in which they were sent."""
    for pattern in _AROUND:
        text = pattern.sub(" ", text)
    return text


@cache
def _families(code: str) -> frozenset[str]:
    lowered = code.lower()
    return next((families for part, families in _table() if part in lowered), frozenset())


@cache
def _table() -> tuple[tuple[str, frozenset[str]], ...]:
    text = files("stackflight.diagnose").joinpath("causes", "codes.json").read_text(encoding="utf-8")
    return tuple((row["part"].lower(), frozenset(row["families"])) for row in json.loads(text)["codes"])
