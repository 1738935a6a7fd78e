"""Resources as YAML -> findings, for tests that say in a few lines what deploys and what does not."""

from __future__ import annotations

import textwrap
from functools import cache
from pathlib import Path

from stackflight.check.case import Case
from stackflight.check.registry import Verdicts, every_check, run_checks
from stackflight.check.timetable import Pace, even_pace
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Finding, Severity
from stackflight.model.template import Environment, World
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.read.needs import find_needs
from stackflight.read.network import build_network
from stackflight.trace.reachability import answer_needs


def judge_world(world: World, pace: Pace = even_pace) -> Verdicts:
    """The network, the needs, their paths and all checks, as `check` puts them together.

    Every finding of every test passes here, so here each is held against the severities that its check may give.
    """
    network = build_network(world)
    needs = find_needs(world, network)
    verdicts = run_checks(world, network, needs, answer_needs(network, needs.needs), pace)
    may = _severities()
    for finding in verdicts.findings:
        assert finding.severity in may[finding.check], (finding.check, finding.severity)
    return verdicts


@cache
def _severities() -> dict[str, tuple[Severity, ...]]:
    return {check.id: check.may for check in every_check()}


def read_case_of(file: Path) -> Case:
    """A template as the checks are given it."""
    world = join_stacks(
        [Source("stack", parse_template(file.read_text("utf-8"), file.name))], {}, LocalFolder(file.parent)
    )
    return judge_world(world).case


def judge(resources: str, head: str = "", region: str | None = None) -> list[Finding]:
    text = textwrap.dedent(head) + "\nResources:\n" + textwrap.indent(textwrap.dedent(resources), "  ")
    template = parse_template(text, "template.yaml")
    environment = Environment(account=None, region=region)
    world = join_stacks([Source("stack", template, environment)], {}, LocalFolder(Path("nowhere")))
    return list(judge_world(world).findings)


def found(resources: str, check: str, head: str = "", region: str | None = None) -> list[Finding]:
    return [item for item in judge(resources, head, region) if item.check == check]
