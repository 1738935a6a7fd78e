"""The verb `watch`: a run or a stack in, what happens to it out, to its end."""

from __future__ import annotations

import re
import sys
from argparse import Namespace

from stackflight.cli.arguments import Option, Verb
from stackflight.cli.judging import FORMAT
from stackflight.cli.live import STILL_RUNNING, open_screen
from stackflight.cli.running import find_run
from stackflight.cli.screen import read_paper
from stackflight.cli.talk import say
from stackflight.errors import StackflightError, WrongUsage
from stackflight.model.moment import Ended
from stackflight.model.run import RUNNING, Run
from stackflight.ports import Clock

_RUN = re.compile(r"r-\d+")


def _watch(asked: Namespace, clock: Clock) -> int:
    """Show a run from its first event on and follow it to its end."""
    from stackflight.local.home import state_folder
    from stackflight.local.ledger import LocalLedger
    from stackflight.local.lock import LocalLock
    from stackflight.operate.audience import Audience
    from stackflight.operate.watch import watch_ledger

    folder = state_folder()
    ledger = LocalLedger(folder)
    if _RUN.fullmatch(asked.subject):
        run = find_run(ledger, asked.subject)
    else:
        runs = ledger.runs(asked.subject)
        if not runs:
            raise WrongUsage(
                f"the ledger has no run of a stack {asked.subject}", hint="stackflight runs lists what it has"
            )
        run = runs[0]

    def is_alive(run: Run) -> bool:
        lock = LocalLock(folder, run.account, run.region)
        return any((held := lock.holder(stack)) is not None and held.run == run.id for stack in run.stacks)

    view = Audience([open_screen(asked.format)], lambda text: say(text, "warning"))
    try:
        ended = watch_ledger(run, ledger, clock, view, is_alive)
    except KeyboardInterrupt:
        say(f"attach again: stackflight watch {run.id}")
        return STILL_RUNNING
    return show_end(ended, asked.format)


def show_end(ended: Ended, format: str) -> int:
    """The result on stdout, and the exit code."""
    from stackflight.views.run_text import is_good, render_end

    if format == "text":
        sys.stdout.write(render_end(ended, read_paper()) + "\n")
    run = ended.run
    if run.outcome == RUNNING:
        say(f"attach again: stackflight watch {run.id}")
        return STILL_RUNNING
    return 0 if is_good(run.outcome) or run.outcome == "DECLINED" else StackflightError.exit_code


WATCH = Verb(
    "watch",
    "Attach to a run, show what happened so far, and follow it to its end.",
    "Nothing is changed. Ctrl-C leaves, and what runs goes on: exit code 3.",
    Option("subject", "The id of a run (r- and digits), or the name of a stack: then its latest run.", "RUN|STACK"),
    (FORMAT,),
    _watch,
)
