"""Measured, reference and prior durations (CSV) -> src/stackflight/facts/durations.json.

    python tools/build_durations.py MEASURED.csv REFERENCE.csv --date 2026-11

A figure is taken from the first of: a prior marked as replacing, event histories, Terraform logs and reports, the
reference table, a prior. Each row keeps its source, its n and the table's date.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import NormalDist

Row = dict[str, object]
Key = tuple[str, str]

POSITIONS = (0.0, 0.1, 0.5, 0.9, 0.98, 1.0)
VARIANTS = {
    "AWS::RDS::DBInstance (Aurora member)": "AWS::RDS::DBInstance#cluster-member",
    "AWS::Lambda::Function (VpcConfig)": "AWS::Lambda::Function#vpc",
}
OPERATIONS = {"CREATE": "create", "UPDATE": "update", "DELETE": "delete"}
SOURCES = {
    "events": "public CloudFormation event histories",
    "terraform": "public Terraform apply and destroy logs (API level, without CloudFormation's consistency wait)",
    "reported": "figures in public threads and validation records",
    "reference": "aws-cloudformation/rain, table of `rain forecast`, Apache-2.0, data of 2024-03, n not published",
    "prior": "our estimate; `why` gives the reason",
}
NORMAL = NormalDist()


def spread(minimum: float, median: float, maximum: float, n: int) -> list[float]:
    """Quantiles at POSITIONS from the three order statistics of `n` samples: a log-normal body, the extremes kept."""
    minimum, median, maximum = (max(value, 0.3) for value in (minimum, median, maximum))
    reach = NORMAL.inv_cdf(1 - 1 / (n + 1.5))
    below = math.log(median / minimum) / reach if reach > 0 else 0.0
    above = math.log(maximum / median) / reach if reach > 0 else 0.0
    doubt = 0.25 if n < 3 else 0.12 if n < 8 else 0.05
    low, high = max(below, doubt), max(min(above, 2 * max(below, 0.15)), doubt)
    body = [median * math.exp(-1.28 * low), median, median * math.exp(1.28 * high), median * math.exp(2.05 * high)]
    first = min(minimum, body[0]) if n < 8 else minimum
    last = max(maximum, body[3])
    return [first, max(first, body[0]), body[1], min(last, body[2]), min(last, body[3]), last]


def spread_point(seconds: float) -> list[float]:
    """Quantiles around one published average of unknown spread."""
    wide = seconds >= 30
    factors = (0.5, 0.65, 1.0, 1.6, 2.2, 3.0) if wide else (0.5, 0.7, 1.0, 1.5, 2.0, 3.0)
    return [max(0.3, seconds * factor) for factor in factors]


def from_prior(row: Mapping[str, str]) -> list[float]:
    """Quantiles of a prior given as p10, p50, p90 and maximum."""
    low, median, high, most = (float(row[f"{name}_s"]) for name in ("p10", "p50", "p90", "max"))
    return [low * 0.8, low, median, high, min(most, high * 1.35), most]


def table_row(key: Key, quantiles: list[float], n: int | None, source: str, **more: object) -> Row:
    """One line of durations.json."""
    rounded = [round(value, 1) for value in quantiles]
    row: Row = {"type": key[0], "operation": key[1], "quantiles": rounded, "n": n, "source": source}
    row.update({name: value for name, value in more.items() if value not in (None, "")})
    return row


def measured_rows(rows: Iterable[Mapping[str, str]]) -> dict[Key, Row]:
    """The best measured row per type and operation: event histories before the rest, more samples before fewer."""
    ranks = {"events": 2, "terraform": 1, "reported": 0}
    best: dict[Key, tuple[tuple[int, int], Row]] = {}
    for row in rows:
        operation = OPERATIONS.get(row["operation"])
        name = VARIANTS.get(row["type"], row["type"])
        if operation is None or " " in name:
            continue
        kind = row["kind"].split(":")[-1].strip()
        source = "events" if kind.startswith("CloudFormation") else "terraform" if "Terraform" in kind else "reported"
        n = int(row["n"])
        quantiles = spread(float(row["min_s"]), float(row["median_s"]), float(row["max_s"]), n)
        released = row.get("median_s_to_consistency_check") or ""
        made = table_row((name, operation), quantiles, n, source, released=float(released) if released else None)
        rank = (ranks[source], n)
        if (name, operation) not in best or rank > best[name, operation][0]:
            best[name, operation] = (rank, made)
    return {key: row for key, (_, row) in best.items()}


def reference_rows(rows: Iterable[Mapping[str, str]]) -> dict[Key, Row]:
    """Create and update averages; the delete column is a placeholder and an update of 0 means unknown."""
    made: dict[Key, Row] = {}
    for row in rows:
        for operation in ("create", "update"):
            seconds = float(row[f"{operation}_s"])
            if seconds > 0:
                key = (row["resource_type"], operation)
                made[key] = table_row(key, spread_point(seconds), None, "reference")
    return made


def build(
    measured: Iterable[Mapping[str, str]], reference: Iterable[Mapping[str, str]], priors: Iterable[Mapping[str, str]]
) -> list[Row]:
    """All rows, sorted by type and operation."""
    table = reference_rows(reference)
    table.pop(("AWS::CloudFormation::CustomResource", "create"), None)  # an average over handlers of unknown content
    table.pop(("AWS::CloudFormation::CustomResource", "update"), None)
    seen = measured_rows(measured)
    for row in priors:
        key = (row["type"], row["operation"])
        if row["replaces"] == "yes":
            seen.pop(key, None)
        elif key in seen:
            continue
        released = float(row["released_s"]) if row["released_s"] else None
        table[key] = table_row(key, from_prior(row), None, "prior", released=released, why=row["why"])
    table.update(seen)
    return [table[key] for key in sorted(table)]


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Write the table."""
    here = Path(__file__).parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measured", type=Path)
    parser.add_argument("reference", type=Path)
    parser.add_argument("--priors", type=Path, default=here / "duration-priors.csv")
    parser.add_argument("--date", required=True, help="when the measurements were collected, YYYY-MM")
    parser.add_argument("--out", type=Path, default=here.parent / "src/stackflight/facts/durations.json")
    given = parser.parse_args()
    rows = build(read(given.measured), read(given.reference), read(given.priors))
    head = {"date": given.date, "unit": "seconds", "positions": list(POSITIONS), "sources": SOURCES}
    lines = ",\n".join(json.dumps(row) for row in rows)
    given.out.write_text(json.dumps(head, indent=1)[:-2] + ',\n "rows": [\n' + lines + "\n ]\n}\n")


if __name__ == "__main__":
    main()
