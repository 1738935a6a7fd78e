"""Difference -> text: what is lost first, then resources, findings, ways, rights, price and duration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stackflight.model.difference import Data, Difference, Fate, ResourceDifference, Right, Spans, Way
from stackflight.model.finding import Finding
from stackflight.views.names import Rename
from stackflight.views.paper import Paper, clock_text, count, one_line
from stackflight.views.price_text import money, signed

_INDENT = 11
_MOST = 40
_ROLES = {
    Fate.REMOVE: "blocking",
    Fate.REPLACE: "warning",
    Fate.MAYBE: "warning",
    Fate.CHANGE: "note",
    Fate.ADD: "good",
}
DATA = {Data.LOST: "its data is lost", Data.KEPT: "the old one is kept", Data.SNAPSHOT: "a snapshot stays"}


def render_diff(difference: Difference, paper: Paper, rename: Rename) -> str:
    """The whole difference."""
    blocks = [
        list(_head(difference, paper)),
        list(_lost(difference, rename, paper)),
        *(list(_resources(difference, fate, rename, paper)) for fate in Fate),
        list(_findings(difference.findings_new, "new", rename, paper)),
        list(_findings(difference.findings_gone, "gone", rename, paper)),
        list(_ways(difference.ways_opened, "opened", rename, paper)),
        list(_ways(difference.ways_closed, "closed", rename, paper)),
        list(_rights(difference.rights, rename, paper)),
        list(_price(difference, rename, paper)),
        list(paper.labelled("duration", span_text(difference.spans), indent=_INDENT, role="quiet")),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _head(difference: Difference, paper: Paper) -> Iterator[str]:
    title = paper.paint(f"{one_line(difference.old)} to {one_line(difference.new)}", "title")
    if difference.is_empty:
        yield f"{title}: nothing changes"
        return
    said = [f"{sum(one.fate is fate for one in difference.resources)} {verb}" for fate, verb in VERBS.items()]
    told = [text for text in said if not text.startswith("0 ")]
    told += [count(len(found), f"{word} finding") for found, word in ((difference.findings_new, "new"),) if found]
    yield from paper.fill([f"{title}:", *(f"{text}," for text in told[:-1]), *told[-1:]], hang=2)


VERBS = {
    Fate.ADD: "added", Fate.CHANGE: "changed", Fate.REPLACE: "replaced", Fate.MAYBE: "perhaps replaced",
    Fate.REMOVE: "removed",
}  # fmt: skip


def _lost(difference: Difference, rename: Rename, paper: Paper) -> Iterator[str]:
    for number, one in enumerate(difference.lost):
        text = f"{rename(one.resource)} ({one.type}) is {VERBS[one.fate]}{_because(one)}: its data is gone"
        yield from paper.labelled(
            "data" if number == 0 else "", text, indent=_INDENT, role="blocking", text_role="title"
        )


def _resources(difference: Difference, fate: Fate, rename: Rename, paper: Paper) -> Iterator[str]:
    members = [one for one in difference.resources if one.fate is fate]
    for number, one in enumerate(members[:_MOST]):
        data = f"; {DATA[one.data]}" if one.data in DATA else ""
        text = f"{rename(one.resource)} ({one.type}){_because(one)}{data}"
        yield from paper.labelled(_LABELS[fate] if number == 0 else "", text, indent=_INDENT, role=_ROLES[fate])
    if len(members) > _MOST:
        yield " " * _INDENT + f"and {len(members) - _MOST} more (--format json names all)"


_LABELS = {
    Fate.ADD: "add",
    Fate.CHANGE: "change",
    Fate.REPLACE: "replace",
    Fate.MAYBE: "perhaps",
    Fate.REMOVE: "remove",
}


def _because(one: ResourceDifference) -> str:
    if not one.because:
        return ""
    forced = "because of" if one.fate in {Fate.REPLACE, Fate.MAYBE} else "in"
    return f" {forced} {', '.join(one.because)}"


def _findings(findings: Sequence[Finding], word: str, rename: Rename, paper: Paper) -> Iterator[str]:
    for number, finding in enumerate(findings):
        text = f"{finding.severity}: {rename(finding.message)} ({finding.check})"
        role = finding.severity if word == "new" else "good"
        yield from paper.labelled(word if number == 0 else "", text, indent=_INDENT, role=role)


def _ways(ways: Sequence[Way], word: str, rename: Rename, paper: Paper) -> Iterator[str]:
    for number, way in enumerate(ways):
        role = "warning" if word == "opened" else "quiet"
        yield from paper.labelled(word if number == 0 else "", rename(way_text(way)), indent=_INDENT, role=role)


def way_text(way: Way) -> str:
    """`the internet to Web on tcp 22, by group WebGroup`."""
    by = f", by {way.by}" if way.by and not way.by.startswith("inside ") else ""
    return f"{way.source} to {way.target} ({way.what}){by}"


def _rights(rights: Sequence[Right], rename: Rename, paper: Paper) -> Iterator[str]:
    for number, right in enumerate(rights[:_MOST]):
        yield from paper.labelled(
            "rights" if number == 0 else "", rename(right_text(right)), indent=_INDENT, role="warning"
        )
    if len(rights) > _MOST:
        yield " " * _INDENT + f"and {len(rights) - _MOST} more (--format json names all)"


def right_text(right: Right) -> str:
    """`Web/Role may s3:GetObject on arn:… (added)`."""
    actions = ", ".join(right.actions[:6]) + (f" and {len(right.actions) - 6} more" if len(right.actions) > 6 else "")
    on = ", ".join(right.resources[:3]) + (f" and {len(right.resources) - 3} more" if len(right.resources) > 3 else "")
    return f"{right.who} may {actions}{f' on {on}' if on else ''} ({right.why})"


def _price(difference: Difference, rename: Rename, paper: Paper) -> Iterator[str]:
    old, new = difference.old_bill.total, difference.new_bill.total
    text = f"{money(old)} to {money(new)} USD a month ({signed(difference.monthly)})"
    yield from paper.labelled("price", text, indent=_INDENT, role="quiet", text_role="title")
    for change in difference.price_changes[:_MOST]:
        before, after = ("none" if one is None else money(one) for one in (change.old, change.new))
        yield " " * _INDENT + f"{signed(change.difference):>10}  {rename(change.resource)}: {before} to {after}"
    unpriced = len(difference.new_bill.unpriced)
    if unpriced:
        yield " " * _INDENT + f"{count(unpriced, 'resource')} without a price"


def span_text(spans: Spans) -> str:
    """How long a creation takes before and after, and the update between."""
    update = "the update fails" if spans.update is None else f"the update takes {clock_text(spans.update)}"
    if spans.update == 0:
        update = "there is nothing to update"
    old, new = clock_text(spans.old), clock_text(spans.new)
    made = f"a creation takes {old} before, {new} after"
    if any(spans.fails):
        ends = [
            f"is rolled back in {one}" if bad else f"takes {one}"
            for one, bad in zip((old, new), spans.fails, strict=True)
        ]
        made = f"before, a creation {ends[0]}; after, it {ends[1]}"
    return f"{made}; {update} (half of the simulated runs)"
