"""`check --all-stages`: every stage of the project judged with its own values, and where they differ."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

from stackflight.cli.arguments import Verb, settle
from stackflight.cli.defaults import stand
from stackflight.cli.folders import spread
from stackflight.cli.inputs import open_inputs
from stackflight.cli.judging import BLOCKED, judge_or_tell, load_targets, read_known, read_rules
from stackflight.cli.project import Project
from stackflight.cli.screen import read_paper
from stackflight.cli.talk import say
from stackflight.cli.targets import Targets
from stackflight.cli.writers import open_writer
from stackflight.errors import StackflightError, WrongUsage
from stackflight.model.report import CheckReport
from stackflight.model.stages import Comparison
from stackflight.operate.baseline import leave_known
from stackflight.operate.stages import compare_stages
from stackflight.ports import Clock


def check_stages(verb: Verb, typed: Namespace, project: Project, clock: Clock) -> int:
    """Judge all stages, one after the other. Raises WrongUsage, UnreadableInput."""
    if not project.stages:
        raise WrongUsage(f"{project.shown} has no stages", hint="write one as [stage.production]")
    writer = open_writer(typed.format or "text", typed.output)
    errors: list[StackflightError] = []
    reports: dict[str, list[CheckReport]] = {}
    for stage in project.stages:
        asked = settle(verb, typed, stand(verb, typed, project, stage))
        reports[stage] = _judge(asked, clock, errors)
        for report in reports[stage]:
            writer.add(replace(report, stage=stage))
    comparison = compare_stages(reports)
    text = _render(comparison, typed.format or "text")
    if text:
        writer.add_note(text)
    writer.close(errors)
    if errors:
        return max(error.exit_code for error in errors)
    return BLOCKED if comparison.blocked else 0


def _judge(asked: Namespace, clock: Clock, errors: list[StackflightError]) -> list[CheckReport]:
    inputs, baseline, rules = open_inputs(asked), read_known(asked.baseline), read_rules(asked)
    reports = []
    with Targets(say, clock) as opener:
        loaded = load_targets(spread(asked.targets), opener, errors)
        current = list(load_targets([asked.current], opener, errors)) if asked.current else []
        for group in [list(loaded)] if asked.together else ([target] for target in loaded):
            report = judge_or_tell(group, inputs, rules, clock, errors, (), current, not asked.no_ignores)
            if report is not None:
                reports.append(leave_known(report, baseline) if baseline else report)
    return reports


def _render(comparison: Comparison, format: str) -> str:
    if format == "json":
        from stackflight.views import stages

        return stages.render_json(comparison)
    if format == "text":
        from stackflight.views import stages

        return stages.render_text(comparison, read_paper())
    return ""
