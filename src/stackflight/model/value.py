"""What a property holds once intrinsics are evaluated: a plain value, a reference, or Unknown(why).

Plain values are `str`, `int`, `float`, `bool`, `None`, `list` and `dict`. Everything that only a deployment can
tell is one of the classes below, so that no later stage has to guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import field
from typing import NamedTuple, TypeAlias

from stackflight.records import dataclass

_MOST_WORDS = 600


class Address(NamedTuple):
    """A resource in a world: the stack's name and the logical id."""

    stack: str
    id: str

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that the templates do not determine.

    `why` is a phrase for people, `decided_by` names the inputs that would decide it ("parameter SubnetIds"),
    `candidates` the values it may take where those are known (the branches of an undecided `Fn::If`; None where it may be absent),
    `parameter` the name of the parameter whose value it is, where it is the value of one as it stands.
    """

    why: str
    decided_by: tuple[str, ...] = ()
    candidates: tuple[Value, ...] = field(default=(), compare=False)
    parameter: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if len(self.why) > _MOST_WORDS:  # it names a value, whose length nobody limits
            object.__setattr__(self, "why", cut(self.why, _MOST_WORDS))


@dataclass(frozen=True, slots=True)
class Reference:
    """`Ref` (attribute "Ref") or `Fn::GetAtt` of a resource that exists only once it is created."""

    address: Address
    attribute: str = "Ref"


@dataclass(frozen=True, slots=True)
class Zones:
    """All Availability Zones of a Region, in CloudFormation's order; the Region may itself be unknown."""

    region: str = ""


@dataclass(frozen=True, slots=True)
class Zone:
    """The `index`-th zone of a Region. Two indices are two zones; a symbol never equals a literal name."""

    region: str
    index: int


@dataclass(frozen=True, slots=True)
class Text:
    """A string some of whose parts are known only at deployment."""

    parts: tuple[str | Reference | Unknown | Zone, ...]


Value: TypeAlias = (
    "None | bool | int | float | str | Unknown | Reference | Zone | Zones | Text | list[Value] | dict[str, Value]"
)

PSEUDO_PARAMETERS = {
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::NoValue",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
}


def render(value: Value) -> str:
    """The value as one string for pattern matching and messages; unknown parts appear as `${…}`."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case Reference(address, "Ref"):
            return f"${{{address.id}}}"
        case Reference(address, attribute):
            return f"${{{address.id}.{attribute}}}"
        case Unknown(why):
            return f"${{{why}}}"
        case Zone(_, index):
            return f"${{zone {index + 1}}}"
        case Text(parts):
            return "".join(render(part) for part in parts)
        case list():
            return ",".join(render(item) for item in value)
        case None:
            return ""
        case _:
            return str(value)


def known_text(value: Value) -> str | None:
    """The string if every part of it is known, else None. Numbers and booleans count as their text."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            return None


def known_int(value: Value) -> int | None:
    """A whole number given as number or digits, else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value.strip()):
        return int(value)
    return None


def known_flag(value: Value, default: bool) -> bool | Unknown:
    """A boolean given as boolean or text; `default` where the property is absent."""
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    if isinstance(value, Unknown):
        return value
    text = known_text(value)
    if text is None:
        return Unknown(f"{render(value)} is known only at deployment")
    return text.strip().lower() in {"true", "1", "yes", "on"}


def as_list(value: Value) -> list[Value]:
    """The items of a list; a single value counts as a list of one, an absent one as empty."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    return [value]


def as_dict(value: Value) -> dict[str, Value]:
    """The mapping, or an empty one where the value is anything else."""
    return value if isinstance(value, dict) else {}


def dig(value: Value, *path: str) -> Value:
    """The value behind nested keys; None where a key is absent, Unknown where a container is."""
    for key in path:
        if isinstance(value, Unknown):
            return value
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def walk(value: Value) -> Iterator[Value]:
    """Every value inside a value, itself first, parts of texts and candidates of unknowns included."""
    todo = [value]
    while todo:
        item = todo.pop()
        yield item
        if isinstance(item, dict):
            todo.extend(reversed(item.values()))
        elif isinstance(item, list):
            todo.extend(reversed(item))
        elif isinstance(item, Text):
            todo.extend(reversed(item.parts))
        elif isinstance(item, Unknown):
            todo.extend(reversed(item.candidates))


def cut(text: str, most: int = 200) -> str:
    """The text, or its beginning and that it goes on."""
    return text if len(text) <= most else f"{text[:most]}…"


def size_of(value: Value, most: int) -> int:
    """How many values there are inside a value, itself and the parts of texts included; `most` is enough."""
    size = 0
    for _ in walk(value):
        size += 1
        if size >= most:
            break
    return size


def references_in(value: Value) -> list[Reference]:
    """All references inside a value, in reading order."""
    return [item for item in walk(value) if isinstance(item, Reference)]


def unknowns_in(value: Value) -> list[Unknown]:
    """All unknowns inside a value, in reading order."""
    return [item for item in walk(value) if isinstance(item, Unknown)]


def map_text(value: Value, change: Callable[[str], str]) -> Value:
    """The value with every plain string changed, containers copied."""
    match value:
        case str():
            return change(value)
        case list():
            return [map_text(item, change) for item in value]
        case dict():
            return {change(key): map_text(item, change) for key, item in value.items()}
        case _:
            return value
