"""What stands in `stackflight.toml` -> what the options of the command line would hold."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stackflight.cli.arguments import near
from stackflight.cli.keys import IGNORE_KEYS, NUMBER, SWITCH, TABLE, TEXT, TEXTS, Key
from stackflight.errors import WrongUsage
from stackflight.local.folder import as_text
from stackflight.model.ignore import Excuse
from stackflight.model.template import Where
from stackflight.model.value import Value
from stackflight.patterns import compile_later
from stackflight.records import dataclass

_APP_TARGET = compile_later(r"([A-Za-z][\w.-]+):(.+\.toml)")
_ELSEWHERE = compile_later(r"-|stack:.*|[A-Za-z][\w.-]+:.*")
_ACCOUNT = compile_later(r"\d{12}")


@dataclass(frozen=True)
class Written:
    """Parameter values that stand in a `file` instead of being one."""

    values: Mapping[str, Value]
    file: Path


def read_value(key: Key, value: Any, file: Path) -> Any:
    """What a key of a file holds, as its option would. Raises WrongUsage."""
    if key.holds == TEXT:
        text = _require(key, value, str, "a text in quotes")
        if key.name == "account_id" and not _ACCOUNT.fullmatch(text):
            raise WrongUsage(f"account_id {text} is no account", hint="write its twelve digits in quotes")
        named = key.paths and (key.name != "usage" or text.endswith(".toml"))
        return _near_file(text, file) if named else text
    if key.holds == TEXTS:
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
            raise WrongUsage(
                f"{key.name} is to be a list of texts", hint=f'write it as {key.name} = ["one", "another"]'
            )
        return [_near_file(one, file) if key.paths else one for one in texts]
    if key.holds == NUMBER:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise WrongUsage(f"{key.name} is to be a number", hint=f"write it as {key.name} = 2")
        return str(value)
    if key.holds == SWITCH:
        return _require(key, value, bool, "true or false")
    assert key.holds == TABLE
    table = _require(key, value, dict, "a table")
    if key.name == "durations":
        return [f"{name}={_require(key, length, str, 'a table of texts')}" for name, length in table.items()]
    return [Written(dict(_parameters(table)), file)]


def _require(key: Key, value: Any, kind: type, words: str) -> Any:
    if not isinstance(value, kind):
        raise WrongUsage(f"{key.name} is to be {words}", hint="docs/reference/stackflight-toml.md has an example")
    return value


def _parameters(table: Mapping[str, Any], stack: str = "") -> Iterator[tuple[str, Value]]:
    """Parameter values by name, those of one stack by `STACK.NAME`; values are text to CloudFormation."""
    for name, value in table.items():
        if isinstance(value, dict) and not stack:
            yield from _parameters(value, f"{name}.")
        elif isinstance(value, bool):
            yield f"{stack}{name}", "true" if value else "false"
        elif isinstance(value, str | int | float):
            yield f"{stack}{name}", str(value)
        elif isinstance(value, list) and all(isinstance(one, str | int) for one in value):
            yield f"{stack}{name}", ",".join(map(str, value))
        else:
            raise WrongUsage(
                f"the parameter {stack}{name} is neither text nor number nor a list of them", hint="write it in quotes"
            )


def _near_file(text: str, file: Path) -> str:
    """A name of a file, as written beside `file`, seen from the working folder; what is no name of a file stays."""
    if app := _APP_TARGET.fullmatch(text):
        return f"{app[1]}:{_near_file(app[2], file)}"
    if _ELSEWHERE.fullmatch(text) or Path(text).is_absolute():
        return text
    return as_text(os.path.relpath(file.parent / text))


def read_excuse(entry: Mapping[str, Any], shown: str, line: int | None) -> Excuse:
    """One `[[ignore]]`. Raises WrongUsage."""
    for name in entry:
        if name not in IGNORE_KEYS:
            hint = near(name, IGNORE_KEYS, f"its keys are {', '.join(IGNORE_KEYS)}")
            raise WrongUsage(f"an ignore has no key {name}", hint=hint)
    for name in ("check", "resource", "because"):
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            raise WrongUsage(
                f"an ignore needs {name}, a text", hint='write check = "…", resource = "…" and because = "…"'
            )
    until = entry.get("until")
    if isinstance(until, str):
        try:
            until = datetime.date.fromisoformat(until)
        except ValueError:
            until = "wrong"
    if until is not None and type(until) is not datetime.date:
        raise WrongUsage("until is to be a date", hint="write it as until = 2027-01-31")
    return Excuse(entry["check"], entry["resource"], entry["because"].strip(), until, Where(shown, line))
