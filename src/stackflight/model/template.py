"""Templates as written, and stacks as resolved: the world that every later stage looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple, Protocol, TypeAlias

from stackflight.model.construct import name_construct
from stackflight.model.value import Address, Unknown, Value, dig, references_in
from stackflight.records import dataclass

Raw: TypeAlias = Any
"""A template's body as parsed: dicts, lists and scalars, intrinsics in their long form."""

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indices from the template's root to a value."""


class Position(NamedTuple):
    """1-based line and column."""

    line: int
    column: int


class Twice(NamedTuple):
    """A key that stands in a mapping before: the line where it does again, and the resource that this is in, if any."""

    key: str
    line: int
    resource: str = ""


class Positions(Protocol):
    """Where each value of a template stands in its file."""

    def find(self, path: Path) -> Position:
        """The position of the deepest value on the path that exists."""
        ...

    def find_twice(self) -> Iterator[Twice]:
        """Keys that stand twice in one mapping."""
        ...


@dataclass(frozen=True, slots=True)
class Spot:
    """A line of the program that made a template."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """A check that is left out at a construct and what it is made of. `quiet`: it may well be without effect."""

    construct: str
    check: str
    because: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """A place that a person can open: file and line of the template.

    `construct` is the CDK construct path where there is one, `source` the line of the CDK app that made it.
    """

    file: str
    line: int | None = None
    construct: str | None = None
    source: Spot | None = None


@dataclass(frozen=True)
class Template:
    """One template as written. `file` is the name shown to people, `text` what stands in it."""

    file: str
    body: Mapping[str, Raw]
    positions: Positions = field(repr=False)
    text: str = field(default="", repr=False)
    unread: tuple[Unknown, ...] = ()
    """What of it could not be read: resources that a transform makes, and that nobody here can make."""

    def section(self, name: str) -> Mapping[str, Raw]:
        """`Parameters`, `Resources`, …; empty where the template has none."""
        found = self.body.get(name)
        return found if isinstance(found, Mapping) else {}

    @cached_property
    def rewritten(self) -> bool:
        """Whether macros or included snippets change the template before CloudFormation reads it.

        They stand under Transform, by name or as a mapping, or as Fn::Transform in a section, and may declare what is
        not written here. AWS::LanguageExtensions adds nothing. Source: CloudFormation User Guide, AWS::Include.
        """
        return bool(self.macros)

    @cached_property
    def macros(self) -> tuple[str, ...]:
        """The names of the macros that change it, AWS::LanguageExtensions left out."""
        given = self.body.get("Transform")
        calls = list(given) if isinstance(given, list) else [] if given is None else [given]
        sections = [self.body, *(section for section in self.body.values() if isinstance(section, Mapping))]
        calls += [section["Fn::Transform"] for section in sections if "Fn::Transform" in section]
        names = (macro_name(one) for call in calls for one in (call if isinstance(call, list) else [call]))
        return tuple(name for name in names if name != "AWS::LanguageExtensions")


def macro_name(call: Raw) -> str:
    """The name in a call of a macro, which is a name or a mapping with one."""
    return str(call.get("Name", "without a name")) if isinstance(call, Mapping) else str(call)


@dataclass(frozen=True, slots=True)
class Edge:
    """`source` needs `target` first; `kind` is how the template says so and `path` where."""

    source: Address
    target: Address
    kind: str
    path: Path


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource with its properties resolved.

    `exists` is Unknown where its condition is undecided; a resource whose condition is false is not in the stack.
    """

    address: Address
    type: str
    properties: dict[str, Value]
    edges: tuple[Edge, ...] = ()
    exists: bool | Unknown = True
    attributes: Mapping[str, Value] = field(default_factory=dict)
    construct: str | None = None
    source: Spot | None = None

    def get(self, *path: str) -> Value:
        """The property behind nested names; None where absent, Unknown where a container is."""
        return dig(self.properties, *path)

    @property
    def is_custom(self) -> bool:
        """Whether a function or topic of the user makes it."""
        return is_custom_type(self.type)


def is_custom_type(type: str) -> bool:
    """Whether resources of a type are custom resources. Source: CloudFormation User Guide, custom resources."""
    return type.startswith("Custom::") or type == "AWS::CloudFormation::CustomResource"


@dataclass(frozen=True)
class Environment:
    """Where a stack goes, as far as known; None means that it is not."""

    account: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class Defect:
    """Something that CloudFormation would reject while reading the template."""

    check: str
    message: str
    remedy: str
    path: Path
    resources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stack:
    """A template with parameters bound and intrinsics evaluated.

    `name` tells it apart from every other stack of its world; `called` is its name in AWS, which stacks of two Regions may
    share. `parameters` are the values of those that it declares, `defaulted` the names of those that nobody gave a value,
    `conditions` what became of each condition.
    """

    name: str
    template: Template
    resources: dict[str, Resource]
    outputs: dict[str, Value] = field(default_factory=dict)
    exports: dict[str, Value] = field(default_factory=dict)
    environment: Environment = Environment()
    depends_on: tuple[str, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    defects: tuple[Defect, ...] = ()
    parent: Address | None = None
    called: str = ""
    parameters: Mapping[str, Value] = field(default_factory=dict)
    defaulted: frozenset[str] = frozenset()
    conditions: Mapping[str, bool | Unknown] = field(default_factory=dict)
    accepted: tuple[Accepted, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def waits(self) -> Mapping[str, frozenset[str]]:
        """Logical id -> the logical ids of the same stack that it waits for."""
        resources = self.resources
        return {
            id: frozenset(
                edge.target.id
                for edge in resource.edges
                if edge.target.stack == self.name and edge.target.id in resources and edge.target.id != id
            )
            for id, resource in resources.items()
        }

    def spot(self, id: str, line: int | None) -> Where:
        """The place of a line that belongs to a resource; of the template alone where it belongs to none."""
        resource = self.resources.get(id)
        if resource is None:
            return Where(self.template.file, line)
        return Where(self.template.file, line, resource.construct, resource.source)


@dataclass(frozen=True, slots=True)
class Taken:
    """A nested stack's template that was read from a file to which its address does not lead, and why from this one."""

    resource: Address
    file: str
    why: str


@dataclass(frozen=True)
class World:
    """The stacks that are judged together, in deployment order."""

    stacks: tuple[Stack, ...]
    code: Mapping[Address, tuple[str, ...]] = field(default_factory=dict)
    """Source texts of functions whose asset lies in the assembly: the handler's own folder, dependencies left out."""
    taken: tuple[Taken, ...] = ()
    """The templates of nested stacks that were read in place of those at their addresses."""

    @cached_property
    def resources(self) -> dict[Address, Resource]:
        """Every resource of every stack."""
        return {resource.address: resource for stack in self.stacks for resource in stack.resources.values()}

    @cached_property
    def by_type(self) -> dict[str, list[Resource]]:
        """Resources grouped by their type."""
        grouped: dict[str, list[Resource]] = {}
        for resource in self.resources.values():
            grouped.setdefault(resource.type, []).append(resource)
        return grouped

    @cached_property
    def referrers(self) -> dict[Address, list[Resource]]:
        """Who refers to a resource by Ref, Fn::GetAtt or Fn::Sub, in template order."""
        found: dict[Address, dict[Address, Resource]] = {}
        for resource in self.resources.values():
            for edge in resource.edges:
                if edge.kind != "DependsOn":
                    found.setdefault(edge.target, {})[resource.address] = resource
        return {target: list(resources.values()) for target, resources in found.items()}

    @cached_property
    def put_out(self) -> frozenset[Address]:
        """What the outputs of the stacks refer to."""
        return frozenset(item.address for stack in self.stacks for item in references_in(list(stack.outputs.values())))

    def of_type(self, *types: str) -> Iterator[Resource]:
        """Resources of the given types, in the order of the types."""
        if len(types) == 1:
            return iter(self.by_type.get(types[0], ()))
        return chain.from_iterable(self.by_type.get(name, ()) for name in types)

    @cached_property
    def _by_name(self) -> dict[str, Stack]:
        return {stack.name: stack for stack in self.stacks}

    def stack(self, name: str) -> Stack:
        """The stack with this name. Raises KeyError where there is none."""
        return self._by_name[name]

    def title(self, address: Address) -> str:
        """How a resource is called on screens: its construct path below the stack, else its logical id."""
        resource = self.resources.get(address)
        return name_construct(resource.construct if resource else None) or address.id

    def where(self, address: Address, *path: str | int) -> Where:
        """The place of a resource, or of one of its properties; no file where it is of another world."""
        stack = next((stack for stack in self.stacks if stack.name == address.stack), None)
        if stack is None:
            return Where("")
        position = stack.template.positions.find(("Resources", address.id, *path))
        return stack.spot(address.id, position.line)
