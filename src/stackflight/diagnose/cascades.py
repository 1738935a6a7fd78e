"""What a reason is: the resource's own failure, a consequence of another one, or a summary that only names resources.

Sources: AWS CloudFormation User Guide, "Monitor stack progress" and "Troubleshooting CloudFormation".
"""

from __future__ import annotations

import re
from enum import Enum

from stackflight.model.event import STACK_TYPE, Event
from stackflight.patterns import compile_later

_CANCELLED = frozenset({"resource creation cancelled", "resource update cancelled", "resource deletion cancelled", "resource creation canceled",
                        "resource update canceled"})  # fmt: skip
_LISTED = compile_later(r"failed\s+to\s+(?:create|update|delete|import)\s*:\s*\[([^\]]{1,8000})\]", re.IGNORECASE)
_EMBEDDED = compile_later(
    r"(?:Embedded|Nested)\s+stack\s+(?P<arn>arn:\S{10,400}?)\s+was\s+not\s+successfully", re.IGNORECASE
)
_NESTED_CHANGE_SET = compile_later(
    r"Nested\s+change\s+set\s+(?P<arn>arn:\S{10,400}?)\s+was\s+not\s+successfully", re.IGNORECASE
)
_ROLLBACK_WORDS = ("rollback requested by user", "rollback failed", "delete requested by user")


# Short texts and those with one of these words may be consequences; the others need no closer look.
_LONGER = 60
_FOLLOWING = ("ailed", "mbedded", "ested", "cancel", "ollback")


class Kind(Enum):
    """What a failed event tells."""

    OWN = "own"
    SILENT = "silent"
    CANCELLED = "cancelled"
    EMBEDDED = "embedded"
    SUMMARY = "summary"


def kind_of(event: Event) -> Kind:
    """The kind of a failed event, by its text."""
    if (
        event.type != STACK_TYPE
        and len(event.reason) > _LONGER
        and not any(word in event.reason for word in _FOLLOWING)
    ):
        return Kind.OWN
    reason = " ".join(event.reason.split())
    bare = reason.strip("'\" .,[]").lower()
    if bare in _CANCELLED:
        return Kind.CANCELLED
    if not bare:
        return Kind.EMBEDDED if event.type == STACK_TYPE else Kind.SILENT
    if _EMBEDDED.search(reason) or _NESTED_CHANGE_SET.search(reason):
        return Kind.EMBEDDED
    if _LISTED.search(reason) or (event.type == STACK_TYPE and bare.startswith(_ROLLBACK_WORDS)):
        return Kind.SUMMARY
    return Kind.OWN


def listed_in(reason: str) -> tuple[str, ...]:
    """The resources that a summary names."""
    match = _LISTED.search(" ".join(reason.split()))
    return tuple(name.replace(" ", "") for name in match[1].split(",") if name.strip()) if match else ()


def child_of(event: Event) -> str:
    """The ARN of the nested stack or change set that a failed event speaks of; empty where it speaks of none."""
    reason = " ".join(event.reason.split())
    match = _EMBEDDED.search(reason) or _NESTED_CHANGE_SET.search(reason)
    if match:
        return match["arn"]
    return event.physical_id if event.type == STACK_TYPE and event.physical_id.startswith("arn:") else ""
