"""Pure intrinsic functions: resolved arguments -> Value. Nothing here knows a template.

Source: CloudFormation User Guide, intrinsic function reference.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable

from stackflight.model.budgets import MADE_CHARACTERS
from stackflight.model.value import (
    Reference,
    Text,
    Unknown,
    Value,
    Zone,
    Zones,
    known_int,
    known_text,
    references_in,
    render,
)
from stackflight.patterns import compile_later

Part = str | Reference | Unknown | Zone


def concatenate(parts: list[Value]) -> Value:
    """One string from parts, a Text where some of them are known only at deployment."""
    flat: list[Part] = []
    if sum(_length(part) for part in parts) > MADE_CHARACTERS.most:
        return Unknown(str(MADE_CHARACTERS))
    for part in parts:
        match part:
            case Text(inner):
                flat.extend(inner)
            case Reference() | Unknown() | Zone():
                flat.append(part)
            case list() | dict() | Zones():
                flat.append(Unknown(f"{render(part)} is not a string"))
            case _:
                flat.append(render(part))
    merged: list[Part] = []
    for item in flat:
        if isinstance(item, str) and merged and isinstance(merged[-1], str):
            merged[-1] += item
        elif item != "":
            merged.append(item)
    if not merged:
        return ""
    if len(merged) == 1:
        return merged[0]
    return Text(tuple(merged))


def _length(part: Value) -> int:
    """Characters of a part of a text; what is known only at deployment counts as some."""
    if isinstance(part, str):
        return len(part)
    return sum(map(_length, part.parts)) if isinstance(part, Text) else 20


def join(delimiter: Value, items: Value) -> Value:
    """`Fn::Join`. An unknown list makes the result unknown."""
    separator = known_text(delimiter)
    if separator is None:
        return Unknown("the delimiter of Fn::Join is unknown", _decided(delimiter))
    if isinstance(items, Unknown):
        why = REGION_WITHOUT_DASHES if items.why == _REGION_PARTS and not separator else f"joined from {items.why}"
        return Unknown(why, items.decided_by, _entries_in(items))
    if isinstance(items, Reference) and items.attribute == _ENTRIES:
        return Unknown(f"joined from {render(items)}", candidates=(items,))
    if not isinstance(items, list):
        return Unknown(f"Fn::Join over {render(items)}, which is no list")
    parts: list[Value] = []
    for position, item in enumerate(items):
        if position:
            parts.append(separator)
        if isinstance(item, list):
            parts.append(join(separator, item))
        else:
            parts.append(item)
    return concatenate(parts)


# The DNS entries of an endpoint are texts "hosted zone ID:DNS name", the regional name first. Source: CloudFormation
# template reference, AWS::EC2::VPCEndpoint, return values.
_ENTRIES = "DnsEntries"
# Lists of URLs. Source: CloudFormation template reference, AWS::AmazonMQ::Broker, return values.
_LISTED = {"AmqpEndpoints", "StompEndpoints", "OpenWireEndpoints", "MqttEndpoints", "WssEndpoints"}
_REGION_PARTS = "split from ${AWS::Region} at its dashes"
REGION_WITHOUT_DASHES = "AWS::Region without dashes"
"""What stands for a Region's name without its dashes where the Region is not known."""


def _entries_in(value: Value) -> tuple[Value, ...]:
    """The DNS entries that an unknown text is made of."""
    return tuple(item for item in references_in(value) if item.attribute.startswith(_ENTRIES))


def split(delimiter: Value, source: Value) -> Value:
    """`Fn::Split`. A pseudo parameter holds no ':' or '/', an id that a resource answers with holds no comma."""
    separator = known_text(delimiter)
    text = known_text(source)
    if separator and text is not None:
        return [*text.split(separator)]
    if isinstance(source, Reference) and separator and _is_one(source, separator):
        return [source]
    if isinstance(source, Reference) and separator == ":" and re.fullmatch(rf"{_ENTRIES}\.\d+", source.attribute):
        return [Reference(source.address, f"{source.attribute}.{part}") for part in ("HostedZoneId", "DnsName")]
    if entries := _entries_in(source):
        return Unknown(f"split from {render(source)}", (), entries)
    if separator == "-" and isinstance(source, Unknown) and source.why == "AWS::Region":
        return Unknown(_REGION_PARTS, source.decided_by)
    if not separator or not isinstance(source, Text):
        return Unknown(f"split from {render(source)}", _decided(source))
    if not any(isinstance(part, str) and separator in part for part in source.parts):
        return Unknown(f"split from {render(source)}", _decided(source))
    if any(isinstance(part, Reference) and not _is_one(part, separator) for part in source.parts):
        return Unknown(f"split from {render(source)}", _decided(source))
    pieces: list[list[Value]] = [[]]
    for part in source.parts:
        if not isinstance(part, str):
            pieces[-1].append(part)
            continue
        first, *rest = part.split(separator)
        pieces[-1].append(first)
        pieces.extend([piece] for piece in rest)
    return [concatenate(piece) for piece in pieces]


_IDS = {"Ref", "GroupId", "SubnetId", "VpcId", "RouteTableId", "AllocationId", "Arn", "Id"}


def _is_one(part: Reference, separator: str) -> bool:
    """Whether what a reference stands for cannot hold the delimiter: a list of ids is joined, and split, by commas."""
    return separator == "," and part.attribute in _IDS


def select(index: Value, items: Value) -> Value:
    """`Fn::Select`. Past the end of a known list: Unknown that says so."""
    position = known_int(index)
    if position is None:
        return Unknown("the index of Fn::Select is unknown", _decided(index))
    match items:
        case Zones(region):
            return Zone(region, position)
        case Unknown(why, decided_by):
            return Unknown(f"item {position + 1} of {why}", decided_by, _entries_in(items))
        case Reference(address, attribute) if attribute == _ENTRIES or attribute in _LISTED:
            return Reference(address, f"{attribute}.{position}")
        case list():
            if 0 <= position < len(items):
                return items[position]
            return Unknown(f"Fn::Select asks for item {position + 1} of a list of {len(items)}")
        case _:
            return Unknown(f"item {position + 1} of {render(items)}")


def cidr(block: Value, count: Value, bits: Value) -> Value:
    """`Fn::Cidr`: `count` blocks of `bits` host bits out of `block` (IPv4 and IPv6)."""
    text, number, size = known_text(block), known_int(count), known_int(bits)
    if text is None or number is None or (bits is not None and size is None):
        blamed = next((item for item in (block, count, bits) if isinstance(item, Unknown)), None)
        return Unknown(f"cut out of {render(block)}", blamed.decided_by if blamed else ())
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
        prefix = network.max_prefixlen - (size if size is not None else 8)
        subnets = network.subnets(new_prefix=prefix)
        found: list[Value] = [str(subnet) for _, subnet in zip(range(min(number, 256)), subnets, strict=False)]
    except ValueError:
        return Unknown(f"Fn::Cidr cannot cut {number} blocks out of {text}")
    return found if len(found) == number else Unknown(f"{text} holds fewer than {number} such blocks")


_PLACEHOLDER = compile_later(r"\$\{(!?)([^{}]*)\}")


def substitute(template: str, look_up: Callable[[str], Value], literal: Callable[[str], Value] = str) -> Value:
    """`Fn::Sub`: every `${name}` replaced by what `look_up` gives, `${!name}` kept as `${name}`, the rest by `literal`."""
    parts: list[Value] = []
    end = 0
    for match in _PLACEHOLDER.finditer(template):
        parts.append(literal(template[end : match.start()]))
        name = match.group(2).strip()
        parts.append("${" + match.group(2) + "}" if match.group(1) else look_up(name))
        end = match.end()
    parts.append(literal(template[end:]))
    return concatenate(parts)


def equals(left: Value, right: Value) -> bool | Unknown:
    """`Fn::Equals`: strings compare case-sensitively, numbers and booleans as their text."""
    a, b = known_text(left), known_text(right)
    if a is not None and b is not None:
        return a == b
    if isinstance(left, list) and isinstance(right, list) and not _unsure(left) and not _unsure(right):
        return left == right
    if isinstance(left, Reference) and left == right:
        return True
    return Unknown("a condition compares values known only at deployment", _decided(left) + _decided(right))


def all_of(values: list[bool | Unknown]) -> bool | Unknown:
    """Kleene AND."""
    if any(value is False for value in values):
        return False
    return _blend(values) if any(isinstance(value, Unknown) for value in values) else True


def any_of(values: list[bool | Unknown]) -> bool | Unknown:
    """Kleene OR."""
    if any(value is True for value in values):
        return True
    return _blend(values) if any(isinstance(value, Unknown) for value in values) else False


def negate(value: bool | Unknown) -> bool | Unknown:
    """Kleene NOT."""
    return value if isinstance(value, Unknown) else not value


def to_json(value: Value) -> Value:
    """`Fn::ToJsonString`; unknown parts stay parts of a Text."""
    parts: list[Value] = []
    _write_json(value, parts)
    return concatenate(parts)


def _write_json(value: Value, parts: list[Value]) -> None:
    match value:
        case dict():
            parts.append("{")
            for position, (key, item) in enumerate(value.items()):
                parts.append(("," if position else "") + json.dumps(key) + ":")
                _write_json(item, parts)
            parts.append("}")
        case list():
            parts.append("[")
            for position, item in enumerate(value):
                if position:
                    parts.append(",")
                _write_json(item, parts)
            parts.append("]")
        case Reference() | Unknown() | Zone() | Text():
            parts.extend(['"', value, '"'])
        case Zones():
            parts.append(Unknown("the zones of the Region"))
        case _:
            parts.append(json.dumps(value))


def _blend(values: list[bool | Unknown]) -> Unknown:
    unknown = [value for value in values if isinstance(value, Unknown)]
    decided = tuple(dict.fromkeys(name for value in unknown for name in value.decided_by))
    return Unknown(unknown[0].why, decided)


def _unsure(items: list[Value]) -> bool:
    return any(known_text(item) is None for item in items)


def _decided(value: Value) -> tuple[str, ...]:
    match value:
        case Unknown(_, decided_by):
            return decided_by
        case Text(parts):
            return tuple(dict.fromkeys(name for part in parts if isinstance(part, Unknown) for name in part.decided_by))
        case Reference(address, _):
            return (f"resource {address.id}",)
        case _:
            return ()
