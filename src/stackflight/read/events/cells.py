"""Lines -> the same lines, an event whose cells stand on several of them on its first one."""

from __future__ import annotations

from itertools import pairwise

from stackflight.patterns import compile_later
from stackflight.read.events.drafts import IDENTIFIER
from stackflight.read.events.row import RESOURCE_STATUS, TYPE
from stackflight.read.events.times import DATED, OF_DAY, WORDED

# `LogicalId (AWS::X::Y) STATUS`
_NAMED_EVENT = compile_later(
    rf"(?<![\w-])[A-Za-z][A-Za-z0-9]{{1,254}} \({TYPE.pattern}\) {RESOURCE_STATUS.pattern}(?!\w)"
)
BARS = str.maketrans(
    {
        "│": "|",
        "┃": "|",
        "║": "|",
        "❘": "|",
        "¦": "|",
        "\u00a0": " ",
        "–": "-",
        "—": "-",
        "∟": " ",
        "└": " ",
        "├": " ",
        "─": "-",
    }
)


def one_event_a_line(lines: list[str]) -> list[str]:
    """The lines; where a log ran several events into one they are parted."""
    parted: list[str] = []
    for line in lines:
        starts = [match.start() for match in _NAMED_EVENT.finditer(line)] if line.count("(") > 1 else []
        bounds = [0, *starts[1:], len(line)] if len(starts) > 1 else [0, len(line)]
        parted += [line[start:end].rstrip() for start, end in pairwise(bounds)]
    return parted


def on_one_line(lines: list[str], used: set[int]) -> list[str | None]:
    """The lines; those that went into one above them are gone."""
    whole: list[str | None] = list(lines)
    for number in range(len(lines) - 1):
        if number in used or whole[number] is None:
            continue
        line = lines[number].translate(BARS).rstrip()
        following = lines[number + 1].translate(BARS).strip()
        rest = lines[number + 2].strip() if number + 2 < len(lines) else ""
        if line.endswith("|") and RESOURCE_STATUS.search(line) and not TYPE.search(line):
            if rest and TYPE.fullmatch(following.rstrip("| ")):
                rest = rest if following.endswith("|") else ""
                whole[number] = f"{line} {following} {rest}"
                whole[number + 1 : number + 2 + bool(rest)] = [None] * (1 + bool(rest))
        elif RESOURCE_STATUS.match(following) and (named := _time_and_name(line)):
            whole[number] = f"{named} | {following}"
            whole[number + 1] = None
    return whole


def _time_and_name(line: str) -> str:
    """What a page shows of an event on its first line, where the status has the next one; empty for all else."""
    for pattern in (DATED, WORDED, OF_DAY):
        if match := pattern.match(line.strip()):
            name = line.strip()[match.end() :].strip(" \t|")
            return f"{match[0]} | {name}" if IDENTIFIER.fullmatch(name) else ""
    return ""
