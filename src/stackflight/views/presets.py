"""The presets of an app -> text for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stackflight.views.paper import Paper, printable


def render_presets(app: str, presets: Sequence[Mapping[str, Any]], paper: Paper) -> str:
    """A table of names, modes and summaries, and how to use one."""
    rows = [[printable(str(preset.get(key, ""))) for key in ("name", "mode", "summary")] for preset in presets]
    names = max((len(row[0]) for row in rows), default=0)
    modes = max((len(row[1]) for row in rows), default=0)
    lines: list[str] = []
    for name, mode, summary in rows:
        head = f"{paper.paint(name, 'title')}{' ' * (names - len(name))}  {mode.ljust(modes)}  "
        indent = names + modes + 4
        first, *rest = paper.wrap(summary, indent)
        lines += [(head + first).rstrip(), *(" " * indent + line for line in rest)]
    example = rows[0][0] if rows else "PRESET"
    return "\n".join([*lines, "", f"Look at one with: stackflight review {app}:{example}"])
