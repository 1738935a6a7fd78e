"""The causes that are known: the files of `causes/`, read once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from stackflight.diagnose.law_causes import law_rows, written_for
from stackflight.diagnose.pattern import Pattern
from stackflight.model.diagnosis import Cause, Confidence, Retry

_SIGN = 4
_TABLES = {"families.json", "codes.json", "progress.json"}
RANKS = {"narrow": 4, "special": 3, "general": 2, "wrapper": 1, "code": 0}


@dataclass(frozen=True)
class Entry:
    """A cause with its patterns made ready; `law` says that a table of the law tells it, and no file of causes."""

    cause: Cause
    patterns: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]
    rank: int
    law: bool = False


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All causes, and the families that they belong to with what each means."""

    entries: tuple[Entry, ...]
    families: Mapping[str, str]
    date: str

    @cached_property
    def signs(self) -> Mapping[str, frozenset[int]]:
        """For each sign the places of entries with a pattern that holds it: four letters, the rarest of the pattern.

        A text without the sign of a pattern cannot match it, so that few patterns have to be looked for.
        """
        pieces = [
            (place, [piece.text for piece in one.pieces])
            for place, entry in enumerate(self.entries)
            for one in entry.patterns
        ]
        often: Counter[str] = Counter(
            sign for _, texts in pieces for sign in {sign for text in texts for sign in signs_of(text)}
        )
        index: dict[str, set[int]] = {}
        for place, texts in pieces:
            signs = sorted({sign for text in texts for sign in signs_of(text)}, key=lambda sign: (often[sign], sign))
            index.setdefault(signs[0] if signs else "", set()).add(place)
        return {sign: frozenset(places) for sign, places in index.items()}

    @cached_property
    def signless(self) -> tuple[int, ...]:
        """The places of entries that have to be looked at whatever a text says: codes, and patterns too short for a sign."""
        short = self.signs.get("", frozenset())
        return tuple(place for place, entry in enumerate(self.entries) if place in short or not entry.patterns)

    def may_match(self, folded: str) -> list[Entry]:
        """The entries of which a pattern may stand in a folded text, in their order."""
        places = set(self.signless)
        signs = self.signs
        for sign in signs_of(folded) & signs.keys():
            places |= signs[sign]
        return [self.entries[place] for place in sorted(places)]

    def find(self, id: str) -> Cause:
        """The cause of an id. Raises KeyError."""
        return next(entry.cause for entry in self.entries if entry.cause.id == id)


def signs_of(text: str) -> set[str]:
    """All runs of four characters."""
    return {text[place : place + _SIGN] for place in range(len(text) - _SIGN + 1)}


@cache
def standard_catalogue() -> Catalogue:
    """The catalogue that comes with the package."""
    folder = files("stackflight.diagnose").joinpath("causes")
    about = json.loads(folder.joinpath("families.json").read_text(encoding="utf-8"))
    entries: list[Entry] = []
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".json") and file.name not in _TABLES:
            entries += [entry_of(row) for row in json.loads(file.read_text(encoding="utf-8"))["causes"]]
    special = [(entry.cause, entry.patterns) for entry in entries if entry.rank >= RANKS["special"]]
    told = {entry.cause.id for entry in entries}
    law: dict[str, Mapping[str, Any]] = {}
    for row in law_rows(written_for(special)):
        before = law.get(row["id"])
        law[row["id"]] = row if before is None else {**before, "patterns": [*before["patterns"], *row["patterns"]]}
    entries += [replace(entry_of(row), law=True) for id, row in law.items() if id not in told]
    return Catalogue(tuple(entries), about["families"], about["date"])


def entry_of(row: Mapping[str, Any]) -> Entry:
    """A row of a file of causes. Raises TypeError where a field is unknown, ValueError where a value is."""
    lists = ("remedies", "verify", "patterns", "weak", "unless", "types", "codes", "sources")
    cause = Cause(
        **{
            **row,
            **{name: tuple(row.get(name, ())) for name in lists},
            "at_best": Confidence(row.get("at_best", _AT_BEST[row.get("rank", "special")])),
            "retry": Retry(row.get("retry", "no")),
        }
    )
    patterns = tuple(Pattern.of(text) for text in (*cause.patterns, *cause.weak))
    return Entry(cause, patterns, tuple(Pattern.of(text) for text in cause.unless), RANKS[cause.rank])


_AT_BEST = {"narrow": "high", "special": "high", "general": "medium", "wrapper": "low", "code": "low"}
