"""Rehearsal -> text for people: the timeline, what fails and why, what would shorten it, what is left behind."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.estimate import Cause, Recovery, Rehearsal, Span
from stackflight.model.event import STACK_TYPE
from stackflight.views.causes import group_findings, shorten
from stackflight.views.paper import Paper, clock_text, count, one_line
from stackflight.views.terminal import place
from stackflight.views.timeline_text import is_grouped, name_step, render_timeline

_SHOWN = 8
_LABELS = 14
_WHEN = {"create": "", "update": ", on update", "delete": ", on deletion", "run": ", once the stack is green"}
_SOURCES = {
    "events": "measured",
    "terraform": "measured",
    "reported": "reported",
    "reference": "from a reference table",
    "prior": "estimated",
    "ledger": "from your own deployments",
}


def render_rehearsal(rehearsal: Rehearsal, paper: Paper) -> str:
    """One screen: outcome, timeline, and then whatever there is to say."""
    blocks = [
        list(_head(rehearsal, paper)),
        list(render_timeline(rehearsal, paper)),
        list(_failure(rehearsal, paper)),
        list(_also_blocking(rehearsal, paper)),
        list(_races(rehearsal, paper)),
        list(_open(rehearsal, paper)),
        list(_path(rehearsal, paper)),
        list(_leftovers(rehearsal, paper)),
        list(_savings(rehearsal, paper)),
        list(_recoveries(rehearsal, paper)),
        list(_foot(rehearsal, paper)),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def outcome_role(rehearsal: Rehearsal) -> str:
    """How the outcome is painted: a good end that hangs on open questions is no green one."""
    if not rehearsal.is_good:
        return "blocking"
    return "open" if rehearsal.proviso else "good"


def _head(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    role = outcome_role(rehearsal)
    spent = f" after {rehearsal.at_least}{clock_text(rehearsal.seconds)}" if rehearsal.events else ""
    told = [one_line(said) for said in (rehearsal.pace, rehearsal.proviso) if said]
    units = [f"{paper.paint(rehearsal.outcome, role)}{paper.paint(spent, 'title')}", *told]
    target = [f" {one_line(rehearsal.target)}"] if rehearsal.target else []
    yield from paper.fill([*(f"{unit}," for unit in units[:-1]), units[-1], *target], hang=2)
    estimate = rehearsal.estimate
    if estimate.runs > 1:
        facts = [
            f"simulated {estimate.runs} times",
            f"half of the runs within {clock_text(estimate.p50)}",
            f"nine of ten within {clock_text(estimate.p90)}",
        ]
        if len(rehearsal.outcomes) > 1:
            facts.append(", ".join(f"{status} {times} times" for status, times in rehearsal.outcomes.items()))
        for line in paper.wrap(paper.dot.join(facts), 0):
            yield paper.paint(line, "quiet")
    if rehearsal.unseen:
        names = ", ".join(rehearsal.unseen[:4]) + (", …" if len(rehearsal.unseen) > 4 else "")
        verb = "takes" if len(rehearsal.unseen) == 1 else "take"
        said = f"how long {one_line(names)} {verb} is not in the templates; say it by --duration RESOURCE=7m"
        yield from paper.fill(said.split(" "), hang=0)


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
    for label, remedy in finding.remedies:
        yield from _labelled(label, remedy, paper)
    yield from _labelled("check", finding.check, paper)


def _way_back(rehearsal: Rehearsal) -> str:
    text = f"{clock_text(rehearsal.rollback_seconds or 0.0)} to {rehearsal.outcome}"
    back = [span for span in rehearsal.spans if span.operation == "delete"]
    slowest = max(back, key=lambda span: span.seconds, default=None)
    if slowest is not None and slowest.seconds >= 60:
        text += f"; the longest step is the deletion of {slowest.resource} with {clock_text(slowest.seconds)}"
    return text


def _also_blocking(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    groups = group_findings(rehearsal.also_blocking, str)
    for number, group in enumerate(groups[:_SHOWN]):
        label = ("blocks" if rehearsal.cause is None else "also blocks") if number == 0 else ""
        finding = group.first
        alike = f"; also {shorten(group.named(str))}" if group.alike else ""
        text = f"{finding.message}{alike} ({finding.check}{_WHEN[finding.phase]})"
        yield from _labelled(label, text, paper, "blocking")
        for other in group.others:
            yield from _labelled("", f"{other.message} ({other.check}{_WHEN[other.phase]})", paper, "blocking")
    if len(groups) > _SHOWN:
        yield from _labelled("", f"and {len(groups) - _SHOWN} more", paper)


def _races(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    """The orders that nothing ensures, those that are lost most often first."""
    races = sorted(rehearsal.races, key=lambda race: -race.lost)
    for number, race in enumerate(races[:_SHOWN]):
        said = f": {race.finding.says}" if race.finding.says and race.lost else ""
        text = f"lost in {race.lost} of {race.runs} runs{said}; {race.finding.message} ({race.finding.check})"
        yield from _labelled("race" if number == 0 else "", text, paper, "warning")
    if len(races) > _SHOWN:
        yield from _labelled("", f"and {len(races) - _SHOWN} more", paper)


def _open(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    for number, question in enumerate(rehearsal.questions[:_SHOWN]):
        unsaid = [name for name in question.decided_by if name not in question.question]
        decided = f" (decided by {', '.join(unsaid)})" if unsaid else ""
        yield from _labelled("open" if number == 0 else "", f"{question.question}{decided}", paper, "open")
    if len(rehearsal.questions) > _SHOWN:
        yield from _labelled("", f"and {len(rehearsal.questions) - _SHOWN} more", paper)


def _path(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    path = rehearsal.critical_path
    if not path:
        return
    arrow = " › " if paper.unicode else " > "
    grouped = is_grouped(list(path))
    steps: list[str] = []
    for span, follower in zip(path, (*path[1:], None), strict=True):
        heading = f"{span.stack}: " if grouped and (not steps or span.stack != path[len(steps) - 1].stack) else ""
        steps.append(f"{heading}{name_step(span, rehearsal, grouped)} {clock_text(_held(span, follower))}")
    yield from _labelled("critical path", arrow.join(steps), paper)


def _held(span: Span, follower: Span | None) -> float:
    """How long the follower had to wait for it: to the release within a stack, to the end between stacks."""
    early = follower is not None and follower.stack == span.stack and span.released is not None
    return (span.released if early and span.released is not None else span.end) - span.start


def _leftovers(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    alike: dict[str, list[str]] = {}
    for left in rehearsal.leftovers:
        alike.setdefault(left.why + (f"; {left.blocks}" if left.blocks else ""), []).append(left.resource)
    for number, (why, names) in enumerate(list(alike.items())[:_SHOWN]):
        yield from _labelled("left behind" if number == 0 else "", f"{shorten(names)}: {why}", paper)
    if len(alike) > _SHOWN:
        rest = sum(len(names) for names in list(alike.values())[_SHOWN:])
        yield from _labelled("", f"and {rest} more", paper)


def _savings(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    for number, saving in enumerate(rehearsal.savings[:5]):
        text = f"{clock_text(saving.seconds)}: {saving.advice}"
        yield from _labelled("would save" if number == 0 else "", text, paper)


def _recoveries(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    alike: dict[tuple[str, tuple[str, ...]], list[Recovery]] = {}
    for one in rehearsal.recoveries:
        stays = tuple(left.resource for left in one.leftovers if left.type != STACK_TYPE)
        alike.setdefault((one.outcome, stays), []).append(one)
    several = len({one.stack for one in rehearsal.recoveries}) > 1
    for number, group in enumerate(list(alike.values())[:_SHOWN]):
        yield from _labelled("worst cases" if number == 0 else "", _recovery(group, several), paper)
    if rehearsal.recoveries:
        rest = f"each of {count(len(rehearsal.recoveries), 'resource')} failed once"
        yield from _labelled("", rest, paper, text_role="quiet")


def _recovery(group: list[Recovery], several: bool) -> str:
    """What happens if one of these resources fails: they end alike and leave the same of their own stacks behind."""
    names = [f"{one.stack}/{one.resource}" if several else one.resource for one in group]
    first = group[0]
    who = f"{names[0]} fails at {clock_text(first.failed_at)}"
    if len(group) > 1:
        others = names[1] if len(group) == 2 else f"any of {len(group) - 1} others"
        who = f"{names[0]} or {others} fails"
    text = f"{who}: {first.outcome} {clock_text(max(one.rollback_seconds for one in group))} later"
    stays = [left.resource for left in first.leftovers if left.type != STACK_TYPE]
    if stays:
        more = f" and {len(stays) - 3} more" if len(stays) > 3 else ""
        text += f"; stays: {', '.join(stays[:3])}{more}"
    before = {sum(left.type == STACK_TYPE for left in one.leftovers) for one in group}
    if max(before):
        upto = "up to " if len(before) > 1 else ""
        text += f"; {upto}{count(max(before), 'stack')} complete before {'stays' if before == {1} else 'stay'}"
    blocked = [left.blocks for left in first.leftovers if left.blocks]
    if blocked:
        like_it = f", and {len(blocked) - 1} more like it" if len(blocked) > 1 else ""
        text += f"; {blocked[0]}{like_it}"
    return text


def _foot(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    budget = rehearsal.budget
    if budget is not None:
        holds = budget.p90 <= budget.seconds and not rehearsal.whole_is_open
        verdict = "holds" if holds else "cannot be said to hold" if budget.p90 <= budget.seconds else "too short"
        text = f"{clock_text(budget.seconds)} {verdict}: {budget.share_within:.0%} of the runs end within it"
        role = "good" if verdict == "holds" else "blocking"
        yield from _labelled("limit", text, paper, text_role=role)
    grouped: dict[str, int] = {}
    for source, number in rehearsal.sources.items():
        label = _SOURCES.get(source, source)
        grouped[label] = grouped.get(label, 0) + number
    yield from _around(rehearsal, paper)
    if grouped:
        text = ", ".join(f"{number} {label}" for label, number in sorted(grouped.items(), key=lambda item: -item[1]))
        yield from _labelled("durations", text, paper, "quiet", "quiet")


def _around(rehearsal: Rehearsal, paper: Paper) -> Iterator[str]:
    """What is waited for besides, and the whole."""
    if not rehearsal.around or not rehearsal.is_good:
        return
    said = []
    for one in rehearsal.around:
        length = "unknown" if one.p50 is None else clock_text(one.p50)
        said.append(f"{one.what} {length}" + (f" ({one.why})" if one.why else ""))
    yield from _labelled("around", "; ".join(said), paper, "quiet", "quiet")
    whole, bound = rehearsal.whole, "at least " if rehearsal.whole_is_open else ""
    text = f"{bound}{clock_text(whole.p50)} from the command to its end, nine of ten {bound or 'within '}{clock_text(whole.p90)}"
    yield from _labelled("in all", text, paper, "quiet", "quiet")


def _labelled(label: str, text: str, paper: Paper, role: str = "quiet", text_role: str = "") -> Iterator[str]:
    yield from paper.labelled(label, text, indent=_LABELS, role=role, text_role=text_role)
