"""Answers of the AWS Price List API in the shape in which it gives them (format aws_v1), amounts made up."""

from __future__ import annotations

import json
from typing import Any


def answer(service: str, usd: str, unit: str = "Hrs", begin: str = "0", **attributes: str) -> str:
    """One product as a text, as GetProducts returns it."""
    sku = "4D2E7K7G4GPM84WN"
    dimension: dict[str, Any] = {
        "unit": unit,
        "endRange": "Inf",
        "description": "a product",
        "appliesTo": [],
        "rateCode": f"{sku}.JRTCKXETXF.6YS6EN2CT7",
        "beginRange": begin,
        "pricePerUnit": {"USD": usd},
    }
    term = {
        "priceDimensions": {dimension["rateCode"]: dimension},
        "sku": sku,
        "effectiveDate": "2026-11-01T00:00:00Z",
        "offerTermCode": "JRTCKXETXF",
        "termAttributes": {},
    }
    return json.dumps(
        {
            "product": {"productFamily": "a family", "attributes": {"regionCode": "us-east-1", "usagetype": "", **attributes}, "sku": sku},
            "serviceCode": service,
            "terms": {"OnDemand": {f"{sku}.JRTCKXETXF": term}},
            "version": "20261101000000",
            "publicationDate": "2026-11-01T12:00:00Z",
        }
    )  # fmt: skip
