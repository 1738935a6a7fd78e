"""`%%NAME%%`, which a release script fills in before a template is deployed -> a value that only that script knows."""

from __future__ import annotations

from stackflight.model.placeholder import PLACEHOLDER
from stackflight.model.value import Unknown, Value
from stackflight.patterns import compile_later
from stackflight.read.intrinsics import concatenate

_BARE = compile_later(r"(?m)^(\s*(?:- |[\w:.-]+:[ ]+|- [\w:.-]+:[ ]+))(%%[A-Z][A-Z0-9_]*%%[^\s#]*)[ ]*$")


def fill(text: str) -> Value:
    """The text with every placeholder an unknown part."""
    if "%%" not in text:
        return text
    parts: list[Value] = []
    end = 0
    for match in PLACEHOLDER.finditer(text):
        parts += [text[end : match.start()], Unknown(f"placeholder {match[0]}", (f"placeholder {match[0]}",))]
        end = match.end()
    return concatenate([*parts, text[end:]])


def quote(text: str) -> str:
    """YAML in which a value that begins with a placeholder is quoted: else no parser reads it."""
    return _BARE.sub(r'\1"\2"', text) if "%%" in text else text
