"""`check --all-stages`: every stage of the project judged with its own values, and where they differ."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from stackflight.cli.arguments import Verb, settle
from stackflight.cli.defaults import stand
from stackflight.cli.inputs import Inputs
from stackflight.cli.judging import exit_code
from stackflight.cli.project import Project
from stackflight.cli.screen import read_paper
from stackflight.cli.sitting import open_sitting
from stackflight.cli.talk import say
from stackflight.cli.targets import Targets
from stackflight.cli.writers import open_writer
from stackflight.errors import StackflightError, WrongUsage
from stackflight.model.report import CheckReport
from stackflight.model.stages import Comparison
from stackflight.operate.stages import compare_stages
from stackflight.ports import Clock
from stackflight.read.manifest import Source

_FOR_ONE = {
    "fix": "what mends a template is judged with the values of one stage",
    "again": "a second synthesis is one of one stage",
    "jobs": "stages are judged one after the other",
}
"""Options of which a stage has one of its own, and why."""


def check_stages(verb: Verb, typed: Namespace, project: Project, clock: Clock) -> int:
    """Judge all stages, one after the other. Raises WrongUsage, UnreadableInput."""
    if not project.stages:
        raise WrongUsage(f"{project.shown} has no stages", hint="write one as [stage.production]")
    _refuse_what_is_for_one(typed)
    writer = open_writer(typed.format or "text", typed.output)
    errors: list[StackflightError] = []
    reports: dict[str, list[CheckReport]] = {}
    undeclared: list[frozenset[str]] = []
    read = [project.file]
    with Targets(say, clock) as opener:
        for stage in project.stages:
            sitting = open_sitting(settle(verb, typed, stand(verb, typed, project, stage)), clock, errors)
            declare = partial(_note_undeclared, sitting.inputs, undeclared)
            reports[stage] = list(sitting.reports(opener, declare))
            read += sitting.inputs_by_name
        read += opener.opened
    Inputs.refuse(frozenset.intersection(*undeclared) if undeclared else ())
    for stage, judged in reports.items():
        for report in judged:
            writer.add(replace(report, stage=stage))
    comparison = compare_stages(reports)
    text = _render(comparison, typed.format or "text")
    if text:
        writer.add_note(text)
    writer.close(errors, read)
    return exit_code(errors, bool(comparison.blocked))


def _note_undeclared(inputs: Inputs, undeclared: list[frozenset[str]], sources: Iterable[Source]) -> None:
    undeclared.append(inputs.undeclared(sources))


def _refuse_what_is_for_one(typed: Namespace) -> None:
    """Raises WrongUsage for an option that makes no sense for several stages."""
    for option, why in _FOR_ONE.items():
        if getattr(typed, option):
            raise WrongUsage(f"--all-stages does not go with --{option}: {why}", hint="name one stage with --stage")


def _render(comparison: Comparison, format: str) -> str:
    if format == "json":
        from stackflight.views import stages

        return stages.render_json(comparison)
    if format == "text":
        from stackflight.views import stages

        return stages.render_text(comparison, read_paper())
    return ""
