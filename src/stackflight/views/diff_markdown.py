"""Difference -> Markdown for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stackflight.model.difference import Difference, Fate
from stackflight.model.finding import Finding
from stackflight.views.diff_text import DATA, VERBS, right_text, span_text, way_text
from stackflight.views.markdown import literal
from stackflight.views.names import Rename
from stackflight.views.price_text import money, signed

_MOST = 100


def render_diff(difference: Difference, rename: Rename) -> str:
    """A section; nothing in it is markup of the templates."""
    return "\n\n".join(_blocks(difference, rename))


def _blocks(difference: Difference, rename: Rename) -> Iterator[str]:
    yield f"### stackflight diff: {literal(difference.old)} to {literal(difference.new)}"
    yield (
        f"**{signed(difference.monthly)} USD a month** ({money(difference.old_bill.total)} to "
        f"{money(difference.new_bill.total)}); {literal(span_text(difference.spans))}"
    )
    if difference.is_empty:
        yield "Nothing changes."
    for one in difference.lost:
        yield f"✗ **The data of {literal(rename(one.resource))} is lost**: {literal(one.type)} is {VERBS[one.fate]}"
    yield from _resources(difference, rename)
    yield from _findings("New findings", difference.findings_new, rename)
    yield from _findings("Findings gone", difference.findings_gone, rename)
    yield from _list("Ways opened", [rename(way_text(way)) for way in difference.ways_opened])
    yield from _list("Ways closed", [rename(way_text(way)) for way in difference.ways_closed])
    yield from _list("Rights widened", [rename(right_text(right)) for right in difference.rights])
    if difference.price_changes:
        rows = "\n".join(
            f"| {literal(rename(one.resource))} | {'' if one.old is None else money(one.old)} | "
            f"{'' if one.new is None else money(one.new)} | {signed(one.difference)} |"
            for one in difference.price_changes[:_MOST]
        )
        yield f"| USD a month | before | after | difference |\n|---|---:|---:|---:|\n{rows}"


def _resources(difference: Difference, rename: Rename) -> Iterator[str]:
    loud = [one for one in difference.resources if one.fate is not Fate.ADD]
    if loud:
        rows = "\n".join(
            f"| {VERBS[one.fate]} | {literal(rename(one.resource))}<br><sub>{literal(one.type)}</sub> | "
            f"{literal(', '.join(one.because))} | {DATA.get(one.data, '')} |"
            for one in loud[:_MOST]
        )
        yield f"| | resource | because of | data |\n|---|---|---|---|\n{rows}"
    added = [f"{rename(one.resource)} ({one.type})" for one in difference.resources if one.fate is Fate.ADD]
    if added:
        yield (
            f"<details><summary>{len(added)} added</summary>\n\n"
            + "\n".join(f"* {literal(one)}" for one in added[:_MOST])
            + "\n\n</details>"
        )


def _findings(title: str, findings: Sequence[Finding], rename: Rename) -> Iterator[str]:
    yield from _list(title, [f"{one.severity}: {rename(one.message)} ({one.check})" for one in findings])


def _list(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        more = [f"and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
        yield f"**{title}**\n\n" + "\n".join(f"* {literal(line)}" for line in [*lines[:_MOST], *more])
