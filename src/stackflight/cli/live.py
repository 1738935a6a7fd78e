"""What verbs that follow something have in common: the screen it is shown on, and what is said at the end."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from stackflight.cli.amounts import read_duration
from stackflight.cli.arguments import Option
from stackflight.cli.screen import end_with_command, read_paper
from stackflight.cli.talk import say
from stackflight.errors import StackflightError
from stackflight.model.moment import Ended, Moment, Refused
from stackflight.model.run import DECLINED, RUNNING, Run
from stackflight.views.paper import guard

if TYPE_CHECKING:
    from stackflight.ports import View

STILL_RUNNING = 3


def open_view(format: str, notify: Sequence[str] = (), every: str | None = None, speed: float = 1.0) -> View:
    """Everybody who looks on: the screen in a format, for people on stderr or lines of JSON on stdout; services that are
    told; and on GitHub the annotations and the summary of a job. `speed` is how many seconds of the run pass in one."""
    from stackflight.operate.audience import Audience

    views = [_open_screen(format, speed)]
    addresses = [*notify, *os.environ.get("STACKFLIGHT_NOTIFY", "").split()]
    if addresses:
        views.append(_open_notifier(addresses, every))
    if os.environ.get("GITHUB_STEP_SUMMARY"):
        views.append(_Summary(os.environ["GITHUB_STEP_SUMMARY"]))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        views.append(_Annotations())
    return Audience(views, lambda text: say(text, "warning"))


def _open_notifier(addresses: Sequence[str], every: str | None) -> View:
    from stackflight.local.notifier import Notifier, open_senders
    from stackflight.views.notice import render_notice

    def render(moment: Moment, run: Run | None) -> tuple[str, str] | None:
        notice = render_notice(moment, run)
        return (notice.title, notice.body) if notice is not None else None

    seconds = read_duration("--notify-every", every) if every else 300.0
    send, revise = open_senders(addresses)
    notifier = Notifier(send, render, seconds, revise)
    end_with_command(notifier.close)
    return notifier


@contextmanager
def telling_refusal(view: View, run: Run) -> Iterator[None]:
    """Whoever looks on from elsewhere hears that a run comes to nothing."""
    try:
        yield
    except StackflightError as error:
        view.show(Refused(run, error.message))
        raise


class _Summary:
    """Appends the end of a run to the summary of a job."""

    def __init__(self, file: str) -> None:
        self._file = file

    def show(self, moment: Moment) -> None:
        if isinstance(moment, Ended):
            from stackflight.views.notice import render_summary

            with Path(self._file).open("a", encoding="utf-8") as file:
                file.write(render_summary(moment))


class _Annotations:
    """Commands to GitHub's runner, which reads them on stderr too. Source: actions/runner, ActionCommandManager."""

    def show(self, moment: Moment) -> None:
        from stackflight.views.github import render_moment

        text = render_moment(moment)
        if text:
            sys.stderr.write(guard(text, colour=False, commands=True) + "\n")
            sys.stderr.flush()


def _open_screen(format: str, speed: float) -> View:
    from stackflight.cli.heartbeat import BeatingView, Heartbeat

    paper = read_paper(sys.stderr)
    terminal = sys.stderr.isatty()
    heart = Heartbeat(_tell, paper, time.monotonic, speed)
    end_with_command(heart.stop)
    if format == "json":
        from stackflight.views.run_json import LiveJson

        screen = LiveJson(_print)
        return screen if terminal else BeatingView(screen, heart)
    if terminal and os.environ.get("TERM", "dumb") != "dumb":
        from stackflight.cli.live_screen import LiveScreen

        screen_of_lines = LiveScreen(speed)
        end_with_command(screen_of_lines.stop)
        return screen_of_lines
    from stackflight.views.live_text import LiveText

    return BeatingView(LiveText(heart.tell, paper), heart)


def _print(line: str) -> None:
    sys.stdout.write(guard(line, colour=read_paper().colour) + "\n")
    sys.stdout.flush()


def _tell(line: str) -> None:
    sys.stderr.write(guard(line, colour=read_paper(sys.stderr).colour) + "\n")
    sys.stderr.flush()


NOTIFY = (
    Option(
        "--notify",
        "Tell a service, by an address of apprise's; STACKFLIGHT_NOTIFY holds further ones.",
        "URL",
        many=True,
    ),
    Option("--notify-every", "How often progress is told, for example 10m; 5m unless given, 0 is never.", "DURATION"),
)


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
