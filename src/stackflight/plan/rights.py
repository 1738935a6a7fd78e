"""Two worlds -> the rights that are widened: what a role may do, who may take it, and whom policies on resources let in.

A statement counts as wider unless one of the old ones covers its action and its resource, wildcards counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stackflight.model.difference import Right
from stackflight.model.identity import RESOURCE_DOCUMENTS, Role, Statement, fits, read_roles, read_statements
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, Value, as_dict, as_list, known_text, render
from stackflight.model.wildcards import matches
from stackflight.records import dataclass

_NOWHERE = Address("", "")


@dataclass(frozen=True, slots=True)
class _Grant:
    action: str
    resource: str
    conditions: bool


def find_rights(old: World, new: World) -> tuple[Right, ...]:
    """Everything that is newly allowed."""
    before = {address.id: role for address, role in read_roles(old).items()}
    found: list[Right] = []
    for address, role in read_roles(new).items():
        found += _of_role(new.title(address), role, before.get(address.id))
    found += _trust(old, new)
    found += _on_resources(old, new)
    return tuple(dict.fromkeys(found))


def _of_role(title: str, role: Role, was: Role | None) -> Iterator[Right]:
    grants = list(_grants(role.statements))
    known = list(_grants(was.statements)) if was else []
    wider = [grant for grant in grants if not any(_covers(other, grant) for other in known)]
    by_resource: dict[str, list[str]] = {}
    for grant in wider:
        by_resource.setdefault(grant.resource, []).append(grant.action)
    alike: dict[tuple[str, ...], list[str]] = {}
    for resource, actions in by_resource.items():
        alike.setdefault(tuple(dict.fromkeys(actions)), []).append(resource)
    why = "added" if was else "new role"
    for together, resources in alike.items():
        yield Right(title, together, tuple(resources), why)
    managed = tuple(name for name in role.managed if was is None or name not in was.managed)
    if managed:
        yield Right(title, tuple(f"all of {name}" for name in managed), (), why)
    denied = [] if was is None else [one for one in was.statements if not one.allow and one.actions not in {other.actions for other in role.statements if not other.allow}]  # fmt: skip
    for statement in denied:
        yield Right(title, statement.actions, tuple(map(render, statement.resources)), "no longer denied")


def _grants(statements: tuple[Statement, ...]) -> Iterator[_Grant]:
    for statement in statements:
        if statement.allow:
            for action in statement.actions:
                for resource in statement.resources or ("*",):
                    yield _Grant(action, render(resource), statement.conditions)


def _covers(wide: _Grant, narrow: _Grant) -> bool:
    return (
        fits(narrow.action, wide.action)
        and matches(narrow.resource, wide.resource)
        and (not wide.conditions or narrow.conditions)
    )


def _trust(old: World, new: World) -> Iterator[Right]:
    """Who may take a role that could not before."""
    before = {one.address.id: one for one in old.of_type("AWS::IAM::Role")}
    for role in new.of_type("AWS::IAM::Role"):
        was = before.get(role.address.id)
        if was is None:
            continue
        known = {who for who, _, _ in _allowed(was.get("AssumeRolePolicyDocument"))}
        for who, actions, _ in _allowed(role.get("AssumeRolePolicyDocument")):
            if who not in known:
                yield Right(who, actions, (new.title(role.address),), "may take the role")


def _on_resources(old: World, new: World) -> Iterator[Right]:
    before: Mapping[str, Resource] = {address.id: one for address, one in old.resources.items()}
    for type, path in RESOURCE_DOCUMENTS.items():
        for policy in new.of_type(type):
            was = before.get(policy.address.id)
            known = set(_allowed(was.get(path))) if was else set()
            for who, actions, resources in _allowed(policy.get(path)):
                if (who, actions, resources) not in known and not (was is None and _is_service(who)):
                    yield Right(who, actions, resources, f"by {new.title(policy.address)}")
    permissions = {one.address.id for one in old.of_type("AWS::Lambda::Permission")}
    for permission in new.of_type("AWS::Lambda::Permission"):
        if permission.address.id not in permissions:
            who = render(permission.get("Principal"))
            action = known_text(permission.get("Action")) or "lambda:InvokeFunction"
            yield Right(
                who, (action,), (render(permission.get("FunctionName")),), f"by {new.title(permission.address)}"
            )


def _is_service(who: str) -> bool:
    return who.endswith(".amazonaws.com")


def _allowed(document: Value) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Principal, actions and resources of every statement that allows."""
    for given in as_list(as_dict(document).get("Statement")):
        statements = read_statements({"Statement": [given]}, _NOWHERE)
        for statement in statements:
            if statement.allow:
                for who in _principals(as_dict(given).get("Principal")):
                    yield who, statement.actions, tuple(map(render, statement.resources))


def _principals(principal: Value) -> list[str]:
    given = principal.values() if isinstance(principal, dict) else [principal]
    names = [render(one) for item in given for one in as_list(item)]
    return ["anybody" if name == "*" else name for name in names]
