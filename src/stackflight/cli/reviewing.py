"""The verb `review`: a target in, everything that is known about its deployment on one screen and one page."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from stackflight.cli.amounts import read_number
from stackflight.cli.arguments import Option, Verb
from stackflight.cli.files import require_page, write_page, write_text
from stackflight.cli.inputs import open_inputs
from stackflight.cli.judging import (
    BLOCKED,
    CONCURRENCY,
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
)
from stackflight.cli.learnt import DURATION, learn_lengths, read_durations
from stackflight.cli.limits import LIMITS, USAGE, read_limits, read_usage
from stackflight.cli.refreshing import current_sheet
from stackflight.cli.screen import read_paper
from stackflight.cli.talk import say
from stackflight.cli.targets import Targets
from stackflight.cli.writers import deliver
from stackflight.local.parcels import measure_parcel
from stackflight.model.bill import Bill
from stackflight.model.estimate import Parcel, Rehearsal
from stackflight.model.report import CheckReport
from stackflight.ports import Clock


def _review(asked: Namespace, clock: Clock) -> int:
    """Judge a world, price it, play its deployment, and show all three."""
    from stackflight.operate.limits import add_exceeded
    from stackflight.operate.pricing import price

    require_page(asked.html)
    require_page(asked.svg, "--svg")
    inputs = open_inputs(asked)
    usage, limits = read_usage(asked), read_limits(asked)
    concurrency = read_number("--concurrency", asked.concurrency, 1) or 1
    rules = read_rules(asked)
    with Targets(say, clock, asked.keep) as opener:
        loaded = open_world(asked.targets, opener, inputs)
        report = judge(loaded, inputs, rules, clock, heed_ignores=not asked.no_ignores)
        parcel = measure_parcel(target.folder.root for target in loaded if target.is_assembly)
    bill = price(report.target, report.world, usage, current_sheet())
    wanted = asked.format == "text" or asked.html or limits.seconds is not None
    rehearsal = _rehearse(report, concurrency, read_durations(asked), parcel) if wanted else None
    report = add_exceeded(report, limits, bill, rehearsal)
    read = [*opener.opened, *inputs.opened]
    deliver(asked.output, lambda: _render(asked.format, report, rehearsal, bill), read)
    _write_pages(asked, report, rehearsal, bill, read)
    return BLOCKED if report.blocking else 0


def _render(format: str, report: CheckReport, rehearsal: Rehearsal | None, bill: Bill) -> str:
    """The result in the format that was asked for."""
    if format == "json":
        from stackflight.views import json
        from stackflight.views.price_json import bill_object

        return json.render_review(report, bill_object(bill))
    if format == "mermaid":
        from stackflight.views.map_content import draw_map
        from stackflight.views.map_crowds import gather_crowds
        from stackflight.views.map_mermaid import render_mermaid

        return render_mermaid(gather_crowds(draw_map(report)))
    from stackflight.views import review_text

    return review_text.render_review(report, read_paper(), rehearsal, bill)


def _write_pages(
    asked: Namespace, report: CheckReport, rehearsal: Rehearsal | None, bill: Bill, read: Sequence[Path]
) -> None:
    """The page and the drawing that were asked for."""
    if asked.svg:
        from stackflight.views.map_content import draw_map
        from stackflight.views.map_crowds import gather_crowds
        from stackflight.views.map_svg import render_svg

        write_text("--svg", asked.svg, render_svg(gather_crowds(draw_map(report))), read)
    if asked.html and rehearsal is not None:
        from stackflight.operate.known_checks import known_checks
        from stackflight.views import review_html

        write_page(asked.html, review_html.render_review(report, rehearsal, bill, known_checks()), read)


def _rehearse(report: CheckReport, concurrency: int, durations: Mapping[str, float], parcel: Parcel) -> Rehearsal:
    from stackflight.operate.rehearse import RehearsalOptions, rehearse

    options = RehearsalOptions(
        target=report.target,
        concurrency=concurrency,
        durations=durations,
        learnt=learn_lengths(report.world),
        parcel=parcel,
    )
    return rehearse(report.world, report.findings, options, report.questions)


REVIEW = Verb(
    "review",
    "Show who must reach what and how each goes, the findings, what a month costs, and how long the deployment takes.",
    "Nothing is deployed, no credentials are needed. Exit code 10 where a finding blocks or a limit is exceeded.",
    Option("targets", TARGET, "TARGET", many=True),
    (
        Option("--format", "How the result is written; mermaid is the drawing of the network for a README or a pull request.",
               "FORMAT", choices=("text", "json", "mermaid")),
        OUTPUT,
        Option("--svg", "Write the drawing of the network as a picture.", "FILE"),
        *INPUTS, KEEP, TOGETHER, CONCURRENCY, DURATION, LEDGER, *LIMITS, USAGE, HTML, *RULES,
    ),
    each_alone(_review, "html", "svg", "output", "keep"),
)  # fmt: skip
