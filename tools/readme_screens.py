"""Fills the screens of README.md with what the commands in their markers print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_SCREEN = re.compile(
    r"<!-- screen: (?P<command>[^|>]+?)(?: \| head -(?P<lines>\d+))? -->\n```text\n.*?```\n<!-- /screen -->", re.DOTALL
)


def render_readme(text: str) -> str:
    """The README with every screen as it is today."""
    return _SCREEN.sub(_screen, text)


def _screen(match: re.Match[str]) -> str:
    command, lines = match.group("command"), match.group("lines")
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "100"}
    ran = subprocess.run(
        [sys.executable, "-m", "stackflight", *command.split()],
        cwd=_ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    shown = ran.stdout.rstrip().splitlines()
    if lines and len(shown) > int(lines):
        shown = [*shown[: int(lines)], "…"]
    marker = command + (f" | head -{lines}" if lines else "")
    screen = "\n".join(line.rstrip() for line in shown)
    return f"<!-- screen: {marker} -->\n```text\n$ stackflight {command}\n{screen}\n```\n<!-- /screen -->"
