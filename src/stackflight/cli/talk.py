"""What goes to stderr: progress, and errors with what to do about them."""

from __future__ import annotations

import sys
from contextlib import suppress

from stackflight.cli.screen import read_paper
from stackflight.errors import StackflightError
from stackflight.views.paper import guard, one_line


def say(line: str, role: str = "", end: str = "\n") -> None:
    """One line of progress, in the colour of its role."""
    _write(read_paper(sys.stderr).paint(one_line(line), role) + end)


def say_error(error: StackflightError) -> None:
    """`error: file:line:column: message`, and a line `hint: …` where there is advice."""
    paper = read_paper(sys.stderr)
    place = f"{error.place}: " if error.place else ""
    _write(f"{paper.paint('error:', 'blocking')} {one_line(place + error.message)}\n")
    if error.hint:
        _write(f"{paper.paint('hint:', 'note')} {one_line(error.hint)}\n")


def _write(text: str) -> None:
    """Talk is not worth failing for: where nobody can hear it, it is left out."""
    with suppress(OSError):
        sys.stderr.write(guard(text, colour=read_paper(sys.stderr).colour))
        sys.stderr.flush()
