"""A condition of a fact's row and a resource -> True, False or None (the templates leave it open).

Paths begin at the resource, or inside `each` at the item (scope.py). A condition is one of

    {"path": P, OPERATOR: operand}     some value at the path fulfils the operator
    {"all": [C …]}  {"any": [C …]}  {"not": C}
    {"each": P, "some": C}             some item of a list fulfils C, whose paths begin at the item
    {"via": P, "type": T, "some": C}   the resource that P names has the type and fulfils C ("some" may be left out)
    {"from": T, "path": P, "some": C}  a resource of type T whose property P names this one fulfils C
    {"region": [R …]}                  the stack's Region
    {"any_of": T}                      the stack has a resource of type T
    {"users": T}                       a resource of type T refers to this one
    {"covered": P, "by": T, "at": Q, "if": C}   a resource of type T that fulfils C has a policy of collections at Q that covers the name at P
    {"strange": P, "to": Q, "of": [[T, N, R] …], "but": [text …]}
                                       what stands at P is the name N of no T that names at R what this one names at Q, which the
                                       stack makes itself, and none of the texts that need not be made
    {"custom": true}                   the stack has a custom resource or a nested stack, which may do anything
    {"paths": [P …], "count_gt": N}    how many values stand at several paths together

Operators: present, is, in, matches (a whole text), starts, ends, contains, json (whether a text is that), lt, lte, gt, gte, multiple_of, count_lt,
count_gt, length_gt, bytes_gt, names (a resource of this type), attribute (the attribute that is referred to), same_as,
less_than and not_less_than (another path of the same resource), uneven_over (a list at another path whose length does not
divide the number), repeats (whether two values at the path are the same),
apart_from (the resource that is named at another path is another one), not_among (some value is none of those at another path; with `"of": PATTERN` only values that match it), reference (whether it refers to a resource at all), own_region
(AWS::Region, or the Region that the stack is known to go to), names_role (whether it is the ARN of the role that is
named at another path).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import filterfalse

from stackflight.check.rows.comparison import (
    NUMBERS,
    PAIRS,
    Answer,
    all_of,
    any_of,
    compare,
    covers,
    lacks,
    negated,
    present,
    repeats,
    size,
)
from stackflight.check.rows.references import REFERENCES, apart, pointed
from stackflight.check.rows.scope import NOT_KEYS, Scope, parsed
from stackflight.facts.load import Row
from stackflight.model.identify import to_address
from stackflight.model.template import Resource
from stackflight.model.value import Unknown, Value


def holds(condition: Row, scope: Scope) -> Answer:
    """Whether a condition is fulfilled. Raises StopIteration for a condition that is none of the forms above."""
    if "path" in condition and "from" not in condition:
        return _operators(condition, scope)
    form = next(filter(_FORMS.__contains__, condition))
    return _FORMS[form](condition, scope)


def needed(condition: Row) -> frozenset[str]:
    """Properties without which a condition is not True of a resource; those that its form tells at a glance."""
    if "all" in condition:
        return frozenset[str]().union(*map(needed, condition["all"]))
    if "any" in condition:
        return frozenset.intersection(*map(needed, condition["any"]))
    forms = condition.keys()
    if "default" in forms or "from" in forms or condition.get("present") is False or not forms.isdisjoint(_OF_NOTHING):
        return frozenset()
    begin, steps, _ = parsed(condition.get("path") or condition.get("each") or condition.get("via") or "")
    return frozenset() if begin or not steps or steps[0][0] in NOT_KEYS else frozenset({steps[0][0]})


_OF_NOTHING = {"count_lt", "count_gt", "repeats", "not_among"}
"""Operators that may be fulfilled where nothing stands at the path."""


def _region(condition: Row, scope: Scope) -> Answer:
    region = scope.case.world.stack(scope.resource.address.stack).environment.region
    return region in condition["region"] if region else None


def _any_of_type(condition: Row, scope: Scope) -> Answer:
    stack = scope.resource.address.stack
    return any_of(
        _there(other) for other in scope.case.world.of_type(condition["any_of"]) if other.address.stack == stack
    )


def _custom(_: Row, scope: Scope) -> Answer:
    stack = scope.resource.address.stack
    made = (item for item in scope.case.resources.values() if item.address.stack == stack)
    return any(item.is_custom or item.type == "AWS::CloudFormation::Stack" for item in made)


def _strange(condition: Row, scope: Scope) -> Answer:
    parents = [pointed(scope.case, value) for value in scope.values(condition["to"])]
    stack = scope.resource.address.stack
    if not parents or parents[0] is None or parents[0].address.stack != stack or _custom(condition, scope):
        return None
    names: list[Value] = [*condition.get("but", ())]
    for type, name, of in condition["of"]:
        for other in scope.case.world.of_type(type):
            theirs = Scope.of(scope.case, other)
            owners = [pointed(scope.case, value) for value in theirs.values(of)]
            if None in owners:
                return None
            if any(owner is not None and owner.address == parents[0].address for owner in owners):
                names += theirs.values(name)
    return lacks(scope.values(condition["strange"]), names)


_FORMS: dict[str, Callable[[Row, Scope], Answer]] = {
    "all": lambda condition, scope: all_of(holds(part, scope) for part in condition["all"]),
    "any": lambda condition, scope: any_of(holds(part, scope) for part in condition["any"]),
    "not": lambda condition, scope: negated(holds(condition["not"], scope)),
    "each": lambda condition, scope: any_of(
        _item(condition["some"], scope, value) for value in scope.values(condition["each"] + "[]")
    ),
    "via": lambda condition, scope: any_of(_via(condition, scope, value) for value in scope.values(condition["via"])),
    "from": lambda condition, scope: any_of(
        _from(condition, scope, other) for other in scope.case.world.of_type(condition["from"])
    ),
    "region": _region,
    "any_of": _any_of_type,
    "custom": _custom,
    "strange": _strange,
    "users": lambda condition, scope: any_of(
        _there(user) for user in scope.case.users.get(scope.resource.address, ()) if user.type == condition["users"]
    ),
    "covered": lambda condition, scope: any_of(
        _covers(condition, scope, other) for other in scope.case.world.of_type(condition["by"])
    ),
    "paths": lambda condition, scope: size(
        [value for path in condition["paths"] for value in scope.values(path)], NUMBERS["gt"], condition["count_gt"]
    ),
}


_BESIDE = {"path", "default", "of"}
"""What stands in a condition beside its operator."""


def _operators(condition: Row, scope: Scope) -> Answer:
    operator = next(filterfalse(_BESIDE.__contains__, condition))
    operand = condition[operator]
    values = scope.values(condition["path"])
    if not values and "default" in condition:
        values = [condition["default"]]
    if operator == "present":
        found = any_of(present(value) for value in values)
        return found if operand else negated(found)
    if operator.startswith("count_"):
        return _count(operator, operand, condition["path"], values, scope)
    if operator == "repeats":
        return repeats(values) if operand else negated(repeats(values))
    if operator == "not_among":
        asked = [
            value
            for value in values
            if "of" not in condition or compare("matches", condition["of"], value) is not False
        ]
        return lacks(asked, scope.values(operand))
    if operator in PAIRS:
        return any_of(PAIRS[operator](value, other) for value in values for other in scope.values(operand))
    if operator == "apart_from":
        return any_of(apart(scope.case, value, other) for value in values for other in scope.values(operand))
    if operator in REFERENCES:
        return any_of(REFERENCES[operator](scope.case, scope.resource, value, operand) for value in values)
    return any_of(compare(operator, operand, value) for value in values)


def _item(condition: Row, scope: Scope, value: Value) -> Answer:
    if isinstance(value, Unknown):
        return None
    return holds(condition, replace(scope, value=value))


def _via(condition: Row, scope: Scope, value: Value) -> Answer:
    named = pointed(scope.case, value)
    if named is None:
        return None
    if "type" in condition and named.type != condition["type"]:
        return False
    inner = holds(condition["some"], Scope.of(scope.case, named)) if "some" in condition else True
    return all_of((_there(named), inner))


def _from(condition: Row, scope: Scope, other: Resource) -> Answer:
    joined = any_of(
        None if isinstance(value, Unknown) else to_address(scope.case.world, value) == scope.resource.address
        for value in Scope.of(scope.case, other).values(condition["path"])
    )
    inner = holds(condition["some"], Scope.of(scope.case, other)) if "some" in condition else True
    return all_of((joined, _there(other), inner)) if joined is not False else False


def _covers(condition: Row, scope: Scope, other: Resource) -> Answer:
    theirs = Scope.of(scope.case, other)
    names, policies = scope.values(condition["covered"]), theirs.values(condition["at"])
    inner = any_of(covers(policy, name) for policy in policies for name in names)
    return all_of((inner, _there(other), holds(condition["if"], theirs)))


def _count(operator: str, operand: int, path: str, values: list[Value], scope: Scope) -> Answer:
    compared = NUMBERS[operator.removeprefix("count_")]
    if not path.endswith("[]"):
        return any_of(size(item, compared, operand) for item in values) if values else compared(0, operand)
    lists = scope.values(path.removesuffix("[]"))
    if any(isinstance(item, Unknown) for item in lists):
        return None
    return size(values, compared, operand)


def _there(resource: Resource) -> Answer:
    return True if resource.exists is True else None
