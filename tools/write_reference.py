"""Writes the generated pages of docs/reference; with --check it says which of them are out of date."""

from __future__ import annotations

import sys
from pathlib import Path

from stackflight.cli.help import render_help, render_overview
from stackflight.cli.main import SUMMARY
from stackflight.cli.verbs import VERBS
from stackflight.views.paper import Paper

_FOLDER = Path(__file__).parent.parent / "docs" / "reference"
_PAPER = Paper(width=90)


def render_command_line() -> str:
    """The page about the command line: the help of every verb."""
    blocks = ["# Command line", f"```text\n{render_overview(SUMMARY, VERBS, _PAPER)}\n```"]
    for verb in VERBS:
        blocks.append(f"## {verb.name}\n\n```text\n{render_help(verb, _PAPER)}\n```")
    return "\n\n".join(blocks) + "\n"


PAGES = {"cli.md": render_command_line}


def main() -> int:
    """Write the pages, or compare them; 1 where one differs."""
    stale = []
    for name, render in PAGES.items():
        page = _FOLDER / name
        text = render()
        if "--check" not in sys.argv:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text, encoding="utf-8")
        elif not page.is_file() or page.read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        sys.stderr.write(f"out of date in docs/reference: {', '.join(stale)}\nhint: run 'make docs'\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
