"""The causes that are known: the files of `causes/`, read once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from stackflight.diagnose.pattern import Pattern
from stackflight.model.diagnosis import Cause, Confidence, Retry

RANKS = {"narrow": 4, "special": 3, "general": 2, "wrapper": 1, "code": 0}


@dataclass(frozen=True)
class Entry:
    """A cause with its patterns made ready."""

    cause: Cause
    patterns: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]
    rank: int


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All causes, and the families that they belong to with what each means."""

    entries: tuple[Entry, ...]
    families: Mapping[str, str]
    date: str

    def find(self, id: str) -> Cause:
        """The cause of an id. Raises KeyError."""
        return next(entry.cause for entry in self.entries if entry.cause.id == id)


@cache
def standard_catalogue() -> Catalogue:
    """The catalogue that comes with the package."""
    folder = files("stackflight.diagnose").joinpath("causes")
    about = json.loads(folder.joinpath("families.json").read_text(encoding="utf-8"))
    entries: list[Entry] = []
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".json") and file.name != "families.json":
            entries += [entry_of(row) for row in json.loads(file.read_text(encoding="utf-8"))["causes"]]
    return Catalogue(tuple(entries), about["families"], about["date"])


def entry_of(row: Mapping[str, Any]) -> Entry:
    """A row of a file of causes. Raises TypeError where a field is unknown, ValueError where a value is."""
    lists = ("remedies", "verify", "patterns", "unless", "types", "codes", "sources")
    cause = Cause(
        **{
            **row,
            **{name: tuple(row.get(name, ())) for name in lists},
            "at_best": Confidence(row.get("at_best", _AT_BEST[row.get("rank", "special")])),
            "retry": Retry(row.get("retry", "no")),
        }
    )
    patterns = tuple(Pattern.of(text) for text in cause.patterns)
    return Entry(cause, patterns, tuple(Pattern.of(text) for text in cause.unless), RANKS[cause.rank])


_AT_BEST = {"narrow": "high", "special": "high", "general": "medium", "wrapper": "low", "code": "low"}
