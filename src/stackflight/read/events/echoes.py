"""Rows without a reason, and messages that name their resource -> the reason put where it belongs."""

from __future__ import annotations

import re

from stackflight.patterns import compile_later
from stackflight.read.events.row import TYPE, Row

_TOLD = compile_later(
    r"^(?:[A-Z]\w{2,30}Error: )?(?:An error occurred(?: while provisioning your stack)?: |ERROR: |Error: |\[?[✖✘❌✗]\]? *)?(?P<id>[A-Za-z0-9]{3,255})(?: \((?P<type>[A-Za-z0-9]+::[A-Za-z0-9:]+)\))?(?: - |: )(?P<reason>.{8,})",
    re.DOTALL,
)
_ECHOES = 200
_BEGINNING = 60
_NO_REASON = ("failed", "is in", "deploy", "creat", "updat", "delet", "|", "to ", "in ", "and ")


def fill_reasons(rows: list[Row], messages: list[str]) -> None:
    """Give failed rows the reasons that are told elsewhere; add a row for a message that names one and has none."""
    told = {(row.resource, row.status): row.reason for row in rows if row.reason}
    for bare in rows:
        if bare.status.endswith("FAILED"):  # said in a list of all events without its reason, and once more with it
            bare.reason = bare.reason or told.get((bare.resource, bare.status), "")
    silent = {row.resource: row for row in rows if row.status.endswith("FAILED") and not row.reason and row.resource}
    for message in messages[:5000]:
        match = _TOLD.match(message)
        if match is None or match["id"].endswith(("Error", "Exception")):
            continue
        row = silent.get(match["id"])
        if row is not None and not row.reason:
            row.reason = match["reason"].strip()
        elif not rows and "An error occurred" in message[:_BEGINNING]:
            rows.append(Row("CREATE_FAILED", match["id"], match["type"] or "", match["reason"].strip()))
    for name, row in list(silent.items())[:_ECHOES]:
        if not row.reason:
            row.reason = _told_of(name, messages)


def _told_of(name: str, messages: list[str]) -> str:
    for message in messages[:2000]:
        place = message.find(name)
        if place < 0 or len(name) < 3 or message.lstrip(" .-").startswith("The following resource"):
            continue
        rest = message[place + len(name) :].lstrip(" ):-'\"")
        if len(rest) > 20 and not TYPE.fullmatch(rest) and not rest.lower().startswith(_NO_REASON):
            return rest
    return ""
