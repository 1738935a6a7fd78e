"""What verbs that follow something have in common: the screen it is shown on, and what is said at the end."""

from __future__ import annotations

import sys

from stackflight.cli.screen import read_paper
from stackflight.cli.talk import say
from stackflight.errors import StackflightError
from stackflight.model.moment import Ended
from stackflight.model.run import DECLINED, RUNNING
from stackflight.ports import View

STILL_RUNNING = 3


def open_view(format: str) -> View:
    """Everybody who looks on: the screen in a format, lines for people on stderr or lines of JSON on stdout."""
    from stackflight.operate.audience import Audience

    return Audience([_open_screen(format)], lambda text: say(text, "warning"))


def _open_screen(format: str) -> View:
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


def show_end(ended: Ended, format: str, wanted: frozenset[str] = frozenset()) -> int:
    """The result on stdout, and the exit code. `wanted` are outcomes that are good here beside the usual ones."""
    from stackflight.views.run_text import is_good, render_end

    if format == "text":
        sys.stdout.write(render_end(ended, read_paper()) + "\n")
    run = ended.run
    if run.outcome == RUNNING:
        say(f"attach again: stackflight watch {run.id}")
        return STILL_RUNNING
    well = is_good(run.outcome) or run.outcome in {DECLINED, *wanted}
    return 0 if well and not ended.command_code else StackflightError.exit_code
