"""Two bills -> what becomes dearer and what cheaper, resource by resource."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from stackflight.model.bill import ZERO, Bill, BillChange, Charge

_Key = tuple[str, str, str]


def compare_bills(old: Bill, new: Bill) -> tuple[BillChange, ...]:
    """Every resource whose amount differs, the largest difference first.

    Two files of one template have two stack names: where each bill is of one stack, the names do not count.
    """
    alone = len(_stacks(old)) <= 1 and len(_stacks(new)) <= 1
    before, after = _amounts(old, alone), _amounts(new, alone)
    purposes = {_key(one, alone): one.purpose for bill in (old, new) for one in bill.charges}
    changes = [
        BillChange(key[1], key[2], purposes[key], before.get(key), after.get(key))
        for key in dict.fromkeys((*before, *after))
        if before.get(key, ZERO) != after.get(key, ZERO)
    ]
    return tuple(sorted(changes, key=lambda one: (-abs(one.difference), one.resource)))


def _stacks(bill: Bill) -> set[str]:
    return {charge.stack for charge in bill.charges}


def _key(charge: Charge, alone: bool) -> _Key:
    return ("" if alone else charge.stack, charge.resource, charge.type)


def _amounts(bill: Bill, alone: bool) -> Mapping[_Key, Decimal]:
    found: dict[_Key, Decimal] = {}
    for charge in bill.charges:
        key = _key(charge, alone)
        found[key] = found.get(key, ZERO) + charge.monthly
    return found
