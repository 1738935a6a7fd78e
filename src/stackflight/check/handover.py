"""Stack -> Handover: the stack as the rules of others can read it, with nothing in it that is still to be decided by us.

Those rules see one template and guess at what parameters and conditions make of it: both branches of an Fn::If at once, the
empty default in the branch that it does not lead to. So they get the values that are given or default, the branch that is
taken, the resources that there will be. What stays open is a parameter without a value, of which they know nothing either.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from stackflight.model.template import Path, Raw, Resource, Stack
from stackflight.model.value import PSEUDO_PARAMETERS, Reference, Text, Unknown, Value, Zone, Zones
from stackflight.model.violation import Handover

_OPEN = "StackflightOpen"
_MOST_COMBINATIONS = 64


def hand_over(stack: Stack, resolved: bool) -> Handover:
    """What the rules get beside the text; the template in full only where a set asks for it."""
    parameters = _parameters(stack.template.section("Parameters"), stack)
    decided = _decided(stack)
    if not resolved:
        return Handover(parameters, decided)
    types = sorted({resource.type for resource in stack.resources.values()})
    return Handover(parameters, decided, _Writer(stack).write(), tuple(types))


def as_written(stack: Stack, path: Path) -> Path:
    """Where in the template as written a value of the `decided` one stands: past each Fn::If that was decided."""
    found: list[str | int] = []
    value: Raw = stack.template.body
    for step in path:
        while (branch := _branch(stack, value)) is not None:
            found += ["Fn::If", branch]
            value = value["Fn::If"][branch]
        found.append(step)
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            break
    return tuple(found)


def _decided(stack: Stack) -> str:
    """The template, as JSON, with the branches that are taken and the resources and outputs that there will be."""
    if not any(isinstance(decided, bool) for decided in stack.conditions.values()):
        return ""
    body: dict[str, Any] = {**stack.template.body}
    body["Conditions"] = {
        name: raw if isinstance(decided := stack.conditions.get(name), Unknown | None) else _CONSTANT[decided]
        for name, raw in stack.template.section("Conditions").items()
    }
    gone = {name for name, raw in stack.template.section("Resources").items() if _is_absent(stack, raw)}
    for section in ("Resources", "Outputs"):
        if section in body:
            body[section] = {
                name: _settled(stack, _pruned(stack, raw), gone)
                for name, raw in stack.template.section(section).items()
                if not _is_absent(stack, raw)
            }
    return json.dumps(body, default=str)


_CONSTANT = {True: {"Fn::Equals": ["a", "a"]}, False: {"Fn::Equals": ["a", "b"]}}


def _is_absent(stack: Stack, raw: Raw) -> bool:
    return isinstance(raw, dict) and stack.conditions.get(str(raw.get("Condition"))) is False


def _settled(stack: Stack, raw: Raw, gone: Collection[str]) -> Raw:
    """An entry that waits for nothing that there will not be, and hangs on no condition that is met."""
    if not isinstance(raw, dict):
        return raw
    left = {
        key: value for key, value in raw.items() if key != "Condition" or stack.conditions.get(str(value)) is not True
    }
    if isinstance(waits := raw.get("DependsOn"), (str, list)):
        left["DependsOn"] = [name for name in ([waits] if isinstance(waits, str) else waits) if name not in gone]
    return left if left.get("DependsOn", True) else {key: value for key, value in left.items() if key != "DependsOn"}


def _pruned(stack: Stack, value: Raw) -> Raw:
    branch = _branch(stack, value)
    if branch is not None:
        return _pruned(stack, value["Fn::If"][branch])
    if isinstance(value, dict):
        return {key: _pruned(stack, item) for key, item in value.items()}
    return [_pruned(stack, item) for item in value] if isinstance(value, list) else value


def _branch(stack: Stack, value: Raw) -> int | None:
    """1 or 2 where a value is an Fn::If that leads there, else None."""
    match value:
        case {"Fn::If": [str(name), _, _]} if len(value) == 1:
            decided = stack.conditions.get(name)
            return (1 if decided else 2) if isinstance(decided, bool) else None
    return None


def _parameters(declared: Any, stack: Stack) -> dict[str, str]:
    """The value of each parameter whose allowed values the rules would otherwise all try, in every combination.

    A few that have no value are left to them; of many they would not come to an end.
    """
    chosen: dict[str, str] = {}
    open_ones: dict[str, list[Raw]] = {}
    for name, raw in declared.items():
        allowed = raw.get("AllowedValues") if isinstance(raw, dict) else None
        if not isinstance(allowed, list) or not allowed:
            continue
        value = stack.parameters.get(name)
        if isinstance(value, (str, int, float)):
            chosen[name] = str(value)
        elif isinstance(value, list) and all(isinstance(item, str) for item in value):
            chosen[name] = ",".join(map(str, value))
        else:
            open_ones[name] = allowed
    combinations = 1
    for allowed in open_ones.values():
        combinations = min(combinations * len(allowed), _MOST_COMBINATIONS + 1)
    if combinations > _MOST_COMBINATIONS:
        chosen |= {name: str(allowed[0]) for name, allowed in open_ones.items()}
    return chosen


class _Writer:
    """One stack as a template: resources and outputs, and a parameter for each thing that is open."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._open: dict[tuple[str, tuple[str, ...]], str] = {}

    def write(self) -> str:
        resources = {id: self._resource(resource) for id, resource in self._stack.resources.items()}
        outputs = {name: self._output(name, value) for name, value in self._stack.outputs.items()}
        parameters = {name: {"Type": "String"} for name in self._open.values()}
        body: dict[str, Any] = {"Parameters": parameters, "Resources": resources, "Outputs": outputs}
        return json.dumps({name: section for name, section in body.items() if section})

    def _resource(self, resource: Resource) -> dict[str, Any]:
        written: dict[str, Any] = {"Type": resource.type}
        if resource.properties:
            written["Properties"] = self._value(resource.properties)
        for name, value in resource.attributes.items():
            if name != "Metadata":
                written[name] = self._value(value)
        waits = [edge.target.id for edge in resource.edges if edge.kind == "DependsOn"]
        if waits := [id for id in waits if id in self._stack.resources]:
            written["DependsOn"] = waits
        return written

    def _output(self, name: str, value: Value) -> dict[str, Any]:
        written = {"Value": self._value(value)}
        export = self._stack.template.section("Outputs").get(name, {}).get("Export")
        if isinstance(export, dict) and isinstance(export.get("Name"), str):
            written["Export"] = export
        return written

    def _value(self, value: Value) -> Any:
        match value:
            case dict():
                return {key: self._value(item) for key, item in value.items()}
            case list():
                return [self._value(item) for item in value]
            case Reference(address, attribute) if address.stack == self._stack.name:
                if address.id not in self._stack.resources:
                    return self._ask(str(address.id), ())
                return self._reference(address.id, attribute)
            case Reference(address, attribute):
                return self._ask(f"{address.stack} {address.id} {attribute}", ())
            case Unknown(why, decided_by):
                return {"Ref": why} if why in PSEUDO_PARAMETERS else self._ask(why, decided_by)
            case Zone(region, index):
                return {"Fn::Select": [index, {"Fn::GetAZs": region}]}
            case Zones(region):
                return {"Fn::GetAZs": region}
            case Text(parts):
                return self._text(parts)
            case _:
                return value

    def _reference(self, id: str, attribute: str) -> Any:
        """Fn::GetAtt of a name is the name where the resource is given one: rules compare names as text."""
        given = self._stack.resources[id].properties.get(attribute) if attribute.endswith("Name") else None
        if isinstance(given, str):
            return given
        return {"Ref": id} if attribute == "Ref" else {"Fn::GetAtt": [id, attribute]}

    def _text(self, parts: tuple[str | Reference | Unknown | Zone, ...]) -> Any:
        text, names = "", {}
        for number, part in enumerate(parts):
            if isinstance(part, str):
                text += part.replace("${", "${!")
            else:
                names[f"Part{number}"] = self._value(part)
                text += f"${{Part{number}}}"
        return {"Fn::Sub": [text, names]}

    def _ask(self, why: str, decided_by: tuple[str, ...]) -> Any:
        key = (why, decided_by)
        return {"Ref": self._open.setdefault(key, f"{_OPEN}{len(self._open)}")}
