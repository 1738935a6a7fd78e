"""World -> CheckReport: the network, the needs and the checks, one after the other."""

from __future__ import annotations

from stackflight.check.registry import run_checks
from stackflight.check.timetable import Pace
from stackflight.model.report import CheckReport
from stackflight.model.template import Resource, World
from stackflight.ports import Clock
from stackflight.read.needs import find_needs
from stackflight.read.network import build_network
from stackflight.rehearse.behaviour import Behaviour


def check_world(target: str, world: World, clock: Clock, started: float) -> CheckReport:
    """Everything that can be said about a world without touching AWS.

    `started` is the clock's reading when the target began to be read, so that the report's seconds include that.
    """
    network = build_network(world)
    needs = find_needs(world, network)
    verdicts = run_checks(world, network, needs, typical_pace())
    seconds = clock.now() - started
    return CheckReport(target, world, verdicts.findings, verdicts.questions, verdicts.reaches, seconds)


def typical_pace() -> Pace:
    """The median durations that the rehearsal uses, for judging races."""
    behaviour = Behaviour()

    def pace(resource: Resource) -> tuple[float, float]:
        act = behaviour.act(resource, "create")
        return act.seconds, act.released if act.released is not None else act.seconds

    return pace
