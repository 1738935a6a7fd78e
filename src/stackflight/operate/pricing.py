"""World + profile of use -> Bill with savings, the difference to what runs, and what a failed creation leaves behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from stackflight.model.bill import Bill, Residue
from stackflight.model.estimate import Leftover, Rehearsal
from stackflight.model.event import STACK_TYPE
from stackflight.model.plan import Injection
from stackflight.model.template import World
from stackflight.model.usage import Usage
from stackflight.model.value import Address
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.operate.without_nat import endpoints_instead
from stackflight.price.bill import price_world
from stackflight.price.sheet import PriceSheet, load_sheet
from stackflight.price.thrift import find_thrifts


def price(target: str, world: World, usage: Usage, sheet: PriceSheet | None = None, *, thrifts: bool = True) -> Bill:
    """The bill of a world, with what would cost less."""
    prices = sheet or load_sheet()
    bill = price_world(target, world, prices, usage)
    if not thrifts:
        return bill
    return replace(bill, thrifts=find_thrifts(world, bill, prices, usage, endpoints_instead(world)))


def find_residue(world: World, bill: Bill) -> tuple[Residue, ...]:
    """What stays and costs where the last resource of a creation fails at its end, and everything is rolled back."""
    played = rehearse(world, (), RehearsalOptions(runs=1))
    last = [span for span in played.spans if span.type != STACK_TYPE]
    if not last:
        return ()
    failing = max(last, key=lambda span: span.end)
    late = Injection(Address(failing.stack, failing.resource), seconds=failing.end - failing.start)
    failed = rehearse(world, (), RehearsalOptions(runs=1, injections=(late,)))
    return residue_of(failed, bill)


def residue_of(rehearsal: Rehearsal, bill: Bill) -> tuple[Residue, ...]:
    """What the leftovers of a rehearsal that failed cost a month."""
    amounts: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    whole: dict[str, Decimal] = defaultdict(Decimal)
    for charge in bill.charges:
        amounts[(charge.stack, charge.resource)] += charge.monthly
        whole[charge.stack] += charge.monthly
    open_ones = {(one.stack, one.resource) for one in bill.unpriced}
    return tuple(_residue(left, amounts, whole, open_ones) for left in _stays(rehearsal.leftovers))


def _stays(leftovers: Sequence[Leftover]) -> list[Leftover]:
    """A snapshot or a reserved name is no resource that goes on: what it costs is not that of the resource."""
    return [left for left in leftovers if left.type == STACK_TYPE or "name" not in left.why]


def _residue(
    left: Leftover,
    amounts: dict[tuple[str, str], Decimal],
    whole: dict[str, Decimal],
    unpriced: set[tuple[str, str]],
) -> Residue:
    key = (left.stack, left.resource)
    monthly: Decimal | None = whole[left.stack] if left.type == STACK_TYPE else amounts.get(key, Decimal("0.00"))
    if key in unpriced or "snapshot" in left.why:
        monthly = None
    return Residue(left.stack, left.resource, left.type, left.why, monthly)
