"""Change set -> the rights and ways in that it widens: statements that allow more, denials that go, open ingress.

Of what is changed everything new is told, of what is added only what is wide open: everybody, every action, the whole internet.
Source: IAM User Guide, policy elements; EC2 API reference, security group rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stackflight.model.change import Action, Change
from stackflight.model.moment import Widening
from stackflight.model.plan import ChangeSet
from stackflight.model.value import Value, as_dict, as_list, render
from stackflight.model.wildcards import matches
from stackflight.records import dataclass

_EVERYWHERE = {"0.0.0.0/0", "::/0"}
_MIGHTY = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")
_INGRESS = {"AWS::EC2::SecurityGroup": "SecurityGroupIngress", "AWS::EC2::SecurityGroupIngress": ""}


@dataclass(frozen=True)
class _Grant:
    """One thing that is allowed, or with `deny` forbidden. `condition` is empty where there is none."""

    who: str
    action: str
    what: str
    condition: str = ""
    deny: bool = False

    def covers(self, other: _Grant) -> bool:
        """Whether it allows what the other one does."""
        return (
            self.condition in {"", other.condition}
            and self.deny == other.deny
            and matches(other.who, self.who)
            and matches(other.action.lower(), self.action.lower())
            and matches(other.what, self.what)
        )

    @property
    def is_wide(self) -> bool:
        """Whether it is for everybody, or for everything of a service or of all."""
        if self.deny or self.condition:
            return False
        if self.who:  # in the policy of a resource "*" is that resource
            return self.who == "*"
        return self.what == "*" and (self.action == "*" or self.action.endswith(":*"))

    @property
    def sentence(self) -> str:
        """For people."""
        who = f"{'everybody' if self.who == '*' else self.who} " if self.who else ""
        on = f" on {'everything' if self.what == '*' else self.what}" if self.what else ""
        when = ", on conditions" if self.condition else ""
        return f"{who}may {'do everything' if self.action == '*' else self.action}{on}{when}"


def find_widenings(change_set: ChangeSet) -> tuple[Widening, ...]:
    """Those of one stack, in the order of its change set, then those in nested stacks."""
    found = []
    for change in change_set.changes:
        if change.action is Action.REMOVE or change.after is None:
            continue
        texts = dict.fromkeys((*_rights(change), *_ways_in(change)))
        found += [Widening(change_set.stack, change.resource, change.type, text) for text in texts]
    for one in change_set.nested:
        found += find_widenings(one)
    return tuple(found)


def _rights(change: Change) -> Iterator[str]:
    before, after = change.before or {}, change.after or {}
    old, new = list(_grants(change.type, before)), list(_grants(change.type, after))
    for grant in new:
        if grant.deny or any(one.covers(grant) for one in old):
            continue
        if grant.is_wide or change.action is not Action.ADD:
            yield grant.sentence
    for grant in old:
        if grant.deny and not any(one.covers(grant) for one in new):
            yield f"no longer denies {grant.action}{f' on {grant.what}' if grant.what else ''}"
    managed = {render(arn).rsplit("/", 1)[-1] for arn in as_list(after.get("ManagedPolicyArns"))}
    managed -= {render(arn).rsplit("/", 1)[-1] for arn in as_list(before.get("ManagedPolicyArns"))}
    for name in sorted(managed):
        if change.action is not Action.ADD or name in _MIGHTY:
            yield f"has the managed policy {name}"
    if before.get("PermissionsBoundary") and not after.get("PermissionsBoundary"):
        yield "has no permissions boundary any more"


def _grants(type: str, properties: Mapping[str, Value]) -> Iterator[_Grant]:
    if type == "AWS::Lambda::Permission":
        condition = render(properties.get("SourceArn") or properties.get("SourceAccount"))
        yield _Grant(render(properties.get("Principal")), render(properties.get("Action")), "", condition)
    for value in properties.values():
        yield from _in_documents(value)


def _in_documents(value: Value) -> Iterator[_Grant]:
    """The statements of every policy document in a value."""
    for item in as_list(value):
        inner = as_dict(item)
        for statement in as_list(inner.get("Statement")):
            yield from _of_statement(as_dict(statement))
        for name, other in inner.items():
            if name != "Statement":
                yield from _in_documents(other)


def _of_statement(statement: Mapping[str, Value]) -> Iterator[_Grant]:
    condition = repr(statement["Condition"]) if statement.get("Condition") else ""
    if statement.get("NotAction") or statement.get("NotResource") or statement.get("NotPrincipal"):
        condition += "inverted"  # told as narrower than it may be: never as wide open
    for who in _principals(statement.get("Principal")):
        for action in as_list(statement.get("Action") or statement.get("NotAction")):
            for what in as_list(statement.get("Resource") or statement.get("NotResource")) or [""]:
                yield _Grant(who, render(action), render(what), condition, statement.get("Effect") == "Deny")


def _principals(value: Value) -> list[str]:
    if not isinstance(value, dict):
        return [render(one) for one in as_list(value)] or [""]
    return [render(one) for group in value.values() for one in as_list(group)]


def _ways_in(change: Change) -> Iterator[str]:
    if change.type not in _INGRESS:
        return
    old, new = (_rules(side or {}, _INGRESS[change.type]) for side in (change.before, change.after))
    for source, ports in new:
        if (source, ports) not in old and (source in _EVERYWHERE or change.action is not Action.ADD):
            yield f"lets {'the whole internet' if source in _EVERYWHERE else source} in at {ports}"


def _rules(properties: Mapping[str, Value], section: str) -> list[tuple[str, str]]:
    """The rules of a group, or the one that a resource of its own is."""
    if section:
        return [_rule(as_dict(one)) for one in as_list(properties.get(section))]
    return [_rule(properties)] if properties else []


def _rule(rule: Mapping[str, Value]) -> tuple[str, str]:
    names = ("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "SourceSecurityGroupName", "SourcePrefixListId")
    source = next((render(rule[name]) for name in names if rule.get(name)), "somebody")
    first, last = render(rule.get("FromPort")), render(rule.get("ToPort"))
    protocol = render(rule.get("IpProtocol"))
    if protocol == "-1" or not first:
        return source, "every port"
    return source, f"{protocol} {first}" + (f" to {last}" if last != first else "")
