"""A line that is an event, as its parts stand around its marks -> a row: which part is the id, which the stack, where the reason begins."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from stackflight.model.event import STACK_TYPE
from stackflight.read.events.row import Row

_COUNTER = re.compile(r"(?<![\w.-])\d{1,4}(?:/\d{1,4})?(?![\w.:/-])")
_NAMED = re.compile(
    r"^(?P<path>[^()|\"]{1,400}?) \((?P<id>[A-Za-z0-9]{1,255})\)(?:[\s:,-]{0,4}(?P<reason>.*))?$", re.DOTALL
)
_STACK_ARN = re.compile(r":stack/([A-Za-z][A-Za-z0-9-]{0,127})/")
IDENTIFIER = re.compile(r"[A-Za-z0-9][\w./@:-]{0,254}")
_PLACE = re.compile(r"[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]{4,9}-\d")
_LOGICAL = re.compile(r"[A-Za-z][A-Za-z0-9]{0,254}")
WORDS = frozenset(
    re.findall(
        r"[a-z]+",
        "a an and are as at be been but by can could does error event events failed for from has have in into is it its not of on or "
        "reached resource returned stack state status that the this to unexpected was waiting were while with you your "
        "cloudformation deploy deployment deploying info warning wanted got current currently fatal stackevent",
    )
)
_CELLS = re.compile(r"\s*\|\s*|\t+| {2,}| - ")
_FEW_WORDS = 4
_OWN = ("ROLLBACK", "UPDATE_ROLLBACK", "REVIEW", "IMPORT_ROLLBACK")
_BEGUN = ("User ", "Transformation ")
STRUCTURE = re.compile(r"[|\t]| {2,}| - ")


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
    stopped: bool = field(default=False)


def stack_names(drafts: Iterable[Draft]) -> frozenset[str]:
    """Names of stacks, as their own events show them: there the column of the stack and that of the id hold the same."""
    names: set[str] = set()
    for draft in drafts:
        if draft.type == STACK_TYPE or draft.status.startswith(_OWN):
            head = [word for word in draft.tail.split()[:3] if not draft.tail.startswith(_BEGUN)]
            told = _identifiers(" ".join((_short(draft.before), _short(draft.between), *head)))
            names |= {name for name in told if told.count(name) > 1} or set(told[:1] if len(set(told)) == 1 else ())
    return frozenset(names)


def finish(draft: Draft, stacks: frozenset[str] = frozenset()) -> Row:
    """The event of a line; `stacks` are names that are those of stacks."""
    stack = "" if draft.type == STACK_TYPE else _named_stack(draft, stacks)
    if stack:
        draft = _without(draft, stack)
    row = _finished(_reason_last(draft))
    if stack:
        row.stack = stack
    return row


def _named_stack(draft: Draft, stacks: frozenset[str]) -> str:
    """The stack's name on an event of one of its resources; empty where it is the only name."""
    head = [*draft.tail.split()[:3], _CELLS.split(draft.tail)[-1]] if stacks else []
    told = _identifiers(" ".join((_short(draft.before), _short(draft.between), *head))) if stacks else []
    found = [name for name in told if name in stacks]
    return found[0] if found and any(name not in stacks for name in told) else ""


def _without(draft: Draft, stack: str) -> Draft:
    """The same line without the stack's name in a place of its own."""
    gone = re.compile(rf"(?<![\w./-]){re.escape(stack)}(?![\w./-])")
    words = draft.tail.split(" ")
    head, rest = " ".join(words[:4]), " ".join(words[4:])
    head = gone.sub("|", head, count=1) if draft.tail else head
    tail = re.sub(r"^[\s|:-]+", "", head) + (" " + rest if rest else "")
    return replace(draft, before=_cut_out(gone, draft.before), between=_cut_out(gone, draft.between), tail=tail)


def _cut_out(gone: re.Pattern[str], text: str) -> str:
    return " | ".join(cell if len(cell.split()) > _FEW_WORDS else gone.sub("|", cell) for cell in _CELLS.split(text))


def _short(text: str) -> str:
    """The cells of a text that are no prose."""
    cells = _CELLS.split(text)
    return text if len(cells) == 1 else " | ".join(cell for cell in cells if len(cell.split()) <= _FEW_WORDS)


def _reason_last(draft: Draft) -> Draft:
    """The same event with a reason that stood before a mark, or before the id, where it is looked for: at the end."""
    cells = [cell.strip() for cell in _CELLS.split(draft.tail.strip(" |-")) if cell.strip()]
    if len(cells) > 1 and len(cells[0].split()) > _FEW_WORDS and _LOGICAL.fullmatch(cells[-1]):
        return replace(draft, tail=" | ".join((cells[-1], *cells[:-1])))
    if any(len(cell.split()) > _FEW_WORDS for cell in cells):
        return draft
    before, reason = _parted(draft.before)
    between, other = (draft.between, "") if _identifiers(before) else _parted(draft.between)
    if not reason and not other:
        return draft
    tail = " | ".join(cell for cell in (*cells, reason, other) if cell)
    return replace(draft, before=before, between=between, tail=tail)


def _parted(text: str) -> tuple[str, str]:
    """The cells of a text that are no prose, and the one that is; the text as it is where it has not one of several."""
    cells = _CELLS.split(text)
    prose = [cell for cell in cells if len(cell.split()) > _FEW_WORDS]
    if len(cells) == 1 or len(prose) != 1:
        return text, ""
    return " | ".join(cell for cell in cells if cell not in prose), prose[0].strip()


def _finished(draft: Draft) -> Row:
    before = _identifiers(draft.before)
    between = _identifiers(draft.between)
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
        if _LOGICAL.fullmatch(row.stack) and "/" not in row.resource and not _LOGICAL.fullmatch(row.resource):
            row.resource, row.stack = row.stack, row.resource  # a logical id has no dashes, most names of stacks have
        if row.type and not STRUCTURE.search(draft.tail[:60]) and len(before) == 1:
            row.resource, row.reason, row.stack = _after_status(before[0], tail)
    else:
        row.resource, row.reason = _leading(tail)
    row.reason = _tidy(row.reason)
    row.resource = row.resource.strip("/:.,")
    if "/" in row.resource and not row.resource.startswith("arn:"):
        row.resource = row.resource.rsplit("/", 1)[-1]
    return row


def _after_status(first: str, tail: str) -> tuple[str, str, str]:
    """`Stack AWS::X::Y CREATE_FAILED LogicalId reason` or `LogicalId AWS::X::Y CREATE_FAILED reason`: a logical id has capitals inside."""
    head, _, rest = tail.partition(" ")
    if ("-" in first or "_" in first) and _LOGICAL.fullmatch(head) and any(char.isupper() for char in head[1:]):
        return head, rest, first
    return first, tail, ""


def _is_path(path: str) -> bool:
    """What CDK prints before `(LogicalId)` is a construct path: no sentence."""
    return len(path.split()) <= 2 or "/" in path


def _identifiers(text: str) -> list[str]:
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
    if len(cells) == 2 and IDENTIFIER.fullmatch(first):
        return first, cells[1]
    head, _, rest = text.partition(" ")
    head = head.strip(":,()[]\"'`*")
    if IDENTIFIER.fullmatch(head) and head.lower() not in WORDS and not _begins_sentence(head, rest):
        return head, rest
    return "", text


def _begins_sentence(head: str, rest: str) -> bool:
    following = rest.split(" ", 1)[0]
    plain = head.isalpha() and head[1:].islower()
    return plain and following.isalpha() and following.islower() and len(rest) > 12


def _tidy(reason: str) -> str:
    reason = reason.strip().lstrip("|:-").strip().rstrip("|").strip()
    if reason in {"", "-", "None", "null", "undefined"}:
        return ""
    for opening, closing in (('"', '"'), ("'", "'"), ("(", ")")):
        if reason.startswith(opening) and reason.endswith(closing) and reason.count(opening) <= 2 and len(reason) > 2:
            reason = reason[1:-1].strip()
    return reason
