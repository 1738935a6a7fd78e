"""Progress output, logs and copies of pages -> rows and loose messages, whatever order and marks a tool uses.

A line is an event where it holds a status of CloudFormation's and is no sentence. What stands around the status and the
resource type says what is what: no tool is known by name here.
"""

from __future__ import annotations

import re

from stackflight.patterns import compile_later
from stackflight.read.events.arranged import finish_all
from stackflight.read.events.cells import BARS, on_one_line
from stackflight.read.events.drafts import IDENTIFIER, STRUCTURE, WORDS, Draft
from stackflight.read.events.named import named_failure
from stackflight.read.events.row import RESOURCE_STATUS, TYPE, Row, whole_status
from stackflight.read.events.times import DATED, OF_DAY, WORDED

_CUT_STATUS = compile_later(r"(?<![\w-])[A-Z]{6,8}(?:_[A-Z]{1,10}){1,5}(?!\w)")
_WORDED = compile_later(
    r"\[((?:create|update|delete|rollback|update rollback|import) (?:failed|complete|in progress))\]", re.IGNORECASE
)
_EVENT_ID = compile_later(
    r"(?<![\w-])([A-Za-z0-9]{1,255})-((?:CREATE|UPDATE|DELETE)_(?:FAILED|COMPLETE|IN_PROGRESS))-\d{4}-\d\d-\d\dT[\d:.]{8,15}Z?"
)
_NOISE = compile_later(
    r"^\s*(?:new [\w.$]{1,80} \(|at [\w.$<>]{1,80}|\\_|\|_|❌|✖|✘|✅|✨|Stack |Error: |View the full|Environment:|Node Version|Framework|Plugin|SDK|\$ |Outputs?:)"
)
_TYPED = compile_later(rf"(?P<type>{TYPE.pattern})")
# What a service says of the resource itself.
_OF_TYPE = compile_later(rf"Resource of type '(?P<type>{TYPE.pattern})'")
_PROSE = 3
_TAIL_LINES = 14
_LONGEST_TIME = 120
# How the console's page of a resource says it.
_PANEL = compile_later(
    r"^\s{0,8}The resource (?P<id>[A-Za-z0-9]{1,255}) is in an? (?P<status>[A-Z_]{8,40}_FAILED|[A-Z]{6}_FAILED) state"
)
_PANEL_TYPE = compile_later(
    r"^\s{0,8}This (?P<type>[A-Za-z0-9]{2,64}::[A-Za-z0-9:@_-]{2,130}) resource is in an? [A-Z_]{6,40} state"
)
_SCREEN = 76
# An id right before the status, and a service's answer behind it: an event, whatever a log says around them.
_AFTER_NAME = compile_later(r"(?<![\w.-])[A-Z][A-Za-z0-9]{1,254}[\s|:-]{1,4}$")
_ANSWERED = "(Service:"


def read_lines(lines: list[str], used: set[int]) -> tuple[list[Row], list[str]]:
    """Events in the order of the text, and the lines that are none, joined to paragraphs."""
    drafts: list[Draft] = []
    messages: list[str] = []
    open_: Draft | None = None
    blank = True
    for number, raw in enumerate(on_one_line(lines, used)):
        if raw is None:
            continue
        if number in used:
            open_, blank = None, True
            continue
        line = raw.translate(BARS).rstrip()
        if open_ is not None and (panel := _PANEL_TYPE.match(line)):
            open_.type = open_.type or panel["type"]
            continue
        draft = _lone_status(lines, number, used) or _draft_of(line)
        if draft is not None:
            draft.place = number
            drafts.append(draft)
            open_, blank = draft, True
        elif open_ is not None and _continues(open_, line):
            glue = "" if " " not in line.strip() and _is_cut_id(open_) else " "
            open_.tail = f"{open_.tail}{glue}{line.strip().strip('|').strip()}".strip()
            open_.lines += 1
            open_.width = len(line)
        elif not line.strip():
            blank = True
            if open_ is not None and (open_.tail or open_.between):
                open_ = open_ if not open_.tail and open_.lines == 1 else None
        else:
            open_ = None
            if not any(char.isalpha() for char in line):
                continue
            if blank or not messages or not _belongs(messages[-1], line):
                messages.append(line.strip())
            else:
                messages[-1] += " " + line.strip()
            blank = False
    names = {draft.before for draft in drafts if draft.stopped} | {draft.when for draft in drafts if draft.stopped}
    return finish_all(drafts), [message for message in messages if message not in names]


def _belongs(above: str, line: str) -> bool:
    """Whether a line goes on with the sentence above it."""
    text = line.strip()
    return len(above) < 6000 and (
        text[:1].islower()
        or text[:1] in "\"'(["
        or (text.startswith("- ") and above.startswith("An error occurred"))
        or (above.endswith((",", ":", "(", '"')) and not text.startswith("- "))
        or above.count("(") > above.count(")")
    )


def _draft_of(line: str) -> Draft | None:
    if panel := _PANEL.match(line):
        return Draft(panel["status"], "", "status", panel["id"], "", "", "", len(line))
    match = _find_status(line)
    if match is None:
        return named_failure(line)
    start, end, status = match
    type_ = _type_of_its_own(line, end)
    head = line[: min(start, type_.start())] if type_ else line[:start]
    when, head = _take_time(head)
    if _is_sentence(head, line, start, end, bool(when), type_ is not None):
        return None
    if type_ is None:
        between, tail, order = "", line[end:], "status"
    elif type_.start() > start:
        between, tail, order = line[end : type_.start()], line[type_.end() :], "status type"
    else:
        between, tail, order = line[type_.end() : start], line[end:], "type status"
    if not when:
        when, between = _take_time(between)
    if not when:
        when, tail = _take_leading_time(tail)
    named = _EVENT_ID.search(line)
    tail = "" if not any(char.isalnum() for char in tail) else tail.strip().strip("|").strip()
    said = type_ or _OF_TYPE.search(tail)
    draft = Draft(status, said["type"] if said else "", order, head, between, tail, when, len(line))
    if named and not between.strip():
        draft.before = named[1]
    return draft


def _type_of_its_own(line: str, end: int) -> re.Match[str] | None:
    """The type that stands in a place of its own, not the one that the reason behind the status speaks of."""
    for match in _TYPED.finditer(line):
        cell = STRUCTURE.split(line[end : match.start()])[-1] if match.start() >= end else ""
        words = sum(any(map(str.isalpha, word)) for word in cell.split())
        if words < _PROSE and not cell.endswith(("'", '"')):
            return match
    return None


def _find_status(line: str) -> tuple[int, int, str] | None:
    if "_" in line:
        for match in RESOURCE_STATUS.finditer(line):
            inside = line[match.start() - 1 : match.start()] == "-" and line[match.end() : match.end() + 1] == "-"
            glued = line[match.start() - 1 : match.start()].isalnum() and match.start() > 0
            if not inside and not glued:
                return match.start(), match.end(), match[0]
        for match in _CUT_STATUS.finditer(line):
            if status := whole_status(match[0]):
                return match.start(), match.end(), status
    if "[" in line and (worded := _WORDED.search(line)):
        return worded.start(), worded.end(), whole_status(worded[1])
    return None


def _take_time(text: str) -> tuple[str, str]:
    for pattern in (DATED, WORDED, OF_DAY):
        if match := pattern.search(text):
            return match[0], text[: match.start()] + " | " + text[match.end() :]
    return "", text


def _take_leading_time(text: str) -> tuple[str, str]:
    """A time right after the last mark; one further on belongs to a sentence."""
    text = text.lstrip(" |:-\t")
    when, rest = _take_time(text[:_LONGEST_TIME])
    if when and text.startswith(when):
        return when, (rest + text[_LONGEST_TIME:]).strip(" |")
    return "", text


def _is_sentence(head: str, line: str, start: int, end: int, timed: bool, typed: bool) -> bool:
    """Whether the status stands in prose: `Stack x is in ROLLBACK_COMPLETE state`."""
    after = line[end : end + 12].lstrip(" '\"`")
    if head.strip(" |*-") and not typed and "ROLLBACK" in line[start:end] and after.startswith((":", ")", ",")):
        return True
    if after.startswith(("state", "status", "and can")) or (
        line[max(0, start - 2) : start].endswith(("'", '"', "[", "(", "`", "「", "“", "‘", "『")) and not typed
    ):
        return _WORDED.search(line) is None or line[start - 1 : start] != "["
    if _AFTER_NAME.search(head) and _ANSWERED in line[end:]:
        return False
    words = [word.strip("[]()|:,.\"'") for word in head.replace("|", " ").split()]
    words = [word for word in words if word and not word.isdigit()]
    prose = sum(word.lower() in WORDS for word in words)
    if prose >= 2 or (prose and not (timed or typed or STRUCTURE.search(line))):
        return True
    if typed or timed or STRUCTURE.search(line):
        return len(words) > 14
    return len(words) > 2


def _lone_status(lines: list[str], number: int, used: set[int]) -> Draft | None:
    """A page copied cell by cell: the status has a line of its own, and so have time, id, type and reason."""
    status = whole_status(_bare(lines[number])) if len(lines[number]) < 60 else ""
    if not status:
        return None
    above = [_bare(lines[place]) for place in range(max(0, number - 5), number) if place not in used]
    when = type_ = resource = ""
    for text in reversed(above):
        if whole_status(text):
            break
        if DATED.match(text) or WORDED.match(text) or (OF_DAY.match(text) and len(text) < 30):
            when = text
            break
        if TYPE.fullmatch(text):
            type_ = type_ or text
        elif IDENTIFIER.fullmatch(text) and not resource:
            resource = text
    draft = Draft(status, type_, "status", resource, "", "", when, 10)
    place = number + 1
    while place < len(lines) and place <= number + 6:
        text = _bare(lines[place])
        following = _bare(lines[place + 1]) if place + 1 < len(lines) else ""
        timed = bool(DATED.match(text) or WORDED.match(text) or (OF_DAY.match(text) and len(text) < 30))
        if (
            timed
            or whole_status(text)
            or (whole_status(following) and IDENTIFIER.fullmatch(text) and draft.type != "")
            or _draft_of(text)
        ):
            break
        used.add(place)
        if TYPE.fullmatch(text):
            draft.type = text
        elif IDENTIFIER.fullmatch(text) and not draft.before:
            draft.before = text
        elif text not in {"", "-"}:
            draft.tail = f"{draft.tail} {text}".strip()
        place += 1
    draft.stopped = True
    return draft


def _bare(line: str) -> str:
    """What a line of one cell holds, without the bars that a copy of a table leaves."""
    return line.translate(BARS).strip(" \t|")


def _is_cut_id(draft: Draft) -> bool:
    """Whether a line ended, at the edge of a screen, in the middle of the id that follows the type."""
    return (
        draft.order == "status type"
        and draft.lines == 1
        and bool(IDENTIFIER.fullmatch(draft.tail))
        and draft.width >= _SCREEN
    )


def _continues(draft: Draft, line: str) -> bool:
    text = line.strip().strip("|").strip()
    if (
        draft.stopped
        or not text
        or (text.endswith("...") and len(text) < 12)
        or draft.lines >= _TAIL_LINES
        or _NOISE.match(line)
    ):
        return False
    if not draft.tail:
        return draft.status.endswith("FAILED") or "ROLLBACK" in draft.status
    if (
        draft.tail.count('"') % 2
        or draft.tail.count("(") > draft.tail.count(")")
        or draft.tail.count("[") > draft.tail.count("]")
    ):
        return True
    if " " not in draft.tail and draft.order == "status type":
        return "(" in text or draft.status.endswith("FAILED")
    return (draft.width >= 70 and (text[0].islower() or text[0].isdigit() or text[0] in "(\"':,.")) or (
        line.startswith(" " * 20) and len(text) < 120
    )
