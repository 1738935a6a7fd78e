"""The verbs: targets and inputs in, results on stdout and an exit code out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence

from stackflight.cli.apps import find_app
from stackflight.cli.formats import CheckFormat, TextFormat, read_paper
from stackflight.cli.inputs import Inputs
from stackflight.cli.talk import say, say_error
from stackflight.cli.targets import Loaded, Targets, join_targets
from stackflight.cli.writers import open_writer
from stackflight.errors import StackflightError
from stackflight.model.report import CheckReport
from stackflight.operate.review import check_world
from stackflight.ports import Clock

_BLOCKED = 10


def check(targets: Sequence[str], inputs: Inputs, format: CheckFormat, *, together: bool, clock: Clock) -> int:
    """Judge every target. One that cannot be read is reported and does not keep the others from being judged."""
    writer = open_writer(format)
    errors: list[StackflightError] = []
    blocked = False
    with Targets(say, clock) as opener:
        loaded: Iterable[Loaded] = _load(targets, opener, errors)
        if together or inputs.typed:
            loaded = list(loaded)
            inputs.require_declared(source for target in loaded for source in target.sources)
        for group in [list(loaded)] if together else ([target] for target in loaded):
            report = _judge_or_tell(group, inputs, clock, errors)
            if report is not None:
                writer.add(report)
                blocked = blocked or bool(report.blocking)
    writer.close()
    if errors:
        return max(error.exit_code for error in errors)
    return _BLOCKED if blocked else 0


def review(target: str, inputs: Inputs, format: TextFormat, *, clock: Clock) -> int:
    """Judge one target and show everything that is known about it."""
    with Targets(say, clock) as opener:
        loaded = opener.open(target)
        inputs.require_declared(loaded.sources)
        report = _judge([loaded], inputs, clock)
    if format is TextFormat.JSON:
        from stackflight.views.json import render_review as render_json

        text = render_json(report)
    else:
        from stackflight.views.review_text import render_review as render_text

        text = render_text(report, read_paper())
    sys.stdout.write(text + "\n")
    return _BLOCKED if report.blocking else 0


def presets(name: str, format: TextFormat) -> int:
    """List what an app offers."""
    found = find_app(name).presets()
    if format is TextFormat.JSON:
        text = json.dumps({"schema": "stackflight.presets/1", "app": name, "presets": found}, ensure_ascii=False)
    else:
        from stackflight.views.presets import render_presets

        text = render_presets(name, found, read_paper())
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
    group: list[Loaded], inputs: Inputs, clock: Clock, errors: list[StackflightError]
) -> CheckReport | None:
    try:
        return _judge(group, inputs, clock) if group else None
    except StackflightError as error:
        errors.append(error)
        say_error(error)
        return None


def _judge(group: list[Loaded], inputs: Inputs, clock: Clock) -> CheckReport:
    started = clock.now() - sum(target.seconds for target in group)
    if len(group) == 1:
        world = group[0].resolve(inputs.parameters, inputs.environment)
    else:
        world = join_targets(group, inputs.parameters, inputs.environment)
    return check_world(" + ".join(target.title for target in group), world, clock, started)
