"""Bills -> Markdown for a comment on a pull request: the total, what changes, the lines in a fold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stackflight.model.bill import Bill, BillChange, Residue
from stackflight.model.finding import Finding
from stackflight.views.markdown import literal
from stackflight.views.names import Rename
from stackflight.views.price_text import comparison_rows, money, price_facts, regions_of, signed

_MOST_LINES = 200


def render_bill(
    bill: Bill,
    rename: Rename,
    residue: Sequence[Residue] = (),
    changes: Sequence[BillChange] | None = None,
    old: Bill | None = None,
    findings: Sequence[Finding] = (),
) -> str:
    """A section for one target; with an `old` one the table of what changes."""
    blocks = [f"### stackflight price: {literal(bill.target)}", _head(bill)]
    blocks += [f"✗ **{literal(one.message)}** ({literal(one.remedy)})" for one in findings]
    if changes is not None and old is not None:
        blocks += _difference(old, bill, changes, rename)
    rows = "\n".join(f"| {name} | {money(amount)} |" for name, amount in bill.by_purpose.items())
    blocks.append(f"| purpose | USD a month |\n|---|---:|\n{rows}\n| **total** | **{money(bill.total)}** |")
    blocks += _lists(bill, residue, rename)
    blocks.append(_lines(bill, rename))
    return "\n\n".join(blocks)


def _head(bill: Bill) -> str:
    span = "" if bill.least == bill.most == bill.total else f", {money(bill.least)} to {money(bill.most)} as it scales"
    return (
        f"**{money(bill.total)} USD a month**: {money(bill.fixed)} regardless of use, {money(bill.usage_total)} by use "
        f"({literal(bill.usage)}){span}; {regions_of(bill)}"
    )


def _difference(old: Bill, new: Bill, changes: Sequence[BillChange], rename: Rename) -> Iterator[str]:
    yield f"**{signed(new.total - old.total)} USD a month** compared with {literal(old.target)} ({money(old.total)})"
    if not changes:
        return
    rows = []
    for change in changes:
        before, after = ("" if one is None else money(one) for one in (change.old, change.new))
        what = f"{literal(rename(change.resource))}<br><sub>{literal(change.type)}</sub>"
        rows.append(f"| {what} | {before} | {after} | {signed(change.difference)} |")
    yield "| resource | before | after | difference |\n|---|---:|---:|---:|\n" + "\n".join(rows)


def _lists(bill: Bill, residue: Sequence[Residue], rename: Rename) -> Iterator[str]:
    if bill.unpriced:
        reasons: dict[str, list[str]] = {}
        for one in bill.unpriced:
            reasons.setdefault(one.why, []).append(rename(one.resource))
        rows = "\n".join(f"* {literal(', '.join(names))}: {literal(why)}" for why, names in reasons.items())
        yield f"**Not in the total**\n\n{rows}"
    if bill.thrifts:
        rows = "\n".join(
            f"| {literal(rename(one.advice))} | {literal(one.gives_up)} | {money(one.monthly)} |"
            for one in bill.thrifts
        )
        yield f"| cheaper | what one gives up | USD a month |\n|---|---|---:|\n{rows}"
    left = [one for one in residue if one.monthly]
    if left:
        named = ", ".join(f"{literal(rename(one.resource))} {money(one.monthly)}" for one in left if one.monthly)
        yield f"Where the last step of a creation fails, these stay and cost a month: {named}"


def _lines(bill: Bill, rename: Rename) -> str:
    charges = sorted(bill.charges, key=lambda one: -one.monthly)[:_MOST_LINES]
    rows = "\n".join(
        f"| {literal(rename(one.resource))} | {literal(one.item)} | {one.quantity.normalize():f} {literal(one.price.unit)} | "
        f"{one.price.usd.normalize():f} | {money(one.monthly)} | {one.basis} |"
        for one in charges
    )
    facts = literal("; ".join([*bill.assumptions, *price_facts(bill)]))
    head = "| resource | item | quantity | price | USD a month | basis |\n|---|---|---:|---:|---:|---|"
    return f"<details><summary>Lines and assumptions</summary>\n\n{head}\n{rows}\n\n{facts}\n\n</details>"


def render_comparison(bills: Sequence[Bill]) -> str:
    """Several targets side by side."""
    head = f"| | {' | '.join(literal(bill.target) for bill in bills)} |\n|---|{'---:|' * len(bills)}"
    return head + "\n" + "\n".join(f"| {' | '.join(row)} |" for row in comparison_rows(bills))
