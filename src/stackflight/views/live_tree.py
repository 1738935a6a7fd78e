"""A look at a run -> the tree of what works now: each resource with its time, what is usual, and how far it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from stackflight.model.moment import Progress, Working
from stackflight.views.paper import Paper, clock_text, count, printable
from stackflight.views.timeline_text import short_id

_BAR, _LAST, _TIME, _TYPE = 10, 17, 17, 22
_WIDE = 80
"""From this width on types are shown."""


def render_tree(look: Progress, paper: Paper, rows: int, passed: float = 0.0) -> list[str]:
    """At most `rows` lines, at least three, of a look that was taken `passed` seconds of the run ago."""
    look = _later(look, passed)
    lines = [_head(look, paper)]
    stacks = _stacks(look)
    # What is nested stands as a branch of its own once something works in it.
    look = replace(look, working=tuple(one for one in look.working if f"{one.stack}/{one.resource}" not in stacks))
    room = max(rows - 1 - len(stacks), 1)
    if len(look.working) > room:
        room = max(room - len(stacks), 1)  # each says how many more there are
    shown = set(map(id, sorted(look.working, key=_rest, reverse=True)[:room]))
    for stack in stacks:
        own = [one for one in look.working if one.stack == stack]
        lines += _branch(stack, own, [one for one in own if id(one) in shown], look, paper)
    return lines[: max(rows, 3)]


def _later(look: Progress, passed: float) -> Progress:
    working = tuple(replace(one, seconds=one.seconds + passed) for one in look.working)
    p50, p90 = (None if left is None else max(left - passed, 0.0) for left in (look.left_p50, look.left_p90))
    return replace(look, seconds=look.seconds + passed, working=working, left_p50=p50, left_p90=p90)


def _head(look: Progress, paper: Paper) -> str:
    """How far the whole is."""
    facts = [f"{look.done} of {count(look.steps, 'step')}" if look.steps else f"{count(look.done, 'step')} done"]
    if look.back:
        facts.append("on the way back")
    elif look.left_p50 is not None and look.left_p90 is not None:
        facts.append(f"about {clock_text(look.left_p50)} left, {clock_text(look.left_p90)} if slow")
    bar = _bar(look.done / look.steps, paper) + "  " if look.steps else ""
    text = f"{clock_text(look.seconds):>7}  {bar}{paper.dot.join(facts)}"
    return paper.paint(text[: paper.width], "blocking" if look.back else "title")


def _stacks(look: Progress) -> list[str]:
    """The stacks in which something works, each behind the one that holds it."""
    found = {"/".join(parts[: number + 1]) for parts in (one.stack.split("/") for one in look.working)
             for number in range(len(parts))}  # fmt: skip
    order = {name: number for number, name in enumerate(look.stacks)}
    return sorted(found, key=lambda path: (order.get(path.split("/", maxsplit=1)[0], len(order)), path))


def _branch(path: str, own: Sequence[Working], shown: Sequence[Working], look: Progress, paper: Paper) -> Iterator[str]:
    """A stack and what works in it, the one that takes longest first."""
    depth = path.count("/")
    lead = "  " * depth
    done, steps = look.stacks.get(path, (0, 0))
    told = paper.paint(f"  {done} of {steps}", "quiet") if steps else ""
    yield f"{lead}{paper.paint(printable(path.rsplit('/', 1)[-1]), 'title')}{told}"
    ranked = sorted(shown, key=_rest, reverse=True)
    hidden = len(own) - len(ranked)
    for number, one in enumerate(ranked):
        last = number == len(ranked) - 1 and not hidden
        yield _row(one, lead + (_corner(paper) if last else _tee(paper)), paper)
    if hidden:
        yield lead + paper.paint(f"{_corner(paper)}and {hidden} more", "quiet")


def _row(one: Working, lead: str, paper: Paper) -> str:
    wide = paper.width >= _WIDE
    name_room = max(paper.width - len(lead) - _TIME - _LAST - 2 - (_TYPE + 1 if wide else 0), 12)
    time = clock_text(one.seconds) + (f" of {clock_text(one.usual)}" if one.usual >= 1 else "")
    late = one.late and one.slow >= 1
    kind = f"{_fit(one.type.removeprefix('AWS::'), _TYPE, paper)} " if wide else ""
    text = f"{_fit(short_id(one.resource), name_room, paper)} "
    verb = {"delete": "-", "update": "~"}.get(one.operation, "")
    end = "slower than usual" if late else "settling" if one.settling else _bar(_share(one), paper)
    line = f"{lead}{paper.paint(text, 'warning' if late else '')}{paper.paint(kind, 'quiet')}"
    return f"{line}{verb:1}{time:>{_TIME - 2}}  {paper.paint(end, 'warning' if late else 'quiet')}".rstrip()


def _share(one: Working) -> float:
    return one.seconds / one.usual if one.usual >= 1 else 0.0


def _rest(one: Working) -> float:
    """What it usually still takes; what is late comes first of all."""
    return 1e9 + one.seconds if one.late and one.slow >= 1 else one.usual - one.seconds


def _bar(share: float, paper: Paper) -> str:
    full = min(max(int(share * _BAR), 0), _BAR)
    return ("━" * full + "╌" * (_BAR - full)) if paper.unicode else ("#" * full + "." * (_BAR - full))


def _tee(paper: Paper) -> str:
    return "├ " if paper.unicode else "|- "


def _corner(paper: Paper) -> str:
    return "└ " if paper.unicode else "`- "


def _fit(text: str, room: int, paper: Paper) -> str:
    text = printable(text).replace("\n", " ")
    dots = "…" if paper.unicode else "~"
    return f"{text if len(text) <= room else text[: room - 1] + dots:{room}}"
