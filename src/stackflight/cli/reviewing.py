"""The verb `review`: a target in, everything that is known about its deployment on one screen and one page."""

from __future__ import annotations

from argparse import Namespace

from stackflight.cli.amounts import read_number
from stackflight.cli.arguments import Option, Verb
from stackflight.cli.files import require_page, write_page
from stackflight.cli.inputs import open_inputs
from stackflight.cli.judging import (
    BLOCKED,
    CONCURRENCY,
    FORMAT,
    HTML,
    INPUTS,
    RULES,
    TARGET,
    TOGETHER,
    judge,
    open_world,
    read_rules,
)
from stackflight.cli.learnt import learn_lengths
from stackflight.cli.limits import LIMITS, USAGE, read_limits, read_usage
from stackflight.cli.screen import read_paper, write_result
from stackflight.cli.talk import say
from stackflight.cli.targets import Targets
from stackflight.model.estimate import Rehearsal
from stackflight.model.report import CheckReport
from stackflight.ports import Clock


def _review(asked: Namespace, clock: Clock) -> int:
    """Judge a world, price it, play its deployment, and show all three."""
    from stackflight.operate.limits import add_exceeded
    from stackflight.operate.pricing import price

    require_page(asked.html)
    inputs = open_inputs(asked)
    usage, limits = read_usage(asked), read_limits(asked)
    concurrency = read_number("--concurrency", asked.concurrency, 1) or 1
    rules = read_rules(asked)
    with Targets(say, clock) as opener:
        loaded = open_world(asked.targets, asked.together, opener, inputs)
        report = judge(loaded, inputs, rules, clock, heed_ignores=not asked.no_ignores)
    bill = price(report.target, report.world, usage)
    wanted = asked.format != "json" or asked.html or limits.seconds is not None
    rehearsal = _rehearse(report, concurrency) if wanted else None
    report = add_exceeded(report, limits, bill, rehearsal)
    if asked.format == "json":
        from stackflight.views import json
        from stackflight.views.price_json import bill_object

        text = json.render_review(report, bill_object(bill))
    else:
        from stackflight.views import review_text

        text = review_text.render_review(report, read_paper(), rehearsal, bill)
    write_result(text)
    if asked.html and rehearsal is not None:
        from stackflight.views import review_html

        read = [file for target in loaded for file in target.folder.opened]
        write_page(asked.html, review_html.render_review(report, rehearsal), [*read, *inputs.opened])
    return BLOCKED if report.blocking else 0


def _rehearse(report: CheckReport, concurrency: int) -> Rehearsal:
    from stackflight.operate.rehearse import RehearsalOptions, rehearse

    options = RehearsalOptions(target=report.target, concurrency=concurrency, learnt=learn_lengths(report.world))
    return rehearse(report.world, report.findings, options, report.questions)


REVIEW = Verb(
    "review",
    "Show who must reach what and how each goes, the findings, what a month costs, and how long the deployment takes.",
    "Nothing is deployed, no credentials are needed. Exit code 10 where a finding blocks or a limit is exceeded.",
    Option("targets", TARGET, "TARGET", many=True),
    (FORMAT, *INPUTS, TOGETHER, CONCURRENCY, *LIMITS, USAGE, HTML, *RULES),
    _review,
)
