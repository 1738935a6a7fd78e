"""Resource type -> the property that gives it a name, how long that may be, and within what it has to be unique."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from stackflight.facts.load import read_table
from stackflight.facts.types import type_facts
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """How a type is named. `unique` is "account" (one Region of it), "global", "" or the property that holds the parent.

    What stands in the parent and contains `counted` is counted up by the service, and a name within it never is taken.
    """

    property: str
    longest: int
    unique: str = "account"
    counted: str = ""

    def parent(self) -> str:
        """The property within which a name stands alone; empty where that is none."""
        return self.unique if self.unique not in {"account", "global"} else ""

    def stands_alone(self, parent: str) -> bool:
        """Whether there can be one resource of this name only, given what stands in the property of the parent."""
        return bool(self.unique) and not (self.counted and self.counted in parent)


@cache
def known_names() -> Mapping[str, Name]:
    """The types whose names have rules that are known here."""
    return {
        type: Name(
            row.get("property") or type_facts(type).name,
            row["longest"],
            row.get("unique", "account"),
            row.get("counted", ""),
        )
        for type, row in read_table("names")["types"].items()
    }
