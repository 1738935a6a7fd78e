"""The tables of tools/prices in, src/stackflight/price/prices.json out; with --check it says whether that is up to date.

Each table has the columns service, item, unit, usd, region, source, date, confidence and note. A later table replaces the
rows of an earlier one, so that better sources go into a file of their own. `stackflight price --refresh` gives what
the AWS Price List API says, in the same columns.
"""

from __future__ import annotations

import csv
import json
import sys
from decimal import Decimal
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_TABLES = ("first.csv", "more.csv", "services.csv")
_SHEET = _ROOT / "src" / "stackflight" / "price" / "prices.json"


def build() -> str:
    """The sheet as text: products by Region, and the sources that they name by number."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for name in _TABLES:
        with (_ROOT / "tools" / "prices" / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                rows[(f"{row['service']}/{row['item']}", row["region"])] = row
    sources = sorted({row["source"] for row in rows.values()})
    lines = [
        json.dumps(
            [
                product,
                region,
                row["unit"],
                format(Decimal(row["usd"]), "f"),
                row["date"],
                row["confidence"],
                sources.index(row["source"]),
                row["note"],
            ],
            ensure_ascii=False,
        )
        for (product, region), row in sorted(rows.items())
    ]
    head = json.dumps(sources, ensure_ascii=False, indent=1)
    columns = '["product", "region", "unit", "usd", "date", "confidence", "source", "note"]'
    return f'{{"columns": {columns},\n"sources": {head},\n"prices": [\n' + ",\n".join(lines) + "\n]}\n"


def main() -> int:
    """Write the sheet, or compare it; 1 where it differs."""
    text = build()
    if "--check" in sys.argv:
        if _SHEET.read_text(encoding="utf-8") != text:
            sys.stderr.write("prices.json is not what tools/prices says: run python tools/build_prices.py\n")
            return 1
        return 0
    _SHEET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
