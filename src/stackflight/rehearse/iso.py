"""ISO 8601 durations as CloudFormation takes them -> seconds."""

from __future__ import annotations


def iso_seconds(text: str) -> float | None:
    """Seconds of a duration of hours, minutes and seconds ("PT1H30M"); None where it is none."""
    if not text.startswith("PT"):
        return None
    total, digits = 0.0, ""
    for char in text[2:]:
        if char.isdigit() or char == ".":
            digits += char
        elif char in "HMS" and digits:
            total += float(digits) * {"H": 3600, "M": 60, "S": 1}[char]
            digits = ""
        else:
            return None
    return total if not digits else None
