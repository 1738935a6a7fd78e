"""Bills worked out by hand, as their files say, and templates -> bills as the engine says."""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path

from stackflight.local.folder import LocalFolder
from stackflight.model.bill import Bill
from stackflight.model.template import World
from stackflight.price.bill import price_world
from stackflight.price.profile import find_usage
from stackflight.price.sheet import load_sheet
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

FOLDER = Path(__file__).parent / "bills"
NAMES = sorted(file.stem for file in FOLDER.glob("*.yaml"))

Lines = Counter[tuple[str, Decimal, Decimal]]


def world_of(text: str, name: str = "stack") -> World:
    """A template as a world of its own."""
    return join_stacks([Source(name, parse_template(text, f"{name}.yaml"))], {}, LocalFolder(FOLDER))


def bill_of(text: str, profile: str = "small") -> Bill:
    """What a month of a template costs."""
    return price_world("stack", world_of(text), load_sheet(), find_usage(profile))


def read_bill(name: str) -> tuple[Lines, Decimal]:
    """How often each product is charged in which quantity at which amount, and the total."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        *rows, last = csv.DictReader(file)
    lines: Lines = Counter()
    for row in rows:
        lines[(row["product"], Decimal(row["quantity"]), Decimal(row["each"]))] += int(row["count"])
    return lines, Decimal(last["sum"])


def lines_of(bill: Bill) -> Lines:
    """The same of a bill of the engine."""
    return Counter((one.price.product, one.quantity, one.monthly) for one in bill.charges)
