"""Template + bindings -> Stack: parameters bound, conditions decided, intrinsics evaluated, references recorded."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stackflight.errors import UnreadableInput
from stackflight.model.template import Defect, Edge, Environment, Path, Raw, Resource, Stack, Template
from stackflight.model.value import (
    PSEUDO_PARAMETERS,
    Address,
    Reference,
    Unknown,
    Value,
    Zones,
    known_text,
    references_in,
    render,
)
from stackflight.read import intrinsics
from stackflight.read.foreach import expand_loops
from stackflight.read.parameters import bind_parameter


@dataclass(frozen=True)
class Bindings:
    """What is known about a stack beyond its template.

    `parameters` are values given by the user or by a parent stack; `imports` answers `Fn::ImportValue` by export
    name (None where nobody exports it).
    """

    name: str = ""
    parameters: Mapping[str, Value] = field(default_factory=dict)
    environment: Environment = Environment()
    imports: Callable[[str], Value] = lambda _: None
    nested_output: Callable[[str, str], Value] = lambda _stack, _output: None
    depends_on: tuple[str, ...] = ()
    construct_paths: Mapping[str, str] = field(default_factory=dict)
    parent: Address | None = None


_NAME = re.compile(r"[A-Za-z0-9:]+(\.[A-Za-z0-9.:_-]+)?")
_ABSENT = Reference(Address("", "AWS::NoValue"))

# Attributes that repeat a property of their own resource. Source: CloudFormation resource reference, return values.
_ECHO = {
    ("AWS::EC2::VPC", "CidrBlock"): "CidrBlock",
    ("AWS::EC2::Subnet", "AvailabilityZone"): "AvailabilityZone",
    ("AWS::EC2::Subnet", "CidrBlock"): "CidrBlock",
    ("AWS::EC2::Subnet", "VpcId"): "VpcId",
    ("AWS::EC2::SecurityGroup", "VpcId"): "VpcId",
    ("AWS::ECS::Service", "Name"): "ServiceName",
    ("AWS::SecretsManager::SecretTargetAttachment", "Ref"): "SecretId",
}


def resolve_stack(template: Template, bindings: Bindings) -> Stack:
    """Evaluate a whole template. What is wrong with it becomes a Defect.

    Raises UnreadableInput only where values are nested, or refer to one another, hundreds of levels deep.
    """
    try:
        return _Resolver(template, bindings).stack()
    except RecursionError:
        raise UnreadableInput(
            "values are nested, or refer to one another, too deeply",
            file=template.file,
            hint="is this really a template?",
        ) from None


class _Resolver:
    """One evaluation of one template; remembers what it has evaluated and where references stand."""

    def __init__(self, template: Template, bindings: Bindings) -> None:
        self.template = template
        self.bindings = bindings
        self.declared = template.section("Parameters")
        self.parameters: dict[str, Value] = {}
        self.conditions: dict[str, bool | Unknown] = {}
        self.defects: dict[Path, Defect] = {}
        self.unknowns: list[Unknown] = []
        self.edges: list[Edge] = []
        self.owner: Address | None = None
        self.echoing: set[Address] = set()
        self.resources = self._expand("Resources")
        self.rules = self._expand("Conditions")
        self.transformed = bool(set(_names(template.body.get("Transform"))) - {"AWS::LanguageExtensions"})

    def stack(self) -> Stack:
        """All resources and outputs, resolved."""
        resources = {}
        for name, raw in self.resources.items():
            resource = self._resource(name, raw)
            if resource is not None:
                resources[name] = resource
        outputs, exports = self._outputs()
        return Stack(
            name=self.bindings.name,
            template=self.template,
            resources=resources,
            outputs=outputs,
            exports=exports,
            environment=self.bindings.environment,
            depends_on=self.bindings.depends_on,
            unknowns=tuple(self.unknowns),
            defects=tuple(self.defects.values()),
            parent=self.bindings.parent,
        )

    def _expand(self, section: str) -> dict[str, Raw]:
        expanded, unknown = expand_loops(self.template.section(section), lambda raw: self._value(raw, (section,)))
        self.unknowns.extend(unknown)
        return {name: raw for name, raw in expanded.items() if isinstance(raw, dict)}

    def _address(self, name: str) -> Address:
        return Address(self.bindings.name, name)

    def _resource(self, name: str, raw: dict[str, Raw]) -> Resource | None:
        path: Path = ("Resources", name)
        self.owner, self.edges = self._address(name), []
        exists = self._exists(raw, path)
        if exists is False:
            return None
        properties = self._value(raw.get("Properties") or {}, (*path, "Properties"))
        attributes: dict[str, Value] = {
            key: self._value(raw[key], (*path, key))
            for key in ("CreationPolicy", "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy")
            if key in raw
        }
        metadata = raw.get("Metadata")
        if isinstance(metadata, dict):
            attributes["Metadata"] = self._value(metadata, (*path, "Metadata"))
        for target in _names(raw.get("DependsOn")):
            self._depend(target, "DependsOn", (*path, "DependsOn"))
        construct = self.bindings.construct_paths.get(name)
        if construct is None and isinstance(metadata, dict) and isinstance(metadata.get("aws:cdk:path"), str):
            construct = metadata["aws:cdk:path"]
        found = Resource(
            address=self._address(name),
            type=raw["Type"],
            properties=properties if isinstance(properties, dict) else {},
            edges=tuple(dict.fromkeys(self.edges)),
            exists=exists,
            attributes=attributes,
            construct=construct,
        )
        self.owner = None
        return found

    def _exists(self, raw: dict[str, Raw], path: Path) -> bool | Unknown:
        condition = raw.get("Condition")
        return self._condition(condition, path) if isinstance(condition, str) else True

    def _outputs(self) -> tuple[dict[str, Value], dict[str, Value]]:
        outputs: dict[str, Value] = {}
        exports: dict[str, Value] = {}
        for name, raw in self._expand("Outputs").items():
            path: Path = ("Outputs", name)
            exists = self._exists(raw, path)
            if exists is False:
                continue
            value = self._value(raw.get("Value"), (*path, "Value"))
            if isinstance(exists, Unknown):
                value = Unknown(exists.why, exists.decided_by, (value,))
            outputs[name] = value
            export = raw.get("Export")
            if isinstance(export, dict):
                exports[render(self._value(export.get("Name"), (*path, "Export", "Name")))] = value
        return outputs, exports

    def _depend(self, target: str, kind: str, path: Path) -> None:
        if target not in self.resources:
            if self.transformed:
                return
            near = difflib.get_close_matches(target, [*self.resources, *self.declared], n=1)
            self._defect(
                "reference-to-nothing",
                f"{kind} names {target}, which is neither a resource nor a parameter of this template",
                f"write {near[0]} instead, or declare {target}"
                if near
                else f"declare {target} or remove the reference",
                path,
            )
            return
        if self.owner is not None:
            self.edges.append(Edge(self.owner, self._address(target), kind, path))

    def _defect(self, check: str, message: str, remedy: str, path: Path) -> None:
        owners = (self.owner.id,) if self.owner else ()
        self.defects.setdefault(path, Defect(check, message, remedy, path, owners))

    def _condition(self, name: str, path: Path) -> bool | Unknown:
        if name in self.conditions:
            return self.conditions[name]
        rule = self.rules.get(name)
        if rule is None:
            self._defect(
                "reference-to-nothing",
                f"the condition {name} is not declared",
                f"declare {name} under Conditions",
                path,
            )
            return Unknown(f"condition {name} is not declared")
        self.conditions[name] = Unknown(f"condition {name} refers to itself")
        owner, self.owner = self.owner, None
        decided = self._decide(rule, ("Conditions", name))
        self.owner = owner
        if isinstance(decided, Unknown):
            decided = Unknown(f"condition {name} is undecided", decided.decided_by or (f"condition {name}",))
        self.conditions[name] = decided
        return decided

    def _decide(self, rule: Raw, path: Path) -> bool | Unknown:
        if isinstance(rule, bool):
            return rule
        if not isinstance(rule, dict) or len(rule) != 1:
            text = known_text(rule) if isinstance(rule, str) else None
            return text.lower() == "true" if text else Unknown("a condition that cannot be read")
        [(name, given)] = rule.items()
        arguments = given if isinstance(given, list) else [given]
        if name == "Condition":
            return self._condition(str(given), path)
        if name in {"Fn::And", "Fn::Or"}:
            parts = [self._decide(part, (*path, name, index)) for index, part in enumerate(arguments)]
            return intrinsics.all_of(parts) if name == "Fn::And" else intrinsics.any_of(parts)
        if name == "Fn::Not" and arguments:
            return intrinsics.negate(self._decide(arguments[0], (*path, name, 0)))
        values = [self._value(part, (*path, name, index)) for index, part in enumerate(arguments)]
        if name == "Fn::Equals" and len(values) == 2:
            return intrinsics.equals(values[0], values[1])
        if name in {"Fn::Contains", "Fn::EachMemberIn"} and len(values) == 2 and isinstance(values[0], list):
            return intrinsics.any_of([intrinsics.equals(item, values[1]) for item in values[0]])
        return Unknown(f"{name} is not evaluated")

    def _value(self, raw: Raw, path: Path) -> Value:
        if isinstance(raw, dict):
            if len(raw) == 1:
                [(name, given)] = raw.items()
                if isinstance(name, str) and (name.startswith("Fn::") or name in {"Ref", "Condition"}):
                    if name != "Condition" or isinstance(given, str):
                        return self._intrinsic(name, given, (*path, name), raw)
            return self._mapping(raw, path)
        if isinstance(raw, list):
            made = [self._value(item, (*path, index)) for index, item in enumerate(raw)]
            return [item for item in made if item is not _ABSENT]
        if raw is None or isinstance(raw, (str, int, float, bool)):
            return raw
        return str(raw)

    def _mapping(self, raw: dict[str, Raw], path: Path) -> Value:
        if any(str(key).startswith("Fn::ForEach") for key in raw):
            raw, unknown = expand_loops(raw, lambda part: self._value(part, path))
            self.unknowns.extend(unknown)
        made: dict[str, Value] = {}
        for key, item in raw.items():
            value = self._value(item, (*path, str(key)))
            if value is not _ABSENT:
                made[str(key)] = value
        return made

    def _intrinsic(self, name: str, given: Raw, path: Path, raw: Raw) -> Value:
        method = _METHODS.get(name)
        if method is None:
            if name.startswith("Fn::ForEach"):
                return self._mapping(raw, path[:-1])
            return Unknown(f"{name} is not evaluated before deployment")
        try:
            return method(self, given, path)
        except (TypeError, ValueError, IndexError, KeyError, AttributeError):
            return Unknown(f"{name} at {'.'.join(map(str, path[:4]))} has arguments of a wrong form")

    def _ref(self, given: Raw, path: Path) -> Value:
        name = self._value(given, path) if isinstance(given, dict) else given
        if not isinstance(name, str):
            return Unknown("Ref of a name that is itself unknown")
        if name in PSEUDO_PARAMETERS:
            return self._pseudo(name)
        if name in self.declared:
            return self._parameter(name)
        if "." in name:  # CloudFormation takes it as Fn::GetAtt
            return self._get_att(name, path)
        self._depend(name, "Ref", path)
        return self._attribute(name, "Ref")

    def _pseudo(self, name: str) -> Value:
        environment = self.bindings.environment
        if name == "AWS::NoValue":
            return _ABSENT
        if name == "AWS::NotificationARNs":
            return Unknown(name, (name,))
        region = environment.region
        known = {
            "AWS::AccountId": environment.account,
            "AWS::Region": region,
            "AWS::StackName": self.bindings.name or None,
            "AWS::Partition": _partition(region) if region else None,
            "AWS::URLSuffix": ("amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com") if region else None,
        }.get(name)
        return known if known is not None else Unknown(name, (name,))

    def _parameter(self, name: str) -> Value:
        if name not in self.parameters:
            self.parameters[name] = Unknown(f"parameter {name}", (f"parameter {name}",))
            given = self.bindings.parameters.get(name)
            self.parameters[name] = bind_parameter(name, self.declared[name], given)
        value = self.parameters[name]
        for reference in references_in(value):
            if self.owner is not None:
                self.edges.append(Edge(self.owner, reference.address, "parameter", ("Parameters", name)))
        return value

    def _attribute(self, name: str, attribute: str) -> Value:
        raw = self.resources.get(name)
        if raw is None:
            return Unknown(f"{name} is not declared", (f"resource {name}",))
        address = self._address(name)
        if attribute.startswith("Outputs.") and raw.get("Type") == "AWS::CloudFormation::Stack":
            nested = self.bindings.nested_output(name, attribute.removeprefix("Outputs."))
            if nested is not None:
                return nested
        echo = _ECHO.get((str(raw.get("Type")), attribute))
        properties = raw.get("Properties")
        if echo and isinstance(properties, dict) and echo in properties and address not in self.echoing:
            self.echoing.add(address)
            value = self._value(properties[echo], ("Resources", name, "Properties", echo))
            self.echoing.discard(address)
            return value
        return Reference(address, attribute)

    def _get_att(self, given: Raw, path: Path) -> Value:
        parts = given.split(".", 1) if isinstance(given, str) else list(given)
        name = str(parts[0])
        attribute = self._value(".".join(map(str, parts[1:])) if len(parts) > 2 else parts[1], path)
        if not isinstance(attribute, str):
            return Unknown(f"an attribute of {name} whose name is unknown")
        self._depend(name, "Fn::GetAtt", path)
        return self._attribute(name, attribute)

    def _sub(self, given: Raw, path: Path) -> Value:
        template, local = (given, {}) if isinstance(given, str) else (given[0], given[1])
        values = {key: self._value(item, (*path, 1, key)) for key, item in local.items()}

        def look_up(name: str) -> Value:
            if name in values:
                return values[name]
            if not _NAME.fullmatch(name):
                return "${" + name + "}"
            if name.startswith("AWS::") or "." not in name:
                return self._ref(name, path)
            return self._get_att(name, path)

        if not isinstance(template, str):
            return Unknown("Fn::Sub over a text that is itself unknown")
        return intrinsics.substitute(template, look_up)

    def _join(self, given: Raw, path: Path) -> Value:
        return intrinsics.join(self._value(given[0], (*path, 0)), self._value(given[1], (*path, 1)))

    def _split(self, given: Raw, path: Path) -> Value:
        return intrinsics.split(self._value(given[0], (*path, 0)), self._value(given[1], (*path, 1)))

    def _select(self, given: Raw, path: Path) -> Value:
        return intrinsics.select(self._value(given[0], (*path, 0)), self._value(given[1], (*path, 1)))

    def _cidr(self, given: Raw, path: Path) -> Value:
        arguments = [self._value(item, (*path, index)) for index, item in enumerate(given)]
        return intrinsics.cidr(arguments[0], arguments[1], arguments[2] if len(arguments) > 2 else None)

    def _get_azs(self, given: Raw, path: Path) -> Value:
        region = known_text(self._value(given, path)) or self.bindings.environment.region or ""
        return Zones(region)

    def _if(self, given: Raw, path: Path) -> Value:
        decided = self._condition(str(given[0]), path)
        if decided is True:
            return self._value(given[1], (*path, 1))
        if decided is False:
            return self._value(given[2], (*path, 2)) if len(given) > 2 else _ABSENT
        yes, no = (
            self._value(given[1], (*path, 1)),
            self._value(given[2], (*path, 2)) if len(given) > 2 else _ABSENT,
        )
        if yes == no:
            return yes
        present = tuple(item for item in (yes, no) if item is not _ABSENT)
        return Unknown(f"Fn::If of {given[0]}", decided.decided_by, present)

    def _find_in_map(self, given: Raw, path: Path) -> Value:
        keys = [self._value(item, (*path, index)) for index, item in enumerate(given[:3])]
        default = given[3].get("DefaultValue") if len(given) > 3 and isinstance(given[3], dict) else None
        found: Any = self.template.section("Mappings")
        for key in keys:
            text = known_text(key)
            if text is None:
                decided = key.decided_by if isinstance(key, Unknown) else ()
                options = (
                    tuple(_literal(item) for item in found.values())
                    if isinstance(found, dict) and key is keys[-1]
                    else ()
                )
                return Unknown(f"Fn::FindInMap by {render(key)}", decided, options)
            if not isinstance(found, dict) or text not in found:
                if default is not None:
                    return self._value(default, path)
                return Unknown(f"the mapping {render(keys[0])} has no key {text}")
            found = found[text]
        return _literal(found)

    def _import_value(self, given: Raw, path: Path) -> Value:
        name = self._value(given, path)
        found = self.bindings.imports(render(name))
        if found is not None:
            for reference in references_in(found):
                if self.owner is not None:
                    self.edges.append(Edge(self.owner, reference.address, "Fn::ImportValue", path))
            return found
        return Unknown(f"export {render(name)}", (f"export {render(name)}",))

    def _length(self, given: Raw, path: Path) -> Value:
        items = self._value(given, path)
        return len(items) if isinstance(items, list) else Unknown(f"the length of {render(items)}")

    def _base64(self, given: Raw, path: Path) -> Value:
        return self._value(given, path)

    def _to_json(self, given: Raw, path: Path) -> Value:
        return intrinsics.to_json(self._value(given, path))

    def _condition_value(self, given: Raw, path: Path) -> Value:
        return self._condition(str(given), path)


_METHODS: dict[str, Callable[[_Resolver, Raw, Path], Value]] = {
    "Ref": _Resolver._ref,
    "Condition": _Resolver._condition_value,
    "Fn::Base64": _Resolver._base64,
    "Fn::Cidr": _Resolver._cidr,
    "Fn::FindInMap": _Resolver._find_in_map,
    "Fn::GetAZs": _Resolver._get_azs,
    "Fn::GetAtt": _Resolver._get_att,
    "Fn::If": _Resolver._if,
    "Fn::ImportValue": _Resolver._import_value,
    "Fn::Join": _Resolver._join,
    "Fn::Length": _Resolver._length,
    "Fn::Select": _Resolver._select,
    "Fn::Split": _Resolver._split,
    "Fn::Sub": _Resolver._sub,
    "Fn::ToJsonString": _Resolver._to_json,
}


def _literal(raw: Raw) -> Value:
    """A value of a mapping, which CloudFormation takes as it stands: intrinsics are not allowed there."""
    if isinstance(raw, list):
        return [_literal(item) for item in raw]
    if raw is None or isinstance(raw, (str, int, float, bool)):
        return raw
    return Unknown("a mapping's value that is neither text nor list")


def _names(raw: Raw) -> list[str]:
    if isinstance(raw, str):
        return [raw]
    return [item for item in raw if isinstance(item, str)] if isinstance(raw, list) else []


def _partition(region: str) -> str:
    for prefix, partition in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("eusc-", "aws-eusc")):
        if region.startswith(prefix):
            return partition
    return "aws"
