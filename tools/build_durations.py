"""Measured, reference and prior durations (CSV) -> src/stackflight/facts/durations.json.

    python tools/build_durations.py MEASURED.csv SAMPLES.csv REFERENCE.csv --date 2026-11

MEASURED holds order statistics by type and operation, SAMPLES single durations with what is known of the resource, to
which those of duration-samples.csv are added. All
that is known of one type, variant and operation is pooled: event histories count whole, Terraform logs and reports in
part, the reference table like one sample and a half; many samples of one source count no more than a few. A prior counts
where nothing was measured, or, where it says so, in place of everything. Each row
keeps its main source, its n and the table's date. docs/concepts/durations.md explains the arithmetic.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import NormalDist, median

Row = dict[str, object]
Key = tuple[str, str]

POSITIONS = (0.0, 0.1, 0.5, 0.9, 0.98, 1.0)
VARIANTS = {
    "AWS::RDS::DBInstance (Aurora member)": "AWS::RDS::DBInstance#cluster-member",
    "AWS::Lambda::Function (VpcConfig)": "AWS::Lambda::Function#vpc-first",
}
NAMED = (  # type, what its properties are said to be, variant
    ("AWS::RDS::DBInstance", "Aurora member", "cluster-member"),
    ("AWS::RDS::DBInstance", "oracle", "oracle"),
    ("AWS::RDS::DBInstance", "sqlserver", "sqlserver"),
    ("AWS::RDS::DBInstance", "Multi-AZ", "multi-az"),
    ("AWS::RDS::DBInstance", "PostgreSQL, single instance, eu-|no backups", "no-backups"),  # Terraform's default
    ("AWS::Lambda::Function", "container image", "image"),
    ("AWS::Lambda::Function", "first in a VPC", "vpc-first"),
    ("AWS::Lambda::Function", "in VPC", "vpc"),
    ("AWS::EC2::VPCEndpoint", "gateway", "gateway"),
    ("AWS::OpenSearchService::Domain", "other nodes", "blue-green"),
)
WEIGHTS = {"events": 1.0, "terraform": 0.6, "reported": 0.5, "reference": 0.25, "prior": 2.0}
SLOW, SLOW_WEIGHT = 60.0, 1.0
"""From so many seconds on the reference counts like a sample, and a Terraform log as much as said: below, the wait for
consistency that CloudFormation adds is most of the time, so that its log counts a fifth of that beside event histories."""
FALLBACK = {"p10": 0.2, "p50": 0.55, "p90": 1.25, "max": 2.0}
"""A deletion that nobody has measured, as shares of the creation, where that takes 45 seconds or more: over the types of
which both are measured."""
OLD, OLD_BEFORE = 0.3, 2022
"""What a sample counts that is said to be slower than today, or was taken before that year: AWS changes what its
handlers wait for. Where three newer ones are known it counts nothing."""
MEASURED = frozenset({"events", "terraform", "reported"})
RANKS = {"events": 3, "terraform": 2, "reported": 2, "reference": 1, "prior": 0}
MOST_OF_ONE_SOURCE = 4.0
DOUBT, DOUBT_SLOW, DOUBT_WEIGHT = 0.3, 0.45, 3.0
"""What a type spreads over where nothing is known (log-normal sigma), and how many samples that is worth."""
OPERATIONS = {"CREATE": "create", "UPDATE": "update", "DELETE": "delete"}
SOURCES = {
    "events": "public CloudFormation event histories",
    "terraform": "public Terraform apply and destroy logs (API level, without CloudFormation's consistency wait)",
    "reported": "figures in public threads and validation records",
    "reference": "aws-cloudformation/rain, table of `rain forecast`, Apache-2.0, data of 2024-03, n not published",
    "prior": "our estimate; `why` gives the reason",
}
NORMAL = NormalDist()
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Evidence:
    """What one source says of a type and operation: log seconds, spread below and above, weight, extremes in seconds."""

    middle: float
    below: float
    above: float
    weight: float
    source: str
    n: int | None
    least: float
    most: float
    released: float | None = None
    old: bool = False


def weigh(
    minimum: float, middle: float, maximum: float, n: int, source: str, released: float | None = None
) -> Evidence:
    """Order statistics of `n` samples of one source, seconds."""
    minimum, middle, maximum = (max(value, 0.3) for value in (minimum, middle, maximum))
    reach = NORMAL.inv_cdf(1 - 1 / (n + 1.5))
    below = math.log(middle / minimum) / reach if reach > 0 else 0.0
    above = math.log(maximum / middle) / reach if reach > 0 else 0.0
    above = min(above, 2 * max(below, 0.15))  # one far outlier is a maximum, no spread
    weight = WEIGHTS[source] * min(n, MOST_OF_ONE_SOURCE)
    return Evidence(math.log(middle), below, above, weight, source, n, minimum, maximum, released)


def pool(found: list[Evidence]) -> tuple[list[float], int | None, str, float | None]:
    """Quantiles at POSITIONS, the number of samples, the main source, and when dependents are let go (seconds)."""
    total = sum(one.weight for one in found)
    middle = sum(one.weight * one.middle for one in found) / total

    def sigma(side: str) -> float:
        own = sum(one.weight * (getattr(one, side) ** 2 + (one.middle - middle) ** 2) for one in found)
        doubt = DOUBT_SLOW if middle >= math.log(SLOW) else DOUBT
        return math.sqrt((own + DOUBT_WEIGHT * doubt**2) / (total + DOUBT_WEIGHT) * (1 + 1 / total))

    below, above = sigma("below"), sigma("above")
    body = [middle - 1.2816 * below, middle, middle + 1.2816 * above, middle + 2.0537 * above]
    low, mid, high, late = (math.exp(value) for value in body)
    high = max(high, seen_late(found))
    late = max(late, high)
    first = min(low, max(min(one.least for one in found), low / 2))
    counted = [one.n for one in found if one.n is not None]
    best = max(found, key=lambda one: (RANKS[one.source], one.weight))
    lets_go = [one for one in found if one.released is not None]
    histories = sum(one.weight for one in found if one.source == "events")
    if sum(one.weight for one in lets_go) < histories / 2:
        lets_go = []
    soonest = max(lets_go, key=lambda one: one.weight, default=None)
    released = (soonest.released or 0.0) * math.exp(middle - soonest.middle) if soonest is not None else None
    most = max(late, *(one.most for one in found))
    return [first, low, mid, high, late, most], sum(counted) or None, best.source, released


def seen_late(found: list[Evidence]) -> float:
    """Seconds that a tenth of what five sources or more have seen took at least: types with two modes have no log-normal
    tail. Nothing of fewer sources."""
    measured = sorted((one for one in found if one.source in MEASURED), key=lambda one: one.middle)
    if len(measured) < 5:
        return 0.0
    left = sum(one.weight for one in measured) / 10
    for one in reversed(measured):
        left -= one.weight
        if left < 0:
            return math.exp(one.middle)
    return 0.0


def from_reference(seconds: float) -> Evidence:
    """One published average of unknown spread."""
    value = max(seconds, 0.3)
    weight = SLOW_WEIGHT if value >= SLOW else WEIGHTS["reference"]
    return Evidence(math.log(value), 0.35, 0.4, weight, "reference", None, value * 0.5, value * 2.5)


def from_estimate(row: Mapping[str, str]) -> Evidence:
    """A prior that is pooled with what was measured."""
    low, middle, high, most = (math.log(float(row[f"{name}_s"])) for name in ("p10", "p50", "p90", "max"))
    below, above = (middle - low) / 1.2816, (high - middle) / 1.2816
    return Evidence(middle, below, above, WEIGHTS["prior"], "prior", None, math.exp(low), math.exp(most))


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


def kind_of(text: str) -> str:
    """The source of a row by what it says of its kind."""
    said = text.rpartition(":")[2].strip()
    if said.startswith(("CloudFormation", "CDK CLI")):
        return "events"
    return "terraform" if "Terraform" in said else "reported"


def is_usable(row: Mapping[str, str]) -> bool:
    """Whether order statistics are of one kind of resource: no bounds, no ranges, no mixture that cannot be told apart."""
    said = row["sources"]
    return not re.search(r"upper bound|to 50\+ min|oracke-rds", said)


def measured_evidence(rows: Iterable[Mapping[str, str]]) -> dict[Key, list[Evidence]]:
    """What order statistics say, by type and operation."""
    found: dict[Key, list[Evidence]] = {}
    for row in rows:
        operation = OPERATIONS.get(row["operation"])
        name = VARIANTS.get(row["type"], row["type"])
        if operation is None or " " in name or not is_usable(row):
            continue
        released = row.get("median_s_to_consistency_check") or ""
        numbers = [float(row[f"{name}_s"]) for name in ("min", "median", "max")]
        one = weigh(*numbers, int(row["n"]), kind_of(row["kind"]), float(released) if released else None)
        found.setdefault((name, operation), []).append(one)
    return found


def name_variant(type: str, properties: str) -> str:
    """The type with its variant, by what is said of the resource."""
    for name, said, variant in NAMED:
        if type == name and re.search(said, properties, re.IGNORECASE):
            return f"{type}#{variant}"
    return type


def uncounted(samples: Iterable[Mapping[str, str]], measured: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """The samples without those whose source the order statistics of their type and operation have already."""
    counted = {(row["type"], row["operation"], one) for row in measured for one in row["sources"].split("; ")}
    return [row for row in samples if (row["type"], row["operation"], row["source"]) not in counted]


def draining_of(row: Mapping[str, str]) -> float:
    """Seconds of a sample for which a balancer drained: the rehearsal adds what stands in the template to the row."""
    found = re.search(r"(\d+) s of draining", row["properties"])
    return float(found.group(1)) if found else 0.0


def is_plain(row: Mapping[str, str]) -> bool:
    """Whether a sample is a length, no bound, and all of it the resource's own."""
    return "lower bound" not in row["properties"] and not draining_of(row)


def is_old(row: Mapping[str, str]) -> bool:
    """Whether a sample says more of the AWS of some years ago than of today's."""
    years = [int(year) for year in re.findall(r"20\d\d", row["date"])]
    return "slower" in row["properties"] or bool(years and max(years) < OLD_BEFORE)


def sample_evidence(rows: Iterable[Mapping[str, str]]) -> dict[Key, list[Evidence]]:
    """What single durations say, those of one source together; lower bounds are left out."""
    grouped: dict[tuple[str, str, str, str, bool], list[tuple[float, float | None]]] = {}
    for row in rows:
        operation = OPERATIONS.get(row["operation"])
        if operation is None or not is_plain(row) or row["type"] == "AWS::CloudFormation::Stack":
            continue
        released = float(row["released_s"]) if row.get("released_s") else None
        key = (
            name_variant(row["type"], row["properties"]),
            operation,
            row["source"],
            kind_of(row["kind"]),
            is_old(row),
        )
        grouped.setdefault(key, []).append((float(row["seconds"]), released))
    found: dict[Key, list[Evidence]] = {}
    for (name, operation, _, source, old), samples in grouped.items():
        seconds = sorted(value for value, _ in samples)
        lets_go = [early for _, early in samples if early is not None]
        released = median(lets_go) if len(lets_go) == len(samples) else None
        one = weigh(seconds[0], median(seconds), seconds[-1], len(seconds), source, released)
        one = replace(one, weight=one.weight * OLD, old=True) if old else one
        found.setdefault((name, operation), []).append(one)
    return found


def reference_evidence(rows: Iterable[Mapping[str, str]]) -> dict[Key, Evidence]:
    """Create and update averages; the delete column is a placeholder and an update of 0 means unknown."""
    made: dict[Key, Evidence] = {}
    for row in rows:
        for operation in ("create", "update"):
            seconds = float(row[f"{operation}_s"])
            if seconds > 0 and row["resource_type"] != "AWS::CloudFormation::CustomResource":
                made[row["resource_type"], operation] = from_reference(seconds)
    return made  # the custom resource's is an average over handlers of unknown content


def build(
    measured: Iterable[Mapping[str, str]],
    samples: Iterable[Mapping[str, str]],
    reference: Iterable[Mapping[str, str]],
    priors: Iterable[Mapping[str, str]],
) -> list[Row]:
    """All rows, sorted by type and operation."""
    ordered = list(measured)
    found = measured_evidence(ordered)
    for key, more in sample_evidence(uncounted(samples, ordered)).items():
        found.setdefault(key, []).extend(more)
    for key, one in reference_evidence(reference).items():
        found.setdefault(key, []).append(one)
    listed = list(priors)
    for row in listed:
        if row["replaces"] == "adds":
            found.setdefault((row["type"], row["operation"]), []).append(from_estimate(row))
    table: dict[Key, Row] = {}
    for key, evidence in found.items():
        quantiles, n, source, released = pool(discount(evidence))
        table[key] = table_row(key, quantiles, n, source, released=round(released, 1) if released is not None else None)
    for row in listed:
        key = (row["type"], row["operation"])
        known = [one for one in found.get(key, ()) if one.source != "reference"]
        if row["replaces"] == "yes" or not known:
            released = float(row["released_s"]) if row["released_s"] else None
            table[key] = table_row(key, from_prior(row), None, "prior", released=released, why=row["why"])
    for name, quantiles in unmeasured_deletions(table):
        why = "no measurement: such types take about half as long to delete as to create"
        table[name, "delete"] = table_row((name, "delete"), quantiles, None, "prior", why=why)
    return [table[key] for key in sorted(table)]


def discount(found: list[Evidence]) -> list[Evidence]:
    """Terraform logs of quick operations count little where CloudFormation's own histories are known, the reference and
    what is old nothing where there are some samples of today."""
    measured = sum(one.n or 0 for one in found if one.source in {"events", "terraform"} and not one.old)
    if measured >= 3:
        found = [one for one in found if one.source != "reference" and not one.old]
    if not any(one.source == "events" for one in found):
        return found
    quick = math.log(SLOW)
    return [
        replace(one, weight=one.weight * 0.2) if one.source == "terraform" and one.middle < quick else one
        for one in found
    ]


def unmeasured_deletions(table: Mapping[Key, Row]) -> Iterable[tuple[str, list[float]]]:
    """Deletions of types that take long to create and of which none is known."""
    for (name, operation), row in list(table.items()):
        quantiles: list[float] = row["quantiles"]  # type: ignore[assignment]
        if (
            operation == "create"
            and quantiles[2] >= 45
            and not {(name, "delete"), (name.split("#")[0], "delete")} & table.keys()
        ):
            low, middle, high, most = (quantiles[2] * share for share in FALLBACK.values())
            yield name, [low / 2, low, middle, high, (high + most) / 2, most]


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def read_samples(path: Path) -> list[dict[str, str]]:
    """Single durations: those of a file and those that this repository has."""
    return [*read(path), *read(HERE / "duration-samples.csv")]


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measured", type=Path)
    parser.add_argument("samples", type=Path)
    parser.add_argument("reference", type=Path)
    parser.add_argument("--priors", type=Path, default=HERE / "duration-priors.csv")
    parser.add_argument("--date", required=True, help="when the measurements were collected, YYYY-MM")
    parser.add_argument("--out", type=Path, default=HERE.parent / "src/stackflight/facts/durations.json")
    given = parser.parse_args()
    rows = build(read(given.measured), read_samples(given.samples), read(given.reference), read(given.priors))
    head = {"date": given.date, "unit": "seconds", "positions": list(POSITIONS), "sources": SOURCES}
    lines = ",\n".join(json.dumps(row) for row in rows)
    given.out.write_text(json.dumps(head, indent=1)[:-2] + ',\n "rows": [\n' + lines + "\n ]\n}\n")


if __name__ == "__main__":
    main()
