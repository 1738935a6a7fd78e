"""Text of any kind -> History: JSON, tables and lines are tried in this order, and each takes what it understands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from stackflight.errors import UnreadableInput
from stackflight.model.event import STACK_TYPE, Event
from stackflight.model.history import History
from stackflight.patterns import compile_later
from stackflight.read.events.cells import one_event_a_line
from stackflight.read.events.clean import LONG_TEXT, clean_lines, only_telling
from stackflight.read.events.columns import read_columns
from stackflight.read.events.echoes import fill_reasons
from stackflight.read.events.fields import read_fields
from stackflight.read.events.lines import read_lines
from stackflight.read.events.listed import read_listed
from stackflight.read.events.objects import load_json, read_objects
from stackflight.read.events.order import oldest_first, turned
from stackflight.read.events.outlined import load_yaml
from stackflight.read.events.row import Row
from stackflight.read.events.tabbed import read_tabbed
from stackflight.read.events.unstated import read_unstated

_PASTE = (
    "paste what the deployment printed, or the JSON of "
    "'aws cloudformation describe-stack-events --stack-name NAME': pbpaste | stackflight diagnose -"
)
_MESSAGES = 4000
_STACK_ARN = compile_later(
    r"arn:aws[a-z-]{0,12}:cloudformation:[a-z0-9-]{1,30}:\d{12}:stack/([A-Za-z][A-Za-z0-9-]{0,127})/[0-9a-f-]{36}"
)
# The line of the stack that follows in a text; it belongs to no resource.
_SUMMARY = compile_later(r"(?<=\S)[\s.]{1,4}The following resource\(s\) failed to (?:create|update|delete|import)\s?:")
_SAID_BY_US = ("stackflight.rehearsal/", "stackflight.run/")


def read_history(text: str, source: str = "") -> History:
    """What a text says of a deployment. Raises UnreadableInput where it is empty or something else altogether."""
    text = text.lstrip("\ufeff")
    if not text.strip():
        raise UnreadableInput("there is nothing to read", file=source, hint=_PASTE)
    if text.count("\x00") > 0 or _is_binary(text):
        raise UnreadableInput("this is no text", file=source, hint=_PASTE)
    document = load_json(text)
    if document is not None:
        _refuse_other_kinds(document, source)
        rows, messages = read_objects(document)
        if messages and not rows:  # records of a log: their messages are the lines of a text
            return _read_text("\n".join(messages))
        return _history(rows, messages, len(text.splitlines()), _by_us(document))
    if _is_template(text):
        raise UnreadableInput(
            "this is a template, not the events of a deployment", file=source, hint="stackflight check judges it"
        )
    document = load_yaml(text)
    if isinstance(document, list) and all(isinstance(entry, str) for entry in document):
        return _read_text(text)  # lines with a bullet before each
    rows, messages = read_objects(document) if document is not None else ([], [])
    return _history(rows, messages, len(text.splitlines()), False) if rows else _read_text(text)


def _read_text(text: str) -> History:
    left = 0
    if len(text) > LONG_TEXT:
        text, left = only_telling(text)
    before, document, after = _embedded(text)
    if document is None and "{" in text:
        before, document, after = _embedded("\n".join(clean_lines(text)))
    lines = one_event_a_line(clean_lines(before + "\n" + after if document is not None else text))
    rows: list[Row] = []
    messages: list[str] = []
    if document is not None:
        rows, messages = read_objects(document)
    listed, gone = read_listed(lines)
    lines = ["" if number in gone else line for number, line in enumerate(lines)]
    fields, used = read_fields(lines)
    for read in (read_tabbed, read_columns, read_unstated):
        more, gone = read([("" if number in used else line) for number, line in enumerate(lines)])
        fields += more
        used |= gone
    found, said = read_lines(lines, used)
    if all("\t" in line or line.startswith("|") for line in lines if any(map(str.isalnum, line))):
        found = turned(found, at=0)
    found = sorted([*fields, *found], key=lambda row: row.place)
    history = _history([*rows, *found], [*messages, *listed, *said], len(lines), False)
    return replace(history, lines=history.lines + left, unread=history.unread + left)


def _embedded(text: str) -> tuple[str, Any, str]:
    """A JSON document in the middle of a text: what is before it, the document or None, what is after it."""
    decoder = json.JSONDecoder()
    for match in re.finditer(r"(?m)^(?:[ \t]{0,8}|\w{1,20}: ?)(?=[{\[]\s{0,40}(?:\"|\{|$))", text):
        if len(text) - match.end() < 20:
            break
        try:
            document, end = decoder.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            break
        if read_objects(document)[0]:
            return text[: match.start()], document, text[end:]
    return text, None, ""


def _history(rows: Sequence[Row], messages: Iterable[str], lines: int, by_us: bool) -> History:
    said = [message for message in messages if message.strip()]
    told = list(rows)
    fill_reasons(told, said)
    rows, times, scale = oldest_first(told, by_us)
    ids: dict[str, str] = {}
    for row in rows:
        match = _STACK_ARN.search(row.stack_id)
        if match:
            ids.setdefault(row.stack or match[1], match[0])
            row.stack = row.stack or match[1]
    events = tuple(_event(row, time) for row, time in zip(rows, times, strict=True))
    return History(
        events=_named_stacks(events),
        messages=tuple(said[:_MESSAGES]),
        scale=scale,
        stack_ids=ids,
        lines=lines,
        unread=max(0, len(said) - _MESSAGES),
    )


def _event(row: Row, time: float) -> Event:
    return Event(
        time=time,
        stack=row.stack,
        resource=row.resource,
        type=row.type,
        status=row.status,
        reason=_own_words(row.reason.strip()),
        physical_id=row.physical_id if row.physical_id not in {"True", "False"} else "",
        operation=row.operation,
        detailed_status=row.detailed_status,
        stack_id=row.stack_id if row.stack_id.startswith("arn:") else "",
        token=row.token,
    )


def _own_words(reason: str) -> str:
    """The reason without the stack's summary behind it, where a text runs both together."""
    summary = _SUMMARY.search(reason) if "failed to" in reason else None
    if summary is None or "was not successfully" in reason[: summary.start()] or reason.startswith("The following"):
        return reason
    return reason[: summary.start()]


def _named_stacks(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """Events of a stack itself carry its name where a text shows none, and are known by their status where it shows no type."""
    named = {event.stack for event in events if event.stack}
    only = next(iter(named)) if len(named) == 1 else ""
    return tuple(_completed(event, only) for event in events)


def _completed(event: Event, only: str) -> Event:
    stack = event.stack or only
    if not event.type and event.reason.rstrip(" .").endswith("requested by user"):  # said of stacks alone
        return replace(event, type=STACK_TYPE, stack=stack or event.resource, resource=stack or event.resource)
    own = (
        event.status.startswith(("ROLLBACK", "UPDATE_ROLLBACK", "IMPORT_ROLLBACK", "REVIEW"))
        or "CLEANUP" in event.status
    )
    type_ = event.type or (STACK_TYPE if own or (stack and event.resource == stack) else "")
    if type_ == STACK_TYPE and own and stack:
        return replace(event, type=type_, stack=stack, resource=stack)
    return replace(event, type=type_, stack=stack)


def _by_us(document: Any) -> bool:
    """Whether the times are those of a rehearsal: seconds since its start."""
    found = document if isinstance(document, list) else [document]
    return any(
        isinstance(one, dict) and str(one.get("schema", "")).startswith(_SAID_BY_US) for one in found
    ) and not any(isinstance(one, dict) and isinstance(one.get("time"), str) for one in found)


def _refuse_other_kinds(document: Any, source: str) -> None:
    if isinstance(document, dict) and isinstance(document.get("Resources"), dict) and "StackEvents" not in document:
        kinds = [one for one in document["Resources"].values() if isinstance(one, dict) and "Type" in one]
        if kinds:
            raise UnreadableInput(
                "this is a template, not the events of a deployment", file=source, hint="stackflight check judges it"
            )
    if document in ([], {}) or (isinstance(document, dict) and document.get("StackEvents") == []):
        raise UnreadableInput(
            "there are no events in it", file=source,
            hint="a stack that is gone answers to its ARN only: aws cloudformation describe-stack-events --stack-name ARN",
        )  # fmt: skip


def _is_template(text: str) -> bool:
    """YAML with a Resources section and types, and no status anywhere."""
    head = text[:200_000]
    return (
        bool(re.search(r"(?m)^Resources:[ \t]*$", head))
        and bool(re.search(r"(?m)^ +Type: ['\"]?[A-Za-z]+::", head))
        and "_FAILED" not in head
    )


def _is_binary(text: str) -> bool:
    head = text[:4000]
    strange = sum(char == "\ufffd" or (ord(char) < 32 and char not in "\t\n\r\x0c\x08\x1b\x07") for char in head)
    return strange > len(head) * 0.2
