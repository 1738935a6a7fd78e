"""A stack, there or gone -> what happened to it last: its events with those of nested stacks, its template, and why a change set failed.

Read only. A stack that is gone is found by its ARN, which ListStacks tells for 90 days. Sources: CloudFormation API
reference, DescribeStackEvents, ListStacks and GetTemplate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from botocore.exceptions import ClientError

from stackflight.aws.inventory import read_body
from stackflight.aws.refusals import is_missing, translated
from stackflight.aws.session import Session
from stackflight.aws.shapes import read_change_set
from stackflight.aws.streams import Streams
from stackflight.model.event import Event
from stackflight.records import dataclass

_OPERATIONS = 3


@dataclass(frozen=True)
class Past:
    """What is known of a stack. `template` is as CloudFormation keeps it, empty where it may not be read or is gone.

    `refusals` are the reasons of change sets that failed before anything was begun.
    """

    stack: str
    stack_id: str
    status: str
    events: tuple[Event, ...] = ()
    template: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    refusals: tuple[str, ...] = ()


def read_past(session: Session, name: str) -> Past | None:
    """The past of a stack that a name or an ARN calls; None where there is none. Raises CloudUnavailable, OperationRefused."""
    stack, region = _named(name)
    other = region if region != session.region else ""
    client = session.client("cloudformation", "", other)
    with translated():
        found = _find(client, name)
        if found is None:
            return None
        id = found["StackId"]
        streams = Streams(lambda: client, lambda _: id)
        events = streams.read(stack, streams.before_operation(stack, _OPERATIONS))
        shell = found["StackStatus"] == "REVIEW_IN_PROGRESS"
        return Past(
            stack,
            id,
            found["StackStatus"],
            tuple(events),
            "" if shell else read_body(client, id),
            {one["ParameterKey"]: one.get("ParameterValue", "") for one in found.get("Parameters") or []},
            tuple(_failed_change_sets(client, streams, id)) if shell or not events else (),
        )


def _named(name: str) -> tuple[str, str]:
    """The stack's name and the Region of its ARN, empty where there is no ARN."""
    parts = name.split(":", 5)
    return (parts[5].split("/")[1], parts[3]) if len(parts) == 6 and parts[5].count("/") else (name, "")


def _find(client: Any, name: str) -> dict[str, Any] | None:
    try:
        [found] = client.describe_stacks(StackName=name)["Stacks"]
        return dict(found)
    except ClientError as error:
        if not is_missing(error):
            raise
    pages = client.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"])
    gone = [one for page in pages for one in page["StackSummaries"] if name in {one["StackName"], one["StackId"]}]
    return max(gone, key=lambda one: str(one.get("DeletionTime", ""))) if gone else None


def _failed_change_sets(client: Any, streams: Streams, id: str) -> list[str]:
    """Why the newest change set failed, with what CloudFormation's validation found."""
    try:
        made = client.list_change_sets(StackName=id)["Summaries"]
        failed = [one for one in made if one.get("Status") == "FAILED"]
        if not failed:
            return []
        newest = max(failed, key=lambda one: str(one.get("CreationTime", "")))["ChangeSetId"]
        answer = client.describe_change_set(StackName=id, ChangeSetName=newest)
    except ClientError:
        return []
    reason = streams.with_validation(read_change_set(answer, [], id, ""), newest).reason
    return [reason] if reason else []
