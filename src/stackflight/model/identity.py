"""World -> Roles: the IAM statements that each role ends up with, wherever they are declared."""

from __future__ import annotations

import re
from collections.abc import Mapping

from stackflight.model.identify import to_address
from stackflight.model.template import World
from stackflight.model.value import Address, Unknown, Value, as_dict, as_list, known_text, render
from stackflight.model.wildcards import matches
from stackflight.records import dataclass

RESOURCE_DOCUMENTS = {
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
    "AWS::ECR::Repository": "RepositoryPolicyText",
}
"""Where the policy stands that a resource keeps itself."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One Allow or Deny. `actions` are as written ("s3:Get*"); `source` is the resource that declares it.

    `misses_aws` says that its conditions never hold for a resource that AWS itself owns, `strikes_aws` that they always do,
    `holds_at_home` that they hold for every caller and resource of the own account, `spares_home` that they never do; `anyone` is False where it names
    principals, `ours` says that it names the own account as a whole, `signed` that its conditions never hold for a request
    that nobody has signed.
    """

    allow: bool
    actions: tuple[str, ...]
    resources: tuple[Value, ...]
    source: Address
    conditions: bool = False
    inverted: bool = False
    misses_aws: bool = False
    strikes_aws: bool = False
    holds_at_home: bool = False
    spares_home: bool = False
    anyone: bool = True
    ours: bool = False
    principals: tuple[Value, ...] = ()
    signed: bool = False
    when: Value = None
    """Its conditions as they are written."""

    def names(self, action: str) -> bool:
        """Whether one of its actions, wildcards counted, is this one."""
        return any(fits(action, pattern) for pattern in self.actions)


@dataclass(frozen=True, slots=True)
class Caller:
    """A role with its ARN, whose unknown parts are `${…}`; `role` is None for one that is not of the templates."""

    role: Address | None
    arn: str


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
    return matches(action.lower(), pattern.lower())


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
        condition = given.get("Condition")
        found.append(
            Statement(
                allow=known_text(given.get("Effect")) != "Deny",
                actions=tuple(actions),
                resources=tuple(as_list(given.get("Resource"))),
                source=source,
                conditions=condition is not None,
                inverted=inverted,
                misses_aws=any(_asks_for_ours(item, False) for item in _conditions(condition)),
                strikes_aws=condition is None or all(_asks_for_ours(item, True) for item in _conditions(condition)),
                holds_at_home=condition is None or all(_holds_at_home(item) for item in _conditions(condition)),
                spares_home=any(_spares_home(item) for item in _conditions(condition)),
                anyone=_is_anyone(given.get("Principal")),
                ours=_is_own_account(given.get("Principal")),
                principals=tuple(as_list(as_dict(given.get("Principal")).get("AWS"))),
                signed=_asks_who_calls(condition),
                when=condition,
            )
        )
    return found


_Asked = tuple[str, str, list[Value]]


def _conditions(condition: Value) -> list[_Asked]:
    """Operator, key and values of every condition, lower case; all of them have to hold."""
    found = [
        (operator.lower().removesuffix("ifexists"), key.lower(), as_list(values))
        for operator, keys in as_dict(condition).items()
        for key, values in as_dict(keys).items()
    ]
    return found or [("", "", [])]


def _asks_who_calls(condition: Value) -> bool:
    """Whether a condition fails for a request without a caller, of whom no key is known.

    Source: IAM User Guide, condition operators (missing keys), aws:PrincipalType; Amazon VPC Lattice User Guide, auth policies.
    """
    for operator, keys in as_dict(condition).items():
        kind = operator.lower()
        for key, values in as_dict(keys).items():
            if (
                key.lower() == "aws:principaltype"
                and kind.startswith("stringnotequals")
                and not kind.endswith("ifexists")
            ):
                return any((known_text(value) or "").lower() == "anonymous" for value in as_list(values))
            if key.lower().startswith("aws:principal") and kind in _POSITIVE:
                return True
    return False


_POSITIVE = {"stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike"}
_OWN_ACCOUNT = {"${AWS::AccountId}", "${aws:PrincipalAccount}"}


def _asks_for_ours(asked: _Asked, negated: bool) -> bool:
    """Whether a condition holds for what belongs to one's own account or organisation only; negated: for all but that.

    Source: IAM User Guide, global condition keys (aws:ResourceAccount, aws:ResourceOrgID), data perimeters: resources
    that AWS owns are outside of both.
    """
    operator, key, values = asked
    if operator not in ({"stringnotequals", "stringnotlike"} if negated else {"stringequals", "stringlike"}):
        return False
    texts = [render(value) for value in values]
    if key in {"aws:resourceaccount", "s3:resourceaccount"}:
        return bool(texts) and all(text in _OWN_ACCOUNT for text in texts)
    return key == "aws:resourceorgid" and bool(texts) and all(_is_organisation(text) for text in texts)


def _holds_at_home(asked: _Asked) -> bool:
    """Whether a condition holds for whoever and whatever belongs to the own account."""
    operator, _, _ = asked
    return operator in {"stringequals", "stringlike"} and _names_home(asked)


def _spares_home(asked: _Asked) -> bool:
    """Whether a condition holds for nobody and nothing of the own account."""
    operator, _, _ = asked
    return operator in {"stringnotequals", "stringnotlike"} and _names_home(asked)


def _names_home(asked: _Asked) -> bool:
    _, key, values = asked
    about = key in {"aws:resourceaccount", "s3:resourceaccount", "aws:principalaccount"}
    return about and any(render(value) in _OWN_ACCOUNT for value in values)


def _is_anyone(principal: Value) -> bool:
    given = principal.get("AWS") if isinstance(principal, dict) else principal
    return given is None or any(known_text(item) == "*" for item in as_list(given))


def _is_own_account(principal: Value) -> bool:
    given = as_list(principal.get("AWS")) if isinstance(principal, dict) else []
    own = re.compile(r"(?:arn:(?:aws[a-z-]*|\$\{[^}]*\}):iam::)?\$\{AWS::AccountId\}(?::root)?")
    return any(own.fullmatch(render(item)) for item in given)


def _is_organisation(text: str) -> bool:
    return text == "${aws:PrincipalOrgID}" or re.fullmatch(r"o-[a-z0-9]{10,32}", text) is not None
