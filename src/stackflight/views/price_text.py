"""Bill -> text: the total, what it consists of by purpose, what it rests on, what would cost less."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from stackflight.model.bill import ASSUMED, Bill, BillChange, Charge, Residue, total_of
from stackflight.model.finding import Finding
from stackflight.model.usage import plain
from stackflight.views.names import Rename
from stackflight.views.paper import Paper, count, one_line
from stackflight.views.terminal import render_findings

_SMALL = Decimal("0.10")
_AMOUNT = 12
_LABEL = 10


def render_bill(
    bill: Bill,
    paper: Paper,
    rename: Rename,
    residue: Sequence[Residue] = (),
    changes: Sequence[BillChange] | None = None,
    old: Bill | None = None,
    findings: tuple[Finding, ...] = (),
) -> str:
    """The whole bill of one target; with an `old` one the difference comes first."""
    blocks = [list(_head(bill, paper))]
    if changes is not None and old is not None:
        blocks.append(list(_difference(old, bill, changes, rename, paper)))
    blocks += [list(_purpose(name, bill, rename, paper)) for name in bill.by_purpose]
    blocks += [
        list(_unpriced(bill, rename, paper)),
        list(_thrifts(bill, rename, paper)),
        list(_residue(residue, rename, paper)),
        list(_rests(bill, paper)),
    ]
    blocks += render_findings(findings, rename, paper)
    return "\n\n".join("\n".join(block) for block in blocks if block)


def money(amount: Decimal) -> str:
    """`1,234.50`."""
    return f"{amount:,.2f}"


def signed(amount: Decimal) -> str:
    """`+12.00`, `-3.10`, `0.00`."""
    return f"{amount:+,.2f}" if amount else "0.00"


def _head(bill: Bill, paper: Paper) -> Iterator[str]:
    yield _row(paper.paint(one_line(bill.target), "title"), f"{money(bill.total)} USD", paper, tail="a month")
    facts = [f"{money(bill.fixed)} regardless of use", f"{money(bill.usage_total)} by use ({one_line(bill.usage)})"]
    if (bill.least, bill.most) != (bill.total, bill.total):
        facts.append(f"{money(bill.least)} to {money(bill.most)} as it scales")
    yield from paper.fill(["  " + f"{facts[0]},", *(f"{fact}," for fact in facts[1:-1]), *facts[-1:]], hang=2)


def _row(left: str, right: str, paper: Paper, tail: str = "") -> str:
    return f"{left}  {paper.paint(right, 'title')}{f' {tail}' if tail else ''}"


def _purpose(name: str, bill: Bill, rename: Rename, paper: Paper) -> Iterator[str]:
    charges = [one for one in bill.charges if one.purpose == name]
    yield f"{money(bill.by_purpose[name]):>{_AMOUNT}}  {paper.paint(name, 'title')}"
    alike: dict[tuple[str, Decimal, Decimal, str], list[Charge]] = {}
    for charge in charges:
        alike.setdefault((charge.item, charge.quantity, charge.price.usd, charge.basis), []).append(charge)
    groups = sorted(alike.values(), key=lambda group: -total_of(one.monthly for one in group))
    small: list[Charge] = []
    for group in groups:
        if total_of(one.monthly for one in group) < _SMALL:
            small += group
        else:
            yield from _charges(group, rename, paper)
    if small:
        what = f"{count(len(small), 'line')}, all below {_SMALL}"
        yield f"{money(total_of(one.monthly for one in small)):>{_AMOUNT}}    {paper.paint(what, 'quiet')}"


def _charges(group: Sequence[Charge], rename: Rename, paper: Paper) -> Iterator[str]:
    """Lines that are alike but for the resource, as one."""
    first = group[0]
    others = len(group) + max(len(first.of), 1) - 2
    name = rename(first.resource) + (f" and {others} more" if others else "")
    times = f"{len(group)} times " if len(group) > 1 else ""
    cross = " × " if paper.unicode else " x "
    unit = first.price.unit
    article = "an" if unit[0] in "aeiou" or unit.startswith(("hour", "LCU", "RCU", "MB")) else "a"
    by_use = ", by use" if first.basis == ASSUMED else ""
    sum_ = f"({times}{plain(first.quantity)}{cross}{plain(first.price.usd)} {article} {unit}{by_use})"
    amount = money(total_of(one.monthly for one in group))
    item = first.item if paper.unicode else first.item.replace(" × ", cross)
    words = [one_line(item), paper.paint(sum_, "quiet")]
    yield from paper.fill([f"{amount:>{_AMOUNT}}    {name}:", *words], hang=_AMOUNT + 4)


def _unpriced(bill: Bill, rename: Rename, paper: Paper) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for item in bill.unpriced:
        reasons.setdefault(item.why, []).append(rename(item.resource))
    for number, (why, names) in enumerate(reasons.items()):
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        yield from paper.labelled("no price" if number == 0 else "", f"{shown}: {why}", indent=_LABEL, role="warning")


def _thrifts(bill: Bill, rename: Rename, paper: Paper) -> Iterator[str]:
    for number, thrift in enumerate(bill.thrifts):
        text = f"{money(thrift.monthly)} a month: {rename(thrift.advice)} ({thrift.gives_up})"
        yield from paper.labelled("cheaper" if number == 0 else "", text, indent=_LABEL, role="good")


def _residue(residue: Sequence[Residue], rename: Rename, paper: Paper) -> Iterator[str]:
    if not residue:
        return
    known = [left for left in residue if left.monthly]
    total = total_of(left.monthly for left in known if left.monthly)
    text = (
        f"{count(len(residue), 'resource')} would stay where the last step of a creation fails, {money(total)} a month"
    )
    names = [f"{rename(left.resource)} {money(left.monthly)}" for left in known if left.monthly]
    open_ones = [rename(left.resource) for left in residue if left.monthly is None]
    said = text + (f": {', '.join(names)}" if names else "")
    said += f"; not priced: {', '.join(open_ones)}" if open_ones else ""
    yield from paper.labelled("leaves", said, indent=_LABEL, role="quiet")


def _rests(bill: Bill, paper: Paper) -> Iterator[str]:
    if bill.assumptions:
        yield from paper.labelled(
            "assumed", "; ".join(bill.assumptions), indent=_LABEL, role="quiet", text_role="quiet"
        )
    yield from paper.labelled("prices", "; ".join(price_facts(bill)), indent=_LABEL, role="quiet", text_role="quiet")


def regions_of(bill: Bill) -> str:
    """Whose Regions' prices these are, and whether anybody said so."""
    said = [" and ".join(bill.regions)] if bill.regions else []
    said += [f"{bill.stand_in}, as no Region was given"] if bill.stand_in else []
    return f"prices of {', and of '.join(said)}"


def _short(bill: Bill) -> str:
    return ", ".join([*bill.regions, *([f"{bill.stand_in} (none given)"] if bill.stand_in else [])])


def price_facts(bill: Bill) -> list[str]:
    """Whose Region's prices they are, how old and how sure: a phrase each."""
    free = sum(bill.free.values())
    facts = [regions_of(bill), f"{count(free, 'resource')} known to be free"]
    prices = {charge.price for charge in bill.charges}
    if prices:
        dates = sorted(price.date for price in prices)
        facts.append(
            f"{len(prices)} prices, seen {dates[0]} to {dates[-1]}"
            if dates[0] != dates[-1]
            else f"{count(len(prices), 'price')}, seen {dates[0]}"
        )
        unsure = sorted(price.product.partition("/")[2] for price in prices if price.confidence == "low")
        if unsure:
            facts.append(f"unsure: {', '.join(unsure)}")
        other = sorted({price.region for price in prices if "that of" in price.note})
        if other:
            facts.append(f"{sum('that of' in price.note for price in prices)} are those of {', '.join(other)}")
    return [*facts, "on demand, a month of 730 hours, free tiers and taxes not counted"]


def _difference(old: Bill, new: Bill, changes: Sequence[BillChange], rename: Rename, paper: Paper) -> Iterator[str]:
    difference = new.total - old.total
    role = "blocking" if difference > 0 else "good"
    yield f"{paper.paint(f'{signed(difference):>{_AMOUNT}}', role)}  compared with {one_line(old.target)} ({money(old.total)})"
    for change in changes:
        before, after = ("none" if one is None else money(one) for one in (change.old, change.new))
        yield f"{signed(change.difference):>{_AMOUNT}}    {rename(change.resource)}: {before} to {after}"


def render_comparison(bills: Sequence[Bill], paper: Paper) -> str:
    """Several targets side by side: a column each, a row for each purpose."""
    rows = [["", *(one_line(bill.target) for bill in bills)], *comparison_rows(bills)]
    if sum(max(len(row[column]) for row in rows) + 2 for column in range(len(bills) + 1)) > paper.width:
        rows = [
            list(column) for column in zip(*_without_purposes(rows), strict=True)
        ]  # a row each, where columns are too many
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for number, row in enumerate(rows):
        first = row[0].ljust(widths[0])
        cells = "  ".join(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        text = f"{first}  {cells}".rstrip()
        lines.append(paper.paint(text, "title") if number == 0 else text)
    return "\n".join(lines)


def _without_purposes(rows: list[list[str]]) -> list[list[str]]:
    return [*rows[:5], *rows[-2:]]


def comparison_rows(bills: Sequence[Bill]) -> list[list[str]]:
    """Name and an amount for each bill: total, its two parts, the range, the purposes, what has no price."""
    purposes = dict.fromkeys(name for bill in bills for name in bill.by_purpose)
    zero = Decimal(0)
    return [
        ["USD a month", *(money(bill.total) for bill in bills)],
        ["regardless of use", *(money(bill.fixed) for bill in bills)],
        ["by use", *(money(bill.usage_total) for bill in bills)],
        ["at most, scaled", *(money(bill.most) for bill in bills)],
        *([name, *(money(bill.by_purpose.get(name, zero)) for bill in bills)] for name in purposes),
        ["prices of", *(_short(bill) for bill in bills)],
        ["without a price", *(str(len(bill.unpriced)) for bill in bills)],
    ]
