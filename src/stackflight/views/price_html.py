"""Bill -> a section of an HTML page: the total, a bar and a table by purpose, what has no price, what would cost less."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.bill import ASSUMED, Bill, Charge
from stackflight.model.usage import plain
from stackflight.views.names import Rename
from stackflight.views.page import card
from stackflight.views.paper import breakable, count, escape
from stackflight.views.price_text import money, price_facts, regions_of

_COLOURS = (
    "#2f81c1",
    "#7a5cc7",
    "#1f7f4c",
    "#b26f00",
    "#c62f3b",
    "#59626c",
    "#0d8a8a",
    "#a4508b",
    "#5c7a1f",
    "#8a6d3b",
)
_MOST = 40

PRICE_STYLE = """
.shares { display: block; width: 100%; height: 18px; border-radius: 5px; margin: 10px 0; }
.swatch { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 7px; }
td.money, th.money { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; padding-right: 0; }
.purpose > summary { display: grid; grid-template-columns: 1fr auto; font-size: 13px; font-weight: 600; margin: 2px 0; padding: 5px 0; border-bottom: 1px solid var(--line); }
.purpose > summary > :first-child::before { content: "▸ "; color: var(--quiet); } .purpose[open] > summary > :first-child::before { content: "▾ "; }
.purpose td { font-size: 12px; }
"""


def render_price(bill: Bill, rename: Rename) -> Iterator[str]:
    """What a month costs."""
    yield '<div class="cards">'
    yield card(f"{money(bill.total)} USD", "a month")
    yield card(money(bill.fixed), "regardless of use")
    yield card(money(bill.usage_total), f"by use ({bill.usage})")
    if (bill.least, bill.most) != (bill.total, bill.total):
        yield card(f"{money(bill.least)} to {money(bill.most)}", "as it scales")
    yield f"</div><p class=quiet>At {escape(regions_of(bill))}</p>"
    yield from _shares(bill)
    for number, (name, amount) in enumerate(bill.by_purpose.items()):
        yield from _purpose(name, money(amount), _COLOURS[number % len(_COLOURS)], bill, rename)
    yield from _unpriced(bill, rename)
    yield from _thrifts(bill, rename)
    facts = "; ".join([*bill.assumptions, *price_facts(bill)])
    yield f"<details><summary>What this rests on</summary><p class=quiet>{escape(facts)}</p></details>"


def _shares(bill: Bill) -> Iterator[str]:
    """One bar, a part for each purpose; the table below says the same in words."""
    if not bill.total:
        return
    yield '<svg class="shares" viewBox="0 0 1000 18" preserveAspectRatio="none" aria-hidden="true">'
    x = 0.0
    for number, amount in enumerate(bill.by_purpose.values()):
        wide = float(amount / bill.total) * 1000
        yield f'<rect x="{x:.1f}" y="0" width="{wide:.1f}" height="18" fill="{_COLOURS[number % len(_COLOURS)]}"/>'
        x += wide
    yield "</svg>"


def _purpose(name: str, amount: str, colour: str, bill: Bill, rename: Rename) -> Iterator[str]:
    charges = sorted((one for one in bill.charges if one.purpose == name), key=lambda one: -one.monthly)
    swatch = f'<i class="swatch" style="background:{colour}"></i>'
    yield f'<details class="purpose"><summary><span>{swatch}{escape(name)}</span><span>{amount}</span></summary><table>'
    yield '<tr><th scope="col">Resource</th><th scope="col">What</th><th scope="col" class="money">USD a month</th></tr>'
    yield from (_charge(charge, rename) for charge in charges[:_MOST])
    yield "</table>"
    if len(charges) > _MOST:
        yield f"<p class=quiet>and {len(charges) - _MOST} smaller lines</p>"
    yield "</details>"


def _charge(charge: Charge, rename: Rename) -> str:
    more = f" and {len(charge.of) - 1} more" if charge.of else ""
    by_use = ", by use" if charge.basis == ASSUMED else ""
    sum_ = f"{plain(charge.quantity)} × {plain(charge.price.usd)} ({charge.price.unit}{by_use})"
    return (
        f"<tr><td>{breakable(rename(charge.resource) + more)}</td><td>{escape(charge.item)} <span class=quiet>{escape(sum_)}</span></td>"
        f'<td class="money">{money(charge.monthly)}</td></tr>'
    )


def _unpriced(bill: Bill, rename: Rename) -> Iterator[str]:
    if bill.unpriced:
        yield f"<h3>{count(len(bill.unpriced), 'resource')} without a price</h3><ul>"
        for one in bill.unpriced[:_MOST]:
            yield f"<li>{escape(rename(one.resource))} <span class=quiet>{escape(one.type)}: {escape(one.why)}</span></li>"
        yield "</ul>"


def _thrifts(bill: Bill, rename: Rename) -> Iterator[str]:
    if bill.thrifts:
        yield '<h3>What would cost less</h3><table><tr><th scope="col">Change</th><th scope="col">One gives up</th>'
        yield '<th scope="col" class="money">USD a month</th></tr>'
        for one in bill.thrifts:
            yield f'<tr><td>{escape(rename(one.advice))}</td><td>{escape(one.gives_up)}</td><td class="money">−{money(one.monthly)}</td></tr>'
        yield "</table>"
