"""A declared parameter and what is given for it -> its value."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from stackflight.model.template import Raw, Template
from stackflight.model.value import Unknown, Value
from stackflight.read.placeholders import fill


def bind_parameter(name: str, declared: Raw, given: Value) -> Value:
    """The given value, else the default, else Unknown; lists are split, SSM parameters stay unknown.

    A parameter without default is Unknown(decided by "parameter NAME"); the value of a NoEcho parameter is never
    kept unless it is empty.
    """
    declared = declared if isinstance(declared, dict) else {}
    kind = str(declared.get("Type", "String"))
    value: Value = given if given is not None else declared.get("Default")
    decided_by = (f"parameter {name}",)
    if value is None:
        return Unknown(f"parameter {name}", decided_by, parameter=name)
    if "AWS::SSM::Parameter::Value" in kind:
        return Unknown(f"SSM parameter {value if isinstance(value, str) else name}", decided_by)
    if str(declared.get("NoEcho", "")).lower() == "true" and value != "":
        return Unknown(f"parameter {name}", decided_by, parameter=name)
    if isinstance(value, str) and not isinstance(filled := fill(value), str):
        return filled
    if not isinstance(value, (str, int, float, bool)):
        return value
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [item.strip() for item in str(value).split(",")] if str(value) else []
    if kind == "Number" and isinstance(value, str) and value.strip().lstrip("-").isdigit():
        return int(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if kind == "Number" else str(value)


def without_defaults(template: Template, given: Collection[str]) -> Template:
    """The template with no default on any parameter that is not `given`: what it says whoever deploys it."""
    declared = {
        name: {key: value for key, value in raw.items() if key != "Default"}
        if isinstance(raw, dict) and name not in given
        else raw
        for name, raw in template.section("Parameters").items()
    }
    return replace(template, body={**template.body, "Parameters": declared})
