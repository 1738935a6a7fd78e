"""What a meter says of one resource: how much of which product, or why it cannot say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from decimal import Decimal
from typing import TypeAlias

from stackflight.model.bill import ASSUMED, FIXED, HOURS
from stackflight.model.template import Resource, World
from stackflight.model.usage import Usage
from stackflight.model.value import (
    Address,
    Reference,
    Unknown,
    Value,
    as_list,
    dig,
    known_int,
    known_text,
    references_in,
)
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """So much of a product a month. `least` and `most` where the count scales by itself.

    `assumes` are the keys of the usage that the quantity rests on, `note` what else it rests on. What is `shared` is used
    once by all resources of the stack's world together, however many there are.
    """

    product: str
    quantity: Decimal
    item: str = ""
    basis: str = FIXED
    least: Decimal | None = None
    most: Decimal | None = None
    assumes: tuple[str, ...] = ()
    note: str = ""
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """The resource costs something that cannot be said."""

    why: str


Said: TypeAlias = Reading | Missing


@dataclass(frozen=True)
class Scene:
    """What a meter may look at besides its resource."""

    world: World
    usage: Usage
    scaled: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    """Stack and logical id of services that scale -> least and most of what is scaled."""
    up: Mapping[Address, Decimal] = field(default_factory=dict)
    """The part of the month that what is stopped by a schedule is up."""

    def behind(self, value: Value) -> Resource | None:
        """The resource that a value refers to."""
        found = references_in(value)
        return self.world.resources.get(found[0].address) if found else None

    def use(self, product: str, key: str, *, shared: bool = True, per: Decimal = Decimal(1), item: str = "") -> Reading:
        """A usage line: the amount of a key, in units of `per`."""
        return Reading(product, self.usage[key] / per, item, ASSUMED, assumes=(key,), shared=shared)


Meter: TypeAlias = Callable[[Resource, Scene], Iterator[Said]]


def hourly(
    product: str,
    count: Decimal | int = 1,
    item: str = "",
    *,
    least: Decimal | None = None,
    most: Decimal | None = None,
) -> Reading:
    """A product that is paid by the hour, all month."""
    return Reading(
        product,
        Decimal(count) * HOURS,
        item,
        least=None if least is None else least * HOURS,
        most=None if most is None else most * HOURS,
    )


def number_of(value: Value, default: Decimal | int | None = None) -> Decimal | None:
    """A number given as number or text; `default` where it is absent, None where it is not known."""
    if value is None:
        return None if default is None else Decimal(default)
    whole = known_int(value)
    if whole is not None:
        return Decimal(whole)
    if isinstance(value, float):
        return Decimal(str(value))
    text = known_text(value)
    try:
        return Decimal(text) if text is not None else None
    except ArithmeticError:
        return None


def why_unknown(value: Value, what: str) -> Missing:
    """Why a value cannot be read, in words."""
    if isinstance(value, Unknown):
        decided = f"; {', '.join(value.decided_by)} decides it" if value.decided_by else ""
        return Missing(f"{what} is not known{decided}")
    return Missing(f"{what} is not given" if value is None else f"{what} is not known")


def count_items(value: Value, least: int = 1) -> int:
    """How many items a list has; at least `least` where it is not known."""
    if isinstance(value, list):
        return max(len(value), least)
    return least


def first_of(value: Value, *path: str) -> Value:
    """What stands behind a path in the first item of a list, or in the value itself."""
    items = as_list(value)
    return dig(items[0], *path) if items else None


def is_reference_to(value: Value, resource: Resource) -> bool:
    """Whether a value names a resource."""
    return any(isinstance(one, Reference) and one.address == resource.address for one in references_in(value))
