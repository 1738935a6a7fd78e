"""A checkup -> one screen: a line for each point, below it what mends it, and the sum."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.checkup import Checkup, Part, Point, State
from stackflight.views.paper import Paper, count

_ROLES = {State.OK: "passes", State.MISSING: "note", State.WRONG: "warning", State.UNASKED: "unknown"}


def render_checkup(checkup: Checkup, paper: Paper) -> str:
    """Part by part."""
    names = max(len(point.name) for point in checkup.points)
    states = max(len(point.state) for point in checkup.points)
    blocks = []
    for part in Part:
        points = [point for point in checkup.points if point.part is part]
        if points:
            lines = [line for point in points for line in _lines(point, names, states, paper)]
            blocks.append("\n".join([paper.paint(part, "title"), *lines]))
    return "\n\n".join([*blocks, "\n".join(_sum(checkup, paper))])


def _lines(point: Point, names: int, states: int, paper: Paper) -> Iterator[str]:
    indent = 2 + states + 2 + names + 2
    head = f"  {paper.paint(point.state, 'blocking' if point.ails else _ROLES[point.state])}"
    head += f"{' ' * (states - len(point.state))}  {point.name.ljust(names)}  "
    uses = f" ({', '.join(point.needed_for)})" if point.needed_for else " (no verb needs it yet)"
    first, *rest = paper.wrap(point.said + uses, indent)
    yield head + first
    for line in rest:
        yield " " * indent + line
    if point.mend and point.state is not State.OK:
        yield from paper.labelled(" " * indent + "mend: ", point.mend, indent=indent + 6)


def _sum(checkup: Checkup, paper: Paper) -> Iterator[str]:
    ailing = [point.name for point in checkup.points if point.ails]
    left = [point for point in checkup.points if point.state in {State.MISSING, State.WRONG} and not point.ails]
    open_ = [point for point in checkup.points if point.state is State.UNASKED and not point.ails]
    what = f"deploy {checkup.target}" if checkup.target else "going on"
    if ailing:
        stand = "stands" if len(ailing) == 1 else "stand"
        yield from paper.wrap(f"{count(len(ailing), 'thing')} {stand} in the way of {what}: {', '.join(ailing)}", 0)
    else:
        yield from paper.wrap(f"nothing stands in the way of {what}", 0)
    if left:
        yield f"{count(len(left), 'thing')} could be had that nothing here needs"
    if open_:
        yield f"{count(len(open_), 'thing')} could not be asked"
