"""Prices that were read anew, kept beside the ledger -> prices; none where nobody has read any."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path

from stackflight.errors import UnreadableInput
from stackflight.model.bill import Price

_NAME = "prices.json"


def read_prices(folder: Path) -> tuple[Price, ...]:
    """The prices of the file. Raises UnreadableInput where it is not as it was written."""
    file = folder / _NAME
    if not file.is_file():
        return ()
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))["prices"]
        return tuple(Price(a, b, c, Decimal(d), e, f, g, h) for a, b, c, d, e, f, g, h in rows)
    except (OSError, ValueError, TypeError, KeyError, InvalidOperation):
        raise UnreadableInput(
            "these are no prices as price --refresh writes them", file=str(file), hint="remove it, or refresh it"
        ) from None


def write_prices(folder: Path, prices: Iterable[Price]) -> Path:
    """Keep prices, whole or not at all."""
    rows = [
        [one.product, one.region, one.unit, format(one.usd, "f"), one.date, one.confidence, one.source, one.note]
        for one in prices
    ]
    part = folder / f".{_NAME}.{os.getpid()}.part"
    part.write_text(json.dumps({"prices": rows}, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    return part.replace(folder / _NAME)
