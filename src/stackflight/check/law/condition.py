"""A condition of a fact's row and a resource -> True, False or None (the templates leave it open).

A path names properties: `A.B`, `A[].B` (any item of the list A), `A>B` (B of the resource that A names), `/A` (from the
resource's own properties, inside `each`), `@A` (an attribute beside them, as UpdatePolicy). A condition is one of

    {"path": P, OPERATOR: operand}     some value at the path fulfils the operator
    {"all": [C …]}  {"any": [C …]}  {"not": C}
    {"each": P, "some": C}             some item of a list fulfils C, whose paths begin at the item
    {"via": P, "type": T, "some": C}   the resource that P names has the type and fulfils C ("some" may be left out)
    {"from": T, "path": P, "some": C}  a resource of type T whose property P names this one fulfils C
    {"region": [R …]}                  the stack's Region
    {"any_of": T}                      the stack has a resource of type T
    {"users": T}                       a resource of type T refers to this one
    {"custom": true}                   the stack has a custom resource or a nested stack, which may do anything
    {"paths": [P …], "count_gt": N}    how many values stand at several paths together

Operators: present, is, in, matches (a whole text), starts, ends, contains, lt, lte, gt, gte, multiple_of, count_lt,
count_gt, length_gt, bytes_gt, names (a resource of this type), attribute (the attribute that is referred to), same_as,
less_than and not_less_than (another path of the same resource), reference (whether it refers to a resource at all),
own_region (AWS::Region, or the Region that the stack is known to go to), names_role (whether it is the ARN of the role
that is named at another path).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from stackflight.check.case import Case
from stackflight.facts.load import Row
from stackflight.model.identify import resource_named, to_address
from stackflight.model.template import Resource
from stackflight.model.value import Reference, Text, Unknown, Value, as_list, known_int, known_text, render

Answer: TypeAlias = bool | None

_ABSENT = "AWS::NoValue"
_UNREAD = Unknown("a part that the templates do not determine")


@dataclass(frozen=True)
class Scope:
    """What a condition is asked of: a resource, and the value inside it at which paths begin."""

    case: Case
    resource: Resource
    value: Value

    @staticmethod
    def of(case: Case, resource: Resource) -> Scope:
        """A resource as a whole."""
        return Scope(case, resource, resource.properties)

    def values(self, path: str) -> list[Value]:
        """Everything that stands at a path; an absent property gives nothing, an unread container one Unknown."""
        if path.startswith("/"):
            return replace(self, value=self.resource.properties).values(path[1:])
        if path.startswith("@"):
            return replace(self, value=dict(self.resource.attributes)).values(path[1:])
        head, more, rest = path.partition(">")
        found = list(_descend(self.value, head.split("."))) if head else [self.value]
        if not more:
            return found
        further: list[Value] = []
        for value in found:
            named = pointed(self.case, value)
            further += Scope.of(self.case, named).values(rest) if named is not None else [_UNREAD]
        return further


def _descend(value: Value, names: list[str]) -> Iterator[Value]:
    if isinstance(value, Reference) and value.address.id == _ABSENT:
        return
    if isinstance(value, Unknown) and names:
        yield from _inside(value, names)
        return
    if not names:
        if value is not None:
            yield value
        return
    name, listed = names[0].removesuffix("[]"), names[0].endswith("[]")
    inner = value.get(name) if isinstance(value, dict) and name else value if not name else None
    if not listed:
        yield from _descend(inner, names[1:])
    elif isinstance(inner, Unknown):
        yield from _inside(inner, names[1:])
    else:
        for item in as_list(inner):
            yield from _descend(item, names[1:])


def _inside(value: Unknown, names: list[str]) -> Iterator[Value]:
    """What may stand at a path inside something that is not known: never more than an unread value."""
    yield Unknown(value.why, value.decided_by, (_absent(), value) if names else value.candidates)


def _absent() -> Value:
    return None


def holds(condition: Row, scope: Scope) -> Answer:
    """Whether a condition is fulfilled. Raises KeyError for a condition that is none of the forms above."""
    if "all" in condition:
        return _all(holds(part, scope) for part in condition["all"])
    if "any" in condition:
        return _any(holds(part, scope) for part in condition["any"])
    if "not" in condition:
        return _not(holds(condition["not"], scope))
    if "each" in condition:
        return _any(_item(condition["some"], scope, value) for value in scope.values(condition["each"] + "[]"))
    if "via" in condition:
        return _any(_via(condition, scope, value) for value in scope.values(condition["via"]))
    if "from" in condition:
        return _any(_from(condition, scope, other) for other in scope.case.world.of_type(condition["from"]))
    if "region" in condition:
        region = scope.case.world.stack(scope.resource.address.stack).environment.region
        return region in condition["region"] if region else None
    if "any_of" in condition:
        stack = scope.resource.address.stack
        return _any(
            _there(other) for other in scope.case.world.of_type(condition["any_of"]) if other.address.stack == stack
        )
    if "custom" in condition:
        stack = scope.resource.address.stack
        made = (item for item in scope.case.resources.values() if item.address.stack == stack)
        return any(item.is_custom or item.type == "AWS::CloudFormation::Stack" for item in made)
    if "users" in condition:
        users = scope.case.users.get(scope.resource.address, ())
        return _any(_there(user) for user in users if user.type == condition["users"])
    if "paths" in condition:
        together = [value for path in condition["paths"] for value in scope.values(path)]
        return _size(together, _NUMBERS["gt"], condition["count_gt"])
    return _operators(condition, scope)


def _operators(condition: Row, scope: Scope) -> Answer:
    [(operator, operand)] = [(key, value) for key, value in condition.items() if key not in {"path", "default"}]
    values = scope.values(condition["path"])
    if not values and "default" in condition:
        values = [condition["default"]]
    if operator == "present":
        found = _any(_present(value) for value in values)
        return found if operand else _not(found)
    if operator.startswith("count_"):
        return _count(operator, operand, condition["path"], values)
    if operator in _PAIRS:
        return _any(_PAIRS[operator](value, other) for value in values for other in scope.values(operand))
    if operator in _REFERENCES:
        return _any(_REFERENCES[operator](scope, value, operand) for value in values)
    return _any(_compare(operator, operand, value) for value in values)


def _item(condition: Row, scope: Scope, value: Value) -> Answer:
    if isinstance(value, Unknown):
        return None
    return holds(condition, replace(scope, value=value))


def pointed(case: Case, value: Value) -> Resource | None:
    """The resource that a value names, also by an ARN that is put together around it."""
    if isinstance(value, Text):
        references = [part for part in value.parts if isinstance(part, Reference)]
        value = references[0] if len(references) == 1 else value
    return resource_named(case.world, value)


def _via(condition: Row, scope: Scope, value: Value) -> Answer:
    named = pointed(scope.case, value)
    if named is None:
        return None
    if "type" in condition and named.type != condition["type"]:
        return False
    inner = holds(condition["some"], Scope.of(scope.case, named)) if "some" in condition else True
    return _all((_there(named), inner))


def _from(condition: Row, scope: Scope, other: Resource) -> Answer:
    joined = _any(
        None if isinstance(value, Unknown) else to_address(scope.case.world, value) == scope.resource.address
        for value in Scope.of(scope.case, other).values(condition["path"])
    )
    inner = holds(condition["some"], Scope.of(scope.case, other)) if "some" in condition else True
    return _all((joined, _there(other), inner)) if joined is not False else False


def _present(value: Value) -> Answer:
    if not isinstance(value, Unknown) or not value.candidates:
        return True
    kinds = {_is_there(candidate) for candidate in value.candidates}
    return kinds.pop() if len(kinds) == 1 else None


def _is_there(value: Value) -> bool:
    return value is not None and not (isinstance(value, Reference) and value.address.id == _ABSENT)


def _count(operator: str, operand: int, path: str, values: list[Value]) -> Answer:
    if not values and not path.endswith("[]"):
        return _NUMBERS[operator.removeprefix("count_")](0, operand)
    lists = [values] if path.endswith("[]") else values
    return _any(_size(item, _NUMBERS[operator.removeprefix("count_")], operand) for item in lists)


def _size(value: Value, compare: Callable[[float, float], bool], operand: int) -> Answer:
    if not isinstance(value, list) or any(isinstance(item, Unknown) for item in value):
        return None
    return compare(len(value), operand)


def _compare(operator: str, operand: Any, value: Value) -> Answer:
    if isinstance(value, Unknown):
        answers = {
            _compare(operator, operand, candidate) if _is_there(candidate) else False for candidate in value.candidates
        }
        return answers.pop() if len(answers) == 1 else None
    if operator in _NUMBERS:
        number = _number(value)
        return _NUMBERS[operator](number, operand) if number is not None else None
    text = known_text(value)
    if text is not None:
        return _TEXTS[operator](text, operand)
    if isinstance(value, Text) and operator in {"starts", "ends", "is", "in"}:
        return _partly(operator, operand, value)
    if isinstance(value, Text) and operator == "contains":
        return True if any(isinstance(part, str) and operand in part for part in value.parts) else None
    if isinstance(value, (dict, list)) and operator in {"contains", "bytes_gt"}:
        return _TEXTS[operator](json.dumps(_plain(value)), operand)
    return None


def _partly(operator: str, operand: Any, value: Text) -> Answer:
    """What the known beginning or end of a text rules out or decides."""
    first, last = value.parts[0], value.parts[-1]
    if operator == "starts" and isinstance(first, str):
        return True if first.startswith(operand) else None if operand.startswith(first) else False
    if operator == "ends" and isinstance(last, str):
        return True if last.endswith(operand) else None if operand.endswith(last) else False
    options = [str(item) for item in as_list(operand)]
    if operator in {"is", "in"} and isinstance(first, str) and not any(item.startswith(first) for item in options):
        return False
    return None


def _plain(value: Value) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool)) else render(value)


def _same(value: Value, other: Value) -> Answer:
    if isinstance(value, Unknown) or isinstance(other, Unknown):
        return None
    if isinstance(value, Reference) or isinstance(other, Reference):
        return True if value == other else None
    first, second = known_text(value), known_text(other)
    return first == second if first is not None and second is not None else None


def _number(value: Value) -> float | None:
    whole = known_int(value)
    if whole is not None:
        return float(whole)
    text = known_text(value)
    return float(text) if text is not None and re.fullmatch(r"-?\d+(\.\d+)?", text.strip()) else None


def _less(value: Value, other: Value) -> Answer:
    first, second = _number(value), _number(other)
    return first < second if first is not None and second is not None else None


def _not_less(value: Value, other: Value) -> Answer:
    return _not(_less(value, other))


def _names_role(value: Value, name: Value) -> Answer:
    text, wanted = render(value), known_text(name)
    return text.endswith(f":role/{wanted}") if wanted and not isinstance(value, (Unknown, Reference)) else None


def _names(scope: Scope, value: Value, kind: str) -> Answer:
    named = resource_named(scope.case.world, value)
    return named.type == kind if named is not None else None


def _attribute(_: Scope, value: Value, attribute: str) -> Answer:
    return value.attribute == attribute if isinstance(value, Reference) else None


def _reference(_: Scope, value: Value, wanted: bool) -> Answer:
    return None if isinstance(value, Unknown) else isinstance(value, Reference) is wanted


def _own_region(scope: Scope, value: Value, _: bool) -> Answer:
    region = scope.case.world.stack(scope.resource.address.stack).environment.region
    if isinstance(value, Unknown):
        return True if "AWS::Region" in value.why or "AWS::Region" in value.decided_by else None
    return known_text(value) == region


def _there(resource: Resource) -> Answer:
    return True if resource.exists is True else None


def _all(answers: Iterable[Answer]) -> Answer:
    given = list(answers)
    if False in given:
        return False
    return None if None in given else True


def _any(answers: Iterable[Answer]) -> Answer:
    given = list(answers)
    if True in given:
        return True
    return None if None in given else False


def _not(answer: Answer) -> Answer:
    return None if answer is None else not answer


_PAIRS: dict[str, Callable[[Value, Value], Answer]] = {
    "same_as": _same,
    "less_than": _less,
    "not_less_than": _not_less,
    "names_role": _names_role,
}
_REFERENCES: dict[str, Callable[[Scope, Value, Any], Answer]] = {
    "names": _names,
    "attribute": _attribute,
    "reference": _reference,
    "own_region": _own_region,
}
_NUMBERS: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda value, limit: value < limit,
    "lte": lambda value, limit: value <= limit,
    "gt": lambda value, limit: value > limit,
    "gte": lambda value, limit: value >= limit,
    "multiple_of": lambda value, unit: value % unit == 0,
}
_TEXTS: dict[str, Callable[[str, Any], bool]] = {
    "is": lambda text, wanted: text == (known_text(wanted) if not isinstance(wanted, str) else wanted),
    "in": lambda text, wanted: text in {known_text(item) for item in wanted},
    "matches": lambda text, pattern: re.fullmatch(pattern, text, re.DOTALL) is not None,
    "starts": lambda text, start: text.startswith(start),
    "ends": lambda text, end: text.endswith(end),
    "contains": lambda text, part: part in text,
    "length_gt": lambda text, limit: len(text) > limit,
    "bytes_gt": lambda text, limit: len(text.encode()) > limit,
}
