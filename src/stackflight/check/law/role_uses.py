"""The rows of facts/role_uses -> findings: actions that a service calls with the role that a resource gives it.

`when` says whether the service calls them while the resource is made (it is refused without them, and the policy that
allows them has to be attached first) or while it runs (the stack is created and does not work). With `each`, a list of the
resource, `if`, `role` and `on` are asked of every item of it. `on` is the ARN of what the actions are called on, with the
path of the property that names it in braces ("{BucketARN}/*"), for all actions or by action; `{PATH>Arn}` is the ARN of
what is named there by a name or an address, `{subject}` that of the resource itself. With `one`, any of the actions is enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check
from stackflight.check.outcome import broken, refused
from stackflight.check.races import POLICY_NOT_READY, order_finding, unordered
from stackflight.check.readers.grants import Grants
from stackflight.check.rows.condition import holds
from stackflight.check.rows.scope import Scope
from stackflight.check.rows.wording import worded
from stackflight.facts.load import Row, all_rows, rows_for
from stackflight.model.finding import Finding
from stackflight.model.identity import Role
from stackflight.model.template import Resource
from stackflight.model.value import Address, Reference, Text, Unknown, Value, Zone, references_in

TABLE = "role_uses"


@dataclass(frozen=True)
class Use:
    """A role and what a service calls with it: each action, with the ARNs of what it is called on."""

    role: Role
    calls: tuple[tuple[str, Value], ...]


def find_role_uses(case: Case) -> Iterator[Finding]:
    """Roles that lack what the service needs of them, or get it too late."""
    grants = Grants(case)
    for row in rows_for(TABLE, case.world.by_type):
        for resource in case.world.of_type(row["type"]):
            for use in _uses(case, grants, row, resource):
                yield from _finding(case, grants, row, resource, use)


def _uses(case: Case, grants: Grants, row: Row, resource: Resource) -> list[Use]:
    """The roles that a row asks about, each once, with everything that it is used for."""
    found: dict[Address, Use] = {}
    whole = Scope.of(case, resource)
    parts = [replace(whole, value=item) for item in whole.values(row["each"] + "[]")] if "each" in row else [whole]
    for scope in parts:
        if "if" in row and holds(row["if"], scope) is not True:
            continue
        for value in scope.values(row["role"]):
            role = grants.role(value)
            if role is not None:
                before = found[role.address].calls if role.address in found else ()
                found[role.address] = Use(role, (*before, *_calls(row, scope)))
    return list(found.values())


def _calls(row: Row, scope: Scope) -> Iterator[tuple[str, Value]]:
    """Every action of a row with every ARN of the templates that it is called on, None where that is not said."""
    for action in row["actions"]:
        on = row.get("on", "")
        head, _, rest = (on.get(action, "") if isinstance(on, dict) else on).partition("{")
        path, _, tail = rest.partition("}")
        named = list(_named(scope, path)) if path else []
        yield from ((action, Text(tuple(part for part in (head, *_parts(value), tail) if part))) for value in named)
        if not named:
            yield action, None


def _named(scope: Scope, path: str) -> Iterator[Value]:
    """What a path names of the templates: with `>Arn` the ARN of each resource that is referred to there."""
    if path == "subject":
        yield Reference(scope.resource.address, "Arn")
        return
    for value in scope.values(path.removesuffix(">Arn")):
        referred = list(references_in(value))
        if path.endswith(">Arn"):
            yield from (Reference(one.address, "Arn") for one in referred)
        elif referred:
            yield value


def _parts(value: Value) -> tuple[str | Reference | Unknown | Zone, ...]:
    """The parts of a text; anything that is none is not known."""
    if isinstance(value, Text):
        return value.parts
    return (value,) if isinstance(value, (str, Reference, Unknown)) else (Unknown("an ARN"),)


def _finding(case: Case, grants: Grants, row: Row, resource: Resource, use: Use) -> Iterator[Finding]:
    role, scope = use.role, Scope.of(case, resource)
    lacking = {action: on for action, on in use.calls if grants.lacks(role, action, on)}
    if lacking and not (row.get("one") and len(lacking) < len(row["actions"])):
        message = worded(row["message"], scope, role=str(role.address), actions=listed(lacking, limit=12))
        targets = listed(one.address for on in lacking.values() for one in references_in(on))
        remedy = f"allow {listed(lacking, limit=20)}{targets and f' on {targets}'} in {role.address}"
        if any(role.granting(action) for action in lacking):
            message += f"; what it allows is not on {targets}"
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
