"""Fills README.md: its screens with what the commands in their markers print, its table with the presets."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from preset_table import render_table

_ROOT = Path(__file__).parent.parent
_SCREEN = re.compile(
    r"<!-- screen: (?P<command>[^|>]+?)(?: \| head -(?P<lines>\d+))? -->\n```text\n.*?```\n<!-- /screen -->", re.DOTALL
)
_GOLDEN = re.compile(
    r"<!-- golden: (?P<file>[^|>]+?) -->\n```text\n\$ (?P<command>[^|\n]+).*\n(?:.*\n)*?```\n<!-- /golden -->"
)
_TABLE = re.compile(r"<!-- presets -->\n.*?<!-- /presets -->", re.DOTALL)


def render_readme(text: str) -> str:
    """The README with everything as it is today."""
    text = _TABLE.sub(lambda _: f"<!-- presets -->\n{render_table()}\n<!-- /presets -->", text)
    return _SCREEN.sub(_screen, _GOLDEN.sub(_golden, text))


def _golden(match: re.Match[str]) -> str:
    """A screen that a test keeps, because to make it takes long."""
    file, command = match.group("file"), match.group("command")
    screen = (_ROOT / "tests" / "golden" / file).read_text(encoding="utf-8").rstrip()
    shown = f"{command.strip()} | head -{len(screen.splitlines())}"
    return f"<!-- golden: {file} -->\n```text\n$ {shown}\n{screen}\n```\n<!-- /golden -->"


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
