"""Map -> places: every frame, box and line of the picture with its coordinates, in pixels.

From left to right: what stands in no subnet, the VPCs with a band for each sort of subnets, the gateways at their edge, and
what lies outside. Boxes of a column are put near to what they are connected with, so that few lines cross.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stackflight.views.map_content import OUTSIDE, Line, Map, Node

BOX, GAP, PAD = 38, 10, 14
_LEFT, _INSIDE, _EDGE, _RIGHT = 190, 620, 190, 190
_LANE = 84
_HEAD, _CELL = 26, 34
_PER_ROW = 3
_BEFORE = 16


@dataclass(frozen=True)
class Rect:
    """A place: left upper corner, width and height."""

    x: float
    y: float
    wide: float
    high: float

    @property
    def middle(self) -> float:
        """Half of its height."""
        return self.y + self.high / 2


@dataclass
class Layout:
    """Where everything is. `vpcs` and `bands` are frames, `cells` the subnets in them."""

    wide: float = 0.0
    high: float = 0.0
    vpcs: dict[str, Rect] = field(default_factory=dict)
    bands: dict[str, Rect] = field(default_factory=dict)
    cells: dict[tuple[str, int], Rect] = field(default_factory=dict)
    nodes: dict[str, Rect] = field(default_factory=dict)
    paths: dict[int, str] = field(default_factory=dict)
    middles: dict[int, tuple[float, float]] = field(default_factory=dict)


def lay_out(map: Map) -> Layout:
    """A place for everything on the map."""
    layout = Layout()
    left = [node for node in map.nodes.values() if node.band == OUTSIDE and node.role == "workload"]
    edge = [node for node in map.nodes.values() if node.band == OUTSIDE and node.role == "gateway"]
    right = [node for node in map.nodes.values() if node.band == OUTSIDE and node.role not in {"workload", "gateway"}]
    x = _LEFT + _LANE if left else 0.0
    bottom = _vpcs(map, layout, x)
    after = x + (_INSIDE + _LANE if map.bands else 0)
    columns = [(0.0, _LEFT, left), (after, _EDGE, edge), (after + (_EDGE + _LANE if edge else 0), _RIGHT, right)]
    tall = max([bottom, *(len(nodes) * (BOX + GAP) + _HEAD for _, _, nodes in columns)])
    for place, wide, nodes in columns:
        _column(nodes, place, wide, tall, map.lines, layout)
    layout.wide = max((one.x + one.wide for one in (*layout.vpcs.values(), *layout.nodes.values())), default=0) + 2
    layout.high = max((one.y + one.high for one in (*layout.vpcs.values(), *layout.nodes.values())), default=0) + 2
    for number, line in enumerate(map.lines):
        layout.paths[number], layout.middles[number] = _path(layout.nodes[line.start], layout.nodes[line.end], number)
    return layout


def _vpcs(map: Map, layout: Layout, x: float) -> float:
    y = 0.0
    for vpc in map.vpcs:
        top = y
        y += _HEAD
        for band in (one for one in map.bands.values() if one.vpc == vpc):
            inside = [node for node in map.nodes.values() if node.band == band.id]
            y = _band(band.id, len(band.cells), inside, Rect(x + PAD, y, _INSIDE - 2 * PAD, 0), layout) + GAP
        layout.vpcs[vpc] = Rect(x, top, _INSIDE, y - top + 4)
        y += PAD + 8
    return y


def _band(id: str, cells: int, nodes: Sequence[Node], frame: Rect, layout: Layout) -> float:
    """A band from its heading to its last row of boxes; returns where it ends."""
    y = frame.y + _HEAD
    wide = (frame.wide - 2 * GAP - GAP * (cells - 1)) / max(cells, 1)
    for number in range(cells):
        layout.cells[(id, number)] = Rect(frame.x + GAP + number * (wide + GAP), y, wide, _CELL)
    y += _CELL + GAP
    across = min(_PER_ROW, max(len(nodes), 1))
    each = (frame.wide - 2 * GAP - 22 * (across - 1)) / across
    for number, node in enumerate(nodes):
        row, column = divmod(number, across)
        shift = 0 if across > 1 else (frame.wide - 2 * GAP - min(each, 280)) / 2
        layout.nodes[node.id] = Rect(
            frame.x + GAP + shift + column * (each + 22), y + row * (BOX + 14), min(each, 280), BOX
        )
    rows = -(-len(nodes) // across)
    y += rows * (BOX + 14)
    layout.bands[id] = Rect(frame.x, frame.y, frame.wide, y - frame.y)
    return y


def _column(nodes: Sequence[Node], x: float, wide: float, tall: float, lines: Sequence[Line], layout: Layout) -> None:
    """Boxes one below the other, each as near to its neighbours as the others allow."""
    wished = {node.id: _pull(node, lines, layout.nodes, tall) for node in nodes}
    ordered = sorted(nodes, key=lambda node: wished[node.id])
    y = float(_HEAD)
    room = tall - len(ordered) * (BOX + GAP)
    for node in ordered:
        rest = room + _HEAD
        y = max(y, min(wished[node.id] - BOX / 2, rest))
        layout.nodes[node.id] = Rect(x, y, wide, BOX)
        y += BOX + GAP
        room += BOX + GAP


def _pull(node: Node, lines: Sequence[Line], placed: Mapping[str, Rect], tall: float) -> float:
    near = [placed[other].middle for line in lines for one, other in ((line.start, line.end), (line.end, line.start)) if one == node.id and other in placed]  # fmt: skip
    return sum(near) / len(near) if near else tall / 2


def _path(start: Rect, end: Rect, number: int) -> tuple[str, tuple[float, float]]:
    """A curve from side to side; between boxes that stand above one another from edge to edge."""
    if start.x + start.wide < end.x:
        a, b = (start.x + start.wide, start.middle), (end.x, end.middle)
    elif end.x + end.wide < start.x:
        a, b = (start.x, start.middle), (end.x + end.wide, end.middle)
    else:
        below = end.y > start.y
        shift = (number % 5 - 2) * 9
        a = (start.x + start.wide / 2 + shift, start.y + (start.high if below else 0))
        b = (end.x + end.wide / 2 + shift, end.y + (0 if below else end.high))
        bend = (b[1] - a[1]) / 2
        drawn = (
            f"M{a[0]:.0f} {a[1]:.0f}C{a[0]:.0f} {a[1] + bend:.0f} {b[0]:.0f} {b[1] - bend:.0f} {b[0]:.0f} {b[1]:.0f}"
        )
        return drawn, _mark(a, b)
    bend = (b[0] - a[0]) / 2
    drawn = f"M{a[0]:.0f} {a[1]:.0f}C{a[0] + bend:.0f} {a[1]:.0f} {b[0] - bend:.0f} {b[1]:.0f} {b[0]:.0f} {b[1]:.0f}"
    return drawn, _mark(a, b)


def _mark(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    """Where the number of a blocked line stands: just before its end, where no box is; halfway where that is near."""
    far = max(abs(b[0] - a[0]), abs(b[1] - a[1]))
    share = 1 - _BEFORE / far if far > 3 * _BEFORE else 0.5
    if abs(b[0] - a[0]) >= abs(b[1] - a[1]):
        return a[0] + (b[0] - a[0]) * share, b[1] if share > 0.5 else (a[1] + b[1]) / 2
    return b[0] if share > 0.5 else (a[0] + b[0]) / 2, a[1] + (b[1] - a[1]) * share
