"""Type, variant and operation -> how long it takes: quantiles with their source, from `facts/durations.json`."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from functools import cache
from typing import Any

from stackflight.facts.load import read_table
from stackflight.model.event import STACK_TYPE
from stackflight.model.template import is_custom_type
from stackflight.records import dataclass

ENOUGH = 3
"""So many samples of one's own count more than the table."""
LEDGER = "ledger"
_ANYTHING = ("AWS::CloudFormation::CustomResource", STACK_TYPE)


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
    learnt: Mapping[tuple[str, str], Duration] = field(default_factory=dict)
    """What one's own deployments took, by type and operation: it goes before the rows."""

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

    def with_learnt(self, seen: Mapping[tuple[str, str], Sequence[float]]) -> DurationTable:
        """The table with what was seen three times or more, seconds by type and operation; resources of unknown kind and
        nested stacks are left out."""
        found = {
            key: self._learn(key, seconds)
            for key, seconds in seen.items()
            if len(seconds) >= ENOUGH and key[0] not in _ANYTHING
        }
        sources = {**self.sources, LEDGER: "your own deployments in this Region"}
        return replace(self, learnt=found, sources=sources) if found else self

    def _learn(self, key: tuple[str, str], seconds: Sequence[float]) -> Duration:
        """Log-normal around their median, no narrower than the samples and the more so the fewer they are."""
        from statistics import NormalDist

        logs = sorted(math.log(max(one, 0.3)) for one in seconds)
        middle, number = logs[len(logs) // 2], len(logs)
        spread = math.sqrt((sum((one - middle) ** 2 for one in logs) + 0.1) / number * (1 + 1 / number))
        quantiles = [
            math.exp(middle + spread * NormalDist().inv_cdf(min(max(one, 0.005), 0.995))) for one in self.positions
        ]
        quantiles[len(quantiles) // 2 - 1] = sorted(seconds)[number // 2]
        quantiles[0], quantiles[-1] = min(quantiles[0], math.exp(logs[0])), max(quantiles[-1], math.exp(logs[-1]))
        known = self.rows.get(key)
        released = known.released if known is not None else None
        soon = released if released is not None and released < quantiles[1] else None
        return Duration(tuple(quantiles), LEDGER, number, soon)

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
