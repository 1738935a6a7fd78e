"""World -> findings on the template itself: what CloudFormation refuses before it creates anything."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, Check, listed
from stackflight.model.finding import Certainty, Consequence, Finding, Phase, Severity
from stackflight.model.template import Where
from stackflight.model.value import Address


def find_references_to_nothing(case: Case) -> Iterator[Finding]:
    """Ref, GetAtt, Sub, DependsOn or Condition of something that is not declared."""
    for stack in case.world.stacks:
        for defect in stack.defects:
            position = stack.template.positions.find(defect.path)
            resource = stack.resources.get(defect.resources[0]) if defect.resources else None
            yield Finding(
                check=defect.check,
                severity=Severity.BLOCKING,
                certainty=Certainty.PROVED,
                stack=stack.name,
                resources=defect.resources,
                where=Where(stack.template.file, position.line, resource.construct if resource else None),
                message=defect.message,
                remedy=defect.remedy,
                phase=Phase.CREATE,
                struck=tuple(Address(stack.name, name) for name in defect.resources),
                consequence=Consequence.FAILS,
            )


def find_circular_dependencies(case: Case) -> Iterator[Finding]:
    """Resources that wait for one another."""
    for cycle in case.graph.find_cycles():
        members = set(cycle)
        edges = [edge for member in cycle for edge in case.graph.needs.get(member, ()) if edge.target in members]
        steps = "; ".join(dict.fromkeys(f"{edge.source} needs {edge.target} ({edge.kind})" for edge in edges[:8]))
        loops_itself = len(cycle) == 1
        weakest = next((edge for edge in edges if edge.kind == "DependsOn"), edges[0])
        remedy = f"remove the {weakest.kind} of {weakest.source} on {weakest.target}"
        if any(case.resources[member].type == "AWS::EC2::SecurityGroup" for member in cycle):
            remedy = "move one of the rules into an AWS::EC2::SecurityGroupIngress of its own" + (
                ", whose GroupId and source are the group itself" if loops_itself else ""
            )
        yield case.finding(
            "circular-dependency",
            [weakest.source, *cycle],
            f"{listed(cycle)} {'depends on itself' if loops_itself else 'wait for one another'}: {steps}",
            remedy,
            struck=cycle,
            consequence=Consequence.FAILS,
        )


CHECKS = (
    Check(
        "reference-to-nothing",
        find_references_to_nothing,
        "a reference names something that the template does not declare",
        "CloudFormation refuses the template with 'Unresolved resource dependencies' before it creates anything.",
        "always blocking",
        "reference-to-nothing",
    ),
    Check(
        "circular-dependency",
        find_circular_dependencies,
        "resources wait for one another, or one for itself",
        "CloudFormation refuses the template with 'Circular dependency between resources'. The edges are Ref, "
        "Fn::GetAtt, Fn::Sub and DependsOn, those of an undecided Fn::If on both branches.",
        "always blocking",
        "circ-security-groups",
    ),
)
