"""One template and its bindings -> the value of anything in it; references met on the way are recorded."""

from __future__ import annotations

from stackflight.facts.load import read_table
from stackflight.model.budgets import MADE_CHARACTERS, MADE_VALUES
from stackflight.model.partition import partition_of
from stackflight.model.template import Edge, Path, Raw, Template
from stackflight.model.value import (
    PSEUDO_PARAMETERS,
    Address,
    Reference,
    Unknown,
    Value,
    references_in,
    size_of,
)
from stackflight.patterns import compile_later
from stackflight.read import intrinsics
from stackflight.read.bindings import Bindings
from stackflight.read.conditions import Conditions
from stackflight.read.defects import Defects
from stackflight.read.foreach import Loops
from stackflight.read.functions import ABSENT, FUNCTIONS
from stackflight.read.parameters import bind_parameter
from stackflight.read.placeholders import fill

_NAME = compile_later(r"[A-Za-z0-9:]+(\.[A-Za-z0-9.:_-]+)?")


class Evaluator:
    """One evaluation of one template; remembers what it has evaluated and where references stand."""

    def __init__(self, template: Template, bindings: Bindings) -> None:
        self.template = template
        self.bindings = bindings
        self.declared = template.section("Parameters")
        self.parameters: dict[str, Value] = {}
        self.defects = Defects()
        self.unknowns: list[Unknown] = [*template.unread]
        self.edges: list[Edge] = []
        self.owner: Address | None = None
        self.echoing: set[Address] = set()
        self.sure = False
        self.unknowns += [_macro(name) for name in dict.fromkeys(template.macros)]
        self.loops = Loops(lambda raw: self.value(raw, ()))
        self.echoes: dict[tuple[str, str, bool], tuple[Value, tuple[Edge, ...]]] = {}
        self.overlong = False
        self.resources = self.expand("Resources")
        # Macros, snippets and loops over what is not known may declare more than stands here.
        self.open = template.rewritten or bool(self.unknowns)
        self.conditions = Conditions(self.expand("Conditions"), self._value_of_condition, self._missing_condition)

    def expand(self, section: str) -> dict[str, Raw]:
        expanded, unknown = self.loops.expand(self.template.section(section))
        self.unknowns.extend(unknown)
        return {name: raw for name, raw in expanded.items() if isinstance(raw, dict) and name != "Fn::Transform"}

    def address(self, name: str) -> Address:
        return Address(self.bindings.name, name)

    def depend(self, target: str, kind: str, path: Path) -> None:
        if target not in self.resources:
            module = self._module_of(target)
            if module is not None:
                self.depend(module, kind, path)
                return
            if self.open:
                return
            self.defects.undeclared(kind, target, (*self.resources, *self.declared), path, self._owner_id)
            return
        if self.owner is not None:
            self.edges.append(Edge(self.owner, self.address(target), kind, path))
        if self.sure and kind != "DependsOn" and not self.open:
            self._absent(target, kind, path)

    @property
    def _owner_id(self) -> str:
        return self.owner.id if self.owner else ""

    def _absent(self, target: str, kind: str, path: Path) -> None:
        """Record a reference that will be followed to a resource whose condition is false.

        DependsOn may name such a resource. Source: CloudFormation User Guide, Conditions (references to resources that
        are not created are refused: Unresolved resource dependencies).
        """
        condition = self.resources[target].get("Condition")
        if isinstance(condition, str) and self.condition(condition, path) is False:
            self.defects.absent(kind, target, condition, path, self._owner_id)

    def doubted(self, raw: Raw, path: Path) -> Value:
        """A value that the deployment may not use, so that what it refers to may be missing."""
        before, self.sure = self.sure, False
        value = self.value(raw, path)
        self.sure = before
        return value

    def _module_of(self, target: str) -> str | None:
        """The module that a name reaches into: its logical ID, then that of a resource inside.

        Source: CloudFormation User Guide, Reference module resources in CloudFormation templates.
        """
        for name, raw in self.resources.items():
            if target.startswith(name) and str(raw.get("Type")).endswith("::MODULE"):
                return name
        return None

    def _missing_condition(self, name: str, path: Path) -> None:
        if not self.open:
            self.defects.undeclared_condition(name, path, self._owner_id)

    def condition(self, name: str, path: Path) -> bool | Unknown:
        return self.conditions.decide(name, path)

    def _value_of_condition(self, raw: Raw, path: Path) -> Value:
        """A value inside a condition: its references make no edge."""
        owner, self.owner = self.owner, None
        value = self.value(raw, path)
        self.owner = owner
        return value

    def value(self, raw: Raw, path: Path) -> Value:
        if isinstance(raw, dict):
            if len(raw) == 1:
                [(name, given)] = raw.items()
                if isinstance(name, str) and (name.startswith("Fn::") or name in {"Ref", "Condition"}):
                    if name != "Condition" or isinstance(given, str):
                        return self._intrinsic(name, given, (*path, name), raw)
            return self._mapping(raw, path)
        if isinstance(raw, list):
            made = [self.value(item, (*path, index)) for index, item in enumerate(raw)]
            return [item for item in made if item is not ABSENT]
        if isinstance(raw, str):
            return fill(raw)
        return raw if raw is None or isinstance(raw, (int, float, bool)) else str(raw)

    def _mapping(self, raw: dict[str, Raw], path: Path) -> Value:
        if any(str(key).startswith("Fn::ForEach") for key in raw):
            raw, unknown = self.loops.expand(raw)
            self.unknowns.extend(unknown)
        made: dict[str, Value] = {}
        for key, item in raw.items():
            value = self.value(item, (*path, str(key)))
            if value is not ABSENT:
                made[str(key)] = value
        return made

    def _intrinsic(self, name: str, given: Raw, path: Path, raw: Raw) -> Value:
        value = self._evaluated(name, given, path, raw)
        if isinstance(value, Unknown) and value.why == str(MADE_CHARACTERS) and not self.overlong:
            self.overlong = True
            place = ".".join(map(str, path[:5]))
            self.unknowns.append(Unknown(f"{place} is not judged: {value.why}"))
        return value

    def _evaluated(self, name: str, given: Raw, path: Path, raw: Raw) -> Value:
        try:
            match name:
                case "Ref":
                    return self._ref(given, path)
                case "Fn::GetAtt":
                    return self._get_att(given, path)
                case "Fn::Sub":
                    return self._sub(given, path)
            function = FUNCTIONS.get(name)
            if function is not None:
                return function(self, given, path)
            if name.startswith("Fn::ForEach"):
                return self._mapping(raw, path[:-1])
            return Unknown(f"{name} is not evaluated before deployment")
        except (TypeError, ValueError, IndexError, KeyError, AttributeError):
            return Unknown(f"{name} at {'.'.join(map(str, path[:4]))} has arguments of a wrong form")

    def _ref(self, given: Raw, path: Path) -> Value:
        name = self.value(given, path) if isinstance(given, dict) else given
        if not isinstance(name, str):
            return Unknown("Ref of a name that is itself unknown")
        if name in PSEUDO_PARAMETERS:
            return self._pseudo(name)
        if name in self.declared:
            return self._parameter(name)
        if "." in name:  # CloudFormation takes it as Fn::GetAtt
            return self._get_att(name, path)
        self.depend(name, "Ref", path)
        return self._attribute(name, "Ref")

    def _pseudo(self, name: str) -> Value:
        environment = self.bindings.environment
        if name == "AWS::NoValue":
            return ABSENT
        if name == "AWS::NotificationARNs":
            return Unknown(name, (name,))
        region = environment.region
        known = {
            "AWS::AccountId": environment.account,
            "AWS::Region": region,
            "AWS::StackName": (self.bindings.called or self.bindings.name or None) if self.bindings.named else None,
            "AWS::Partition": partition_of(region) if region else None,
            "AWS::URLSuffix": ("amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com") if region else None,
        }.get(name)
        return known if known is not None else Unknown(name, (name,))

    def parameter(self, name: str) -> Value:
        """The value of a declared parameter."""
        if name not in self.parameters:
            self.parameters[name] = Unknown(f"parameter {name}", (f"parameter {name}",), parameter=name)
            given = self.bindings.parameters.get(name)
            self.parameters[name] = bind_parameter(name, self.declared[name], given)
        return self.parameters[name]

    def _parameter(self, name: str) -> Value:
        value = self.parameter(name)
        self.record(value, "parameter", ("Parameters", name))
        return value

    def record(self, value: Value, kind: str, path: Path) -> None:
        """Note that the owner waits for what a value from outside the stack refers to."""
        if self.owner is not None:
            self.edges.extend(Edge(self.owner, reference.address, kind, path) for reference in references_in(value))

    def _attribute(self, name: str, attribute: str) -> Value:
        raw = self.resources.get(name)
        if raw is None:
            return Unknown(f"{name} is not declared", (f"resource {name}",))
        address = self.address(name)
        if attribute.startswith("Outputs.") and raw.get("Type") == "AWS::CloudFormation::Stack":
            nested = self.bindings.nested_output(name, attribute.removeprefix("Outputs."))
            if nested is not None:
                return nested
        echo = read_table("echoes")["types"].get(str(raw.get("Type")), {}).get(attribute)
        properties = raw.get("Properties")
        if echo and isinstance(properties, dict) and echo in properties and address not in self.echoing:
            return self._echo(name, echo, properties[echo])
        return Reference(address, attribute)

    def _echo(self, name: str, echo: str, raw: Raw) -> Value:
        """The property that an attribute repeats, worked out once; whoever asks waits for what it refers to."""
        key = (name, echo, self.owner is None)
        if key not in self.echoes:
            address, before, self.edges = self.address(name), self.edges, []
            self.echoing.add(address)
            value = self.doubted(raw, ("Resources", name, "Properties", echo))
            self.echoing.discard(address)
            if size_of(value, MADE_VALUES.most) >= MADE_VALUES.most:
                value = Unknown(f"{echo} of {name} is not judged: {MADE_VALUES}")
                self.unknowns.append(value)
            self.echoes[key] = (value, tuple(dict.fromkeys(self.edges)))
            self.edges = before
        value, edges = self.echoes[key]
        if self.owner is not None:
            self.edges.extend(Edge(self.owner, edge.target, edge.kind, edge.path) for edge in edges)
        return value

    def _get_att(self, given: Raw, path: Path) -> Value:
        parts = given.split(".", 1) if isinstance(given, str) else list(given)
        name = str(parts[0])
        attribute = self.value(".".join(map(str, parts[1:])) if len(parts) > 2 else parts[1], path)
        if not isinstance(attribute, str):
            return Unknown(f"an attribute of {name} whose name is unknown")
        self.depend(name, "Fn::GetAtt", path)
        return self._attribute(name, attribute)

    def _sub(self, given: Raw, path: Path) -> Value:
        template, local = (given, {}) if isinstance(given, str) else (given[0], given[1])
        values = {key: self.value(item, (*path, 1, key)) for key, item in local.items()}

        def look_up(name: str) -> Value:
            if name in values:
                return values[name]
            if not _NAME.fullmatch(name):
                if name and not self.open:
                    self.defects.no_variable(name, path, self._owner_id)
                return "${" + name + "}"
            if name.startswith("AWS::") or "." not in name:
                return self._ref(name, path)
            return self._get_att(name, path)

        if not isinstance(template, str):
            return Unknown("Fn::Sub over a text that is itself unknown")
        return intrinsics.substitute(template, look_up, fill)


def _macro(name: str) -> Unknown:
    return Unknown(f"the macro {name} may change the template, which is judged as it is written", (f"macro {name}",))


def names_in(raw: Raw) -> list[str]:
    if isinstance(raw, str):
        return [raw]
    return [item for item in raw if isinstance(item, str)] if isinstance(raw, list) else []
