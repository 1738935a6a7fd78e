"""Parties -> a picture: workloads on the left, their ways in the middle, what they reach on the right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from stackflight.model.finding import Verdict
from stackflight.views.paper import escape
from stackflight.views.ways import Party, Way

_MOST = 60
_ROW, _LOOSE, _HIGH, _WIDE = 30, 52, 22, 1180
_COLUMNS = ((0, 340), (430, 330), (850, 330))
_LETTERS = 42
_MARKS = {Verdict.YES: "✓", Verdict.NO: "✗", Verdict.INTERMITTENT: "~", Verdict.UNKNOWN: "?"}

PICTURE_STYLE = """
.picture { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; padding: 12px; margin-bottom: 12px; }
.picture svg { display: block; min-width: 860px; width: 100%; height: auto; font: 12px system-ui, "DejaVu Sans", sans-serif; }
.picture rect { fill: var(--soft); stroke: var(--line); } .picture text { fill: var(--ink); }
.picture .head text { fill: var(--quiet); font-size: 11px; }
.picture path { fill: none; stroke: var(--good); stroke-width: 1.6; opacity: .5; }
.picture path.no, .picture .no rect { stroke: var(--bad); } .picture .no text { fill: var(--bad); }
.picture path.intermittent, .picture .intermittent rect { stroke: var(--path); }
.picture path.unknown, .picture .unknown rect { stroke: var(--quiet); stroke-dasharray: 4 3; }
.picture path.no { stroke-width: 2.2; opacity: .8; } .picture .node { cursor: default; }
.picture .dull path { opacity: .07; } .picture .dull path.lit { opacity: .95; stroke-width: 2.4; }
"""

PICTURE_SCRIPT = """
const edges = document.querySelector('.picture .edges');
for (const node of document.querySelectorAll('.picture .node')) {
  const lit = edges.querySelectorAll('.' + node.id);
  const light = on => { edges.classList.toggle('dull', on); lit.forEach(edge => edge.classList.toggle('lit', on)); };
  node.addEventListener('mouseenter', () => light(true)); node.addEventListener('mouseleave', () => light(false));
}
"""


@dataclass
class _Node:
    """A box: its number in its column, what stands in it, and the whole text for hovering."""

    id: str
    column: int
    text: str
    tip: str
    role: str = ""
    y: float = 0.0


@dataclass
class _Edge:
    """A line between two boxes, and the boxes whose hovering lights it."""

    start: _Node
    end: _Node
    verdict: Verdict
    of: set[str] = field(default_factory=set)


def render_picture(parties: Sequence[Party]) -> Iterator[str]:
    """The picture; nothing where there is nothing to show or more than an eye can follow."""
    nodes, edges = _draw(parties)
    rows = [sum(node.column == column for node in nodes) for column in range(3)]
    if not nodes or max(rows) > _MOST:
        return
    high = max(rows) * _ROW + 24
    for column in range(3):
        _stand([node for node in nodes if node.column == column], edges, high)
    yield f'<div class="picture"><svg viewBox="0 0 {_WIDE} {high}" role="img" aria-label="Who reaches what by which way">'
    heads = zip(_COLUMNS, ("workload", "goes by", "reaches"), strict=True)
    yield '<g class="head">' + "".join(f'<text x="{x}" y="12">{text}</text>' for (x, _), text in heads) + "</g>"
    yield '<g class="edges">' + "".join(_line(edge) for edge in edges) + "</g>"
    yield from (_box(node) for node in nodes)
    yield "</svg></div>"


def _stand(column: list[_Node], edges: Sequence[_Edge], high: int) -> None:
    """One box below the other, each near to where its lines come from."""
    coming = {node.id: [edge.start.y for edge in edges if edge.end is node] or [0.0] for node in column}
    column.sort(key=lambda node: sum(coming[node.id]) / len(coming[node.id]))
    pitch = min((high - 24) / len(column), _LOOSE)
    top = 24 + (high - 24 - len(column) * pitch) / 2 + (pitch - _ROW) / 2
    for row, node in enumerate(column):
        node.y = round(top + row * pitch, 1)


def _draw(parties: Sequence[Party]) -> tuple[list[_Node], list[_Edge]]:
    nodes: dict[tuple[int, object], _Node] = {}
    edges: dict[tuple[str, str], _Edge] = {}

    def node(column: int, key: object, text: str, tip: str, role: str = "") -> _Node:
        return nodes.setdefault((column, key), _Node(f"n{len(nodes)}", column, text, tip, role))

    def edge(start: _Node, end: _Node, verdict: Verdict, of: set[str]) -> None:
        edges.setdefault((start.id, end.id), _Edge(start, end, verdict)).of.update({start.id, end.id, *of})

    for party in parties:
        title = ", ".join(member for member, _ in party.members)
        who = node(0, party.members, title, "\n".join(f"{name} ({kind})" for name, kind in party.members))
        for way in party.ways:
            by = node(
                1, (way.verdict, way.stations, way.text), f"{_MARKS[way.verdict]} {way.text}", _tip(way), way.verdict
            )
            for wish in way.wishes:
                for target in wish.targets:
                    what = node(2, target, target, target)
                    edge(who, by, way.verdict, {what.id})
                    edge(by, what, way.verdict, {who.id})
    return list(nodes.values()), list(edges.values())


def _tip(way: Way) -> str:
    return "\n".join(way.stations) if len(way.stations) > 1 else way.text


def _box(node: _Node) -> str:
    x, wide = _COLUMNS[node.column]
    middle = node.y + _HIGH / 2 + 4
    return (
        f'<g class="node {node.role}" id="{node.id}" data-tip="{escape(node.tip)}">'
        f'<rect x="{x + 0.5}" y="{node.y:g}" width="{wide - 1}" height="{_HIGH}" rx="5"/>'
        f'<text x="{x + 9}" y="{middle:g}">{escape(_fit(node.text))}</text></g>'
    )


def _fit(text: str) -> str:
    """The beginning says what it is, the end which one."""
    if len(text) <= _LETTERS:
        return text
    head, tail = _LETTERS // 2 - 4, _LETTERS - _LETTERS // 2 + 3
    return f"{text[:head]}…{text[-tail:]}"


def _line(edge: _Edge) -> str:
    left, wide = _COLUMNS[edge.start.column]
    start, end = left + wide, _COLUMNS[edge.end.column][0]
    y, to, bend = edge.start.y + _HIGH / 2, edge.end.y + _HIGH / 2, (end - start) / 2
    drawn = f"M{start} {y:g}C{start + bend:g} {y:g} {end - bend:g} {to:g} {end} {to:g}"
    return f'<path class="{edge.verdict} {" ".join(sorted(edge.of))}" d="{drawn}"/>'
