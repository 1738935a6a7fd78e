"""Terminal and environment -> the paper that results and talk are written on."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from typing import TextIO

from stackflight.errors import StackflightError
from stackflight.views.paper import Paper, guard

_writing: list[Callable[[], None]] = []
"""What ends the views of this command that write by themselves."""


def end_with_command(stop: Callable[[], None]) -> None:
    """Have something that writes by itself stopped when the command ends."""
    _writing.append(stop)


def close_views() -> None:
    """However a command ends, nothing goes on writing."""
    while _writing:
        _writing.pop()()


def read_paper(stream: TextIO | None = None) -> Paper:
    """The paper that a stream is, stdout unless given: COLUMNS, NO_COLOR and TERM are honoured."""
    stream = stream or sys.stdout
    width = shutil.get_terminal_size((100, 24)).columns
    plain = os.environ.get("TERM") == "dumb" or bool(os.environ.get("NO_COLOR"))
    encoding = (stream.encoding or "utf-8").lower().replace("-", "")
    unicode = encoding.startswith("utf") and not _is_plain_locale()
    return Paper(min(max(width, 60), 120), colour=stream.isatty() and not plain, unicode=unicode)


def _is_plain_locale() -> bool:
    """Whether somebody asks for the C locale by name: Python writes UTF-8 there all the same (PEP 540)."""
    named = (os.environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    return next(filter(None, named), "") in {"C", "POSIX"}


def read_rows() -> int | None:
    """How many rows the terminal has that the result goes to; None where it goes elsewhere."""
    return shutil.get_terminal_size((100, 24)).lines if sys.stdout.isatty() else None


def write_result(text: str, *, commands: bool = False) -> None:
    """Write a result and a line break to stdout; with `commands` its lines are commands to a workflow's runner.

    Raises StackflightError where stdout cannot take it.
    """
    try:
        sys.stdout.write(guard(text, colour=read_paper().colour, commands=commands) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has left, which is no fault
        raise
    except OSError as error:
        raise cannot_write(error) from None


def cannot_write(error: OSError) -> StackflightError:
    """What is said of a stdout that is full or closed."""
    reason = (error.strerror or "it cannot be written").lower()
    return StackflightError(f"the result cannot be written to standard output: {reason}", hint="send it elsewhere")
