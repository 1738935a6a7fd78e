"""Resource type -> the property that gives it a name, how long that may be, and within what it has to be unique."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from stackflight.facts.load import read_table
from stackflight.facts.types import type_facts
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """How a type is named. `unique` is "account" (one Region of it), "global", "" or the property that holds the parent."""

    property: str
    longest: int
    unique: str = "account"


@cache
def known_names() -> Mapping[str, Name]:
    """The types whose names have rules that are known here."""
    return {
        type: Name(row.get("property") or type_facts(type).name, row["longest"], row.get("unique", "account"))
        for type, row in read_table("names")["types"].items()
    }
