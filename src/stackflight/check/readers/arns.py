"""A value that names something -> the pattern of the ARNs that it may be, so that two of them can be held together.

What only a deployment tells is `*`. What CloudFormation or a service makes up for a resource stands as a mark of that
resource: it is never what is made up for another one, and no text that somebody has written out. How the ARN of a type
looks is in `facts/identifiers.json`.
"""

from __future__ import annotations

import re

from stackflight.facts.load import Row, read_table
from stackflight.facts.names import known_names
from stackflight.facts.types import type_facts
from stackflight.model.partition import partition_of
from stackflight.model.template import Environment, Resource, World
from stackflight.model.value import Reference, Text, Value, known_text
from stackflight.model.wildcards import meet
from stackflight.patterns import compile_later

_MARK = "\x00"
_MADE_UP = compile_later(f"{_MARK}[^{_MARK}]*{_MARK}")
_VARIABLE = compile_later(r"\$\{[^}]*\}")
_SLOT = compile_later(r"\{(\w+)\}")
_OPEN = {"region", "account", "partition", "suffix", "short", "revision", "moment"}
_DEEPEST = 5
_PARTS = 6
_SURELY_KEPT = 16
"""Characters of a stack's name that stand at the front of a made-up name of 63 or more."""


def arn_pattern(world: World, value: Value, depth: int = 0) -> str:
    """What a value may be once the stack is there; variables of policies are open as well."""
    if isinstance(value, Text):
        return "".join(arn_pattern(world, part, depth) for part in value.parts)
    if isinstance(value, Reference):
        resource = world.resources.get(value.address)
        if resource is None or depth > _DEEPEST:
            return "*"
        return _filled(world, resource, _form(resource, value.attribute), depth)
    text = known_text(value)
    return "*" if text is None else _VARIABLE.sub("*", text)


def own_arn(world: World, resource: Resource) -> str:
    """The ARN of a resource as a policy may name it before it is there; `*` where that is not known.

    A name that CloudFormation makes up begins with the stack's, of which a long one may be cut.
    """
    row = read_table("identifiers")["types"].get(resource.type, {})
    pattern = arn_pattern(world, Reference(resource.address, "Arn" if "arn" in row else "Ref"))
    if not pattern.startswith("arn:"):
        return "*"
    stack = world.stack(resource.address.stack.split("/")[0])
    begins = (stack.called or stack.name)[:_SURELY_KEPT]
    if "{lower}" in row.get("ref", ""):
        begins = begins.lower()
    named = re.sub(f"{_MARK}[^{_MARK}]*/name{_MARK}", f"{begins}*", pattern)
    return located(re.sub(r"\*+", "*", _MADE_UP.sub("*", named)), stack.environment)


def located(arn: str, environment: Environment) -> str:
    """An ARN with partition, Region and account where they are known; IAM takes no wildcard for the first."""
    head, _, service, region, account, rest = arn.split(":", _PARTS - 1)
    region = environment.region or region if region == "*" else region
    account = environment.account or account if account == "*" else account
    return ":".join((head, partition_of(environment.region), service, region, account, rest))


def may_cover(world: World, given: Value, wanted: Value) -> bool:
    """Whether a resource of a policy, with wildcards in it, may be what is wanted."""
    if _is_another(world, given, wanted):
        return False
    one, other = arn_pattern(world, given), arn_pattern(world, wanted)
    parts, others = one.split(":", _PARTS - 1), other.split(":", _PARTS - 1)
    if len(parts) < _PARTS or len(others) < _PARTS:
        return _meet(one, other)
    *head, last = zip(parts, others, strict=True)
    return all(_meet(part, opposite) for part, opposite in head) and _meet_names(*last)


def _meet_names(given: str, wanted: str) -> bool:
    """The names in two ARNs, part by part as long as no wildcard may reach over a colon."""
    (first, colon, rest), (other, more, others) = given.partition(":"), wanted.partition(":")
    if colon and more and not {"*", "?"} & {*first, *other}:
        return _meet(first, other) and _meet_names(rest, others)
    return _meet(given, wanted)


def _meet(given: str, wanted: str) -> bool:
    """What is made up may be anything to a wildcard that somebody has written, and nothing but itself to all else."""
    if _MARK not in given and ("*" in given or "?" in given):
        wanted = _MADE_UP.sub("*", wanted)
    return meet(given, wanted)


def _is_another(world: World, given: Value, wanted: Value) -> bool:
    """Whether both begin with a resource of the same type, and not with the same one."""
    one, other = (value.parts if isinstance(value, Text) else (value,) for value in (given, wanted))
    if not (isinstance(one[0], Reference) and isinstance(other[0], Reference)) or one[0].address == other[0].address:
        return False
    if len(one) > 1 and not (isinstance(one[1], str) and one[1].startswith(("/", ":"))):
        return False
    first, second = world.resources.get(one[0].address), world.resources.get(other[0].address)
    return first is not None and second is not None and first.type == second.type


def _form(resource: Resource, attribute: str) -> str:
    row: Row = read_table("identifiers")["types"].get(resource.type, {})
    if attribute == "Ref":
        form = row.get("ref", "{name}" if row else "*")
    elif attribute == "Arn":
        form = row.get("arn", "*")
    else:
        form = row.get("att", {}).get(attribute, "*")
    return str(form)


def _filled(world: World, resource: Resource, form: str, depth: int) -> str:
    """A form with what is known put in its place; what is made up is marked with its resource and its place."""

    def fill(slot: re.Match[str]) -> str:
        key = slot[1]
        if key in _OPEN:
            return "*"
        if key == "id":
            return _filled(world, resource, _form(resource, "Ref"), depth + 1) if depth <= _DEEPEST else "*"
        if key in {"name", "lower"}:
            return _name(world, resource, depth)
        if key == "path":
            return arn_pattern(world, resource.get("Path") or "/", depth + 1)
        return _mark(resource, key)

    return _SLOT.sub(fill, form)


def _name(world: World, resource: Resource, depth: int) -> str:
    known = known_names().get(resource.type)
    given = resource.get(*((known.property if known else "") or type_facts(resource.type).name).split("."))
    if given is None:
        return _mark(resource, "name")
    return arn_pattern(world, given, depth + 1)


def _mark(resource: Resource, key: str) -> str:
    return f"{_MARK}{resource.address.stack}/{resource.address.id}/{key}{_MARK}"
