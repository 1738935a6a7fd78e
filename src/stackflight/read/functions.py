"""Intrinsic functions as a template writes them -> Value: arguments evaluated, then handed to `intrinsics`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from stackflight.model.template import Path, Raw, Template, macro_name
from stackflight.model.value import Address, Reference, Unknown, Value, Zones, known_text, render
from stackflight.read import intrinsics
from stackflight.read.bindings import Bindings
from stackflight.read.placeholders import fill

ABSENT = Reference(Address("", "AWS::NoValue"))
"""What `AWS::NoValue` stands for: the property or item is taken away."""


class Scope(Protocol):
    """What a function may ask while it is evaluated."""

    @property
    def template(self) -> Template: ...

    @property
    def bindings(self) -> Bindings: ...

    def value(self, raw: Raw, path: Path) -> Value:
        """The value of an argument."""
        ...

    def doubted(self, raw: Raw, path: Path) -> Value:
        """The value of an argument that may not be used."""
        ...

    def condition(self, name: str, path: Path) -> bool | Unknown:
        """A condition by name."""
        ...

    def record(self, value: Value, kind: str, path: Path) -> None:
        """Note that the resource being evaluated waits for what the value refers to."""
        ...


def _join(scope: Scope, given: Raw, path: Path) -> Value:
    return intrinsics.join(scope.value(given[0], (*path, 0)), scope.value(given[1], (*path, 1)))


def _split(scope: Scope, given: Raw, path: Path) -> Value:
    return intrinsics.split(scope.value(given[0], (*path, 0)), scope.value(given[1], (*path, 1)))


def _select(scope: Scope, given: Raw, path: Path) -> Value:
    return intrinsics.select(scope.value(given[0], (*path, 0)), scope.value(given[1], (*path, 1)))


def _cidr(scope: Scope, given: Raw, path: Path) -> Value:
    arguments = [scope.value(item, (*path, index)) for index, item in enumerate(given)]
    return intrinsics.cidr(arguments[0], arguments[1], arguments[2] if len(arguments) > 2 else None)


def _get_azs(scope: Scope, given: Raw, path: Path) -> Value:
    region = known_text(scope.value(given, path)) or scope.bindings.environment.region or ""
    return Zones(region)


def _if(scope: Scope, given: Raw, path: Path) -> Value:
    decided = scope.condition(str(given[0]), path)
    if decided is True:
        return scope.value(given[1], (*path, 1))
    if decided is False:
        return scope.value(given[2], (*path, 2)) if len(given) > 2 else ABSENT
    yes, no = (
        scope.doubted(given[1], (*path, 1)),
        scope.doubted(given[2], (*path, 2)) if len(given) > 2 else ABSENT,
    )
    if yes == no:
        return yes
    branches = tuple(None if item is ABSENT else item for item in (yes, no))
    return Unknown(f"Fn::If of {given[0]}", decided.decided_by, branches)


def _find_in_map(scope: Scope, given: Raw, path: Path) -> Value:
    keys = [scope.value(item, (*path, index)) for index, item in enumerate(given[:3])]
    default = given[3].get("DefaultValue") if len(given) > 3 and isinstance(given[3], dict) else None
    found: Any = scope.template.section("Mappings")
    for key in keys:
        text = known_text(key)
        if text is None:
            decided = key.decided_by if isinstance(key, Unknown) else ()
            rest = keys[keys.index(key) + 1 :]
            return Unknown(f"Fn::FindInMap by {render(key)}", decided, _options(found, rest))
        if not isinstance(found, dict) or text not in found:
            if default is not None:
                return scope.value(default, path)
            return Unknown(f"the mapping {render(keys[0])} has no key {text}")
        found = found[text]
    return _literal(found)


def _options(found: Any, rest: list[Value]) -> tuple[Value, ...]:
    """What a map may give below a key that is not known."""
    branches = [*found.values()] if isinstance(found, dict) else []
    for key in rest:
        text = known_text(key)
        branches = [branch[text] for branch in branches if isinstance(branch, dict) and text in branch]
    return tuple(_literal(branch) for branch in branches)


def _import_value(scope: Scope, given: Raw, path: Path) -> Value:
    name = scope.value(given, path)
    found = scope.bindings.imports(render(name))
    if found is not None:
        scope.record(found, "Fn::ImportValue", path)
        return found
    return Unknown(f"export {render(name)}", (f"export {render(name)}",))


def _length(scope: Scope, given: Raw, path: Path) -> Value:
    items = scope.value(given, path)
    return len(items) if isinstance(items, list) else Unknown(f"the length of {render(items)}")


def _base64(scope: Scope, given: Raw, path: Path) -> Value:
    return scope.value(given, path)


def _to_json(scope: Scope, given: Raw, path: Path) -> Value:
    return intrinsics.to_json(scope.value(given, path))


def _condition_value(scope: Scope, given: Raw, path: Path) -> Value:
    return scope.condition(str(given), path)


def _literal(raw: Raw) -> Value:
    """A value of a mapping, which CloudFormation takes as it stands: intrinsics are not allowed there."""
    if isinstance(raw, list):
        return [_literal(item) for item in raw]
    if isinstance(raw, str):
        return fill(raw)
    if raw is None or isinstance(raw, (int, float, bool)):
        return raw
    return Unknown("a mapping's value that is neither text nor list")


def _transform(scope: Scope, given: Raw, path: Path) -> Value:  # noqa: ARG001 -- every function is called alike
    name = macro_name(given)
    return Unknown(f"what the macro {name} makes", (f"macro {name}",))


FUNCTIONS: dict[str, Callable[[Scope, Raw, Path], Value]] = {
    "Condition": _condition_value,
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _get_azs,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Length": _length,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::ToJsonString": _to_json,
    "Fn::Transform": _transform,
}
