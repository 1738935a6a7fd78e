"""The checks and their pages -> text for a terminal, and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TypeAlias

from stackflight.patterns import compile_later
from stackflight.views.paper import Paper, count

Row: TypeAlias = tuple[str, str, str, str]
"""The id of a check, its family, what completes "found when …", and what decides its severity."""

_LINK = compile_later(r"\[([^\]]+)\]\([^)]+\)")
_MARKED = compile_later(r"\*\*([^*]+)\*\*")
_POINT = compile_later(r" *\* ")
_FENCE = "```"


def render_list(rows: Sequence[Row], paper: Paper) -> str:
    """Family by family, a check a line."""
    blocks: list[list[str]] = []
    for family, members in groupby(rows, key=lambda row: row[1]):
        block = [paper.paint(family, "title")]
        for id, _, title, _ in members:
            block += [f"  {id}", *(f"    {line}" for line in paper.wrap(title, 4))]
        blocks.append(block)
    blocks.append([f"{count(len(rows), 'check')}; stackflight explain CHECK tells more"])
    return "\n\n".join("\n".join(block) for block in blocks)


def render_list_json(rows: Sequence[Row]) -> str:
    """The contract `stackflight.checks/1`."""
    checks = [
        {"check": id, "family": family, "found_when": title, "severity": severity}
        for id, family, title, severity in rows
    ]
    return json.dumps({"schema": "stackflight.checks/1", "checks": checks}, ensure_ascii=False)


def render_page_json(id: str, page: str) -> str:
    """The contract `stackflight.explain/1`: the page is Markdown."""
    return json.dumps({"schema": "stackflight.explain/1", "check": id, "page": page}, ensure_ascii=False)


def render_page(page: str, paper: Paper) -> str:
    """A page in Markdown as text; what is fenced in stays as it is, but for signs that a plain screen does not have."""
    shown = page if paper.unicode else page.translate(_PLAIN)
    return "\n".join(_lines(shown.rstrip("\n"), paper))


_PLAIN = str.maketrans({"✓": "+", "✗": "x", "·": "-", "›": ">", "…": "...", "─": "-", "×": "x", "→": "->"})


def _unbroken(page: str) -> Iterator[str]:
    """The lines of a page, those of one paragraph or point as one; what is fenced in stays as it is."""
    held = ""
    fenced = False
    for line in page.split("\n"):
        fenced = fenced != line.startswith(_FENCE)
        point = bool(_POINT.match(line)) and not fenced
        plain = bool(line) and not fenced and not point and not line.startswith((_FENCE, "#", "|"))
        if plain and held:
            held += f" {line.strip()}"
            continue
        if held:
            yield held
        held = line if plain or point else ""
        if not held:
            yield line
    if held:
        yield held


def _lines(page: str, paper: Paper) -> Iterator[str]:
    inside = False
    compared = False
    for line in _unbroken(page):
        if line.startswith(_FENCE):
            inside, compared = not inside, line == f"{_FENCE}diff"
        elif inside:
            role = {"+": "good", "-": "blocking"}.get(line[:1], "") if compared else ""
            yield paper.paint(f"    {line}".rstrip(), role)
        elif line.startswith("#"):
            yield paper.paint(line.lstrip("# "), "title")
        elif not line:
            yield ""
        else:
            before = _POINT.match(line)
            indent = before.end() if before else 0
            text = paper.wrap(_MARKED.sub(r"\1", _LINK.sub(r"\1", line[indent:])), indent)
            yield from (f"{line[:indent] if number == 0 else ' ' * indent}{part}" for number, part in enumerate(text))
