"""World -> Roles: the IAM statements that each role ends up with, wherever they are declared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from stackflight.model.identify import to_address
from stackflight.model.template import World
from stackflight.model.value import Address, Unknown, Value, as_dict, as_list, known_text, render


@dataclass(frozen=True, slots=True)
class Statement:
    """One Allow or Deny. `actions` are as written ("s3:Get*"); `source` is the resource that declares it."""

    allow: bool
    actions: tuple[str, ...]
    resources: tuple[Value, ...]
    source: Address
    conditions: bool = False
    inverted: bool = False

    def names(self, action: str) -> bool:
        """Whether one of its actions, wildcards counted, is this one."""
        return any(fits(action, pattern) for pattern in self.actions)


@dataclass(frozen=True, slots=True)
class Role:
    """A role with everything attached to it. `complete` is False where something attached is not readable."""

    address: Address
    statements: tuple[Statement, ...]
    managed: tuple[str, ...]
    complete: bool

    def allows(self, action: str) -> bool | None:
        """Whether the role may call an action on some resource; None where managed policies hide it."""
        if self.granting(action):
            return True
        return False if self.complete and not self.managed else None

    def granting(self, action: str) -> list[Statement]:
        """The statements that allow an action on something; managed policies are not among them."""
        return [statement for statement in self.statements if statement.allow and statement.names(action)]


def fits(action: str, pattern: str) -> bool:
    """Whether an action matches a pattern of a policy, case-insensitively."""
    expression = re.escape(pattern.lower()).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, action.lower()) is not None


def read_roles(world: World) -> Mapping[Address, Role]:
    """Every role declared in the world."""
    attached: dict[Address, list[Statement]] = {}
    shared: dict[Address, tuple[Statement, ...]] = {}
    unsure: set[Address] = set()
    for policy in world.of_type("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"):
        statements = tuple(read_statements(policy.get("PolicyDocument"), policy.address))
        shared[policy.address] = statements
        for item in [*as_list(policy.get("Roles")), policy.get("RoleName")]:
            target = to_address(world, item)
            if isinstance(target, Address):
                attached.setdefault(target, []).extend(statements)
    roles: dict[Address, Role] = {}
    for resource in world.of_type("AWS::IAM::Role"):
        own = [*attached.get(resource.address, [])]
        managed: list[str] = []
        for inline in as_list(resource.get("Policies")):
            if isinstance(inline, Unknown):
                unsure.add(resource.address)
            own += read_statements(as_dict(inline).get("PolicyDocument"), resource.address)
        for arn in as_list(resource.get("ManagedPolicyArns")):
            target = to_address(world, arn)
            if isinstance(target, Address) and target in shared:
                own += shared[target]
            elif isinstance(arn, Unknown) or "policy/" not in render(arn):
                unsure.add(resource.address)
            else:
                managed.append(render(arn).rsplit("policy/", 1)[1].rsplit("/", 1)[-1])
        roles[resource.address] = Role(resource.address, tuple(own), tuple(managed), resource.address not in unsure)
    return roles


def read_statements(document: Value, source: Address) -> list[Statement]:
    """The statements of a policy document; unreadable ones are left out."""
    found = []
    for item in as_list(as_dict(document).get("Statement")):
        given = as_dict(item)
        actions = [text for action in as_list(given.get("Action")) if (text := known_text(action))]
        inverted = given.get("NotAction") is not None
        if inverted:
            actions = ["*"]
        if not actions:
            continue
        found.append(
            Statement(
                allow=known_text(given.get("Effect")) != "Deny",
                actions=tuple(actions),
                resources=tuple(as_list(given.get("Resource"))),
                source=source,
                conditions=given.get("Condition") is not None,
                inverted=inverted,
            )
        )
    return found
