"""Rehearsal -> text for people: the timeline, what fails and why, what would shorten it, what is left behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from stackflight.model.estimate import Cause, Recovery, Rehearsal, Span
from stackflight.views.paper import Paper, count, printable
from stackflight.views.terminal import place

_ROWS = 24
_SHOWN = 8
_LABELS = 14
_WHEN = {"create": "", "update": ", on update", "delete": ", on deletion", "run": ", once the stack is green"}
_SOURCES = {
    "events": "measured",
    "terraform": "measured",
    "reported": "reported",
    "reference": "from a reference table",
    "prior": "estimated",
}


def render_rehearsal(rehearsal: Rehearsal, paper: Paper) -> str:
    """One screen: outcome, timeline, and then whatever there is to say."""
    blocks = [
        list(_head(rehearsal, paper)),
        list(_timeline(rehearsal, paper)),
        list(_failure(rehearsal, paper)),
        list(_also_blocking(rehearsal, paper)),
        list(_path(rehearsal, paper)),
        list(_leftovers(rehearsal, paper)),
        list(_savings(rehearsal, paper)),
        list(_recoveries(rehearsal, paper)),
        list(_foot(rehearsal, paper)),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def clock_text(seconds: float) -> str:
    """`0:07`, `12:40`, `1:03:05`."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def is_good(rehearsal: Rehearsal) -> bool:
    """Whether the deployment comes to a good end."""
    return rehearsal.cause is None


def _head(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    role = "good" if is_good(rehearsal) else "blocking"
    spent = f" after {clock_text(rehearsal.seconds)}" if rehearsal.events else ""
    yield f"{paper.paint(rehearsal.outcome, role)}{paper.paint(spent, 'title')}  {rehearsal.target}".rstrip()
    estimate = rehearsal.estimate
    if estimate.runs > 1:
        facts = [
            f"simulated {estimate.runs} times",
            f"half of the runs within {clock_text(estimate.p50)}",
            f"nine of ten within {clock_text(estimate.p90)}",
        ]
        if len(rehearsal.outcomes) > 1:
            facts.append(", ".join(f"{status} {times} times" for status, times in rehearsal.outcomes.items()))
        yield paper.paint(paper.dot.join(facts), "quiet")


def _timeline(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    spans = _chosen(rehearsal)
    if not spans:
        return
    grouped = _is_grouped(spans)
    names = min(max(len(_name(span, rehearsal, grouped)) for span in spans), 38, paper.width // 3)
    types = min(max(len(_type(span)) for span in spans), 26, max(paper.width - names - 42, 8))
    room = max(paper.width - names - types - 22, 10)
    head = f"{'start':>7} {'took':>7}   {'':{names}} {'':{types}}  "
    yield paper.paint(f"{head}0{clock_text(rehearsal.seconds):>{room - 1}}", "quiet")
    critical = set(map(id, rehearsal.critical_path))
    stack = ""
    for span in spans:
        if grouped and span.stack.split("/")[0] != stack:
            stack = span.stack.split("/")[0]
            yield paper.paint(f"{'':18}{stack}", "quiet")
        mark = "*" if id(span) in critical else " "
        row = f"{clock_text(span.start):>7} {clock_text(span.seconds):>7} {mark} "
        row += f"{_fit_end(_name(span, rehearsal, grouped), names, paper)} {_fit(_type(span), types, paper)}  "
        bar = _bar(span, rehearsal.seconds, room, paper)
        yield paper.paint(row, "title" if mark == "*" else "") + paper.paint(bar, _role(span))
    rest = len(rehearsal.spans) - len(spans)
    notes = ["* critical path"]
    if any(span.outcome == "cancelled" for span in spans):
        notes.append("x cancelled or failed")
    if rest:
        notes.append(f"{count(rest, 'shorter step')} not shown")
    yield paper.paint(" " * 18 + paper.dot.join(notes), "quiet")


def _chosen(rehearsal: Rehearsal) -> list[Span]:
    """What fits on a screen: the critical path and failures first, then the longest; in the order of their start."""
    spans = list(rehearsal.spans)
    if len(spans) > _ROWS:
        critical = set(map(id, rehearsal.critical_path))
        ranked = sorted(spans, key=lambda s: (id(s) not in critical, s.outcome != "failed", -s.seconds))
        kept = set(map(id, ranked[:_ROWS]))
        spans = [span for span in spans if id(span) in kept]
    return spans


def _is_grouped(spans: list[Span]) -> bool:
    """Whether there are several root stacks whose steps follow one another, so that each needs one heading only."""
    roots = [span.stack.split("/")[0] for span in spans]
    changes = 1 + sum(one != other for one, other in pairwise(roots))
    return 1 < len(set(roots)) == changes


def _name(span: Span, rehearsal: Rehearsal, grouped: bool = False) -> str:
    several = not grouped and len({one.stack.split("/")[0] for one in rehearsal.spans}) > 1
    nested = span.stack.split("/", 1)[1] + "/" if "/" in span.stack else ""
    prefix = f"{span.stack}/" if several else nested
    verb = "" if span.operation == "create" else f"{span.operation} "
    return printable(f"{verb}{prefix}{short_id(span.resource)}")


def short_id(id: str) -> str:
    """A logical id without the eight characters that CDK appends; `--fail` takes it too."""
    return re.sub(r"(?<=[a-z0-9])(?=[0-9A-F]*[0-9])[0-9A-F]{8}$", "", id)


def _type(span: Span) -> str:
    return span.type.removeprefix("AWS::")


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


def _failure(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    cause = rehearsal.cause
    if cause is None:
        return
    where = f"{cause.resource} ({cause.type.removeprefix('AWS::')})"
    yield from _labelled("fails", f"{where} at {clock_text(cause.time)}", paper, "blocking", "title")
    yield from _labelled("says", cause.reason, paper)
    yield from _prediction(cause, paper)
    if rehearsal.rollback_seconds is not None:
        yield from _labelled("way back", _way_back(rehearsal), paper)


def _prediction(cause: Cause, paper: Paper) -> Iterator[str]:
    finding = cause.finding
    if finding is None:
        return
    yield from _labelled("because", finding.message, paper)
    yield from _labelled("at", place(finding.where, paper), paper)
    if finding.remedy:
        yield from _labelled("fix", finding.remedy, paper)
    yield from _labelled("check", finding.check, paper)


def _way_back(rehearsal: Rehearsal) -> str:
    text = f"{clock_text(rehearsal.rollback_seconds or 0.0)} to {rehearsal.outcome}"
    back = [span for span in rehearsal.spans if span.operation == "delete"]
    slowest = max(back, key=lambda span: span.seconds, default=None)
    if slowest is not None and slowest.seconds >= 60:
        text += f"; the longest step is the deletion of {slowest.resource} with {clock_text(slowest.seconds)}"
    return text


def _also_blocking(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    for number, finding in enumerate(rehearsal.also_blocking[:_SHOWN]):
        label = ("blocks" if rehearsal.cause is None else "also blocks") if number == 0 else ""
        text = f"{finding.message} ({finding.check}{_WHEN[finding.phase]})"
        yield from _labelled(label, text, paper, "blocking")
    if len(rehearsal.also_blocking) > _SHOWN:
        yield from _labelled("", f"and {len(rehearsal.also_blocking) - _SHOWN} more", paper)


def _path(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    path = rehearsal.critical_path
    if not path:
        return
    arrow = " › " if paper.unicode else " > "
    grouped = _is_grouped(list(path))
    steps: list[str] = []
    for span, follower in zip(path, (*path[1:], None), strict=True):
        heading = f"{span.stack}: " if grouped and (not steps or span.stack != path[len(steps) - 1].stack) else ""
        steps.append(f"{heading}{_name(span, rehearsal, grouped)} {clock_text(_held(span, follower))}")
    yield from _labelled("critical path", arrow.join(steps), paper)


def _held(span: Span, follower: Span | None) -> float:
    """How long the follower had to wait for it: to the release within a stack, to the end between stacks."""
    early = follower is not None and follower.stack == span.stack and span.released is not None
    return (span.released if early and span.released is not None else span.end) - span.start


def _leftovers(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    for number, left in enumerate(rehearsal.leftovers[:_SHOWN]):
        blocks = f"; {left.blocks}" if left.blocks else ""
        yield from _labelled("left behind" if number == 0 else "", f"{left.resource}: {left.why}{blocks}", paper)
    if len(rehearsal.leftovers) > _SHOWN:
        yield from _labelled("", f"and {len(rehearsal.leftovers) - _SHOWN} more", paper)


def _savings(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    for number, saving in enumerate(rehearsal.savings[:5]):
        text = f"{clock_text(saving.seconds)}: {saving.advice}"
        yield from _labelled("would save" if number == 0 else "", text, paper)


def _recoveries(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    alike: dict[tuple[str, tuple[str, ...]], list[Recovery]] = {}
    for one in rehearsal.recoveries:
        stays = tuple(f"{left.stack}/{left.resource}" for left in one.leftovers)
        alike.setdefault((one.outcome, stays), []).append(one)
    for number, group in enumerate(list(alike.values())[:_SHOWN]):
        yield from _labelled("worst cases" if number == 0 else "", _recovery(group), paper)
    if rehearsal.recoveries:
        rest = f"each of {count(len(rehearsal.recoveries), 'resource')} failed once"
        yield from _labelled("", rest, paper, text_role="quiet")


def _recovery(group: list[Recovery]) -> str:
    """What happens if one of these resources fails: they end alike and leave the same behind."""
    first = group[0]
    who = f"{first.resource} fails at {clock_text(first.failed_at)}"
    if len(group) > 1:
        others = group[1].resource if len(group) == 2 else f"any of {len(group) - 1} others"
        who = f"{first.resource} or {others} fails"
    text = f"{who}: {first.outcome} {clock_text(max(one.rollback_seconds for one in group))} later"
    stays = [left.resource for left in first.leftovers]
    if stays:
        more = f" and {len(stays) - 3} more" if len(stays) > 3 else ""
        text += f"; stays: {', '.join(stays[:3])}{more}"
    blocked = [left.blocks for left in first.leftovers if left.blocks]
    if blocked:
        like_it = f", and {len(blocked) - 1} more like it" if len(blocked) > 1 else ""
        text += f"; {blocked[0]}{like_it}"
    return text


def _foot(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    budget = rehearsal.budget
    if budget is not None:
        verdict = "holds" if budget.p90 <= budget.seconds else "too short"
        text = f"{clock_text(budget.seconds)} {verdict}: {budget.share_within:.0%} of the runs end within it"
        role = "good" if verdict == "holds" else "blocking"
        yield from _labelled("budget", text, paper, text_role=role)
    grouped: dict[str, int] = {}
    for source, number in rehearsal.sources.items():
        label = _SOURCES.get(source, source)
        grouped[label] = grouped.get(label, 0) + number
    if grouped:
        text = ", ".join(f"{number} {label}" for label, number in sorted(grouped.items(), key=lambda item: -item[1]))
        yield from _labelled("durations", text, paper, "quiet", "quiet")


def _labelled(label: str, text: str, paper: Paper, role: str = "quiet", text_role: str = "") -> Iterator[str]:
    yield from paper.labelled(label, text, indent=_LABELS, role=role, text_role=text_role)
