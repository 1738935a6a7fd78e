"""JSON -> rows and loose messages, whatever it is wrapped in.

What an object is shows by its fields: one with a status of CloudFormation's is an event. Spelling of the fields does not
count (`ResourceStatus`, `resource_status`, `status`), so that output of SDKs, queries and our own runs is read alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from stackflight.read.events.order import turned
from stackflight.read.events.row import TYPE, Row, assumed_status, whole_status
from stackflight.read.events.unstated import row_of, speaks_of_resources

_FIELDS = {
    "status": ("resourcestatus", "status", "stackstatus", "hookstatus", "validationstatus"),
    "resource": ("logicalresourceid", "logicalid", "resource", "resourceid", "id", "logical", "resourcename"),
    "type": ("resourcetype", "type"),
    "reason": ("resourcestatusreason", "statusreason", "stackstatusreason", "reason", "statusmessage", "validationstatusreason",
               "hookstatusreason", "message"),
    "when": ("timestamp", "time", "t", "starttime", "eventtime", "lastupdatedtimestamp", "date", "creationtime"),
    "stack": ("stackname", "stack"),
    "stack_id": ("stackid",),
    "physical_id": ("physicalresourceid", "physicalid"),
    "operation": ("operationid", "operation"),
    "token": ("clientrequesttoken",),
    "detailed_status": ("detailedstatus",),
}  # fmt: skip
_SPEAKING = {
    "message",
    "reason",
    "stoppedreason",
    "statusreason",
    "errormessage",
    "error",
    "msg",
    "description",
    "stackstatusreason",
    "cause",
}
_DEEPEST = 40
_STATUSES = frozenset(_FIELDS["status"])
_NAMES = frozenset({"logicalresourceid", "logicalid"})


def load_json(text: str) -> Any:
    """The document, a list of the documents where each line is one, None where it is no JSON."""
    stripped = text.strip()
    if not stripped or stripped[0] not in '{["':
        return None
    try:
        return json.loads(stripped)
    except (ValueError, RecursionError):
        pass
    lines = [line for line in stripped.splitlines() if line.strip()]
    found: list[Any] = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError):
            return _joined(stripped)
    return found


def _joined(text: str) -> Any:
    """Several documents one after the other, as pages of one answer are printed."""
    decoder, place, found = json.JSONDecoder(), 0, []
    while place < len(text):
        try:
            document, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return None
        found.append(document)
        while place < len(text) and text[place] in " \t\r\n,":
            place += 1
    return found


def read_objects(document: Any) -> tuple[list[Row], list[str]]:
    """Events in the order of the document, and messages of objects that are no events."""
    rows: list[Row] = []
    messages: list[str] = []
    for one in _walk(document, 0):
        if isinstance(one, dict):
            row = _row_of(one)
            if row is not None:
                rows.append(row)
            else:
                messages += _said_by(one)
        elif isinstance(one, list):
            row = _listed(one) or row_of(_texts(one))
            if row is not None:
                rows.append(row)
        elif isinstance(one, str):
            messages.append(one)
    return turned(rows, at=0), messages


def _walk(value: Any, depth: int) -> Iterator[Any]:
    """Objects, lists of plain values (a query's rows) and top-level strings, each once, outermost first."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            if isinstance(inner, (dict, list)):
                yield from _walk(inner, depth + 1)
            elif isinstance(inner, str) and inner.lstrip()[:1] == "{" and len(inner) < 100_000:
                yield from _walk(load_json(inner), depth + 1)
    elif isinstance(value, list):
        if value and _plain(value):
            if _listed(value) is not None or _unstated([value]):
                yield value
            else:
                yield from (item for item in value if isinstance(item, str))
            return
        if unstated := _unstated(value):
            yield from unstated
            return
        for item in value:
            yield from _walk(item, depth + 1)
    elif isinstance(value, str) and depth == 0:
        yield value


@lru_cache(maxsize=4096)
def _spelt(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "").replace(" ", "")


def _row_of(one: dict[str, Any]) -> Row | None:
    spelt = {_spelt(key): value for key, value in one.items() if isinstance(key, str)}
    if isinstance(details := spelt.get("statusdetails"), dict):  # an event as EventBridge carries it
        spelt |= {_spelt(key): value for key, value in details.items() if isinstance(key, str)}
    if not spelt.keys() & _STATUSES:
        return (
            _reported(spelt, {name: _first(spelt, keys) for name, keys in _FIELDS.items()})
            if spelt.keys() & _NAMES
            else None
        )
    found = {name: _first(spelt, keys) for name, keys in _FIELDS.items()}
    status = whole_status(found["status"])
    if not status and str(found["status"]).upper() == "FAILED" and "validationstatus" in spelt | {"hookstatus": 0}:
        status = _failed_of(spelt)
    if not status and "HOOK" in str(spelt.get("hookstatus", "")) and "FAILED" in str(spelt.get("hookstatus", "")):
        status = _failed_of(spelt)
    if not status:
        return _reported(spelt, found)
    if spelt.get("hooktype") and "FAILED" in str(spelt.get("hookstatus", "")):
        found["reason"] = f"The following hook(s) failed: [{spelt['hooktype']}]. {found['reason']}".strip()
    type_ = found["type"] if TYPE.fullmatch(found["type"]) else ""
    resource = found["resource"]
    if "stackstatus" in spelt:
        type_, resource = "AWS::CloudFormation::Stack", found["stack"]
    if not resource and not found["stack"]:
        return None
    if spelt.get("validationpath"):
        found["reason"] = f"{found['reason']} ({spelt['validationpath']})".strip()
    return Row(**{**found, "status": status, "type": type_, "resource": resource})


def _failed_of(spelt: dict[str, Any]) -> str:
    """Validation errors and hook errors have a status of their own; they fail the operation that they are told in."""
    if str(spelt.get("validationfailuremode", spelt.get("hookfailuremode", "FAIL"))).upper() == "WARN":
        return ""
    kind = str(spelt.get("operationtype", "CREATE")).upper()
    return "UPDATE_FAILED" if "UPDATE" in kind else "DELETE_FAILED" if "DELETE" in kind else "CREATE_FAILED"


def _reported(spelt: dict[str, Any], found: dict[str, str]) -> Row | None:
    """A query that left the status out: a resource with a reason, and nothing else that would make it another thing."""
    named = any(key in spelt for key in ("logicalresourceid", "logicalid"))
    if named and any(key in spelt for key in ("resourcestatusreason", "reason", "statusreason")) and found["reason"]:
        return Row(**{**found, "status": assumed_status(found["reason"])})
    return None


def _first(spelt: dict[str, Any], keys: tuple[str, ...]) -> str:
    for key in keys:
        value = spelt.get(key)
        if isinstance(value, bool) or value is None:
            continue
        if isinstance(value, (str, int, float)) and value != "":
            return str(value)
    return ""


def _listed(values: list[Any]) -> Row | None:
    """A row of `--query '…[LogicalResourceId, ResourceStatus, ResourceStatusReason]'`, in any order."""
    texts = _texts(values)
    status = next((text for text in texts if whole_status(text) and text.isupper()), "")
    if not status:
        return None
    rest = [text for text in texts if text != status]
    type_ = next((text for text in rest if TYPE.fullmatch(text)), "")
    rest = [text for text in rest if text != type_]
    when = next((text for text in rest if text[:4].isdigit() and "-" in text and ":" in text and "T" in text), "")
    rest = [text for text in rest if text != when]
    resource = next((text for text in rest if " " not in text), "")
    reason = max((text for text in rest if text != resource), key=len, default="")
    return Row(whole_status(status), resource, type_, reason, when) if resource else None


def _unstated(value: list[Any]) -> list[list[Any]]:
    """The lists of a query that left the status out, where it is a list of such; empty for all else."""
    lists = [list(item.values()) if isinstance(item, dict) and not _is_named(item) else item for item in value]
    if not all(isinstance(item, list) and _plain(item) and not _listed(item) for item in lists):
        return []
    rows = [row for item in lists if (row := row_of(_texts(item)))]
    return lists if rows and (isinstance(value[0], list) or speaks_of_resources(rows, prose=False)) else []


def _is_named(one: dict[str, Any]) -> bool:
    """Whether an object bears the names that AWS gives to what an event tells."""
    return any(_spelt(str(key)) in _STATUSES | _NAMES | {"eventid", "eventtype", "operationid"} for key in one)


def _plain(value: list[Any]) -> bool:
    return all(isinstance(item, (str, int, float, type(None))) for item in value)


def _texts(values: list[Any]) -> list[str]:
    return [str(value) for value in values if value is not None]


def _said_by(one: dict[str, Any]) -> list[str]:
    """Texts of an object that is no event: service events, stopped tasks, log lines, errors."""
    said = []
    for key, value in one.items():
        plain = str(key).lower().replace("_", "")
        if isinstance(value, str) and plain in _SPEAKING and value.strip() and not value.lstrip().startswith("{"):
            said.append(value)
        elif plain == "exitcode" and isinstance(value, int) and value != 0:
            said.append(f"{one.get('name', 'container')} stopped with exit code {value}")
    code = next((str(one[key]) for key in ("errorCode", "Code", "code") if isinstance(one.get(key), str)), "")
    return [f"{code}: {text}" if code and code not in text else text for text in said]
