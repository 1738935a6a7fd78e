"""`stackflight check`: targets and inputs in, findings on stdout and an exit code out."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from stackflight.cli.amounts import read_number
from stackflight.cli.arguments import Option, Verb
from stackflight.cli.judging import INPUTS, KEEP, OUTPUT, RULES, TARGET, TOGETHER, exit_code
from stackflight.cli.keys import ALL_STAGES
from stackflight.cli.sitting import Sitting, open_sitting
from stackflight.cli.talk import say, say_error
from stackflight.cli.targets import Targets
from stackflight.cli.writers import APART, FORMATS, Writer, open_writer
from stackflight.errors import StackflightError

if TYPE_CHECKING:
    from stackflight.cli.sharing import Outcome
    from stackflight.ports import Clock


def _check(asked: Namespace, clock: Clock) -> int:
    """Judge every target. One that cannot be read is reported and does not keep the others from being judged."""
    if asked.all_stages:
        from stackflight.cli.stages import check_stages

        return check_stages(asked.verb, asked.typed, asked.project, clock)
    errors: list[StackflightError] = []
    sitting = open_sitting(asked, clock, errors)
    writer = open_writer(asked.format, asked.output)
    jobs = _jobs(asked)
    if jobs > 1:
        return _check_apart(sitting, writer, jobs)
    blocked = False
    with Targets(say, clock, asked.keep) as opener:
        for report in sitting.reports(opener, sitting.inputs.require_declared):
            writer.add(report)
            blocked = blocked or bool(report.blocking)
        writer.close(errors, (*sitting.inputs_by_name, *opener.opened))
    return exit_code(errors, blocked)


def _jobs(asked: Namespace) -> int:
    """In how many processes targets are judged: one where they are one world, or where all reports are needed at once."""
    wanted = read_number("--jobs", asked.jobs, 0)
    whole = (
        asked.together
        or asked.keep
        or asked.again
        or asked.current
        or asked.baseline
        or asked.fix
        or asked.format not in APART
    )
    if wanted is None or whole or len(asked.targets) < 2:
        return 1
    return wanted or os.cpu_count() or 1


def _check_apart(sitting: Sitting, writer: Writer, jobs: int) -> int:
    """As `_check`, each target in one of several processes; what is written is the same, in the same order."""
    from stackflight.cli.sharing import check_apart

    outcomes: Iterable[Outcome] = check_apart(sitting.asked.targets, sitting.asked, jobs)
    if sitting.inputs.typed:
        outcomes = list(outcomes)
        sitting.inputs.refuse(frozenset.intersection(*(outcome.undeclared for outcome in outcomes)))
    errors, blocked = sitting.errors, False
    opened: list[Path] = []
    for outcome in outcomes:
        opened += outcome.opened
        blocked = blocked or outcome.blocked
        if outcome.error is not None:
            errors.append(outcome.error)
            say_error(outcome.error)
        else:
            writer.add_text(outcome.text, outcome.blocked)
    writer.close(errors, (*sitting.inputs_by_name, *opened))
    return exit_code(errors, blocked)


CHECK = Verb(
    "check",
    "Find what would make a deployment fail; the gate for CI.",
    "Every target is judged alone unless --together is given. Exit code 10 where a finding blocks.",
    Option("targets", TARGET, "TARGET", many=True),
    (
        Option("--format", "How findings are written.", "FORMAT", choices=FORMATS),
        OUTPUT,
        Option(
            "--baseline",
            "Findings that are known already, as --format json wrote them; only new ones count.",
            "FILE",
        ),
        *INPUTS,
        KEEP,
        TOGETHER,
        Option(
            "--jobs",
            "How many targets are judged at a time, in text, json, github and sarif; 1 unless given, 0 for all processors.",
            "NUMBER",
        ),
        Option("--current", "What is deployed already; the update of it is judged as well.", "TARGET"),
        ALL_STAGES,
        Option(
            "--fix",
            "Write into the template files what mends a finding, where that is proved: it is judged again before, and shown.",
        ),
        Option("--again", "A second synthesis of the one target; what differs is a finding.", "TARGET"),
        *RULES,
    ),
    _check,
)
