"""Types that cost nothing, rates of types that one rate tells, and what a type is for: the tables beside this file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from stackflight.model.template import is_custom_type


def _read(name: str) -> Any:
    return json.loads(files("stackflight.price").joinpath(name).read_text(encoding="utf-8"), parse_float=Decimal)


@cache
def _free() -> tuple[frozenset[str], Mapping[str, str]]:
    table = _read("free.json")
    return frozenset(table["types"]), table["unpriced"]


@cache
def find_rates() -> Mapping[str, list[dict[str, Any]]]:
    """Type -> its rates: a `product` with `hours` or `months` of it, or the key of a usage."""
    found: Mapping[str, list[dict[str, Any]]] = _read("rates.json")["rates"]
    return found


def is_free(type: str) -> bool:
    """Whether nothing is charged for a resource of this type; custom resources are paid with their function."""
    return type in _free()[0] or (is_custom_type(type) and type not in find_rates())


def why_unpriced(type: str) -> str:
    """Why there is no price, in words."""
    return _free()[1].get(type, "there is no meter for this type")


@cache
def _purposes() -> Any:
    return _read("purposes.json")


def purpose_of(type: str) -> str:
    """What a resource is for: network, compute, data …"""
    table = _purposes()
    parts = type.split("::")
    found: str = table["types"].get(type) or table["services"].get(parts[1] if len(parts) > 1 else "", "other")
    return found


def purposes() -> tuple[str, ...]:
    """All of them, in the order in which people look at them."""
    return tuple(_purposes()["purposes"])
