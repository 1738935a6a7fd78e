"""Named fields in any notation (`"ResourceStatus": "…"`, `ResourceStatus: …`, `| ResourceStatus | … |`) -> rows.

This reads YAML, the CLI's key tables, objects as Python and JavaScript print them, and JSON that is cut off.
"""

from __future__ import annotations

import re

from stackflight.model.event import STACK_TYPE
from stackflight.patterns import compile_later
from stackflight.read.events.row import TYPE, Row, assumed_status, whole_status

_KEYS = {
    "logicalresourceid": "resource", "resourcelogicalid": "resource", "resourcename": "resource", "resourcestatus": "status", "eventtype": "kind",
    "resourcestatusreason": "reason", "reason": "reason", "resourcetype": "type", "timestamp": "when", "stackname": "stack",
    "stackid": "stack_id", "physicalresourceid": "physical_id", "operationid": "operation", "clientrequesttoken": "token",
    "detailedstatus": "detailed_status", "logicalid": "resource", "statusreason": "reason", "status": "status",
    "stackstatus": "stack_status", "stackstatusreason": "reason", "name": "resource", "resource": "resource", "iscustomresource": "custom",
    "logicalname": "resource", "validation": "validation",
}  # fmt: skip
_FIELD = compile_later(
    r"""(?<![\w.])["']?(?P<key>Logical ?Resource ?Id|Resource ?Logical ?Id|Logical ?(?:ID|Name)|Resource ?Name|Resource(?=: [^\s:]{1,255} \((?:AWS|Custom|Alexa)::)|Validation(?=: [A-Z_]{8,60}\b)|(?:Resource|Stack) ?Status(?: ?Reason)?|Status(?: ?Reason)?|Reason|Resource ?Type"""
    r"""|Timestamp|Stack ?Name|Stack ?Id|Physical ?Resource ?Id|OperationId|ClientRequestToken|DetailedStatus|Event ?Type"""
    r"""|IsCustomResource|Name(?=: [^\s:]{1,255} \((?:AWS|Custom)::))["']?[ \t]{0,60}(?P<mark>[:=|>])[ \t]{0,60}""",
    re.IGNORECASE,
)
_LONGEST = 6
# Found before a deployment, and no reason to refuse it.
_WARNED = frozenset({"BUCKET_EMPTINESS_VALIDATION"})
_BREAKS = frozenset({"", "-", "{", "}", "},", "[", "]", "StackEvents", "OperationEvents"})


def read_fields(lines: list[str]) -> tuple[list[Row], set[int]]:
    """Rows, and the numbers of the lines that they were read from."""
    records: list[dict[str, str]] = []
    used: set[int] = set()
    current: dict[str, str] = {}
    number = 0
    while number < len(lines):
        line = lines[number]
        found = list(_FIELD.finditer(line)) if any(mark in line for mark in ":=|>") else []
        if not found:
            if current and line.strip(" \t|+=-") in _BREAKS:
                records.append(current)
                current = {}
            number += 1
            continue
        for place, match in enumerate(found):
            end = found[place + 1].start() if place + 1 < len(found) else len(line)
            name = _KEYS[match["key"].lower().replace(" ", "")]
            value, more = _value(line[match.end() : end], lines, number if place + 1 == len(found) else None)
            again = name in current and len(current) > 2 and name == next(iter(current))
            if again or (name in current and current[name] != value):
                records.append(current)
                current = {}
            current[name] = value
            used.update(range(number, number + more + 1))
            number += more if place + 1 == len(found) else 0
        number += 1
    records.append(current)
    rows = [row for row in map(_row, records) if row is not None]
    for row in rows:
        row.place = min(used)
    return (rows, used) if rows else ([], set())


def _value(text: str, lines: list[str], number: int | None) -> tuple[str, int]:
    """The value, and how many further lines it took."""
    text = text.strip()
    quote = text[:1]
    if not text and number is not None:
        return _below(lines, number)
    if quote not in {'"', "'"}:
        text = text.split(" |", 1)[0].rstrip("|,}{ \t").strip()
        return text, 0
    body, more = text[1:], 0
    while True:
        end = _closing(body, quote)
        if end >= 0:
            return body[:end].replace("\\" + quote, quote).replace("''", "'"), more
        if (
            number is None
            or more >= 12
            or number + more + 1 >= len(lines)
            or _FIELD.match(lines[number + more + 1].strip())
        ):
            return body.rstrip(", "), more
        more += 1
        body += " " + lines[number + more].strip()


def _below(lines: list[str], number: int) -> tuple[str, int]:
    """A value that begins on the line below its name: a sentence, up to a blank line or the next name."""
    said: list[str] = []
    for line in lines[number + 1 : number + 1 + _LONGEST]:
        if not line.strip() or _FIELD.search(line) or (not said and " " not in line.strip()):
            break
        said.append(line.strip(" \t|"))
    return " ".join(said), len(said)


def _closing(body: str, quote: str) -> int:
    place = 0
    while True:
        place = body.find(quote, place)
        if place < 0:
            return -1
        if place > 0 and body[place - 1] == "\\":
            place += 1
        elif quote == "'" and body[place : place + 2] == "''":
            place += 2
        else:
            return place


def _row(record: dict[str, str]) -> Row | None:
    kind = record.pop("kind", "")
    record.pop("custom", "")
    if record.pop("validation", "").rstrip(", ") in _WARNED:
        return None
    if own := whole_status(record.pop("stack_status", "")):  # a stack as describe-stacks tells of it
        name = record.get("stack") or record.get("resource", "")
        return Row(**{**record, "status": own, "type": STACK_TYPE, "resource": name, "stack": name})
    status = whole_status(record.get("status", ""))
    if not status and kind.lower() in {"create", "update", "delete"} and record.get("reason"):
        status = f"{kind.upper()}_FAILED"
    if not status and not kind and record.get("reason") and ("type" in record or "resource" in record):
        # A list of events that left the status out, as Service Catalog writes it.
        status = assumed_status(record["reason"])
    if not status or not record.get("resource"):
        return None
    resource = record["resource"]
    if " (" in resource:  # Amplify: `Resource Name: name (AWS::X::Y)`
        resource, _, inside = resource.partition(" (")
        record["type"] = inside.rstrip(")")
    type_ = TYPE.search(record.get("type", ""))
    return Row(**{**record, "resource": resource, "status": status, "type": type_[0] if type_ else ""})
