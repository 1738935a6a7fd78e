"""What a preset costs a month and how long it takes: worked out by hand, and what the table in the README says."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from librechat_aws.presets import PRESETS
from stackflight.local.folder import LocalFolder
from stackflight.model.bill import Bill
from stackflight.operate.pricing import price
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.price.profile import find_usage
from stackflight.read.assembly import join_stacks
from stackflight.read.manifest import read_assembly

pytestmark = pytest.mark.xdist_group("cdk")
_BILLS = Path(__file__).parent.parent / "price" / "bills"
_WEB = {
    "AWS::Lambda::WebFunction",
    "AWS::Lambda::WebFunctionEndpoint",
    "AWS::Lambda::WebFunctionRevision",
    "AWS::Lambda::NetworkConnector",
}


@pytest.mark.parametrize("preset", PRESETS)
def test_the_bill_of_a_preset_is_what_was_worked_out_by_hand(
    preset: str, synthesise: Callable[..., object], golden: Callable[[str, str], None]
) -> None:
    folder = LocalFolder(synthesise(preset).folder)  # type: ignore[attr-defined]
    world = join_stacks(read_assembly(folder), {}, folder)
    bill = price(preset, world, find_usage())
    with (_BILLS / f"preset-{preset}.csv").open(encoding="utf-8", newline="") as file:
        *rows, last = csv.DictReader(file)
    by_hand: Counter[tuple[str, Decimal, Decimal]] = Counter()
    for row in rows:
        by_hand[(row["product"], Decimal(row["quantity"]), Decimal(row["each"]))] += int(row["count"])

    assert Counter((one.price.product, one.quantity, one.monthly) for one in bill.charges) == by_hand
    assert bill.total == Decimal(last["sum"])
    _everything_is_priced_free_or_a_web_function(bill, len(world.resources))

    estimate = rehearse(world, (), RehearsalOptions()).estimate
    said = {
        "monthly": {"fixed": str(bill.fixed), "usage": str(bill.usage_total), "total": str(bill.total)},
        "seconds": {"p50": round(estimate.p50), "p90": round(estimate.p90)},
    }
    golden(f"librechat/price-{preset}.json", json.dumps(said, indent=1) + "\n")


def _everything_is_priced_free_or_a_web_function(bill: Bill, resources: int) -> None:
    assert set(bill.unpriced_types) <= _WEB
    assert all(one.why for one in bill.unpriced)
    charged = {(one.stack, one.resource) for one in bill.charges if one.type != "AWS::Bedrock::Model"}
    charged |= {(one.stack, one.resource) for one in bill.unpriced}
    named = {id for _, id in charged}
    shared = {id for charge in bill.charges for id in charge.of if id not in named}
    assert len(charged) + len(shared) + sum(bill.free.values()) == resources
