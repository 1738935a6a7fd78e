"""A line that is an event, as its parts stand around its marks -> a row: which part is the id, which the stack, where the reason begins."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from stackflight.patterns import compile_later
from stackflight.read.events.row import Row

# How many of how many, and how long it has taken.
_COUNTER = compile_later(r"(?<![\w.-])(?:\d{1,4}(?:/\d{1,4})?|\d{1,6}(?:\.\d{1,3})?(?:ms|s|m|h))(?![\w.:/-])")
_NAMED = compile_later(
    r"^(?P<path>[^()|\"]{1,400}?) \((?P<id>[A-Za-z0-9]{1,255})\)(?:[\s:,-]{0,4}(?P<reason>.*))?$", re.DOTALL
)
_STACK_ARN = compile_later(r":stack/([A-Za-z][A-Za-z0-9-]{0,127})/")
IDENTIFIER = compile_later(r"[A-Za-z0-9][\w./@:-]{0,254}")
# A Region, which no resource is called.
_PLACE = compile_later(r"[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]{4,9}-\d")
LOGICAL = compile_later(r"[A-Za-z][A-Za-z0-9]{0,254}")
WORDS = frozenset(
    re.findall(
        r"[a-z]+",
        "a an and are as at be been but by can could does error event events failed for from has have in into is it its not of on or "
        "reached resource returned stack state status that the this to unexpected was waiting were while with you your "
        "cloudformation deploy deployment deploying info warning wanted got current currently fatal stackevent",
    )
)
_LEFT_OF_JSON = compile_later(r"[\"']?\s?[\]},]")
# What a construct calls its one resource.
_HIDDEN = frozenset({"Default", "Resource", ""})
STRUCTURE = compile_later(r"[|\t]| {2,}| - ")


@dataclass
class Draft:
    """An event as its line shows it: what stood before the first mark, between marks and after the last one."""

    status: str
    type: str
    order: str
    before: str
    between: str
    tail: str
    when: str
    width: int
    lines: int = 1
    place: int = 0
    stopped: bool = field(default=False)


def finish(draft: Draft) -> Row:
    """The event of a line."""
    before = identifiers(draft.before)
    between = identifiers(draft.between)
    tail = draft.tail.strip(" |:-\t")
    row = Row(status=draft.status, type=draft.type, when=draft.when)
    named = _NAMED.match(tail) if draft.order == "status type" else None
    if named and (draft.order == "status type" and _is_path(named["path"])):
        row.resource, row.reason = named["id"], (named["reason"] or "").strip()
        row.stack = before[0] if before else ""
    elif len(draft.between.split()) > 4 and before:
        row.resource, row.reason = before[-1], draft.between.strip()
        arn = _STACK_ARN.search(draft.tail)
        row.stack = arn[1] if arn else ""
    elif between:
        row.resource, row.reason = between[-1], tail
        row.stack = before[0] if before else ""
    elif draft.order == "status type":
        row.resource, row.reason = _leading(tail)
        row.stack = before[0] if before and row.resource else ""
        if not row.resource and before:
            row.resource = before[-1]
    elif before:
        row.resource, row.reason = before[-1], tail
        row.stack = before[0] if len(before) > 1 else ""
        if LOGICAL.fullmatch(row.stack) and "/" not in row.resource and not LOGICAL.fullmatch(row.resource):
            row.resource, row.stack = row.stack, row.resource  # a logical id has no dashes, most names of stacks have
        if row.type and not STRUCTURE.search(draft.tail[:60]) and len(before) == 1:
            row.resource, row.reason, row.stack = _after_status(before[0], tail)
    else:
        row.resource, row.reason = _leading(tail)
    row.reason = _tidy(row.reason)
    row.resource = row.resource.strip("/:.,")
    if "/" in row.resource and not row.resource.startswith("arn:"):
        row.resource = _last_of(row.resource)
    return row


def _last_of(path: str) -> str:
    """The last part of a construct's path that is a name of its own."""
    parts = path.split("/")
    return next((part for part in reversed(parts) if part not in _HIDDEN), parts[-1])


def _after_status(first: str, tail: str) -> tuple[str, str, str]:
    """`Stack AWS::X::Y CREATE_FAILED LogicalId reason` or `LogicalId AWS::X::Y CREATE_FAILED reason`: a logical id has capitals inside."""
    head, _, rest = tail.partition(" ")
    if ("-" in first or "_" in first) and LOGICAL.fullmatch(head) and any(char.isupper() for char in head[1:]):
        return head, rest, first
    return first, tail, ""


def _is_path(path: str) -> bool:
    """What CDK prints before `(LogicalId)` is a construct path: no sentence."""
    return len(path.split()) <= 2 or "/" in path


def identifiers(text: str) -> list[str]:
    """What can be a name in a text, in its order: no counters, no words of prose, no Regions."""
    text = _COUNTER.sub(" ", text)
    return [
        word
        for word in (word.strip("[](){}|:,;\"'`/*>") for word in text.split())
        if word and IDENTIFIER.fullmatch(word) and word.lower() not in WORDS and not _PLACE.fullmatch(word)
    ]


def _leading(text: str) -> tuple[str, str]:
    """The identifier that a text begins with, and the rest; no identifier where it begins with a sentence."""
    cells = re.split(r"\s*\|\s*|\t+| {2,}| - |: ", text, maxsplit=1)
    first = cells[0].strip(" :()[]\"'`*")
    if len(cells) == 2 and _is_name(first):
        return first, cells[1]
    head, _, rest = text.partition(" ")
    head = head.strip(":,()[]\"'`*")
    if _is_name(head) and head.lower() not in WORDS and not _begins_sentence(head, rest):
        return head, rest
    return "", text


def _is_name(word: str) -> bool:
    return bool(IDENTIFIER.fullmatch(word)) and not _COUNTER.fullmatch(word)


def _begins_sentence(head: str, rest: str) -> bool:
    following = rest.split(" ", 1)[0]
    plain = head.isalpha() and head[1:].islower()
    return plain and following.isalpha() and following.islower() and len(rest) > 12


def _tidy(reason: str) -> str:
    reason = reason.strip().lstrip("|:-").strip().rstrip("|").strip()
    if reason in {"", "-", "None", "null", "undefined"} or _LEFT_OF_JSON.match(reason):
        return ""
    for opening, closing in (('"', '"'), ("'", "'"), ("(", ")")):
        if reason.startswith(opening) and reason.endswith(closing) and reason.count(opening) <= 2 and len(reason) > 2:
            reason = reason[1:-1].strip()
    return reason
