"""One event as it was read, before statuses are completed and times are put on one scale."""

from __future__ import annotations

from dataclasses import dataclass, field

from stackflight.patterns import compile_later

RESOURCE_STATUS = compile_later(
    r"(?:CREATE|UPDATE|DELETE|IMPORT|EXPORT|ROLLBACK|REVIEW|(?:UPDATE|IMPORT|CREATE|DELETE|EXPORT)_ROLLBACK)"
    r"_(?:IN_PROGRESS|COMPLETE_CLEANUP_IN_PROGRESS|COMPLETE|FAILED|SKIPPED)"
)
_WHOLE = (
    *(f"{verb}_{end}" for verb in ("CREATE", "UPDATE", "DELETE", "IMPORT", "ROLLBACK", "UPDATE_ROLLBACK", "IMPORT_ROLLBACK", "EXPORT")
      for end in ("IN_PROGRESS", "COMPLETE", "FAILED", "SKIPPED")),
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "REVIEW_IN_PROGRESS",
)  # fmt: skip
_SHORTEST = 8
_BEGUN = compile_later(
    r"(?:creation|update|deletion) [Ii]nitiated|^User Initiated|^Eventual consistency check initiated|^Requested update "
)
TYPE = compile_later(r"[A-Za-z0-9]{2,64}::[A-Za-z0-9_@-]{2,64}(?:::[A-Za-z0-9_@-]{2,64})?(?:::MODULE)?")


@dataclass
class Row:
    """What a line, a record or an object says of one event; empty where it says nothing. `place` is the line where it stands."""

    status: str = ""
    resource: str = ""
    type: str = ""
    reason: str = ""
    when: str = ""
    stack: str = ""
    stack_id: str = ""
    physical_id: str = ""
    operation: str = ""
    token: str = ""
    detailed_status: str = ""
    place: int = field(default=0, init=False)


def whole_status(text: str) -> str:
    """A status of CloudFormation's: as it is, cut off by a column, or in words (`create failed`); empty for all else."""
    text = text.strip(" \t\r\n[]()'\"`*,:;.").upper().replace(" ", "_").replace("-", "_")
    if text in _WHOLE:
        return text
    if len(text) < _SHORTEST or "_" not in text:
        return ""
    return next(
        (whole for whole in _WHOLE if whole.startswith(text) and text.count("_") >= 1 and _says_enough(text)), ""
    )


def _says_enough(text: str) -> bool:
    """A cut status still has to tell how it ended: `CREATE_FAIL`, not `UPDATE_ROLL`."""
    return any(part in text for part in ("_IN_P", "_COMP", "_FAIL", "_SKIP"))


def assumed_status(reason: str) -> str:
    """The status of an event of which only the reason is shown: reasons are given for failures, and a few for beginnings."""
    if "Rollback requested by user" in reason or reason.startswith("The following resource(s) failed to "):
        return "ROLLBACK_IN_PROGRESS"
    return "CREATE_IN_PROGRESS" if _BEGUN.search(reason) else "CREATE_FAILED"
