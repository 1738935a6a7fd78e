"""Durations and numbers as they are typed -> seconds and numbers, or one clear refusal."""

from __future__ import annotations

import re

from stackflight.errors import WrongUsage
from stackflight.patterns import compile_later

_DURATION = compile_later(r"(?:(?P<hours>\d+)h)?(?:(?P<minutes>\d+)m)?(?:(?P<seconds>\d+)s?)?")


def read_duration(flag: str, text: str) -> float:
    """`30m`, `1h30m`, `90s` or `90` as seconds. Raises WrongUsage."""
    match = _DURATION.fullmatch(text)
    if match is None or not text:
        raise WrongUsage(f"{flag} {text} is no duration", hint=f"write it as in {flag} 30m, 1h30m or 90s")
    hours, minutes, seconds = (int(match[unit] or 0) for unit in ("hours", "minutes", "seconds"))
    return float(hours * 3600 + minutes * 60 + seconds)


def read_number(flag: str, text: str | None, least: int) -> int | None:
    """A whole number from `least` on; None where none is given. Raises WrongUsage."""
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()) or int(text) < least:
        raise WrongUsage(f"{flag} {text} is no whole number from {least} on", hint=f"write it as in {flag} 7")
    return int(text)


def read_share(flag: str, text: str | None, largest: float) -> float | None:
    """A number above zero, up to the largest; None where the option is not given."""
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text) or not 0 < float(text) <= largest:
        raise WrongUsage(f"{flag} {text} is no number above 0 and up to {largest:g}", hint=f"write it as in {flag} 0.5")
    return float(text)
