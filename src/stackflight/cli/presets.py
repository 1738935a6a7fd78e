"""`stackflight presets`: what an app offers."""

from __future__ import annotations

from argparse import Namespace

from stackflight.cli.apps import find_app
from stackflight.cli.arguments import Option, Verb
from stackflight.cli.judging import FORMAT, OUTPUT
from stackflight.cli.screen import read_paper
from stackflight.cli.writers import deliver
from stackflight.ports import Clock


def _presets(asked: Namespace, clock: Clock) -> int:  # noqa: ARG001 -- every verb is called alike
    """List what an app offers."""
    found = find_app(asked.app).presets()
    if asked.format == "json":
        from stackflight.views import json

        deliver(asked.output, lambda: json.render_presets(asked.app, found))
    else:
        from stackflight.views.presets import render_presets

        deliver(asked.output, lambda: render_presets(asked.app, found, read_paper()))
    return 0


PRESETS = Verb(
    "presets",
    "List the presets of an app.",
    "",
    Option("app", "The name of an app, for example librechat.", "APP"),
    (FORMAT, OUTPUT),
    _presets,
)
