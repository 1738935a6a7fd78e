"""Lines -> the same lines without the breaks that a terminal or a page put into them: at its edge, or an empty line after each."""

from __future__ import annotations

from itertools import pairwise

from stackflight.patterns import compile_later
from stackflight.read.events.row import RESOURCE_STATUS, TYPE

ROW = " | "
LONGEST_LINE = 20_000
_NARROWEST = 60
_BROKEN = 3
_SPACED = 6
_TABLE = " " * 8
DAY_TIME = compile_later(r"^\s{0,4}\d\d:\d\d:\d\d(?:[.,]\d{1,6})?\s{1,4}")
_BEGINS = compile_later(
    rf"^\s{{0,8}}(?:[\[(]?\d{{1,4}}[-/:.]\d\d|\||{RESOURCE_STATUS.pattern}|{TYPE.pattern}|[-=]{{8}}|[✖✘❌✅✨▶]|"
    r"Resource handler |Received response |The following resource|Embedded stack |CloudFormation did not )"
)
# How wide terminals are by themselves: one line that ends there is enough.
_COMMON = frozenset({80, 100, 120, 132})


def unspaced(lines: list[str]) -> list[str]:
    """The lines without the empty one that a page put after each of them."""
    filled = [at for at, line in enumerate(lines) if line.strip()]
    if len(filled) < _SPACED or sum(after - before == 1 for before, after in pairwise(filled)) > len(filled) * 0.1:
        return lines
    if sum(after - before == 2 for before, after in pairwise(filled)) < len(filled) * 0.7:
        return lines
    return [line for at, line in enumerate(lines) if line.strip() or not at or not lines[at - 1].strip()]


def unbroken(lines: list[str]) -> list[str]:
    """The lines that a narrow terminal broke at its edge, in one piece again."""
    width = max(map(len, lines), default=0)
    if width < _NARROWEST:
        return lines
    if sum(len(line) == width and ROW in line and line[0] != "|" for line in lines) >= _BROKEN:
        return _rows(lines, width)
    edges = [at for at, line in enumerate(lines[:-1]) if _is_cut(line, lines[at + 1], width)]
    within = sum(lines[at][-1].isalnum() and lines[at + 1][:1].isalnum() for at in edges)
    if not within or (len(edges) < 2 and width not in _COMMON):
        return lines
    whole: list[str] = []
    for at, line in enumerate(lines):
        if at and at - 1 in edges and len(whole[-1]) < LONGEST_LINE:
            whole[-1] += line
        else:
            whole.append(line)
    return [line[:LONGEST_LINE] for line in whole]


def _is_cut(line: str, following: str, width: int) -> bool:
    """Whether a line ends at the edge and goes on in the next; the cells of a table begin with spaces, and events with what they are."""
    if len(line) != width or line[-1] == " " or line.startswith("|") or not line.strip("-=+ "):
        return False
    return bool(following.strip()) and not following.startswith(_TABLE) and not _BEGINS.match(following)


def _rows(lines: list[str], width: int) -> list[str]:
    """Rows between bars: each begins with the same cell, or with a time."""
    whole: list[str] = []
    head = ""
    for line in lines:
        if head and len(whole[-1]) < LONGEST_LINE and not line.startswith(head) and not DAY_TIME.match(line):
            whole[-1] += line
        else:
            whole.append(line)
            head = line.split(ROW)[0] + ROW if ROW in line and line[0] != "|" else ""
        head = head if len(line) == width else ""
    return [line[:LONGEST_LINE] for line in whole]
