"""Raw text -> lines without colours, control characters, and the time stamps that pipelines put before each line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from stackflight.patterns import compile_later
from stackflight.read.events.breaks import DAY_TIME, LONGEST_LINE, ROW, unbroken, unspaced
from stackflight.read.events.margins import without_margin

LONG_TEXT = 6_000_000
_LINES = 60_000
_FOLLOWING = 4
_FEWEST = 3
_TELLING = compile_later(
    r"_FAILED|ROLLBACK|_IN_PROGRESS|_COMPLETE|[Ee]rror|ERROR|[Ff]ail|[Dd]enied|not authori[sz]ed|[Ee]xception|exceed|[Cc]annot|[Uu]nable|[Ii]nvalid|"
    r"already exists|does not exist|timed out|unhealthy|[Ss]topped|ResourceStatus|LogicalResourceId"
)
_ESCAPES = compile_later(
    r"\x1b(?:\[[0-9;:?<=>]{0,32}[A-Za-z@`]|\][^\x07\x1b]{0,300}(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>78cDEHMNOZ])"
)
_BARE_ESCAPES = compile_later(r"\[(?:\d{1,3};){0,3}\d{1,3}m")
_CONTROL = compile_later(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_STAMPS = compile_later(
    r"""^\s{0,8}(?:
        \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.,]\d{1,9}(?:Z|[+-]\d\d:?\d\d)\s(?:\d\d[EO](?:[\s+]|$))?   # GitLab, GitHub Actions, Azure, CodeBuild downloads
      | \[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)\]\s   # Jenkins
      | \[\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,6})?)?(?:\s?[AaPp][Mm])?\]\s
      | \#\d{1,3}\s\d{1,6}\.\d{1,6}\s                                       # docker build
      | \[Container\]\s\d{4}/\d\d/\d\d\s\d\d:\d\d:\d\d(?:\.\d{1,9})?\s      # CodeBuild
      | \d\d:\d\d:\d\d\.\d{3}\s(?:STDOUT|STDERR|ERROR|INFO)\s{1,4}(?:\[[^\]]{1,300}\]\s)?(?:terraform|tofu|terragrunt):\s?   # Terragrunt
      | section_(?:start|end):\d{1,12}:\w{1,40}\r?
    )""",
    re.VERBOSE,
)
_LEVELS = compile_later(
    r"^\s{0,4}(?:##\[[a-z]{1,12}\]|\[(?:INFO|ERROR|WARN|WARNING|DEBUG|error|info|warn)\]\s|(?:INFO|ERROR|WARNING|stderr|stdout)[:|]\s{1,2})"
)
_QUOTED = compile_later(r"^\s{0,3}(?:>\s?){1,4}")
_FENCE = compile_later(r"^\s{0,3}(?:```|~~~)[a-z]{0,20}\s{0,4}$")
_LINK = compile_later(r"\[([^\[\]]{1,255})\]\(https?://[^()\s]{1,800}\)")
# A row copied from a page without what parted its cells.
_RUN_TOGETHER = compile_later(
    r"^\s{0,8}(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?: UTC(?:[+-]\d{4})?)?)([A-Za-z][A-Za-z0-9-]{1,254}?)"
    r"((?:(?:UPDATE_)?ROLLBACK|CREATE|UPDATE|DELETE)_(?:FAILED|COMPLETE|IN_PROGRESS))(.*)$"
)
_SPINNER = compile_later(r"(?<=\S)\s{0,200}[\u2800-\u28ff] [^|]{0,300}$")
_LISTS = compile_later(r'"\], "\w{1,40}": \[?"')


def only_telling(text: str) -> tuple[str, int]:
    """Of a very long text the lines that may tell of a failure, each with those that follow it, and how many were left out."""
    kept: list[str] = []
    more = left = 0
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = text[start : min(end, start + LONGEST_LINE)]
        start = end + 1
        if _TELLING.search(line):
            more = _FOLLOWING
        elif more:
            more -= 1
        else:
            left += 1
            continue
        kept.append(line)
    if len(kept) > _LINES:
        left += len(kept) - _LINES
        kept = [*kept[: _LINES // 2], *kept[-_LINES // 2 :]]
    return "\n".join(kept), left


def clean_lines(text: str) -> list[str]:
    """The lines of a text, each at most LONGEST_LINE long."""
    text = text.replace("\r\n", "\n").replace("\\|", "|")  # as Markdown writes a bar within a table
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    bare = _without_stamps(without_margin(_without_stamps(text.split("\n"))))
    lines = [_CONTROL.sub("", line.replace("\r", "\n").rsplit("\n", 1)[-1][:LONGEST_LINE]) for line in _split(bare)]
    lines = [_BARE_ESCAPES.sub("", line) if "m" in line and "[" in line else line for line in lines]
    lines = [_LEVELS.sub("", _STAMPS.sub("", line, count=1), count=1) for line in unbroken(unspaced(lines))]
    lines = without_margin(lines)
    lines = [_SPINNER.sub("", line) if _has_spinner(line) else line for line in lines]
    lines = [_LINK.sub(r"\1", line) if "](http" in line else line for line in lines]
    lines = [_RUN_TOGETHER.sub(r"\1\t\2\t\3\t\4", line) if "_" in line and ROW not in line else line for line in lines]
    lines = ["" if _FENCE.match(line) else line for line in lines]
    if _all_quoted(lines):
        lines = [_QUOTED.sub("", line) for line in lines]
    return _without_day_times(lines)


def _without_stamps(lines: list[str]) -> list[str]:
    """The lines without the time that a runner put before nearly all of them."""
    filled = [line for line in lines if line.strip()]
    if len(filled) < _FEWEST or sum(bool(_STAMPS.match(line)) for line in filled) < len(filled) * 0.9:
        return lines
    return [_STAMPS.sub("", line, count=1) for line in lines]


def _has_spinner(line: str) -> bool:
    """Whether an animation was printed over the end of a line."""
    return not line.isascii() and any("\u2800" <= char <= "\u28ff" for char in line[1:])


def _split(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        listed = '", "' in line and "\t" not in line and not line.startswith("|")
        if listed and line.count("_FAILED") + line.count("_COMPLETE") > 1:
            # Lists of events on one line, as some tools dump them; in the cells of a table stand properties of a resource.
            yield from _LISTS.sub('", "', line).replace('\\"', '"').split('", "')
        else:
            yield line.rstrip("\r")


def _all_quoted(lines: list[str]) -> bool:
    """An e-mail or an issue quoted as a whole."""
    filled = [line for line in lines if line.strip()]
    return bool(filled) and sum(line.lstrip().startswith(">") for line in filled) > len(filled) * 0.8


def _without_day_times(lines: list[str]) -> list[str]:
    """A time of day before nearly every line, the same width: a pipeline put it there."""
    filled = [line for line in lines if line.strip()]
    if len(filled) < 4 or sum(bool(DAY_TIME.match(line)) for line in filled) < len(filled) * 0.9:
        return lines
    stripped = [DAY_TIME.sub("", line, count=1) for line in lines]
    own = sum(line.startswith(("UTC", "|", "AM", "PM", "am", "pm", "-")) for line in stripped)
    return lines if own > len(filled) * 0.2 else stripped
