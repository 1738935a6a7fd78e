"""Arguments in, exit code out: `stackflight VERB TARGET`.

The result goes to stdout, everything else to stderr. Errors are caught here and nowhere else; exit codes are listed in
`cli/help.py`.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING

from stackflight.cli.arguments import near, parse_head, parse_verb
from stackflight.cli.defaults import standing
from stackflight.cli.help import render_help, render_overview
from stackflight.cli.screen import cannot_write, close_views, read_paper, write_result
from stackflight.cli.talk import say_error
from stackflight.cli.verbs import NAMES, load_verb, load_verbs
from stackflight.errors import StackflightError, WrongUsage
from stackflight.local.clock import SystemClock
from stackflight.local.home import keep_state_in

if TYPE_CHECKING:
    from stackflight.ports import Clock

SUMMARY = "Decides before anything is created whether a CloudFormation or CDK deployment can succeed."


def run(stdout_closed: bool = False) -> None:
    """The console script; nothing is judged where nobody would learn of it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    if stdout_closed:
        say_error(cannot_write(OSError(errno.EBADF, "it is closed")))
        os._exit(StackflightError.exit_code)
    _end_as_by_hand()
    code = main(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _close_stdout()
    except OSError as error:
        say_error(cannot_write(error))
        code = StackflightError.exit_code
    with suppress(OSError):
        sys.stderr.flush()
    # Everything is written, and nothing that is left needs to be taken down in order.
    os._exit(code)


def _end_as_by_hand() -> None:
    """Let SIGTERM end the program as Ctrl-C does, so that what lies in temporary folders is taken away."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def main(arguments: Sequence[str], clock: Clock | None = None) -> int:
    """Run one command and return its exit code; nothing is raised."""
    try:
        return _dispatch(arguments, clock or SystemClock())
    except StackflightError as error:
        say_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        say_error(StackflightError("interrupted"))
        return 1
    except BrokenPipeError:
        return _close_stdout()
    except Exception as error:
        if "--debug" in arguments:
            import traceback

            traceback.print_exc()
        name = type(error).__name__
        hint = "this is a fault of stackflight: please report it with what 'stackflight --debug …' shows"
        say_error(StackflightError(f"internal error: {name}: {error}", hint=hint))
        return StackflightError.exit_code
    finally:
        close_views()


def _dispatch(arguments: Sequence[str], clock: Clock) -> int:
    head = parse_head(arguments)
    if head.version:
        from importlib.metadata import version

        write_result(f"stackflight {version('stackflight')}")
        return 0
    if head.help:
        write_result(render_overview(SUMMARY, load_verbs(), read_paper()))
        return 0
    if head.verb is None:
        sys.stderr.write(render_overview(SUMMARY, load_verbs(), read_paper()) + "\n\n")
        raise WrongUsage("no verb is given", hint="begin with stackflight check TARGET")
    if head.verb == "version":
        return _dispatch(["--version"], clock)
    if head.verb == "help":
        return _dispatch([*head.rest[:1], "--help"], clock)
    verb = load_verb(head.verb)
    if verb is None:
        raise WrongUsage(f"there is no verb {head.verb}", hint=_hint_for(head.verb))
    parsed = parse_verb(verb, head.rest, standing(verb))
    if parsed.help:
        write_result(render_help(verb, read_paper()))
        return 0
    if getattr(parsed, "ledger", None):
        keep_state_in(parsed.ledger)
    return verb.run(parsed, clock)


_BESIDE = {"compose", "images"}
"""Commands of the app that comes along, which people look for here."""


def _hint_for(name: str) -> str:
    if name in _BESIDE:
        return f"it belongs to the app: python -m librechat_aws {name} --help"
    return near(name, NAMES, "see stackflight --help")


def _close_stdout() -> int:
    """The reader of a pipe has left: say nothing more, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return StackflightError.exit_code
