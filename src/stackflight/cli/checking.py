"""`stackflight check`: targets and inputs in, findings on stdout and an exit code out."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from stackflight.cli.amounts import read_number
from stackflight.cli.arguments import Option, Verb
from stackflight.cli.folders import spread
from stackflight.cli.inputs import Inputs, open_inputs
from stackflight.cli.judging import (
    BLOCKED,
    INPUTS,
    OUTPUT,
    RULES,
    TARGET,
    TOGETHER,
    judge_or_tell,
    load_targets,
    or_tell,
    read_known,
    read_rules,
)
from stackflight.cli.keys import ALL_STAGES
from stackflight.cli.talk import say, say_error
from stackflight.cli.targets import Loaded, Targets
from stackflight.cli.writers import APART, FORMATS, Writer, open_writer
from stackflight.errors import StackflightError, WrongUsage

if TYPE_CHECKING:
    from stackflight.cli.sharing import Outcome
    from stackflight.ports import Clock


def _check(asked: Namespace, clock: Clock) -> int:
    """Judge every target. One that cannot be read is reported and does not keep the others from being judged."""
    if asked.all_stages:
        from stackflight.cli.stages import check_stages

        return check_stages(asked.verb, asked.typed, asked.project, clock)
    inputs = open_inputs(asked)
    asked.targets = spread(asked.targets)
    for option in ("again", "current"):
        if getattr(asked, option) and len(asked.targets) > 1 and not asked.together:
            raise WrongUsage(f"--{option} goes with one target", hint="check the targets one by one, or add --together")
    from stackflight.operate.baseline import leave_known

    baseline = read_known(asked.baseline)
    writer = open_writer(asked.format, asked.output)
    errors: list[StackflightError] = []
    blocked = False
    if asked.fix and (asked.together or asked.again or asked.current):
        raise WrongUsage("--fix mends targets one by one", hint="leave out --together, --again and --current")
    jobs = _jobs(asked)
    if jobs > 1:
        return _check_apart(asked, inputs, writer, jobs)
    rules = read_rules(asked)
    with Targets(say, clock) as opener:
        loaded: Iterable[Loaded] = load_targets(asked.targets, opener, errors)
        if asked.together or inputs.typed or inputs.filed:
            loaded = list(loaded)
            inputs.require_declared(source for target in loaded for source in target.sources)
        again = list(load_targets([asked.again], opener, errors)) if asked.again else []
        current = list(load_targets([asked.current], opener, errors)) if asked.current else []
        for group in [list(loaded)] if asked.together else ([target] for target in loaded):
            if asked.fix:
                from stackflight.cli.mending import Judge, mend_target

                decide = Judge(inputs, rules, clock, not asked.no_ignores)
                report = or_tell(partial(mend_target, group[0], decide), errors)
            else:
                report = judge_or_tell(group, inputs, rules, clock, errors, again, current, not asked.no_ignores)
            if report is not None:
                report = leave_known(report, baseline) if baseline else report
                writer.add(report)
                blocked = blocked or bool(report.blocking)
    writer.close(errors)
    if errors:
        return max(error.exit_code for error in errors)
    return BLOCKED if blocked else 0


def _jobs(asked: Namespace) -> int:
    """In how many processes targets are judged: one where they are one world, or where all reports are needed at once."""
    wanted = read_number("--jobs", asked.jobs, 0)
    whole = asked.together or asked.again or asked.current or asked.baseline or asked.fix or asked.format not in APART
    if wanted is None or whole or len(asked.targets) < 2:
        return 1
    return wanted or os.cpu_count() or 1


def _check_apart(asked: Namespace, inputs: Inputs, writer: Writer, jobs: int) -> int:
    """As `_check`, each target in one of several processes; what is written is the same, in the same order."""
    from stackflight.cli.sharing import check_apart

    outcomes: Iterable[Outcome] = check_apart(asked.targets, asked, jobs)
    if inputs.typed:
        outcomes = list(outcomes)
        inputs.refuse(frozenset.intersection(*(outcome.undeclared for outcome in outcomes)))
    errors: list[StackflightError] = []
    blocked = False
    for outcome in outcomes:
        blocked = blocked or outcome.blocked
        if outcome.error is not None:
            errors.append(outcome.error)
            say_error(outcome.error)
        else:
            writer.add_text(outcome.text, outcome.blocked)
    writer.close(errors)
    if errors:
        return max(error.exit_code for error in errors)
    return BLOCKED if blocked else 0


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
