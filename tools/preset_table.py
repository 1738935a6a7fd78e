"""The presets of LibreChat and their golden files in, the table of the README out; nothing is synthesised."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from librechat_aws import config as c
from librechat_aws.presets import PRESETS
from librechat_aws.request import read_request
from librechat_aws.resolve import resolve

_GOLDEN = Path(__file__).parent.parent / "tests" / "golden" / "views"
_COUNTS = re.compile(r"(?P<resources>\d+) resources?, (?P<workloads>\d+) workloads?, ")


def render_table() -> str:
    """One row for each preset; the counts are those of the screens in tests/golden/views, price and time those of tests/golden/librechat."""
    rows = [
        "| preset | mode | what it is | way out | stores | USD a month | to deploy, half / nine of ten | one gives up | workloads | resources |",
        "|---|---|---|---|---|---:|---:|---|---:|---:|",
    ]
    for preset in PRESETS.values():
        config = resolve(read_request(preset.name))
        counts = _COUNTS.search((_GOLDEN / f"librechat-{preset.name}.txt").read_text(encoding="utf-8"))
        cells = [f"`{preset.name}`", preset.mode.upper(), preset.summary, _way_out(config), ", ".join(_stores(config))]
        cells += [*_month_and_time(preset.name), preset.gives_up]
        cells += [counts["workloads"], counts["resources"]] if counts else ["", ""]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _month_and_time(preset: str) -> tuple[str, str]:
    """The bill with the profile `small` and the rehearsed time, as the golden files say that the tests compare."""
    said = json.loads((_GOLDEN.parent / "librechat" / f"price-{preset}.json").read_text(encoding="utf-8"))
    monthly, seconds = said["monthly"], said["seconds"]
    return f"{monthly['total']} ({monthly['fixed']} idle)", " / ".join(_minutes(seconds[key]) for key in ("p50", "p90"))


def _minutes(seconds: int) -> str:
    return f"{round(seconds / 60)} min"


def _way_out(config: c.Config) -> str:
    match config.egress:
        case c.NatGateways(1):
            return "1 NAT gateway"
        case c.NatGateways(count):
            return f"{count} NAT gateways"
        case c.NatInstance():
            return "NAT instance"
        case c.EndpointsOnly():
            return "endpoints"
        case _:
            return "none"


def _stores(config: c.Config) -> Iterator[str]:
    match config.documents:
        case c.MongoOnInstance():
            yield "MongoDB"
        case c.ExternalMongo():
            yield "external MongoDB"
        case c.DocumentDbServerless():
            yield "DocumentDB serverless"
        case c.DocumentDb():
            yield "DocumentDB"
    if config.rag:
        match config.rag.store:
            case c.RdsPostgres():
                yield "RDS PostgreSQL"
            case c.AuroraServerless():
                yield "Aurora PostgreSQL"
            case c.PostgresOnInstance():
                yield "PostgreSQL"
    if isinstance(config.cache, c.Valkey):
        yield "Valkey"
    if config.search:
        yield "Meilisearch"
    yield "S3"
