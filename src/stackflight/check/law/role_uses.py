"""The rows of facts/role_uses -> findings: actions that a service calls with the role that a resource gives it.

`when` says whether the service calls them while the resource is made (it is refused without them, and the policy that
allows them has to be attached first) or while it runs (the stack is created and does not work). With `each`, a list of the
resource, `if` and `role` are asked of every item of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check
from stackflight.check.outcome import broken, refused
from stackflight.check.races import POLICY_NOT_READY, order_finding, unordered
from stackflight.check.readers.grants import Grants
from stackflight.check.rows.condition import Scope, holds
from stackflight.check.rows.wording import worded
from stackflight.facts.load import Row, all_rows, rows_for
from stackflight.model.finding import Finding
from stackflight.model.identity import Role
from stackflight.model.template import Resource
from stackflight.model.value import Address

TABLE = "role_uses"


def find_role_uses(case: Case) -> Iterator[Finding]:
    """Roles that lack what the service needs of them, or get it too late."""
    grants = Grants(case)
    for row in rows_for(TABLE, case.world.by_type):
        for resource in case.world.of_type(row["type"]):
            for role in _roles(case, grants, row, resource):
                yield from _finding(case, grants, row, resource, role)


def _roles(case: Case, grants: Grants, row: Row, resource: Resource) -> list[Role]:
    """The roles that a row asks about, each once."""
    found: dict[Address, Role] = {}
    whole = Scope.of(case, resource)
    parts = [replace(whole, value=item) for item in whole.values(row["each"] + "[]")] if "each" in row else [whole]
    for scope in parts:
        if "if" in row and holds(row["if"], scope) is not True:
            continue
        for value in scope.values(row["role"]):
            role = grants.role(value)
            if role is not None:
                found[role.address] = role
    return list(found.values())


def _finding(case: Case, grants: Grants, row: Row, resource: Resource, role: Role) -> Iterator[Finding]:
    scope = Scope.of(case, resource)
    lacking = [action for action in row["actions"] if grants.lacks(role, action)]
    if lacking:
        message = worded(row["message"], scope, role=str(role.address), actions=listed(lacking, limit=12))
        remedy = f"allow {listed(lacking, limit=20)} in {role.address}"
        involved = [role.address, resource.address]
        if row["when"] == "create":
            yield refused(case, _check(row), involved, message, remedy, struck=resource.address)
        else:
            yield broken(case, _check(row), involved, message, remedy)
    elif row["when"] == "create":
        late = unordered(case, resource.address, _sources(role, row["actions"]))
        if late and resource.exists is True:
            yield order_finding(
                case, POLICY_NOT_READY, resource.address, late,
                f"{resource.address} is made with the role {role.address}, whose policy may not be attached yet",
                sure=False, says=row.get("text", ""),
            )  # fmt: skip


def _sources(role: Role, actions: list[str]) -> list[Address]:
    """The policies without which an action is not allowed; none where the role itself or a managed policy allows it."""
    if role.managed:
        return []
    found: dict[Address, None] = {}
    for action in actions:
        sources = [statement.source for statement in role.granting(action)]
        if role.address not in sources:
            found.update(dict.fromkeys(sources))
    return list(found)


def role_use_checks() -> tuple[Check, ...]:
    """One check for each row, for the reference, `checks` and ignores."""
    return tuple(_check(row) for row in all_rows(TABLE))


def _check(row: Row) -> Check:
    return need_check(
        row, f"Needed: {listed(row['actions'], limit=12)}.", "the stack is created and does not do what it describes"
    )


def need_check(row: Row, explains: str, untested: str) -> Check:
    """The check of a row that asks for rights: it blocks where they are tested at creation, else `untested` is so."""
    tested = row["when"] == "create"
    return Check(
        row["id"],
        found_when=row["title"],
        explains=explains,
        may=(BLOCKING, WARNING) if tested else (WARNING,),
        weighed="" if tested else untested,
        says=row.get("text", ""),
        sources=(row["source"],),
    )
