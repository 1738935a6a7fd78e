"""The four ways in which a check speaks: refused at creation, doubtful, broken at run time, worth knowing.

A resource whose condition is undecided may not be there at all, so it makes a refusal doubtful.
"""

from __future__ import annotations

from collections.abc import Iterable

from stackflight.check.case import Case
from stackflight.check.check import Check
from stackflight.model.finding import Certainty, Consequence, Finding, Phase, Severity
from stackflight.model.identify import resource_named
from stackflight.model.template import Resource
from stackflight.model.value import (
    Address,
    Value,
    known_text,
    references_in,
)

At = tuple[str | int, ...]


def refused(
    case: Case,
    check: Check,
    resources: Iterable[Address],
    message: str,
    remedy: str,
    at: At = (),
    *,
    struck: Address | None = None,
    consequence: Consequence = Consequence.FAILS,
    says: str = "",
    phase: Phase = Phase.CREATE,
) -> Finding:
    """The service refuses `struck` (the first resource where not given), in the words `says`; the templates prove it."""
    involved = list(dict.fromkeys(resources))
    certain = all(case.resources[item].exists is True for item in involved if item in case.resources)
    return case.finding(
        check,
        involved,
        message,
        remedy,
        severity=Severity.BLOCKING if certain else Severity.WARNING,
        certainty=Certainty.PROVED if certain else Certainty.POSSIBLE,
        struck=[struck or involved[0]],
        consequence=consequence,
        at=at,
        says=says,
        phase=phase,
    )


def doubtful(
    case: Case,
    check: Check,
    resources: Iterable[Address],
    message: str,
    remedy: str,
    at: At = (),
    *,
    struck: Address | None = None,
    consequence: Consequence = Consequence.NONE,
    phase: Phase = Phase.CREATE,
) -> Finding:
    """It may fail: something that the templates do not say decides."""
    return case.finding(
        check,
        resources,
        message,
        remedy,
        severity=Severity.WARNING,
        certainty=Certainty.POSSIBLE,
        phase=phase,
        struck=[struck] if struck else (),
        consequence=consequence,
        at=at,
    )


def broken(
    case: Case,
    check: Check,
    resources: Iterable[Address],
    message: str,
    remedy: str,
    at: At = (),
    phase: Phase = Phase.RUN,
) -> Finding:
    """The stack is created, and what it describes does not work."""
    return case.finding(
        check, resources, message, remedy, severity=Severity.WARNING, certainty=Certainty.PROVED, phase=phase, at=at
    )


def noted(
    case: Case,
    check: Check,
    resources: Iterable[Address],
    message: str,
    remedy: str,
    at: At = (),
    phase: Phase = Phase.RUN,
) -> Finding:
    """Worth knowing; nothing fails."""
    return case.finding(
        check, resources, message, remedy, severity=Severity.NOTE, certainty=Certainty.PROVED, phase=phase, at=at
    )


def named(case: Case, value: Value, *types: str) -> Resource | None:
    """The resource of the world that a value names, if it has one of the types (any where none is given)."""
    return resource_named(case.world, value, *types)


def all_named(case: Case, value: Value, kind: str) -> list[Resource] | None:
    """The resources of a list, None unless every item is one of this type."""
    if not isinstance(value, list):
        return None
    found = [named(case, item, kind) for item in value]
    return [item for item in found if item is not None] if all(found) else None


def mentions(value: Value, *addresses: Address) -> bool:
    """Whether a value refers to one of the resources."""
    return any(reference.address in addresses for reference in references_in(value))


def services_of(case: Case, definition: Resource) -> list[Resource]:
    """The ECS services that run a task definition."""
    return [
        service
        for service in case.world.referrers.get(definition.address, ())
        if service.type == "AWS::ECS::Service" and mentions(service.get("TaskDefinition"), definition.address)
    ]


def handed_out(case: Case, address: Address) -> bool:
    """Whether something that may change the resource unseen is given it: a custom resource, a stack not read here."""
    return address in case.handed_out


def on_fargate(service: Resource) -> bool:
    """Whether a service says itself that it runs on Fargate."""
    return known_text(service.get("LaunchType")) == "FARGATE"


def function_of(case: Case, value: Value) -> Resource | None:
    """The function that a value names by reference, not through an alias or version."""
    found = [case.resources[ref.address] for ref in references_in(value) if ref.address in case.resources]
    functions = [item for item in found if item.type == "AWS::Lambda::Function"]
    return (
        functions[0]
        if len(functions) == 1 and not any(item.type.startswith("AWS::Lambda::A") for item in found)
        else None
    )
