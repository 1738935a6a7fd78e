"""What a month costs: lines, what has no price, what is free, and what would cost less. All money is Decimal US dollars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from stackflight.records import dataclass

HOURS = Decimal(730)
"""A month, as AWS's own calculator counts it."""

ZERO = Decimal(0)
_CENT = Decimal("0.01")

FIXED, ASSUMED = "fixed", "assumed"
"""Regardless of use; by a profile of use."""


def cents(amount: Decimal) -> Decimal:
    """An amount to the cent, halves upwards."""
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit of a product costs, and where that was seen.

    `region` is the Region whose price it is, which may be another one than was asked for; `note` says so, and what else
    has to be known. `confidence` is "high", "medium" or "low".
    """

    product: str
    region: str
    unit: str
    usd: Decimal
    date: str
    confidence: str
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of a bill. `monthly` is `quantity` times the unit price, to the cent.

    `least` and `most` are the same where a count scales by itself. `assumes` says what a quantity rests on; `of` are all
    resources that share the line, where there are several.
    """

    stack: str
    resource: str
    type: str
    purpose: str
    item: str
    quantity: Decimal
    price: Price
    basis: str = FIXED
    least: Decimal = ZERO
    most: Decimal = ZERO
    assumes: str = ""
    of: tuple[str, ...] = ()

    @property
    def monthly(self) -> Decimal:
        """The amount of a month, to the cent."""
        return cents(self.quantity * self.price.usd)


@dataclass(frozen=True, slots=True)
class Unpriced:
    """A resource that costs something that nobody here can say, and why."""

    stack: str
    resource: str
    type: str
    why: str


@dataclass(frozen=True, slots=True)
class Thrift:
    """What would cost less: the change, what one gives up by it, and what the meters say of it, a month."""

    advice: str
    gives_up: str
    resources: tuple[str, ...]
    monthly: Decimal


@dataclass(frozen=True, slots=True)
class Residue:
    """What is left behind and goes on costing; `monthly` None where there is no price for it."""

    stack: str
    resource: str
    type: str
    why: str
    monthly: Decimal | None


@dataclass(frozen=True)
class Bill:
    """A month of a target, all stacks together.

    `free` counts the resources of each type that costs nothing by itself. `usage` is the profile's name; `assumptions` are
    sentences that the usage lines rest on. `regions` are those of its stacks; `stand_in` is the Region whose prices were
    taken where a stack has none.
    """

    target: str
    charges: tuple[Charge, ...]
    unpriced: tuple[Unpriced, ...] = ()
    free: Mapping[str, int] = field(default_factory=dict)
    usage: str = ""
    assumptions: tuple[str, ...] = ()
    thrifts: tuple[Thrift, ...] = ()
    regions: tuple[str, ...] = ()
    stand_in: str = ""

    @cached_property
    def fixed(self) -> Decimal:
        """What is due whether anybody uses it or not."""
        return total_of(charge.monthly for charge in self.charges if charge.basis == FIXED)

    @cached_property
    def usage_total(self) -> Decimal:
        """What the profile of use adds."""
        return total_of(charge.monthly for charge in self.charges if charge.basis != FIXED)

    @property
    def total(self) -> Decimal:
        """Both together."""
        return self.fixed + self.usage_total

    @cached_property
    def least(self) -> Decimal:
        """The total while everything that scales is at its least."""
        return total_of(charge.least for charge in self.charges)

    @cached_property
    def most(self) -> Decimal:
        """The total while everything that scales is at its most."""
        return total_of(charge.most for charge in self.charges)

    @cached_property
    def by_purpose(self) -> Mapping[str, Decimal]:
        """The total of each purpose, dearest first."""
        found: dict[str, Decimal] = {}
        for charge in self.charges:
            found[charge.purpose] = found.get(charge.purpose, ZERO) + charge.monthly
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    @cached_property
    def unpriced_types(self) -> tuple[str, ...]:
        """The types that are not, or not wholly, in the total."""
        return tuple(sorted({item.type for item in self.unpriced}))


def total_of(amounts: Iterable[Decimal]) -> Decimal:
    """The sum, ZERO with cents where there is nothing."""
    return sum(amounts, start=Decimal("0.00"))


@dataclass(frozen=True, slots=True)
class BillChange:
    """A resource that costs more or less than before; None where it was or is not charged."""

    resource: str
    type: str
    purpose: str
    old: Decimal | None
    new: Decimal | None

    @property
    def difference(self) -> Decimal:
        """How much more it costs a month."""
        return (self.new or ZERO) - (self.old or ZERO)
