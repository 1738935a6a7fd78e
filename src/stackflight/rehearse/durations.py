"""Type, variant and operation -> how long it takes: quantiles with their source, from `facts/durations.json`."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from stackflight.facts.load import read_table
from stackflight.model.template import is_custom_type


@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds at the table's positions. `released` is when dependents may start, where that was measured.

    `n` is None where the number of samples is unknown; `source` is a key of the table's sources.
    """

    quantiles: tuple[float, ...]
    source: str
    n: int | None = None
    released: float | None = None

    @property
    def median(self) -> float:
        """The middle of the distribution, seconds."""
        return self.quantiles[len(self.quantiles) // 2 - 1]


@dataclass(frozen=True)
class DurationTable:
    """All durations known. `positions` are the probabilities that the quantiles belong to."""

    rows: Mapping[tuple[str, str], Duration]
    positions: tuple[float, ...]
    date: str
    sources: Mapping[str, str]

    @staticmethod
    def of(data: Mapping[str, Any]) -> DurationTable:
        """The table in the form of `facts/durations.json`."""
        rows: Iterable[Mapping[str, Any]] = data["rows"]
        return DurationTable(
            {
                (row["type"], row["operation"]): Duration(
                    tuple(row["quantiles"]), row["source"], row["n"], row.get("released")
                )
                for row in rows
            },
            tuple(data["positions"]),
            data["date"],
            data["sources"],
        )

    def find(self, type: str, variant: str, operation: str) -> Duration:
        """The most specific row: with the variant, without it, any custom resource, any type."""
        for name in (f"{type}#{variant}", type, "Custom::*" if is_custom_type(type) else "*", "*"):
            row = self.rows.get((name, operation))
            if row is not None:
                return row
        raise KeyError(operation)

    def named(self, row: str, operation: str) -> Duration:
        """The row of a name as it stands in the table, `TYPE` or `TYPE#VARIANT`."""
        type, _, variant = row.partition("#")
        return self.find(type, variant, operation)

    def seconds(self, duration: Duration, luck: float) -> float:
        """The duration at a probability between 0 and 1, log-linear between the quantiles."""
        positions, values = self.positions, duration.quantiles
        index = min(max(bisect_right(positions, luck), 1), len(positions) - 1)
        low, high = values[index - 1], values[index]
        if low == high:
            return low
        share = (luck - positions[index - 1]) / (positions[index] - positions[index - 1])
        return low * math.pow(high / low, share)


@cache
def standard_durations() -> DurationTable:
    """The table that comes with the package."""
    return DurationTable.of(read_table("durations"))
