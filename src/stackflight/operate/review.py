"""World -> CheckReport: the network, the needs and the checks, one after the other."""

from __future__ import annotations

from stackflight.model.finding import Certainty, Finding, Severity
from stackflight.model.graph import Graph
from stackflight.model.report import CheckReport
from stackflight.model.template import Where, World
from stackflight.ports import Clock


def check_world(target: str, world: World, clock: Clock, started: float) -> CheckReport:
    """Everything that can be said about a world without touching AWS.

    `started` is the clock's reading when the target began to be read, so that the report's seconds include that.
    """
    findings = []
    for stack in world.stacks:
        for defect in stack.defects:
            position = stack.template.positions.find(defect.path)
            findings.append(
                Finding(
                    defect.check,
                    Severity.BLOCKING,
                    Certainty.PROVED,
                    stack.name,
                    defect.resources,
                    Where(stack.template.file, position.line),
                    defect.message,
                    defect.remedy,
                )
            )
    for cycle in Graph.of(world).find_cycles():
        findings.append(
            Finding(
                "circular-dependency",
                Severity.BLOCKING,
                Certainty.PROVED,
                cycle[0].stack,
                tuple(address.id for address in cycle),
                world.where(cycle[0]),
                "these wait for one another: " + ", ".join(address.id for address in cycle),
                "remove one of the references",
            )
        )
    return CheckReport(target, world, tuple(findings), (), (), clock.now() - started)
