"""A failed resource -> what DescribeEvents says of its operation beside the events of the stack.

Events of validation, provisioning and hooks stand in no other list. They belong to the operation that failed, not to the
way back, so that they are asked for by its id. Source: API reference, DescribeEvents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from stackflight.aws.probes import Ask
from stackflight.aws.refusals import code_of
from stackflight.model.event import Event
from stackflight.model.evidence import Evidence, EvidenceKind

_KINDS = {
    "VALIDATION_ERROR": EvidenceKind.MESSAGE,
    "PROVISIONING_ERROR": EvidenceKind.MESSAGE,
    "HOOK_INVOCATION_ERROR": EvidenceKind.HOOK,
}
_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})


def operation_errors(ask: Ask, event: Event) -> Iterator[Evidence]:
    """The errors of the event's operation. Nothing where they may not be asked for: the CDK's roles before bootstrap version 30."""
    asked = {"OperationId": event.operation, "Filters": {"FailedEvents": True}}
    try:
        told = ask("cloudformation").describe_events(**asked).get("OperationEvents") or []
    except ClientError as error:
        if code_of(error) in _DENIED:
            return
        raise
    for one in told:
        if one.get("EventType") in _KINDS and (text := _text(one)):
            resource = one.get("LogicalResourceId", event.resource)
            yield Evidence(
                _KINDS[one["EventType"]], text, resource, one.get("HookType") or one.get("ValidationName", "")
            )


def _text(told: Mapping[str, Any]) -> str:
    """Why, and where in the template."""
    keys = ("HookStatusReason", "ValidationStatusReason", "ResourceStatusReason", "ValidationPath")
    return ": ".join(dict.fromkeys(told[key] for key in keys if told.get(key)))
