"""The verb `price`: targets in, what a month of them costs on stdout."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from stackflight.cli.arguments import Option, Verb
from stackflight.cli.folders import spread
from stackflight.cli.inputs import Inputs, open_inputs
from stackflight.cli.judging import INPUTS, OUTPUT, TARGET, TOGETHER, exit_code, judge, load_targets, or_tell, resolve
from stackflight.cli.limits import LIMITS, USAGE, read_limits, read_usage
from stackflight.cli.refreshing import current_sheet
from stackflight.cli.screen import read_paper
from stackflight.cli.talk import say
from stackflight.cli.targets import Loaded, Targets
from stackflight.cli.writers import deliver
from stackflight.errors import StackflightError, WrongUsage
from stackflight.model.bill import Bill, Residue
from stackflight.model.estimate import Rehearsal
from stackflight.model.finding import Finding
from stackflight.model.limits import Limits
from stackflight.model.usage import Usage
from stackflight.ports import Clock
from stackflight.views.names import Rename, read_names

_Shown = tuple[Bill, Rename, tuple[Residue, ...], tuple[Finding, ...]]


def _price(asked: Namespace, clock: Clock) -> int:
    """Meter every target; several are shown side by side."""
    if asked.refresh:
        from stackflight.cli.refreshing import refresh

        return refresh(asked)
    if not asked.targets:
        raise WrongUsage("price needs at least one TARGET", hint="usage: stackflight price [OPTIONS] [TARGET...]")
    inputs = open_inputs(asked)
    usage, limits = read_usage(asked), read_limits(asked)
    asked.targets = spread(asked.targets)
    if asked.current and len(asked.targets) > 1 and not asked.together:
        raise WrongUsage("--current goes with one target", hint="price the targets one by one, or add --together")
    errors: list[StackflightError] = []
    shown: list[_Shown] = []
    old: Bill | None = None
    with Targets(say, clock) as opener:
        loaded = list(load_targets(asked.targets, opener, errors))
        inputs.require_declared(source for target in loaded for source in target.sources)
        groups = [loaded] if asked.together and loaded else [[target] for target in loaded]
        for group in groups:
            if (one := or_tell(partial(_one, group, inputs, usage, limits, clock), errors)) is not None:
                shown.append(one)
        if asked.current:
            old = _old(opener.open(asked.current), inputs, usage)
        read = [*map(Path, filter(None, (*asked.targets, asked.usage))), *opener.opened, *inputs.opened]
    _write(shown, old, asked, read)
    return exit_code(errors, any(findings for _, _, _, findings in shown))


def _one(group: list[Loaded], inputs: Inputs, usage: Usage, limits: Limits, clock: Clock) -> _Shown:
    """Raises WrongUsage, UnreadableInput."""
    from stackflight.operate.limits import find_exceeded
    from stackflight.operate.pricing import find_residue, price

    world = resolve(group, inputs)
    title = " + ".join(target.title for target in group)
    bill = price(title, world, usage, current_sheet())
    rehearsal = _rehearse(group, inputs, clock) if limits.seconds is not None else None
    findings = find_exceeded(world, limits, bill, rehearsal)
    return bill, read_names(world), find_residue(world, bill), findings


def _rehearse(group: Sequence[Loaded], inputs: Inputs, clock: Clock) -> Rehearsal:
    from stackflight.operate.rehearse import RehearsalOptions, rehearse

    report = judge(group, inputs, None, clock)
    return rehearse(report.world, report.findings, RehearsalOptions(target=report.target), report.questions)


def _old(loaded: Loaded, inputs: Inputs, usage: Usage) -> Bill:
    from stackflight.operate.pricing import price

    world = resolve([loaded], Inputs(inputs.parameters, inputs.environment))
    return price(loaded.title, world, usage, current_sheet(), thrifts=False)


def _write(shown: Sequence[_Shown], old: Bill | None, asked: Namespace, read: Sequence[Path]) -> None:
    deliver(asked.output, lambda: _render(shown, old, asked.format), read)


def _render(shown: Sequence[_Shown], old: Bill | None, format: str) -> str:
    from stackflight.price.difference import compare_bills
    from stackflight.views import price_json, price_markdown, price_text
    from stackflight.views.terminal import render_findings

    bills = [bill for bill, _, _, _ in shown]
    texts = []
    for bill, rename, residue, findings in shown:
        changes = compare_bills(old, bill) if old is not None else None
        if format == "json":
            texts.append(price_json.render_bill(bill, residue, changes, old, findings))
        elif format == "markdown":
            texts.append(price_markdown.render_bill(bill, rename, residue, changes, old, findings))
        elif len(bills) == 1:
            texts.append(price_text.render_bill(bill, read_paper(), rename, residue, changes, old, findings))
        elif findings:
            texts += ["\n".join(block) for block in render_findings(findings, rename, read_paper())]
    if len(bills) > 1 and format != "json":
        side = (
            price_markdown.render_comparison(bills)
            if format == "markdown"
            else price_text.render_comparison(bills, read_paper())
        )
        texts.insert(0, side)
    return ("\n" if format == "json" else "\n\n").join(texts)


PRICE = Verb(
    "price",
    "Say what a month costs, what of it regardless of use, what drives it and what would cost less.",
    "Computed from the template, never from its settings, with dated prices on demand; nothing is deployed, no credentials "
    "are needed. Several targets are shown side by side. Exit code 10 where a limit is exceeded.",
    Option("targets", TARGET, "TARGET", many=True, optional=True),
    (
        Option("--format", "How the bill is written.", "FORMAT", choices=("text", "json", "markdown")),
        OUTPUT,
        USAGE,
        *INPUTS,
        TOGETHER,
        Option("--current", "What runs already: the difference is shown.", "TARGET"),
        *LIMITS,
        Option("--refresh", "Read prices anew from the AWS Price List API, of one --region or of all, and keep them for "
               "later; nothing is priced."),
        Option("--profile", "Whose credentials are used where AWS is asked; those of the environment unless given.", "NAME"),
    ),
    _price,
)  # fmt: skip
