"""What goes to stderr: progress, and errors with what to do about them."""

from __future__ import annotations

import sys

from stackflight.errors import StackflightError
from stackflight.views.paper import printable


def say(line: str) -> None:
    """One line of progress."""
    sys.stderr.write(printable(line) + "\n")
    sys.stderr.flush()


def say_error(error: StackflightError) -> None:
    """`error: file:line:column: message`, and a line `hint: …` where there is advice."""
    place = f"{error.place}: " if error.place else ""
    say(f"error: {place}{error.message}")
    if error.hint:
        say(f"hint: {error.hint}")
