"""Bill -> JSON of `price`; amounts are numbers with cents, quantities and prices as they were multiplied."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from stackflight.model.bill import Bill, BillChange, Charge, Residue
from stackflight.model.finding import Finding
from stackflight.views.json import finding_object
from stackflight.views.json_text import dump


def render_bill(
    bill: Bill,
    residue: Sequence[Residue] = (),
    changes: Sequence[BillChange] | None = None,
    old: Bill | None = None,
    findings: Sequence[Finding] = (),
) -> str:
    """One line."""
    made = bill_object(bill)
    made["left_by_failure"] = [
        {
            "stack": one.stack,
            "resource": one.resource,
            "type": one.type,
            "why": one.why,
            "monthly": _number(one.monthly),
        }
        for one in residue
    ]
    made["findings"] = [finding_object(one) for one in findings]
    if changes is not None and old is not None:
        made["current"] = {"target": old.target, "monthly": _monthly(old)}
        made["difference"] = {
            "monthly": float(bill.total - old.total),
            "changes": [
                {
                    "resource": one.resource, "type": one.type, "purpose": one.purpose, "old": _number(one.old),
                    "new": _number(one.new), "monthly": float(one.difference),
                }
                for one in changes
            ],
        }  # fmt: skip
    return dump(made)


def bill_object(bill: Bill) -> dict[str, Any]:
    """The bill of one target."""
    return {
        "schema": "stackflight.price/1",
        "target": bill.target,
        "currency": "USD",
        "regions": list(bill.regions),
        "stand_in_region": bill.stand_in or None,
        "monthly": _monthly(bill),
        "range": {"least": float(bill.least), "most": float(bill.most)},
        "purposes": {name: float(amount) for name, amount in bill.by_purpose.items()},
        "lines": [_line(charge) for charge in bill.charges],
        "unpriced": list(bill.unpriced_types),
        "unpriced_resources": [
            {"stack": one.stack, "resource": one.resource, "type": one.type, "why": one.why} for one in bill.unpriced
        ],
        "free": dict(bill.free),
        "usage": bill.usage,
        "assumptions": list(bill.assumptions),
        "savings": [
            {
                "advice": one.advice,
                "gives_up": one.gives_up,
                "resources": list(one.resources),
                "monthly": float(one.monthly),
            }
            for one in bill.thrifts
        ],
    }


def _monthly(bill: Bill) -> dict[str, float]:
    return {"fixed": float(bill.fixed), "usage": float(bill.usage_total), "total": float(bill.total)}


def _line(charge: Charge) -> dict[str, Any]:
    price = charge.price
    return {
        "stack": charge.stack, "resource": charge.resource, "type": charge.type, "purpose": charge.purpose,
        "item": charge.item, "unit": price.unit, "quantity": float(charge.quantity), "unit_price": float(price.usd),
        "monthly": float(charge.monthly), "least": float(charge.least), "most": float(charge.most),
        "basis": charge.basis, "price_date": price.date, "price_region": price.region, "confidence": price.confidence,
        "product": price.product, "source": price.source, "note": price.note, "shared_by": list(charge.of),
    }  # fmt: skip


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
