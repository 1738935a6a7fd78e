"""World and usage -> Bill: every resource is metered, known to be free, or named as unpriced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from stackflight.model.bill import ASSUMED, FIXED, HOURS, Bill, Charge, Unpriced, cents
from stackflight.model.template import Resource, World
from stackflight.model.usage import Usage
from stackflight.model.value import as_list
from stackflight.price.hours import find_shares
from stackflight.price.meters import METERS
from stackflight.price.meters.containers import find_scaled
from stackflight.price.meters.models import POLICIES, find_models, is_indexing, read_tokens
from stackflight.price.reading import Missing, Reading, Said, Scene
from stackflight.price.sheet import HOME, PriceSheet
from stackflight.price.tables import find_rates, is_free, purpose_of, why_unpriced


@dataclass
class _Draft:
    """A bill while it is written."""

    charges: list[Charge] = field(default_factory=list)
    unpriced: list[Unpriced] = field(default_factory=list)
    free: Counter[str] = field(default_factory=Counter)
    shared: dict[str, tuple[Reading, list[Resource]]] = field(default_factory=dict)
    keys: dict[str, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)


def price_world(target: str, world: World, sheet: PriceSheet, usage: Usage) -> Bill:
    """A month of all stacks of a world together."""
    scene = Scene(world, usage, find_scaled(world), find_shares(world))
    draft = _Draft()
    regions = {stack.name: stack.environment.region for stack in world.stacks}
    for resource in world.resources.values():
        _meter(resource, scene, sheet, regions, draft)
    for reading, resources in draft.shared.values():
        _charge(reading, resources, scene, sheet, regions, draft)
    _models(world, usage, sheet, draft)
    draft.charges.sort(key=lambda one: (one.stack, one.resource))
    if any(resource.exists is not True for resource in world.resources.values()):
        draft.notes["resources whose condition is open are counted"] = None
    said = [usage.sentence(key) for key in usage.amounts if key in draft.keys]
    return Bill(
        target,
        tuple(_in_order(draft.charges, world)),
        tuple(draft.unpriced),
        dict(sorted(draft.free.items())),
        usage.name,
        (*said, *draft.notes),
        regions=tuple(sorted({region for region in regions.values() if region})),
        stand_in=HOME if None in regions.values() else "",
    )


def _in_order(charges: list[Charge], world: World) -> list[Charge]:
    place = {(address.stack, address.id): number for number, address in enumerate(world.resources)}
    return sorted(charges, key=lambda one: place.get((one.stack, one.resource), len(place)))


def measure(resource: Resource, scene: Scene) -> Iterator[Said] | None:
    """What the meter of a resource says; None where its type has no meter."""
    meter = METERS.get(resource.type)
    if meter is not None:
        return meter(resource, scene)
    rates = find_rates().get(resource.type)
    return None if rates is None else (_read_rate(rate, resource, scene) for rate in rates)


def _read_rate(rate: Mapping[str, object], resource: Resource, scene: Scene) -> Reading:
    product, item, shared = str(rate["product"]), str(rate.get("item", "")), bool(rate.get("shared"))
    if "use" in rate:
        per = Decimal(str(rate.get("per", 1)))
        return scene.use(product, str(rate["use"]), shared=shared, per=per, item=item)
    times = 1
    for path in as_list(rate.get("times")):  # type: ignore[arg-type]
        times *= max(len(as_list(resource.get(str(path)))), 1)
    units = Decimal(str(rate["hours"])) * HOURS if "hours" in rate else Decimal(str(rate["months"]))
    return Reading(product, units * times, item, shared=shared)


def _meter(
    resource: Resource, scene: Scene, sheet: PriceSheet, regions: Mapping[str, str | None], draft: _Draft
) -> None:
    said = measure(resource, scene)
    if said is None and is_free(resource.type):
        draft.free[resource.type] += 1
        return
    if said is None:
        _unpriced(resource, why_unpriced(resource.type), draft)
        return
    found = list(said)
    if not found:
        draft.free[resource.type] += 1
    for one in found:
        if isinstance(one, Missing):
            _unpriced(resource, one.why, draft)
        elif one.shared:
            before, resources = draft.shared.get(one.product, (one, []))
            dearer = one if one.quantity > before.quantity else before
            draft.shared[one.product] = (dearer, [*resources, resource])
        else:
            _charge(one, [resource], scene, sheet, regions, draft)


def _charge(
    reading: Reading,
    resources: list[Resource],
    scene: Scene,
    sheet: PriceSheet,
    regions: Mapping[str, str | None],
    draft: _Draft,
) -> None:
    resource = resources[0]
    address = resource.address
    price = sheet.find(reading.product, regions.get(address.stack))
    if price is None:
        _unpriced(resource, f"{reading.product.replace('/', ', ', 1)} has no price here", draft)
        return
    up = scene.up.get(address, Decimal(1)) if reading.basis == FIXED and price.unit.endswith("hour") else Decimal(1)
    quantity = reading.quantity * up
    least = quantity if reading.least is None else reading.least * up
    most = quantity if reading.most is None else reading.most * up
    item = reading.item or reading.product.partition("/")[2]
    if up != 1:
        item = f"{item}, {up * HOURS:.0f} hours by schedule"
    draft.charges.append(
        Charge(
            address.stack, address.id, resource.type, purpose_of(resource.type), item, quantity, price,
            reading.basis, cents(least * price.usd), cents(most * price.usd), reading.note,
            tuple(one.address.id for one in resources) if len(resources) > 1 else (),
        )
    )  # fmt: skip
    draft.keys.update(dict.fromkeys(reading.assumes))
    if reading.note:
        draft.notes[reading.note] = None


def _models(world: World, usage: Usage, sheet: PriceSheet, draft: _Draft) -> None:
    """The tokens of the models that may be called: all that index, and of those that answer the dearest."""
    callers: dict[str, Resource] = {}
    for resource in world.of_type(*POLICIES):
        for model in find_models(resource):
            callers.setdefault(model, resource)
    talking: list[tuple[Decimal, str]] = []
    for model, resource in callers.items():
        readings = list(read_tokens(model, usage))
        prices = [sheet.find(one.product, None) for one in readings]
        if any(price is None for price in prices):
            _unpriced(resource, f"the tokens of {model} have no price here", draft)
        elif is_indexing(model):
            _tokens(readings, resource, sheet, draft)
        else:
            amount = sum(
                (one.quantity * price.usd for one, price in zip(readings, prices, strict=True) if price),
                start=Decimal(0),
            )
            talking.append((amount, model))
    if not talking:
        return
    _, dearest = max(talking)
    _tokens(list(read_tokens(dearest, usage)), callers[dearest], sheet, draft)
    if len(talking) > 1:
        draft.notes[f"every message goes to {dearest}, the dearest of {len(talking)} models that may answer"] = None


def _tokens(readings: list[Reading], resource: Resource, sheet: PriceSheet, draft: _Draft) -> None:
    for reading in readings:
        price = sheet.find(reading.product, None)
        if price is not None:
            amount = cents(reading.quantity * price.usd)
            draft.charges.append(
                Charge(
                    resource.address.stack, resource.address.id, "AWS::Bedrock::Model", "models", reading.item,
                    reading.quantity, price, ASSUMED, amount, amount,
                )
            )  # fmt: skip
            draft.keys.update(dict.fromkeys(reading.assumes))


def _unpriced(resource: Resource, why: str, draft: _Draft) -> None:
    item = Unpriced(resource.address.stack, resource.address.id, resource.type, why)
    if item not in draft.unpriced:
        draft.unpriced.append(item)
