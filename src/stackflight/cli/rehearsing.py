"""The verb `rehearse`: a target and options in, the deployment played in virtual time on stdout."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stackflight.cli.amounts import read_number
from stackflight.cli.arguments import Option, Verb
from stackflight.cli.files import require_page, write_page
from stackflight.cli.inputs import Inputs, open_inputs
from stackflight.cli.judging import (
    BLOCKED,
    CONCURRENCY,
    FORMAT,
    HTML,
    INPUTS,
    KEEP,
    LEDGER,
    OUTPUT,
    RULES,
    TARGET,
    TOGETHER,
    each_alone,
    judge,
    open_world,
    read_rules,
    resolve,
)
from stackflight.cli.learnt import DURATION, learn_lengths, read_durations
from stackflight.cli.limits import BUDGET, LIMITS, USAGE, read_limits, read_usage
from stackflight.cli.refreshing import current_sheet
from stackflight.cli.screen import read_paper
from stackflight.cli.talk import say
from stackflight.cli.targets import Targets, version_of
from stackflight.cli.writers import deliver
from stackflight.local.parcels import measure_parcel
from stackflight.model.estimate import Rehearsal
from stackflight.model.report import CheckReport
from stackflight.ports import Clock
from stackflight.views.names import read_names, retitle

_FAILED = 1


def _rehearse(asked: Namespace, clock: Clock) -> int:
    """Judge a target, then play its deployment with what was found."""
    from stackflight.operate.limits import find_exceeded
    from stackflight.operate.pricing import price
    from stackflight.operate.rehearse import RehearsalOptions, rehearse

    require_page(asked.html)
    inputs = open_inputs(asked)
    limits = read_limits(asked)
    usage = read_usage(asked) if limits.monthly is not None else None
    seed, runs = read_number("--seed", asked.seed, 0), read_number("--runs", asked.runs, 1)
    concurrency = read_number("--concurrency", asked.concurrency, 1) or 1
    rules = read_rules(asked)
    with Targets(say, clock, asked.keep) as opener:
        loaded = open_world(asked.targets, opener, inputs)
        current = opener.open(asked.current) if asked.current else None
        if current is not None and len(loaded) == 1:
            current = version_of(current, loaded[0])
        deployed = [current] if current is not None else []
        report = judge(loaded, inputs, rules, clock, current=deployed, heed_ignores=not asked.no_ignores)
        options = RehearsalOptions(
            seed=0 if seed is None else seed,
            fail=tuple(asked.fail),
            explore=asked.explore,
            budget_seconds=limits.seconds,
            runs=runs,
            target=report.target,
            current=resolve(deployed, Inputs(inputs.parameters, inputs.environment, elsewhere=inputs.elsewhere))
            if deployed
            else None,
            delete=asked.delete,
            concurrency=concurrency,
            durations=read_durations(asked),
            learnt=learn_lengths(report.world),
            parcel=measure_parcel(target.folder.root for target in loaded if target.is_assembly),
        )
        rehearsal = rehearse(report.world, report.findings, options, report.questions)
        bill = price(report.target, report.world, usage, current_sheet()) if usage is not None else None
        exceeded = find_exceeded(report.world, limits, bill, rehearsal)
        rehearsal = replace(rehearsal, also_blocking=(*rehearsal.also_blocking, *exceeded))
    _show(report, rehearsal, asked, [*opener.opened, *inputs.opened])
    return BLOCKED if exceeded else _exit_code(report, rehearsal)


def _show(report: CheckReport, rehearsal: Rehearsal, asked: Namespace, read: Sequence[Path]) -> None:
    titled = retitle(rehearsal, read_names(report.world))
    if asked.format == "json":
        from stackflight.views import rehearsal_json

        deliver(asked.output, lambda: rehearsal_json.render_rehearsal(rehearsal), read)
    else:
        from stackflight.views import rehearsal_text

        deliver(asked.output, lambda: rehearsal_text.render_rehearsal(titled, read_paper()), read)
    if asked.html:
        from stackflight.views import rehearsal_html

        write_page(asked.html, rehearsal_html.render_rehearsal(titled), read)


def _exit_code(report: CheckReport, rehearsal: Rehearsal) -> int:
    if report.blocking:
        return BLOCKED
    return _FAILED if rehearsal.cause is not None else 0


REHEARSE = Verb(
    "rehearse",
    "Play the deployment in virtual time: how long, in which order, what fails, what stays behind.",
    "Nothing is deployed, no credentials are needed. Findings act as they would: what cannot be reached times out. "
    "Exit code 10 where a finding blocks or a limit is exceeded, 1 where the deployment fails otherwise.",
    Option("targets", TARGET, "TARGET", many=True),
    (
        FORMAT,
        OUTPUT,
        *INPUTS,
        KEEP,
        TOGETHER,
        Option("--fail", "Let a resource fail, with this text, this many seconds after it began. RESOURCE:delete "
               "means its deletion; create, update and rollback go as well.",
               "RESOURCE[=TEXT][@SECONDS]", many=True),
        Option("--explore", "Let each resource fail once and show the worst recoveries."),
        *LIMITS,
        BUDGET,
        USAGE,
        DURATION,
        LEDGER,
        Option("--current", "What is deployed already: its stacks are updated instead of created.", "TARGET"),
        Option("--delete", "Rehearse taking everything down."),
        CONCURRENCY,
        Option("--runs", "How often to play with different luck; 200 unless given, less above 500 resources.", "NUMBER"),
        Option("--seed", "Begin with other luck; the same seed plays the same.", "NUMBER"),
        HTML,
        *RULES,
    ),
    each_alone(_rehearse, "html", "output", "keep", "current"),
)  # fmt: skip
