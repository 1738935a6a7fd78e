"""The query protocol by botocore's service model: form fields -> parameters, results -> XML.

Both directions follow the shapes of the model: what a request lacks or breaks is refused in CloudFormation's words, and
a result that is not of the model's shape is a fault of this program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from stackflight.patterns import compile_later
from stackflight.serve.refusals import Refusal, invalid

Fields = Mapping[str, str]
# What AWS answers beyond its own model: stack events carry the stack's statuses. Source: public event histories.
_MORE_STATUSES = {
    "ResourceStatus": (
        "REVIEW_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    )
}
_UNSAFE = compile_later("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@cache
def service_model() -> Any:
    """CloudFormation as botocore describes it."""
    import botocore.session

    return botocore.session.get_session().get_service_model("cloudformation")


def read_parameters(operation: Any, fields: Fields) -> dict[str, Any]:
    """A request's parameters. Raises Refusal where they are not what the model asks for."""
    problems: list[str] = []
    shape = operation.input_shape
    found = _read(shape, "", fields, problems) if shape is not None else {}
    if problems:
        plural = "s" if len(problems) > 1 else ""
        raise invalid(f"{len(problems)} validation error{plural} detected: {'; '.join(problems)}")
    return found or {}


def _read(shape: Any, prefix: str, fields: Fields, problems: list[str]) -> Any:
    match shape.type_name:
        case "structure":
            return _read_structure(shape, prefix, fields, problems)
        case "list":
            return _read_list(shape, prefix, fields, problems)
        case "map":
            return _read_map(shape, prefix, fields, problems)
        case _:
            return _read_scalar(shape, prefix, fields, problems)


def _read_structure(shape: Any, prefix: str, fields: Fields, problems: list[str]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        value = _read(member, f"{prefix}.{name}" if prefix else name, fields, problems)
        if value is not None:
            found[name] = value
    if prefix and not found:
        return None
    for name in shape.required_members:
        if name not in found:
            problems.append(_broken("null", f"{prefix}.{name}" if prefix else name, "Member must not be null"))
    return found


def _read_list(shape: Any, prefix: str, fields: Fields, problems: list[str]) -> list[Any] | None:
    if fields.get(prefix) == "":
        return []
    found: list[Any] = []
    while True:
        name = f"{prefix}.member.{len(found) + 1}"
        if name not in fields and not any(key.startswith(f"{name}.") for key in fields):
            return found or None
        found.append(_read(shape.member, name, fields, problems))


def _read_map(shape: Any, prefix: str, fields: Fields, problems: list[str]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    while (entry := f"{prefix}.entry.{len(found) + 1}.key") in fields:
        key = _read(shape.key, entry, fields, problems)
        if key in found:
            problems.append(_broken(f"'{_short(str(key))}'", entry, "Map keys must be unique"))
            break
        found[key] = _read(shape.value, entry.removesuffix("key") + "value", fields, problems)
    return found or None


def _read_scalar(shape: Any, name: str, fields: Fields, problems: list[str]) -> Any:
    text = fields.get(name)
    if text is None:
        return None
    if shape.type_name == "boolean":
        return text.lower() == "true"
    if shape.type_name in {"integer", "long"}:
        if not re.fullmatch(r"-?\d{1,18}", text):
            problems.append(_broken(f"'{text}'", name, "Member must be a whole number"))
            return None
        return int(text)
    problems.extend(_broken(f"'{_short(text)}'", name, rule) for rule in _rules_broken(shape, text))
    return text


def _rules_broken(shape: Any, text: str) -> Iterator[str]:
    metadata = shape.metadata
    if shape.enum and text not in shape.enum:
        yield f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
    if len(text) < metadata.get("min", 0):
        yield f"Member must have length greater than or equal to {metadata['min']}"
    if len(text) > metadata.get("max", len(text)):
        yield f"Member must have length less than or equal to {metadata['max']}"
    pattern = metadata.get("pattern")
    if pattern and not _matches(pattern, text):
        yield f"Member must satisfy regular expression pattern: {pattern}"


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern.replace(r"\p{", r"\x{"))
    except re.error:
        return None


def _matches(pattern: str, text: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(text) is not None


def _broken(value: str, path: str, rule: str) -> str:
    path = path.replace(".member", "")
    return f"Value {value} at '{path[:1].lower()}{path[1:]}' failed to satisfy constraint: {rule}"


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}…"


def write_result(operation: Any, result: Mapping[str, Any], request_id: str) -> str:
    """The XML of a result. Raises TypeError where it is not of the model's shape."""
    name, shape = operation.name, operation.output_shape
    inner = "" if shape is None else f"<{name}Result>{_write(shape, result, name)}</{name}Result>"
    namespace = operation.metadata["xmlNamespace"]
    return (
        f'<{name}Response xmlns="{namespace}">{inner}<ResponseMetadata><RequestId>{request_id}</RequestId>'
        f"</ResponseMetadata></{name}Response>"
    )


def write_refusal(refusal: Refusal, namespace: str, request_id: str) -> str:
    """The XML of an error."""
    blame = "Receiver" if refusal.status >= 500 else "Sender"
    return (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>{blame}</Type><Code>{refusal.code}</Code>'
        f"<Message>{_clean(refusal.text)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def _write(shape: Any, value: Any, path: str) -> str:
    match shape.type_name:
        case "structure":
            return _write_structure(shape, value, path)
        case "list":
            return "".join(f"<member>{_write(shape.member, item, path)}</member>" for item in value)
        case "boolean":
            return "true" if _require(value, bool, path) else "false"
        case "timestamp":
            moment: datetime = _require(value, datetime, path)
            return f"{moment.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S')}.{moment.microsecond // 1000:03d}Z"
        case "integer" | "long":
            return str(_require(value, int, path))
        case _:
            text: str = _require(value, str, path)
            if shape.enum and text not in (*shape.enum, *_MORE_STATUSES.get(shape.name, ())):
                raise TypeError(f"{path} cannot be {text}: the model knows {', '.join(shape.enum)}")
            return _clean(text)


def _write_structure(shape: Any, value: Mapping[str, Any], path: str) -> str:
    strange = value.keys() - shape.members.keys()
    missing = set(shape.required_members) - {name for name, item in value.items() if item is not None}
    if strange or missing:
        raise TypeError(f"{path}: the model does not know {sorted(strange)}, it wants {sorted(missing)}")
    return "".join(
        f"<{name}>{_write(shape.members[name], item, f'{path}.{name}')}</{name}>"
        for name, item in value.items()
        if item is not None
    )


def _require(value: Any, kind: type, path: str) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{path} is a {type(value).__name__}, the model wants a {kind.__name__}")
    return value


def _clean(text: str) -> str:
    return escape(_UNSAFE.sub("\ufffd", text))
