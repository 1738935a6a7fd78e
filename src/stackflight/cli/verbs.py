"""The verbs: targets and inputs in, results on stdout and an exit code out."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence

from stackflight.cli.apps import find_app
from stackflight.cli.arguments import Option, Verb
from stackflight.cli.inputs import Inputs, read_inputs
from stackflight.cli.screen import read_paper
from stackflight.cli.talk import say, say_error
from stackflight.cli.targets import Loaded, Targets, join_targets
from stackflight.cli.writers import open_writer
from stackflight.errors import StackflightError
from stackflight.model.report import CheckReport
from stackflight.operate.review import check_world
from stackflight.ports import Clock, StandardRules

BLOCKED = 10


def _check(asked: Namespace, clock: Clock) -> int:
    """Judge every target. One that cannot be read is reported and does not keep the others from being judged."""
    inputs = read_inputs(asked.param, asked.params, asked.region)
    rules = _standard_rules(asked)
    writer = open_writer(asked.format)
    errors: list[StackflightError] = []
    blocked = False
    with Targets(say, clock) as opener:
        loaded: Iterable[Loaded] = _load(asked.targets, opener, errors)
        if asked.together or inputs.typed:
            loaded = list(loaded)
            inputs.require_declared(source for target in loaded for source in target.sources)
        for group in [list(loaded)] if asked.together else ([target] for target in loaded):
            report = _judge_or_tell(group, inputs, rules, clock, errors)
            if report is not None:
                writer.add(report)
                blocked = blocked or bool(report.blocking)
    writer.close()
    if errors:
        return max(error.exit_code for error in errors)
    return BLOCKED if blocked else 0


def _review(asked: Namespace, clock: Clock) -> int:
    """Judge one target and show everything that is known about it."""
    inputs = read_inputs(asked.param, asked.params, asked.region)
    rules = _standard_rules(asked)
    with Targets(say, clock) as opener:
        loaded = opener.open(asked.target)
        inputs.require_declared(loaded.sources)
        report = _judge([loaded], inputs, rules, clock)
    if asked.format == "json":
        from stackflight.views import json

        text = json.render_review(report)
    else:
        from stackflight.views import review_text

        text = review_text.render_review(report, read_paper())
    sys.stdout.write(text + "\n")
    return BLOCKED if report.blocking else 0


def _presets(asked: Namespace, clock: Clock) -> int:  # noqa: ARG001 -- every verb is called alike
    """List what an app offers."""
    found = find_app(asked.app).presets()
    if asked.format == "json":
        from stackflight.views import json

        text = json.render_presets(asked.app, found)
    else:
        from stackflight.views.presets import render_presets

        text = render_presets(asked.app, found, read_paper())
    sys.stdout.write(text + "\n")
    return 0


def _load(targets: Sequence[str], opener: Targets, errors: list[StackflightError]) -> Iterator[Loaded]:
    for text in targets:
        try:
            loaded = opener.open(text)
        except StackflightError as error:
            errors.append(error)
            say_error(error)
        else:
            yield loaded


def _judge_or_tell(
    group: list[Loaded],
    inputs: Inputs,
    rules: StandardRules | None,
    clock: Clock,
    errors: list[StackflightError],
) -> CheckReport | None:
    try:
        return _judge(group, inputs, rules, clock) if group else None
    except StackflightError as error:
        errors.append(error)
        say_error(error)
        return None


def _standard_rules(asked: Namespace) -> StandardRules | None:
    """The rules of cloudformation-validate; they load while the targets are read."""
    if asked.no_standard_rules:
        return None
    from stackflight.local.standard_rules import load_standard_rules

    return load_standard_rules()


def _judge(group: list[Loaded], inputs: Inputs, rules: StandardRules | None, clock: Clock) -> CheckReport:
    started = clock.now() - sum(target.seconds for target in group)
    if len(group) == 1:
        world = group[0].resolve(inputs.parameters, inputs.environment)
    else:
        world = join_targets(group, inputs.parameters, inputs.environment)
    return check_world(" + ".join(target.title for target in group), world, clock, started, rules)


_TARGET = "A template file, a cdk.out folder, or APP:PRESET (librechat:standard-dev, librechat:./settings.toml)."
_FORMAT = Option("--format", "How the result is written.", "FORMAT", choices=("text", "json"))
_NO_STANDARD_RULES = Option("--no-standard-rules", "Leave out the schemas and limits of cloudformation-validate.")
_INPUTS = (
    Option(
        "--param",
        "Value of a template parameter; STACK.NAME=VALUE gives it to one stack only.",
        "NAME=VALUE",
        many=True,
    ),
    Option(
        "--params",
        "Parameter values: the JSON that CloudFormation takes, or a flat mapping.",
        "FILE",
        many=True,
    ),
    Option("--region", "Where the stacks go, unless they say so themselves.", "REGION"),
)

VERBS = (
    Verb(
        "check",
        "Find what would make a deployment fail; the gate for CI.",
        "Every target is judged alone unless --together is given. Exit code 10 where a finding blocks.",
        Option("targets", _TARGET, "TARGET", many=True),
        (
            Option("--format", "How findings are written.", "FORMAT", choices=("text", "json", "sarif", "github")),
            *_INPUTS,
            Option("--together", "Judge all targets as one world: exports are joined to imports."),
            _NO_STANDARD_RULES,
        ),
        _check,
    ),
    Verb(
        "review",
        "Show who must reach what and how each goes, then the findings.",
        "Exit code 10 where a finding blocks.",
        Option("target", _TARGET, "TARGET"),
        (_FORMAT, *_INPUTS, _NO_STANDARD_RULES),
        _review,
    ),
    Verb(
        "presets",
        "List the presets of an app.",
        "",
        Option("app", "The name of an app, for example librechat.", "APP"),
        (_FORMAT,),
        _presets,
    ),
)
