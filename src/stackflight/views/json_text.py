"""Plain data -> JSON as text that may stand on a screen or in the log of a workflow, and means the same."""

from __future__ import annotations

import json
from typing import Any

from stackflight.patterns import compile_later

# "##[" anywhere in a line is a command to GitHub's runner (actions/runner, ActionCommand).
_TO_ESCAPE = compile_later(r"##\[|[^\x20-\x7e\n]")


def dump(made: Any, indent: int | None = None) -> str:
    """One line, or indented. What no screen may show is written as its number: control and direction characters."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(made, ensure_ascii=False, indent=indent, separators=separators)
    if text.isascii() and "##[" not in text and "\x7f" not in text:
        return text
    return _TO_ESCAPE.sub(lambda found: _escape(found[0]), text)


def _escape(found: str) -> str:
    if found == "##[":
        return r"#\u0023["
    if found.isprintable():
        return found
    units = found.encode("utf-16-be", "surrogatepass")
    return "".join(rf"\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
