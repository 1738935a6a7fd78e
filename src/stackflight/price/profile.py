"""The name of a profile, or amounts of one's own -> Usage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from stackflight.errors import WrongUsage
from stackflight.model.near import closest
from stackflight.model.usage import Usage

_MOST = Decimal(10) ** 12


@cache
def _table() -> Any:
    return json.loads(
        files("stackflight.price").joinpath("usage.json").read_text(encoding="utf-8"), parse_float=Decimal
    )


def profile_names() -> tuple[str, ...]:
    """The profiles that there are, the usual one first."""
    return "small", "team", "company"


def find_usage(name: str = "small", own: Mapping[str, Any] | None = None, called: str = "") -> Usage:
    """A profile by name, with `own` amounts in place of its own where given; `called` names the file that they are from.

    `own` may hold `base`, the profile that fills the rest. Raises WrongUsage for a key or an amount that cannot be.
    """
    given = dict(own or {})
    base = given.pop("base", name)
    if base not in profile_names():
        near = closest(str(base), profile_names())
        hint = (
            f"did you mean {near}?"
            if near
            else f"one of {', '.join(profile_names())}, or a TOML file with your numbers"
        )
        raise WrongUsage(f"there is no usage profile {base}", hint=hint)
    keys = _table()["keys"]
    amounts = {key: Decimal(row[base]) for key, row in keys.items()}
    for key, value in given.items():
        if key not in keys:
            near = closest(key, tuple(keys))
            hint = f"did you mean {near}?" if near else f"one of {', '.join(keys)}"
            raise WrongUsage(f"{called or 'the usage'} gives {key}, which is no amount of use", hint=hint)
        amounts[key] = _amount(key, value, called)
    return Usage(called or base, amounts, {key: row["says"] for key, row in keys.items()})


def _amount(key: str, value: Any, called: str) -> Decimal:
    whole = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    number = Decimal(str(value)) if whole else Decimal(-1)
    if not number.is_finite() or not 0 <= number <= _MOST:
        raise WrongUsage(f"{called or 'the usage'} gives {key} = {value}", hint="give a number from 0 on")
    return number
