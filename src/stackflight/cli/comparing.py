"""The verb `diff`: two targets in, what lies between them on stdout."""

from __future__ import annotations

from argparse import Namespace

from stackflight.cli.arguments import Option, Verb
from stackflight.cli.inputs import open_inputs
from stackflight.cli.judging import INPUTS, OUTPUT, RULES, TARGET, judge, read_rules
from stackflight.cli.limits import USAGE, read_usage
from stackflight.cli.refreshing import current_sheet
from stackflight.cli.screen import read_paper
from stackflight.cli.talk import say
from stackflight.cli.targets import Targets, version_of
from stackflight.cli.writers import deliver
from stackflight.errors import WrongUsage
from stackflight.model.difference import Difference
from stackflight.model.template import World
from stackflight.ports import Clock
from stackflight.views.names import Rename, read_names


def _diff(asked: Namespace, clock: Clock) -> int:
    """Judge both, and say what changes."""
    from stackflight.operate.compare import compare

    if len(asked.targets) != 2:
        raise WrongUsage(
            f"diff takes two targets, not {len(asked.targets)}", hint="usage: stackflight diff [OPTIONS] OLD NEW"
        )
    inputs = open_inputs(asked)
    usage, rules = read_usage(asked), read_rules(asked)
    with Targets(say, clock) as opener:
        loaded = [opener.open(text) for text in asked.targets]
        inputs.require_declared(source for target in loaded for source in target.sources)
        before, after = version_of(*loaded), loaded[1]
        heeded = not asked.no_ignores
        old = judge([before], inputs, rules, clock, heed_ignores=heeded)
        new = judge([after], inputs, rules, clock, current=[before], heed_ignores=heeded)
        difference = compare(old, new, usage, current_sheet())
        read = [*opener.opened, *inputs.opened]
    deliver(asked.output, lambda: _render(difference, asked.format, _names(old.world, new.world)), read)
    return 0


def _names(old: World, new: World) -> Rename:
    """Names of the new world, of the old one for what is gone."""
    of_old, of_new = read_names(old), read_names(new)
    return lambda text: of_old(of_new(text))


def _render(difference: Difference, format: str, rename: Rename) -> str:
    from stackflight.views import diff_json, diff_markdown, diff_text

    if format == "json":
        return diff_json.render_diff(difference)
    if format == "markdown":
        return diff_markdown.render_diff(difference, rename)
    return diff_text.render_diff(difference, read_paper(), rename)


DIFF = Verb(
    "diff",
    "Say what changes between two targets: resources, data at stake, findings, ways, rights, price and duration.",
    "OLD is what is deployed, NEW what it is to become. Nothing is deployed, no credentials are needed. It shows and does "
    "not judge: the gate is check --current.",
    Option("targets", TARGET, "OLD NEW", many=True),
    (
        Option("--format", "How the difference is written.", "FORMAT", choices=("text", "json", "markdown")),
        OUTPUT,
        USAGE,
        *INPUTS,
        *RULES,
    ),
    _diff,
)
