"""Violation and Stack -> whether what a rule of cloudformation-validate judges is what the template gives.

The rules know the schemas and not this stack: they try values that it does not have and guess at what a reference gives.
"""

from __future__ import annotations

from collections.abc import Callable

from stackflight.check.handover import as_written
from stackflight.model.near import is_slip
from stackflight.model.placeholder import PLACEHOLDER
from stackflight.model.template import Path, Raw, Resource, Stack
from stackflight.model.value import Reference, Unknown, Value, as_list, known_text, render, unknowns_in
from stackflight.model.violation import Violation
from stackflight.patterns import compile_later

_READ_ATTRIBUTE = compile_later(r"GetAtt '(?P<id>\w+)\.(?P<attribute>[\w.]+)'")
_JUDGED_LENGTH = compile_later(r"length (\d+) is (?:below minimum|above maximum)")
_JUDGED_VALUE = compile_later(r"(?:Runtime )?'(?P<value>[^']*)' (?:is not one of|does not match|was deprecated)")
_EXCLUDED = compile_later(r"'(?P<one>\w+)' should not be included with '(?P<other>\w+)'")
_MISSPELT = compile_later(r"\('(?P<wrong>\w+)' was unexpected\. Did you mean '(?P<right>\w+)'\?\)")
_EXTENSION = compile_later(r"'Fn::(Length|ToJsonString)' is not supported")
_WITHOUT_DATA = frozenset({"AWS::Lambda::Version", "AWS::Lambda::LayerVersion", "AWS::ApiGateway::Deployment"})
_NO_VALUE = {"Ref": "AWS::NoValue"}


def holds(violation: Violation, stack: Stack) -> bool | Unknown:
    """Whether what a rule judges is what the template gives; True where that cannot be asked.

    E9006 asks for full engine versions; RDS takes a major one too, and chooses the minor version (RDS User Guide).
    E7001 takes an included section for an intrinsic (AWS::Include may stand at the top of any section). F6101 takes the
    data of a wait condition for an object; they are the text of one (AWS::CloudFormation::WaitCondition, return values).
    E1022 does not know that AWS::LanguageExtensions has put values in the place of its functions before others are asked.
    F0005 does not know the section Hooks (CloudFormation User Guide, blue/green deployments through CodeDeploy), E3001 takes
    a custom resource's Version of 1.0 for no number. All take a placeholder, which is filled in before a deployment, for the value.
    """
    if _is_known_wrong(violation, stack):
        return False
    if not violation.resource:
        return True
    resource = stack.resources.get(violation.resource)
    if resource is None:  # its condition is false, or a loop that stays open makes it
        return violation.resource not in stack.template.section("Resources")
    if violation.rule in _DOUBTS and not _DOUBTS[violation.rule](violation, stack, resource):
        return False
    match = _JUDGED_VALUE.match(violation.message)
    length = _JUDGED_LENGTH.match(violation.message)
    if match and violation.rule == "E9006" and f"'{match['value']}." in violation.message:
        return False
    if violation.path[:1] != ("Properties",) or not (match or length or violation.rule == "F3037"):
        return resource.exists
    given = _dig(resource, violation.path[1:])
    if isinstance(given, Unknown):
        return given
    text = known_text(given)
    if match:
        same: bool | Unknown = text == match["value"]
    elif length:
        same = text is None or len(text) == int(length[1])
    else:
        same = _repeats(given)
    return resource.exists if same is True else same


def _is_known_wrong(violation: Violation, stack: Stack) -> bool:
    if PLACEHOLDER.search(violation.message):
        return True
    match violation.rule:
        case "E7001":
            return "Fn::Transform" in stack.template.section("Mappings")
        case "E1022":
            extends = "AWS::LanguageExtensions" in as_list(stack.template.body.get("Transform"))
            return extends and bool(_EXTENSION.search(violation.message))
        case "F0005":
            return violation.message.startswith("'Hooks' ")
        case "E3001":
            return "property 'Version' must be" in violation.message
        case "F6101" if read := _READ_ATTRIBUTE.search(violation.message):
            named = stack.resources.get(read["id"])
            return bool(named and named.type == "AWS::CloudFormation::WaitCondition" and read["attribute"] == "Data")
    return False


def misspells(violation: Violation, stack: Stack) -> bool:
    """Whether a property stands there for sure that differs from a known one by a letter or by case alone."""
    found = _MISSPELT.search(violation.message) if violation.rule == "F3002" else None
    resource = stack.resources.get(violation.resource)
    return bool(found and resource and resource.exists is True and is_slip(found["wrong"], found["right"]))


def _is_no_arn(violation: Violation, _: Stack, resource: Resource) -> bool:
    """E3050 blames a Ref of a role with a path where Fn::GetAtt of its Arn stands."""
    given: Value = resource.properties
    for step in violation.path[1:]:
        given = given.get(str(step)) if isinstance(given, dict) else None
    return not (isinstance(given, Reference) and given.attribute == "Arn")


def _is_not_dynamic(violation: Violation, _: Stack, resource: Resource) -> bool:
    """W1031 and E9006 measure the text of a dynamic reference instead of what it stands for."""
    return "{{resolve:" not in render(_dig(resource, violation.path[1:])) + violation.message


def _meet(violation: Violation, stack: Stack, _: Resource) -> bool:
    """F3020 takes two properties together that stand in opposite branches of one condition."""
    found = _EXCLUDED.search(violation.message)
    path = violation.path[:-1] if found and violation.path[-1:] == (found["one"],) else violation.path
    held: Raw = stack.template.body
    for step in as_written(stack, ("Resources", violation.resource, *path)):
        try:
            held = held[step]
        except (KeyError, IndexError, TypeError):
            return True
    if not found or not isinstance(held, dict):
        return True
    match held.get(found["one"]), held.get(found["other"]):
        case {"Fn::If": [name, *ones]}, {"Fn::If": [other, *others]} if name == other:
            return any(one != _NO_VALUE and two != _NO_VALUE for one, two in zip(ones, others, strict=False))
    return True


_DOUBTS: dict[str, Callable[[Violation, Stack, Resource], bool]] = {
    "E3050": _is_no_arn,
    "E9006": _is_not_dynamic,
    "F3020": _meet,
    "W1031": _is_not_dynamic,
    "W9006": _is_not_dynamic,
    "W3011": lambda _violation, _stack, resource: resource.type not in _WITHOUT_DATA,
}


def _dig(resource: Resource, path: Path) -> Value:
    """The resolved value on a path; Unknown where it hangs on an input or the path does not lead to one."""
    value: Value = resource.properties
    for step in path:
        match value, step:
            case dict(), str() if step in value:
                value = value[step]
            case list(), int() if step < len(value):
                value = value[step]
            case Unknown(), _:
                return value
            case _:
                return Unknown(f"no value at {step}")
    return value if isinstance(value, list) or known_text(value) is not None else Unknown("known only at deployment")


def _repeats(items: Value) -> bool | Unknown:
    """Whether two items of a list are equal."""
    found = as_list(items)
    if any(item in found[:index] for index, item in enumerate(found) if not unknowns_in(item)):
        return True
    return next(iter(unknowns_in(items)), False)
