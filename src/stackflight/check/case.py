"""What every check is given, and how a finding is made from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from stackflight.check.check import Check
from stackflight.check.timetable import Timetable
from stackflight.model.edit import Fix
from stackflight.model.finding import Certainty, Consequence, Finding, Hop, Phase, Severity
from stackflight.model.graph import Graph
from stackflight.model.identity import Role, read_roles
from stackflight.model.need import Needs, Reach
from stackflight.model.network import Network
from stackflight.model.relations import balancers_by_group
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, references_in
from stackflight.records import dataclass


@dataclass(frozen=True)
class Case:
    """A world with everything that was read from it.

    `excused` are the checks that the templates' authors ignore, each with the resource at which: a finding about
    several workloads leaves out those, and speaks of each of them apart.
    """

    world: World
    network: Network
    needs: Needs
    reaches: tuple[Reach, ...]
    graph: Graph
    timetable: Timetable
    excused: frozenset[tuple[str, Address]] = frozenset()

    @cached_property
    def resources(self) -> Mapping[Address, Resource]:
        """Every resource by address."""
        return self.world.resources

    @cached_property
    def roles(self) -> Mapping[Address, Role]:
        """Every role with its statements, read once for all checks."""
        return read_roles(self.world)

    @cached_property
    def balancers(self) -> Mapping[Address, tuple[Address, ...]]:
        """Target group -> the load balancers that forward to it, read once for all checks."""
        return balancers_by_group(self.world)

    @cached_property
    def users(self) -> Mapping[Address, tuple[Resource, ...]]:
        """Who refers to a resource in its properties, once they are resolved: through exports of other stacks too."""
        found: dict[Address, dict[Address, Resource]] = {}
        for resource in self.resources.values():
            for reference in references_in(resource.properties):
                found.setdefault(reference.address, {})[resource.address] = resource
        return {address: tuple(users.values()) for address, users in found.items()}

    @cached_property
    def handed_out(self) -> frozenset[Address]:
        """What is given to something that may change it unseen: a custom resource, a stack that was not read."""
        loaded = {stack.parent for stack in self.world.stacks}
        found: set[Address] = set()
        for resource in self.resources.values():
            opaque = resource.type == "AWS::CloudFormation::Stack" and resource.address not in loaded
            if (
                opaque
                or not resource.type.startswith("AWS::")
                or resource.type == "AWS::CloudFormation::CustomResource"
            ):
                found.update(reference.address for reference in references_in(resource.properties))
        return frozenset(found)

    def finding(
        self,
        check: Check,
        resources: Iterable[Address],
        message: str,
        remedy: str,
        *,
        severity: Severity = Severity.BLOCKING,
        certainty: Certainty = Certainty.PROVED,
        phase: Phase = Phase.CREATE,
        path: tuple[Hop, ...] = (),
        code: str = "",
        struck: Iterable[Address] = (),
        consequence: Consequence = Consequence.NONE,
        workloads: Iterable[Address] = (),
        causes: Iterable[Address] = (),
        evidence: Iterable[str] = (),
        in_cdk: str = "",
        at: tuple[str | int, ...] = (),
        says: str = "",
        fixes: Iterable[Fix] = (),
    ) -> Finding:
        """A finding on resources, the one to change first in front; `at` is the property's path on that one."""
        involved = list(dict.fromkeys(resources))
        first = next((item for item in involved if item in self.resources), involved[0])
        place = ("Properties", *at) if at else ()
        return Finding(
            check=check.id,
            severity=severity,
            certainty=certainty,
            stack=first.stack,
            resources=tuple(item.id for item in involved),
            where=self.world.where(first, *place),
            message=message,
            remedy=remedy,
            phase=phase,
            path=path,
            code=code,
            struck=tuple(dict.fromkeys(struck)),
            consequence=consequence,
            workloads=tuple(dict.fromkeys(workloads)),
            causes=tuple(dict.fromkeys(causes)),
            evidence=tuple(dict.fromkeys(evidence)),
            in_cdk=in_cdk,
            says=says or check.says,
            fixes=tuple(fixes),
            at=place if first == involved[0] else (),
        )


def listed(items: Iterable[object], limit: int = 6) -> str:
    """ "a, b and c"; beyond the limit "a, b, c and 4 more"."""
    names = list(dict.fromkeys(str(item) for item in items))
    if len(names) > limit:
        return f"{', '.join(names[: limit - 1])} and {len(names) - limit + 1} more"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
