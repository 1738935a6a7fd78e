"""`--max-monthly`, `--max-duration` and `--usage` as typed, or as `[limits]` of a file says -> limits and a profile of use."""

from __future__ import annotations

from argparse import Namespace
from decimal import Decimal
from pathlib import Path

from stackflight.cli.amounts import read_duration
from stackflight.cli.arguments import Option
from stackflight.errors import UnreadableInput, WrongUsage
from stackflight.local.folder import read_text
from stackflight.model.limits import Limits
from stackflight.model.usage import Usage
from stackflight.patterns import compile_later

_AMOUNT = compile_later(r"\d{1,9}(\.\d{1,2})?")

LIMITS = (
    Option("--max-monthly", "What a month may cost in US dollars; more is a finding that blocks.", "AMOUNT"),
    Option("--max-duration", "How long nine of ten deployments may take, for example 30m; more is a finding that blocks.",
           "DURATION"),
)  # fmt: skip
USAGE = Option(
    "--usage",
    "How much it is used: small, team, company, or a TOML file with numbers of your own; small unless given.",
    "PROFILE",
)
BUDGET = Option("--budget", "The former name of --max-duration.", "DURATION", hidden=True)


def read_limits(asked: Namespace) -> Limits:
    """What is typed, or stands as `[limits]` in the project's file. Raises WrongUsage."""
    old = getattr(asked, "budget", None)
    flag, text = ("--budget", old) if old is not None else ("--max-duration", asked.max_duration)
    return Limits(
        None if asked.max_monthly is None else _read_amount("--max-monthly", asked.max_monthly),
        None if text is None else _read_span(flag, text),
    )


def _read_amount(flag: str, text: str) -> Decimal:
    if not (text.isascii() and _AMOUNT.fullmatch(text)):
        raise WrongUsage(f"{flag} {text} is no amount of US dollars", hint=f"write it as in {flag} 300 or {flag} 49.50")
    return Decimal(text)


def _read_span(flag: str, text: str) -> float:
    if text.isdecimal():
        raise WrongUsage(f"{flag} {text} has no unit", hint=f"write {flag} {text}s, or {flag} {text}m for minutes")
    return read_duration(flag, text)


def read_usage(asked: Namespace) -> Usage:
    """The profile of `--usage`: a name, or a TOML file. Raises WrongUsage, UnreadableInput."""
    from stackflight.price.profile import find_usage, profile_names

    text = asked.usage or "small"
    if text in profile_names() or not (text.endswith(".toml") or Path(text).exists()):
        return find_usage(text)
    if not Path(text).is_file():
        raise UnreadableInput(
            "there is no such file", file=text, hint="--usage takes small, team, company or a TOML file"
        )
    import tomllib

    try:
        own = tomllib.loads(read_text(Path(text), text), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableInput(f"this is no TOML: {error}", file=text, hint="write it as in: users = 50") from None
    return find_usage(own=own, called=text)
