"""A product and a Region -> its price, with where it was seen; the sheet is made by tools/build_prices.py."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from stackflight.model.bill import Price
from stackflight.patterns import compile_later
from stackflight.records import dataclass

HOME = "us-east-1"
"""The Region whose prices are complete."""

# Steps by which on-demand prices rise inside one family of instances. Source: EC2 User Guide, instance size flexibility
# (normalization factors), which RDS and ElastiCache use as well.
_SIZES = {
    "nano": Decimal("0.25"), "micro": Decimal("0.5"), "small": Decimal(1), "medium": Decimal(2), "large": Decimal(4),
    "xlarge": Decimal(8),
}  # fmt: skip
_SIZED = compile_later(
    r"(?P<before>.*[a-z]\d[a-z0-9-]*)\.(?P<size>nano|micro|small|medium|large|(?P<times>\d*)xlarge)(?P<after>(?![a-z0-9]).*)"
)


@dataclass(frozen=True)
class PriceSheet:
    """Prices by product and Region."""

    prices: Mapping[tuple[str, str], Price]

    def find(self, product: str, region: str | None) -> Price | None:
        """The price in a Region; else that of us-east-1, or of another size of the family, marked as such."""
        asked = region or HOME
        found = self.prices.get((product, asked)) or self.prices.get((product, HOME))
        found = found or self._scaled(product) or self._twice(product) or self._beside(product)
        if found is None or found.region == asked:
            return found
        note = f"the price of {found.region}, that of {asked} is not known here"
        return replace(found, note=f"{note}; {found.note}" if found.note else note)

    def _scaled(self, product: str) -> Price | None:
        """The price of another size of the same family, by the steps between sizes."""
        match = _SIZED.fullmatch(product)
        if match is None:
            return None
        found = self._families.get((match["before"], match["after"]))
        if not found:
            return None
        size = _size_of(match["size"], match["times"])
        near = min(found, key=lambda pair: (abs(pair[0] - size), pair[1].product))
        usd = near[1].usd * size / near[0]
        said = f"computed from {near[1].product.rpartition('/')[2]} by its size"
        note = f"{said}; {near[1].note}" if near[1].note else said
        return replace(near[1], product=product, usd=usd, confidence="low", note=note)

    def _twice(self, product: str) -> Price | None:
        """Two zones cost what the primary and its standby do. Source: RDS User Guide, on-demand DB instances."""
        if not product.endswith(" Multi-AZ"):
            return None
        single = product.removesuffix("Multi-AZ") + "Single-AZ"
        one = self.prices.get((single, HOME)) or self._scaled(single)
        if one is None:
            return None
        return replace(one, product=product, usd=one.usd * 2, confidence="low", note="twice the price of one zone")

    def _beside(self, product: str) -> Price | None:
        """The other open engine of RDS, whose price is near."""
        for engine, other in (("RDS PostgreSQL/", "RDS MySQL/"), ("RDS MySQL/", "RDS PostgreSQL/")):
            if product.startswith(engine):
                name = other + product.removeprefix(engine)
                found = self.prices.get((name, HOME)) or self._twice(name)
                if found is not None:
                    return replace(found, product=product, confidence="low", note=f"the price of {other[4:-1]}")
        return None

    @cached_property
    def _families(self) -> Mapping[tuple[str, str], list[tuple[Decimal, Price]]]:
        found: dict[tuple[str, str], list[tuple[Decimal, Price]]] = {}
        for (product, region), price in self.prices.items():
            match = _SIZED.fullmatch(product) if region == HOME else None
            if match:
                size = _size_of(match["size"], match["times"])
                found.setdefault((match["before"], match["after"]), []).append((size, price))
        return found


def _size_of(size: str, times: str | None) -> Decimal:
    if size.endswith("xlarge"):
        return _SIZES["xlarge"] * (Decimal(times) if times else 1)
    return _SIZES[size]


@cache
def load_sheet() -> PriceSheet:
    """The sheet that comes along."""
    text = files("stackflight.price").joinpath("prices.json").read_text(encoding="utf-8")
    return read_sheet(json.loads(text))


def read_sheet(written: Mapping[str, Any]) -> PriceSheet:
    """A sheet as written: `columns` say what stands in each of the `prices`, whose source is a number into `sources`."""
    sources = written["sources"]
    return PriceSheet(
        {
            (product, region): Price(product, region, unit, Decimal(usd), date, confidence, sources[source], note)
            for product, region, unit, usd, date, confidence, source, note in written["prices"]
        }
    )


def with_prices(sheet: PriceSheet, prices: Iterable[Price]) -> PriceSheet:
    """The sheet with these prices in place of its own."""
    return PriceSheet({**sheet.prices, **{(price.product, price.region): price for price in prices}})
