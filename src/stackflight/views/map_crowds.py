"""Map -> the same map, where many boxes of one sort are one box, so that hundreds of resources stay a picture.

What does not get through, or is open, is never put away: its boxes and its line stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from stackflight.facts.load import read_table
from stackflight.model.finding import Verdict
from stackflight.views.map_content import Map, Node, join_lines

MOST = 6
"""So many boxes of one kind may stand in a band, and so many AWS services beside it."""


def gather_crowds(map: Map) -> Map:
    """Workloads and stores of one kind in one band, and AWS services of one category, as one box where they are many."""
    apart = {end for line in map.lines if line.verdict is not Verdict.YES for end in (line.start, line.end)}
    boxes = {node.id: box for crowd in _crowds(map, apart) for box in [_box(crowd)] for node in crowd}
    if not boxes:
        return map

    def home(id: str) -> str:
        return boxes[id].id if id in boxes else id

    lines = [replace(line, start=home(line.start), end=home(line.end), owner=home(line.owner)) for line in map.lines]
    nodes = [boxes.get(node.id, node) for node in map.nodes.values()]
    return replace(
        map,
        nodes={node.id: node for node in nodes},
        lines=join_lines(line for line in lines if line.start != line.end),
    )


def _crowds(map: Map, apart: set[str]) -> Iterator[list[Node]]:
    standing = [node for node in map.nodes.values() if node.id not in apart]
    sorts: dict[tuple[str, str, str], list[Node]] = {}
    for node in standing:
        if node.role in {"workload", "store"}:
            sorts.setdefault((node.role, node.kind, node.band), []).append(node)
    yield from (alike for alike in sorts.values() if len(alike) > MOST)
    services = [node for node in standing if node.role == "service"]
    if len(services) > MOST:
        categories: dict[str, list[Node]] = {}
        for node in services:
            categories.setdefault(_category(node.title), []).append(node)
        yield from (alike for alike in categories.values() if len(alike) > 1)


def _box(crowd: Sequence[Node]) -> Node:
    """One box for all: services under their category, others under the first of them."""
    names = tuple(dict.fromkeys(name for node in crowd for name in node.names))
    first = crowd[0]
    if first.role == "service":
        return replace(first, title=_category(first.title), kind=f"{len(names)} AWS services", names=names)
    return replace(first, title=f"{names[0]} and {len(names) - 1} more", names=names)


def _category(service: str) -> str:
    return _categories().get(service, "other services")


@cache
def _categories() -> dict[str, str]:
    listed: dict[str, list[str]] = read_table("service_categories")["categories"]
    return {service: category for category, services in listed.items() for service in services}
