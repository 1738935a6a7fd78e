"""Map -> a Mermaid flowchart for a README or a pull request: the same boxes and lines, placed by whoever draws it."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import Verdict
from stackflight.views.map_content import Line, Map, Node

_SHAPES = {
    "workload": ("[", "]"),
    "store": ("[(", ")]"),
    "gateway": ("{{", "}}"),
    "service": ("([", "])"),
    "internet": ("((", "))"),
}
_ARROWS = {
    Verdict.YES: "-->",
    Verdict.NO: "-. ✗ .->",
    Verdict.INTERMITTENT: "-. sometimes .->",
    Verdict.UNKNOWN: "-. ? .->",
}
_MOST = 200


def render_mermaid(map: Map) -> str:
    """The flowchart, in a fence."""
    return "\n".join(["```mermaid", "flowchart LR", *_body(map), "```"])


def _body(map: Map) -> Iterator[str]:
    for number, (vpc, title) in enumerate(map.vpcs.items()):
        yield f'  subgraph v{number}["{_say(title)}"]'
        for band in (one for one in map.bands.values() if one.vpc == vpc):
            inside = [node for node in map.nodes.values() if node.band == band.id]
            if inside:
                out = f" ({band.out})" if band.out else ""
                yield f'    subgraph {band.id}["{_say(band.title + " subnets" + out)}"]'
                yield from (f"      {_node(node)}" for node in inside)
                yield "    end"
        yield "  end"
    yield from (f"  {_node(node)}" for node in map.nodes.values() if node.band not in map.bands)
    drawn = _lines(map)
    yield from (f"  {line.start} {_ARROWS[line.verdict]} {line.end}" for line in drawn[:_MOST])
    red = [number for number, line in enumerate(drawn[:_MOST]) if line.verdict is Verdict.NO]
    if red:
        yield f"  linkStyle {','.join(map_text(red))} stroke:#c62f3b,stroke-width:2px"


def map_text(numbers: list[int]) -> list[str]:
    """Numbers as text."""
    return [str(number) for number in numbers]


def _lines(map: Map) -> list[Line]:
    """Each pair of boxes once: what is blocked before what is not."""
    seen: dict[tuple[str, str], Line] = {}
    for line in map.lines:
        seen.setdefault((line.start, line.end), line)
    return list(seen.values())


def _node(node: Node) -> str:
    left, right = _SHAPES[node.role]
    return f'{node.id}{left}"{_say(node.title)}<br><small>{_say(node.kind)}</small>"{right}'


def _say(text: str) -> str:
    """No character that Mermaid, Markdown or HTML would read."""
    kept = {'"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "#": "#35;", "`": "'", "|": "/", "\n": " "}
    return "".join(kept.get(char, char) for char in text)
