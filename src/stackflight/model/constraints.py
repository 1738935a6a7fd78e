"""What a template demands of the values of its parameters -> the sentence with which CloudFormation refuses one.

Source: CloudFormation User Guide, Parameters; error texts as its clients quote them.
"""

from __future__ import annotations

import re

from stackflight.model.template import Raw
from stackflight.patterns import compile_later

_NUMBER = compile_later(r"\s*-?\d+(?:\.\d+)?\s*")


def unmet(key: str, declared: Raw, text: str) -> str:
    """Why a value is refused; empty where it is not. A list is a text with commas."""
    facts = declared if isinstance(declared, dict) else {}
    kind = str(facts.get("Type", ""))
    said = facts.get("ConstraintDescription")
    items = text.split(",") if kind.startswith(("List<", "CommaDelimited")) else [text]
    allowed = [as_text(item) for item in facts.get("AllowedValues") or []]
    if allowed and any(item.strip() not in allowed for item in items):
        rule = f"Parameter '{key}' must be one of [{', '.join(allowed)}]"
        return f"Parameter {key} failed to satisfy constraint: {said}" if isinstance(said, str) else rule
    if kind == "Number" and not _NUMBER.fullmatch(text):
        return f"Parameter '{key}' must be a number."
    broken = _broken(facts, text)
    return (
        f"Parameter {key} failed to satisfy constraint: {said if isinstance(said, str) else broken}" if broken else ""
    )


def _broken(facts: dict[str, Raw], text: str) -> str:
    """The first rule that a single value does not meet; a bound that cannot be read is none."""
    pattern = facts.get("AllowedPattern")
    if isinstance(pattern, str) and not _fits(pattern, text):
        return f"must match pattern {pattern}"
    least, most = _bound(facts.get("MinLength")), _bound(facts.get("MaxLength"))
    if least is not None and len(text) < least:
        return f"must contain at least {facts['MinLength']} characters"
    if most is not None and len(text) > most:
        return f"must contain at most {facts['MaxLength']} characters"
    low, high = _bound(facts.get("MinValue")), _bound(facts.get("MaxValue"))
    if facts.get("Type") == "Number" and low is not None and float(text) < low:
        return f"must be a number not less than {facts['MinValue']}"
    if facts.get("Type") == "Number" and high is not None and float(text) > high:
        return f"must be a number not greater than {facts['MaxValue']}"
    return ""


def as_text(value: Raw) -> str:
    """A value as CloudFormation compares it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _bound(value: Raw) -> float | None:
    try:
        return float(as_text(value))
    except ValueError:
        return None


def _fits(pattern: str, text: str) -> bool:
    """A pattern that Python does not read is taken to fit; a long value is not tried."""
    try:
        return len(text) > _LONGEST or re.fullmatch(pattern, text) is not None
    except re.error:
        return True


_LONGEST = 256
