"""What verbs that follow something have in common: the screen it is shown on, and what is said at the end."""

from __future__ import annotations

import sys

from stackflight.cli.screen import read_paper
from stackflight.ports import View

STILL_RUNNING = 3


def open_screen(format: str) -> View:
    """The view of a format: lines for people on stderr, lines of JSON on stdout."""
    if format == "json":
        from stackflight.views.run_json import LiveJson

        return LiveJson(_print)
    from stackflight.views.live_text import LiveText

    return LiveText(_tell, read_paper(sys.stderr))


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
