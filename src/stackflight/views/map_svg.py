"""Map -> SVG that needs nothing else: with its style in a file of its own, without it inside a page that has one.

A workload and its ways are one group, so that hovering over it, or reaching it with the keyboard, shows them without a
program. What does not get through is red, numbered, and leads to its finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import Verdict
from stackflight.views.letters import fit, width
from stackflight.views.map_content import Line, Map, Node
from stackflight.views.map_layout import Layout, Rect, lay_out
from stackflight.views.paper import escape

_SMALL = 10.5
_LEAST_WIDTH = 900
_CLASSES = {Verdict.YES: "ok", Verdict.NO: "no", Verdict.INTERMITTENT: "some", Verdict.UNKNOWN: "open"}
_SAYS = {Verdict.YES: "reaches", Verdict.NO: "does not reach", Verdict.INTERMITTENT: "does not always reach", Verdict.UNKNOWN: "may reach"}  # fmt: skip

MAP_STYLE = """
.map { font: 12px system-ui, "DejaVu Sans", sans-serif; max-width: 100%; height: auto; display: block; }
.map rect { fill: var(--paper); stroke: var(--line); } .map text { fill: var(--ink); stroke: none; }
.map .vpc > rect { fill: none; stroke: var(--quiet); stroke-width: 1.5; } .map .band > rect { fill: var(--soft); }
.map .band text, .map .cell text { paint-order: stroke; stroke: var(--soft); stroke-width: 3px; pointer-events: none; }
.map .cell text { stroke: var(--paper); } .map .cell rect { stroke-dasharray: 3 3; } .map .small { fill: var(--quiet); font-size: 10.5px; }
.map .head { font-weight: 600; } .map .node rect { stroke: var(--quiet); }
.map .store rect { stroke: var(--update); stroke-width: 1.6; } .map .gateway rect { stroke: var(--path); stroke-width: 1.6; }
.map .node.workload rect { stroke: var(--create); stroke-width: 1.6; } .map .node.workload { pointer-events: none; }
.map .around { fill: transparent; stroke: none; }
.map .way { fill: none; stroke: var(--good); stroke-width: 1.5; opacity: .32; }
.map .way.no { stroke: var(--bad); stroke-width: 2.4; opacity: 1; stroke-dasharray: 7 4; }
.map .way.some { stroke: var(--path); opacity: .9; } .map .way.open { stroke: var(--quiet); stroke-dasharray: 2 4; opacity: .8; }
.map:hover .way, .map:focus-within .way { opacity: .08; } .map:hover .way.no, .map:focus-within .way.no { opacity: .35; }
.map .work:hover .way, .map .work:focus .way, .map .work:focus-within .way { opacity: 1; stroke-width: 2.4; }
.map .work { outline: none; } .map .work:hover .around { stroke: var(--create); stroke-width: 2; } .map .work:focus-visible .around { stroke: var(--ink); stroke-width: 3; }
.map .mark circle { fill: var(--bad); stroke: var(--paper); stroke-width: 2; } .map .mark text { fill: var(--paper); font-weight: 700; font-size: 11px; }
.map a:focus-visible circle { stroke: var(--ink); stroke-width: 3; } .map a { cursor: pointer; }
"""
_COLOURS = """
:root { color-scheme: light dark; --ink: #1c2128; --quiet: #59626c; --line: #d8dee4; --paper: #ffffff; --soft: #f6f8fa; --create: #2f81c1;
  --update: #7a5cc7; --bad: #c62f3b; --path: #b26f00; --good: #1f7f4c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #9198a1; --line: #343b45; --paper: #0f1319; --soft: #171c24;
  --create: #4a9bdc; --update: #9d83e0; --bad: #ee5d68; --path: #f0b03c; --good: #4cc485; } }
"""


def render_svg(map: Map, *, alone: bool = True) -> str:
    """The picture. `alone` makes it a file of its own; without it, links lead to anchors of the page around it."""
    layout = lay_out(map)
    style = f"<style>{_COLOURS}{MAP_STYLE}</style>" if alone else ""
    ground = (
        f'<rect class="ground" width="{layout.wide:.0f}" height="{layout.high:.0f}" stroke="none"/>' if alone else ""
    )
    size = f'viewBox="0 0 {layout.wide:.0f} {layout.high:.0f}" width="{layout.wide:.0f}" height="{layout.high:.0f}"'
    size += "" if alone else f' style="min-width: {least_width(map)}px"'
    space = ' xmlns="http://www.w3.org/2000/svg"' if alone else ""
    said = describe(map)
    parts = [
        f'<svg{space} class="map" {size} role="group" aria-labelledby="map-title map-said">',
        f'<title id="map-title">The network of {escape(map.target)}</title><desc id="map-said">{escape(said)}</desc>',
        style, ground, *_frames(map, layout), *_works(map, layout), *_headings(map, layout), *_boxes(map, layout), *_marks(map, layout, alone), "</svg>",
    ]  # fmt: skip
    return "\n".join(part for part in parts if part) + ("\n" if alone else "")


def least_width(map: Map) -> int:
    """Pixels below which the picture is not made smaller, but scrolled: one can read its letters then."""
    return min(round(lay_out(map).wide), _LEAST_WIDTH)


def describe(map: Map) -> str:
    """The picture in words, for whoever does not see it."""
    said = [f"{len(map.vpcs)} VPC with {len(map.bands)} sorts of subnets" if map.vpcs else "no VPC"]
    works = sum(node.role == "workload" for node in map.nodes.values())
    said.append(f"{works} groups of workloads")
    stopped = blocked_lines(map)
    said.append(f"{len(stopped)} ways are blocked" if stopped else "no way is blocked")
    return (
        ", ".join(said) + ". The ways of each workload stand in the table below the picture, or in the text of its box."
    )


def blocked_lines(map: Map) -> list[tuple[int, Line]]:
    """The lines that do not get through, with the numbers that they bear."""
    told = [line for line in map.lines if line.verdict in {Verdict.NO, Verdict.INTERMITTENT}]
    return list(enumerate(told, start=1))


def _frames(map: Map, layout: Layout) -> Iterator[str]:
    for vpc, frame in layout.vpcs.items():
        yield f'<g class="vpc">{_rect(frame, 10)}<text class="head" x="{frame.x + 12:.0f}" y="{frame.y + 18:.0f}">{fit(map.vpcs[vpc], frame.wide - 24)}</text></g>'  # fmt: skip
    for band in map.bands.values():
        yield f'<g class="band">{_rect(layout.bands[band.id], 7)}</g>'
        for number, (_, name, _) in enumerate(band.cells):
            yield f'<g class="cell">{_rect(layout.cells[(band.id, number)], 4)}<title>{escape(name)}</title></g>'


def _headings(map: Map, layout: Layout) -> Iterator[str]:
    """What stands in the frames, above the lines that cross them."""
    for band in map.bands.values():
        frame, out = layout.bands[band.id], f" ({band.out})" if band.out else ""
        yield f'<g class="band"><text x="{frame.x + 10:.0f}" y="{frame.y + 17:.0f}">{fit(f"{band.title} subnets{out}", frame.wide - 20)}</text></g>'  # fmt: skip
        for number, (zone, name, block) in enumerate(band.cells):
            cell = layout.cells[(band.id, number)]
            yield (
                f'<g class="cell"><text class="small" x="{cell.x + 7:.0f}" y="{cell.y + 14:.0f}">{fit(zone, cell.wide - 14, _SMALL)}</text>'
                f'<text class="small" x="{cell.x + 7:.0f}" y="{cell.y + 27:.0f}">{fit(block or name, cell.wide - 14, _SMALL)}</text></g>'
            )


def _works(map: Map, layout: Layout) -> Iterator[str]:
    """Each workload with its ways, below all boxes: what one sees of it there is the frame that shows where the keyboard is."""
    for node in (one for one in map.nodes.values() if one.role == "workload"):
        lines = [(number, line) for number, line in enumerate(map.lines) if line.owner == node.id]
        ways = "".join(_way(line, layout.paths[number], map) for number, line in lines)
        label = f"{', '.join(node.names)}, {node.kind}: {_spoken(node, map)}"
        frame = layout.nodes[node.id]
        around = f'<rect class="around" x="{frame.x - 3:.0f}" y="{frame.y - 3:.0f}" width="{frame.wide + 6:.0f}" height="{frame.high + 6:.0f}" rx="8"/>'
        yield f'<g class="work" tabindex="0" role="img" aria-label="{escape(label)}">{ways}{around}<title>{escape(label)}</title></g>'


def _spoken(node: Node, map: Map) -> str:
    told = [
        f"{_SAYS[line.verdict]} {line.what}" for line in map.lines if line.owner == node.id and line.start == node.id
    ]
    return "; ".join(dict.fromkeys(told)) or "needs nothing that is known"


def _way(line: Line, drawn: str, map: Map) -> str:
    why = f" ({line.why})" if line.why else ""
    said = f"{map.nodes[line.start].title} {_SAYS[line.verdict]} {line.what}{why}"
    return f'<path class="way {_CLASSES[line.verdict]}" d="{drawn}"><title>{escape(said)}</title></path>'


def _boxes(map: Map, layout: Layout) -> Iterator[str]:
    for node in map.nodes.values():
        yield _box(node, layout.nodes[node.id])


def _box(node: Node, frame: Rect) -> str:
    room = frame.wide - 16
    label = f"{', '.join(node.names)}: {node.kind}"
    hidden = ' aria-hidden="true"' if node.role == "workload" else ""
    said = "" if node.role == "workload" else f"<title>{escape(label)}</title>"
    return (
        f'<g class="node {node.role}"{hidden}>{_rect(frame, 5)}{said}'
        f'<text x="{frame.x + 8:.0f}" y="{frame.y + 16:.0f}">{fit(_short(node.title, room), room)}</text>'
        f'<text class="small" x="{frame.x + 8:.0f}" y="{frame.y + 30:.0f}">{fit(node.kind, room, _SMALL)}</text></g>'
    )


def _short(title: str, room: float) -> str:
    """A path without its first parts where it is too long: its end says which one it is."""
    parts = title.split("/")
    while len(parts) > 2 and width("/".join(parts)) > room:
        parts = parts[1:]
    return "/".join(parts)


def _marks(map: Map, layout: Layout, alone: bool) -> Iterator[str]:
    place = {id(line): number for number, line in enumerate(map.lines)}
    for number, line in blocked_lines(map):
        x, y = layout.middles[place[id(line)]]
        said = f"blocked: {map.nodes[line.start].title} {_SAYS[line.verdict]} {line.what} ({line.why})"
        mark = f'<g class="mark"><circle cx="{x:.0f}" cy="{y:.0f}" r="10"/><text x="{x:.0f}" y="{y + 4:.0f}" text-anchor="middle">{number}</text><title>{escape(said)}</title></g>'  # fmt: skip
        linked = line.anchor and not alone
        yield f'<a href="#{line.anchor}" aria-label="{escape(said)}">{mark}</a>' if linked else mark


def _rect(frame: Rect, round: int) -> str:
    return f'<rect x="{frame.x + 0.5:.1f}" y="{frame.y + 0.5:.1f}" width="{frame.wide - 1:.1f}" height="{frame.high - 1:.1f}" rx="{round}"/>'
