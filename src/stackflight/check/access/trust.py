"""World -> findings on roles that a service which uses them may not assume.

Source: IAM User Guide (roles for services).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import broken, mentions, named, refused
from stackflight.check.readers.grants import trusted_services
from stackflight.check.readers.statements import statements
from stackflight.check.readers.unmet import Unmet, never_met
from stackflight.check.rows.scope import Scope
from stackflight.facts.load import read_table
from stackflight.model.edit import Append
from stackflight.model.finding import Consequence, Finding
from stackflight.model.template import Raw, Resource
from stackflight.model.value import as_dict, as_list, known_text, render

_ROLE = "AWS::IAM::Role"
_AT = ("AssumeRolePolicyDocument",)

ROLE_CANNOT_BE_ASSUMED = Check(
    "role-cannot-be-assumed",
    found_when="a role's trust policy does not name the service that uses it, or on a condition that never holds",
    explains="Most services test the role when they make what uses it; others are denied later, and tasks stop. Principals that are not "
    "known are silent. Which property takes a role for which service is in facts/trust.json.",
    may=(BLOCKING, WARNING),
    weighed="blocking where the service tests the role, or its tasks do not start without it; warning else",
    sources=(
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
    ),
)


class _Use(NamedTuple):
    """A resource that names a role; `services` are those of which one assumes it, `when` it is tested, `text` what AWS says."""

    resource: Resource
    role: Resource
    services: tuple[str, ...]
    when: str
    text: str


@finds(ROLE_CANNOT_BE_ASSUMED)
def find_trust(case: Case) -> Iterator[Finding]:
    """Roles that the service which needs them may not assume."""
    said = set()
    for use in (*_uses(case), *_instances(case)):
        trusted = trusted_services(use.role)
        if trusted is None or (use.role.address, use.services) in said:
            continue
        if not any(_is(use, name) for name in trusted):
            said.add((use.role.address, use.services))
            yield _finding(case, use, trusted)
        elif (unmet := _unmet(use)) is not None:
            said.add((use.role.address, use.services))
            yield _spoken(
                case, use,
                f"{use.resource.address} uses the role {use.role.address}, which {use.services[0]}.amazonaws.com may assume on "
                f"condition that {unmet.told}",
                unmet.remedy,
            )  # fmt: skip


def _is(use: _Use, name: str) -> bool:
    """Whether a principal is a service that the use asks for."""
    return any(name.startswith(f"{one}.") for one in use.services)


def _unmet(use: _Use) -> Unmet | None:
    """The condition that keeps a service out although it is named; None where a statement may let it in."""
    found = None
    for _, statement in statements(use.role.get(*_AT)):
        names = as_list(as_dict(statement.get("Principal")).get("Service"))
        if known_text(statement.get("Effect")) == "Allow" and any(_is(use, render(name)) for name in names):
            found = never_met(statement)
            if found is None:
                return None
    return found


def _uses(case: Case) -> Iterator[_Use]:
    """What facts/trust.json tells of the types of the world."""
    for row in read_table("trust")["uses"]:
        for resource in case.world.of_type(row["type"]):
            scope = Scope.of(case, resource)
            for value in (value for path in row["at"] for value in scope.values(path)):
                role = named(case, value, _ROLE)
                if role is not None:
                    yield _Use(resource, role, tuple(row["service"]), row["when"], row.get("text", ""))


def _instances(case: Case) -> Iterator[_Use]:
    for profile in case.world.of_type("AWS::IAM::InstanceProfile"):
        instances = [
            item for item in case.world.of_type("AWS::EC2::Instance") if mentions(item.properties, profile.address)
        ]
        for item in as_list(profile.get("Roles")):
            role = named(case, item, _ROLE)
            if role is not None and instances:
                yield _Use(instances[0], role, ("ec2",), "run", "the instance gets no credentials")


def _finding(case: Case, use: _Use, trusted: set[str]) -> Finding:
    role, resource, service = use.role.address, use.resource.address, f"{use.services[0]}.amazonaws.com"
    who = listed(sorted(trusted)) or "no service"
    message = f"{resource} uses the role {role}, which {who} may assume and {service} may not"
    remedy = f"add the principal {service} to the AssumeRolePolicyDocument of {role}"
    statement: Raw = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return replace(_spoken(case, use, message, remedy), fixes=((Append(role, "Statement", statement, _AT),),))


def _spoken(case: Case, use: _Use, message: str, remedy: str) -> Finding:
    """In the way in which the service finds out."""
    involved = [use.role.address, use.resource.address]
    if use.when == "run":
        return broken(case, ROLE_CANNOT_BE_ASSUMED, involved, message, remedy, _AT)
    consequence = Consequence.NONE if use.when == "start" else Consequence.FAILS
    return refused(
        case, ROLE_CANNOT_BE_ASSUMED, involved, message, remedy, _AT,
        struck=use.resource.address, consequence=consequence, says=use.text,
    )  # fmt: skip
