"""The name of a table -> its rows, read once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]
"""One fact as written in its file."""


@cache
def read_rows(table: str, service: str) -> tuple[Row, ...]:
    """The rows of one service ("ecs") in a table ("refusals"); none where there is no such file.

    Each row carries the file's `date`, the day on which its sources were read, and its `source` where all share one.
    """
    file = resources.files(__package__).joinpath(table, f"{service}.json")
    if not file.is_file():
        return ()
    given = json.loads(file.read_text(encoding="utf-8"))
    shared = {key: given[key] for key in ("date", "source") if key in given}
    return tuple({**shared, **row} for row in given["rows"])


def rows_for(table: str, types: Iterable[str]) -> tuple[Row, ...]:
    """The rows whose service occurs among resource types, services in alphabetical order."""
    services = sorted({parts[1].lower() for kind in types if len(parts := kind.split("::")) == 3})
    return tuple(row for service in services for row in read_rows(table, service))


@cache
def all_rows(table: str) -> tuple[Row, ...]:
    """Every row of a table, files in alphabetical order."""
    names = sorted(item.name for item in resources.files(__package__).joinpath(table).iterdir())
    return tuple(
        row for name in names if name.endswith(".json") for row in read_rows(table, name.removesuffix(".json"))
    )


@cache
def read_table(name: str) -> Row:
    """A table that is no list of rows: what stands in facts/NAME.json, its `date`, `source` and `note` among it."""
    found: Row = json.loads(resources.files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
    return found


@cache
def judged_types() -> frozenset[str]:
    """The resource types that checks in code name."""
    return frozenset(read_table("judged")["types"])


@cache
def known_kinds() -> Row:
    """What a property may take, by name: `what` in words, and the attributes it is `given_by` ("TYPE.ATTRIBUTE")."""
    kinds: Row = read_table("kinds")["kinds"]
    return kinds


@cache
def known_actions(prefix: str) -> tuple[dict[str, str], frozenset[str]] | None:
    """The IAM actions of a service prefix ("lambda"): all, lower case -> as written, and those for no single resource.

    None where the prefix is not known on the day of the data.
    """
    file = resources.files(__package__).joinpath("actions", f"{prefix}.json")
    if not prefix.replace("-", "").isalnum() or not file.is_file():
        return None
    given = json.loads(file.read_text(encoding="utf-8"))
    names = {name.lower(): name for name in given["actions"]}
    return names, frozenset(name.lower() for name in given["only_on_everything"])
