"""Many targets + a number of processes -> what each target's check gives, in the order in which they were named."""

from __future__ import annotations

import multiprocessing
import os
import signal
from argparse import Namespace
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from stackflight.cli.inputs import Inputs, open_inputs
from stackflight.cli.judging import judge, read_rules
from stackflight.cli.talk import say
from stackflight.cli.targets import Targets
from stackflight.cli.writers import renderer_of
from stackflight.errors import StackflightError
from stackflight.local.clock import SystemClock
from stackflight.local.standard_rules import forget_rules
from stackflight.ports import StandardRules
from stackflight.records import dataclass

_AT_A_TIME = 8


@dataclass(frozen=True)
class Outcome:
    """What one target gave: its report in the format that was asked for, or an `error`.

    `undeclared` are the parameters of the command line that none of its templates declares, `opened` the files that were read.
    """

    text: str = ""
    blocked: bool = False
    error: StackflightError | None = None
    undeclared: frozenset[str] = frozenset()
    opened: tuple[Path, ...] = ()


@dataclass(frozen=True)
class _Desk:
    """What a process needs for every target."""

    asked: Namespace
    inputs: Inputs
    rules: StandardRules | None


_desk: list[_Desk] = []


def check_apart(targets: Sequence[str], asked: Namespace, jobs: int) -> Iterator[Outcome]:
    """Check targets in so many processes. Raises StackflightError where one of them ends before its time."""
    ways = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in ways and os.name == "posix" else "spawn")
    pool = ProcessPoolExecutor(min(jobs, len(targets)), context, _prepare, (asked,))
    try:
        yield from pool.map(_check_one, targets, chunksize=max(1, min(_AT_A_TIME, len(targets) // jobs)))
    except BrokenProcessPool:
        hint = "run it with --jobs 1, which says at which target"
        raise StackflightError("a process that judged targets ended before its time", hint=hint) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare(asked: Namespace) -> None:
    """Runs once in each process: it has its own rules, and its end is decided by the one that began it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    forget_rules()
    _desk[:] = [_Desk(asked, open_inputs(asked), read_rules(asked))]


def _check_one(target: str) -> Outcome:
    [desk] = _desk
    clock = SystemClock()
    try:
        with Targets(say, clock) as opener:
            loaded = opener.open(target)
            undeclared = frozenset(desk.inputs.undeclared(loaded.sources))
            report = judge([loaded], desk.inputs, desk.rules, clock, heed_ignores=not desk.asked.no_ignores)
    except StackflightError as error:
        return Outcome(error=error, undeclared=desk.inputs.typed)
    text = renderer_of(desk.asked.format)(report)
    return Outcome(text, bool(report.blocking), None, undeclared, opener.opened)
