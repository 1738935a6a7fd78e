"""What goes to stderr: progress, and errors with what to do about them."""

from __future__ import annotations

import sys

from stackflight.cli.screen import read_paper
from stackflight.errors import StackflightError
from stackflight.views.paper import printable


def say(line: str, role: str = "", end: str = "\n") -> None:
    """One line of progress, in the colour of its role."""
    sys.stderr.write(read_paper(sys.stderr).paint(printable(line), role) + end)
    sys.stderr.flush()


def say_error(error: StackflightError) -> None:
    """`error: file:line:column: message`, and a line `hint: …` where there is advice."""
    paper = read_paper(sys.stderr)
    place = f"{error.place}: " if error.place else ""
    sys.stderr.write(f"{paper.paint('error:', 'blocking')} {printable(place + error.message)}\n")
    if error.hint:
        sys.stderr.write(f"{paper.paint('hint:', 'note')} {printable(error.hint)}\n")
    sys.stderr.flush()
