"""World -> schedule expressions that a service does not take, with the reason.

Which property takes which forms stands in facts/schedules.json, with its sources.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stackflight.check.case import Case
from stackflight.check.rows.scope import Scope
from stackflight.facts.load import Row, read_table
from stackflight.model.template import Resource
from stackflight.patterns import compile_later

_RATE = compile_later(r"rate\(\s*(\d+)\s+(minutes?|hours?|days?)\s*\)")
_CRON = compile_later(r"cron\((.*)\)")
# A number, a range, a number with a step, the n-th weekday. Source: Amazon EventBridge User Guide (cron expressions).
_NUMBERS = compile_later(r"(-?\d+)(?:-(\d+))?(?:/\d+|#\d+)?")
_FIELDS = (
    ("the minute", 0, 59), ("the hour", 0, 23), ("the day of the month", 1, 31), ("the month", 1, 12),
    ("the day of the week", 1, 7), ("the year", 1970, 2199),
)  # fmt: skip


_EXAMPLES = {
    "rate": "rate(5 minutes)",
    "cron": "cron(0 12 * * ? *)",
    "at": "at(2030-01-01T00:00:00)",
    "unix": "0 12 * * *",
}


class WrongSchedule(NamedTuple):
    """An expression that the property of a resource does not take, why, what it takes, and the right one where that is sure."""

    resource: Resource
    at: tuple[str, ...]
    text: str
    why: str
    instead: str
    right: str


def wrong_schedules(case: Case) -> Iterator[WrongSchedule]:
    """Each expression of the world that is refused."""
    for type, paths in read_table("schedules")["types"].items():
        for resource in case.world.of_type(type):
            for path, row in paths.items():
                for text in Scope.of(case, resource).values(path):
                    wrong = _wrong(text, row) if isinstance(text, str) and text and "{{" not in text else ""
                    if wrong:
                        at = tuple(path.replace("[]", "").split("."))
                        right = _agreeing(str(text)) if "rate" in row["forms"] else ""
                        instead = " or ".join(_EXAMPLES[form] for form in row["forms"])
                        yield WrongSchedule(resource, at, str(text), wrong, instead, right)


def _wrong(text: str, row: Row) -> str:
    forms = row["forms"]
    form = next((name for name in forms if text.startswith(f"{name}(")), None)
    if "unix" in forms:
        return (
            "it takes the five fields of a crontab, without cron(…)"
            if text.startswith(("cron(", "rate(", "at("))
            else ""
        )
    if form is None:
        return f"it takes {' or '.join(f'{name}(…)' for name in forms)}"
    return wrong_schedule(text, agree=row.get("agree", False)) if row.get("fields") else ""


def wrong_schedule(text: str, *, agree: bool = True) -> str:
    """Why a schedule of EventBridge's form is not valid; empty where it may be.

    Rules demand that the unit agrees in number with the value; EventBridge Scheduler documents no such demand.
    """
    if text.startswith("at("):
        return ""
    rate = _RATE.fullmatch(text)
    if rate:
        many = int(rate.group(1)) != 1
        if int(rate.group(1)) < 1:
            return "the value of a rate must be 1 or more"
        if agree and many != rate.group(2).endswith("s"):
            return f"a rate of {rate.group(1)} takes its unit in the {'plural' if many else 'singular'}"
        return ""
    cron = _CRON.fullmatch(text)
    if cron is None:
        return (
            "it is neither rate(…) nor cron(…)" if not text.startswith(("rate(", "cron(")) else "its form is not valid"
        )
    fields = [field.rstrip(",") for field in cron.group(1).split()]  # EventBridge takes commas after fields
    if len(fields) != 6:
        return f"cron takes six fields (minutes hours day month weekday year), and there are {len(fields)}"
    if (fields[2] == "?") == (fields[4] == "?"):
        return "exactly one of day-of-month and day-of-week must be ?"
    return next(
        (wrong for place, field in zip(_FIELDS, fields, strict=True) if (wrong := _wrong_field(*place, field))), ""
    )


def _wrong_field(name: str, low: int, high: int, field: str) -> str:
    """Why a field of a cron expression is out of its range; what has another form than numbers is left alone."""
    for item in field.split(","):
        part = _NUMBERS.fullmatch(item)
        if part and not all(low <= int(number) <= high for number in part.groups() if number is not None):
            return f"{name} is {low} to {high}, and {item} is not"
    return ""


def _agreeing(text: str) -> str:
    """A rate with its unit in the number that its value asks for; empty for anything else."""
    rate = _RATE.fullmatch(text)
    if rate is None or int(rate.group(1)) < 1:
        return ""
    return f"rate({rate.group(1)} {rate.group(2).rstrip('s')}{'' if int(rate.group(1)) == 1 else 's'})"
