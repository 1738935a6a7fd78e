"""What the AWS Price List API answers -> prices of the sheet. Which questions there are stands in queries.json.

An answer is the text of one product: its attributes, and for each on-demand term its price dimensions, of which the first
tier counts. Source: AWS Price List API, GetProducts and the format of offer files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from typing import Any

from stackflight.model.bill import Price
from stackflight.records import dataclass

SOURCE = "AWS Price List API"


@dataclass(frozen=True)
class Query:
    """One question: a service and what its products must have. `ends` is how the usage type of those that are meant ends."""

    service: str
    filters: Mapping[str, str]
    names: str
    unit: str
    ends: str = ""
    times: Decimal = Decimal(1)


@cache
def find_queries() -> tuple[Query, ...]:
    """All questions."""
    given = json.loads(files("stackflight.price").joinpath("queries.json").read_text(encoding="utf-8"))
    return tuple(
        Query(
            row["service"], row["filters"], row["names"], row["unit"], row.get("ends", ""), Decimal(row.get("times", 1))
        )
        for row in given["queries"]
    )


def read_answers(query: Query, answers: Iterable[str]) -> Iterator[Price]:
    """The prices in the answers; what has another form, another currency or no price is left out."""
    for text in answers:
        try:
            answer = json.loads(text)
        except json.JSONDecodeError:
            continue
        found = _read(query, answer) if isinstance(answer, dict) else None
        if found is not None:
            yield found


def _read(query: Query, answer: Mapping[str, Any]) -> Price | None:
    attributes = (answer.get("product") or {}).get("attributes") or {}
    if not str(attributes.get("usagetype", "")).endswith(query.ends):
        return None
    usd = _first_tier(answer.get("terms") or {})
    region = attributes.get("regionCode")
    try:
        product = query.names.format_map(attributes)
    except (KeyError, ValueError):
        return None
    if usd is None or not region or usd == 0:
        return None
    date = str(answer.get("publicationDate", ""))[:10]
    return Price(product, str(region), query.unit, usd * query.times, date, "high", SOURCE)


def _first_tier(terms: Mapping[str, Any]) -> Decimal | None:
    for term in (terms.get("OnDemand") or {}).values():
        for dimension in (term.get("priceDimensions") or {}).values():
            if str(dimension.get("beginRange", "0")) in {"0", ""}:
                try:
                    return Decimal((dimension.get("pricePerUnit") or {})["USD"])
                except (KeyError, InvalidOperation):
                    continue
    return None
