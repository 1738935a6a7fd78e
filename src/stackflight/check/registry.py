"""All checks, and the one function that runs them: World, Network and Needs -> Verdicts."""

from __future__ import annotations

from dataclasses import dataclass

from stackflight.check import (
    contracts,
    deadlines,
    fronts,
    layout,
    ordering,
    permits,
    readiness,
    repeat,
    signals,
    structure,
    unreachable,
    variables,
)
from stackflight.check.case import Case, Check
from stackflight.check.reachability import answer_needs
from stackflight.check.timetable import Pace, Timetable, even_pace
from stackflight.model.finding import Finding, Question, Severity
from stackflight.model.graph import Graph
from stackflight.model.need import Needs, Reach
from stackflight.model.network import Network
from stackflight.model.template import World


@dataclass(frozen=True)
class Verdicts:
    """Everything that the checks say of a world."""

    findings: tuple[Finding, ...]
    questions: tuple[Question, ...]
    reaches: tuple[Reach, ...]


CHECKS: tuple[Check, ...] = (
    *structure.CHECKS,
    *unreachable.CHECKS,
    *layout.CHECKS,
    *readiness.CHECKS,
    *ordering.CHECKS,
    *permits.CHECKS,
    *deadlines.CHECKS,
    *signals.CHECKS,
    *fronts.CHECKS,
    *variables.CHECKS,
    *contracts.CHECKS,
    *repeat.CHECKS,
)


def run_checks(world: World, network: Network, needs: Needs, pace: Pace = even_pace) -> Verdicts:
    """Run every check; findings come blocking first, then in template order. `pace` gives typical durations."""
    reaches = answer_needs(network, needs.needs)
    graph = Graph.of(world)
    case = Case(world, network, needs, reaches, graph, Timetable(world, graph, pace))
    order = list(Severity)
    finders = dict.fromkeys(check.find for check in CHECKS)
    findings = [finding for find in finders for finding in find(case)]
    findings.sort(key=lambda finding: (order.index(finding.severity), finding.stack, finding.where.line or 0))
    return Verdicts(tuple(findings), tuple(unreachable.find_questions(case)), reaches)
