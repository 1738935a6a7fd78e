"""Rehearsal -> its timeline as text: one bar for each step that fits on a screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from stackflight.model.estimate import Rehearsal, Span
from stackflight.views.paper import Paper, clock_text, count, one_line

_ROWS = 24


def render_timeline(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    """A line for each step, its bar on a common scale."""
    spans = _chosen(rehearsal)
    if not spans:
        return
    grouped = is_grouped(spans)
    names = min(max(len(name_step(span, rehearsal, grouped)) for span in spans), 38, paper.width // 3)
    types = min(max(len(_type(span)) for span in spans), 26, max(paper.width - names - 42, 8))
    room = max(paper.width - names - types - 22, 10)
    head = f"{'start':>7} {'took':>7}   {'':{names}} {'':{types}}  "
    yield paper.paint(f"{head}0{clock_text(rehearsal.seconds):>{room - 1}}", "quiet")
    critical = set(map(id, rehearsal.critical_path))
    stack = ""
    for span in spans:
        if grouped and span.stack.split("/")[0] != stack:
            stack = span.stack.split("/")[0]
            yield paper.paint(f"{'':18}{one_line(stack)}", "quiet")
        mark = "*" if id(span) in critical else " "
        row = f"{clock_text(span.start):>7} {clock_text(span.seconds):>7} {mark} "
        row += f"{_fit_end(name_step(span, rehearsal, grouped), names, paper)} {_fit(_type(span), types, paper)}  "
        bar = _bar(span, rehearsal.seconds, room, paper)
        yield paper.paint(row, "title" if mark == "*" else "") + paper.paint(bar, _role(span))
    rest = len(rehearsal.spans) - len(spans)
    notes = ["* critical path"]
    if any(span.outcome == "cancelled" for span in spans):
        notes.append("x cancelled or failed")
    if rest:
        notes.append(f"{count(rest, 'shorter step')} not shown")
    told = paper.dot.join(notes)
    yield paper.paint(" " * max(min(18, paper.width - len(told)), 0) + told, "quiet")


def _chosen(rehearsal: Rehearsal) -> list[Span]:
    """What fits on a screen: the critical path and failures first, then the longest; in the order of their start."""
    spans = list(rehearsal.spans)
    if len(spans) > _ROWS:
        critical = set(map(id, rehearsal.critical_path))
        ranked = sorted(spans, key=lambda s: (id(s) not in critical, s.outcome != "failed", -s.seconds))
        kept = set(map(id, ranked[:_ROWS]))
        spans = [span for span in spans if id(span) in kept]
    return spans


def is_grouped(spans: list[Span]) -> bool:
    """Whether there are several root stacks whose steps follow one another, so that each needs one heading only."""
    roots = [span.stack.split("/")[0] for span in spans]
    changes = 1 + sum(one != other for one, other in pairwise(roots))
    return 1 < len(set(roots)) == changes


def name_step(span: Span, rehearsal: Rehearsal, grouped: bool = False) -> str:
    """`delete Nested/Bucket`; with several stacks that are not headings of their own, the stack as well."""
    several = not grouped and len({one.stack.split("/")[0] for one in rehearsal.spans}) > 1
    nested = span.stack.split("/", 1)[1] + "/" if "/" in span.stack else ""
    prefix = f"{span.stack}/" if several else nested
    verb = "" if span.operation == "create" else f"{span.operation} "
    return one_line(f"{verb}{prefix}{short_id(span.resource)}")


def short_id(id: str) -> str:
    """A logical id without the eight characters that CDK appends; `--fail` takes it too."""
    return re.sub(r"(?<=[a-z0-9])(?=[0-9A-F]*[0-9])[0-9A-F]{8}$", "", id)


def _type(span: Span) -> str:
    return one_line(span.type.removeprefix("AWS::"))


def _fit_end(text: str, width: int, paper: Paper) -> str:
    """The end of a name tells more than its beginning."""
    if len(text) <= width:
        return text.ljust(width)
    return "…" + text[1 - width :] if paper.unicode else ".." + text[2 - width :]


def _fit(text: str, width: int, paper: Paper) -> str:
    if len(text) <= width:
        return text.ljust(width)
    return text[: width - 1] + "…" if paper.unicode else text[: width - 2] + ".."


def _bar(span: Span, whole: float, room: int, paper: Paper) -> str:
    full, waiting, stop = ("█", "░", "✗") if paper.unicode else ("#", "-", "x")
    if whole <= 0:
        return ""

    def cell(time: float) -> int:
        return min(room - 1, int(time / whole * room))

    start, end = cell(span.start), cell(span.end)
    held = end if span.released is None else cell(span.released)
    body = full * max(held - start + 1, 1) + waiting * (end - max(held, start))
    if span.outcome in {"failed", "cancelled"}:
        body = body[:-1] + stop
    return " " * start + body


def _role(span: Span) -> str:
    if span.outcome == "failed":
        return "blocking"
    return "quiet" if span.operation == "delete" or span.outcome == "cancelled" else "good"
