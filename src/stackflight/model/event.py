"""What CloudFormation says while it works: events, and the statuses that stacks and resources can have.

Source: the CloudFormation service model (StackEvent, OperationEvent, StackStatus, ResourceStatus).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import StrEnum

from stackflight.records import dataclass

STACK_TYPE = "AWS::CloudFormation::Stack"


class StackStatus(StrEnum):
    """The 23 statuses of a stack."""

    REVIEW_IN_PROGRESS = "REVIEW_IN_PROGRESS"
    CREATE_IN_PROGRESS = "CREATE_IN_PROGRESS"
    CREATE_COMPLETE = "CREATE_COMPLETE"
    CREATE_FAILED = "CREATE_FAILED"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_COMPLETE = "ROLLBACK_COMPLETE"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"
    DELETE_IN_PROGRESS = "DELETE_IN_PROGRESS"
    DELETE_COMPLETE = "DELETE_COMPLETE"
    DELETE_FAILED = "DELETE_FAILED"
    UPDATE_IN_PROGRESS = "UPDATE_IN_PROGRESS"
    UPDATE_COMPLETE_CLEANUP_IN_PROGRESS = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    UPDATE_COMPLETE = "UPDATE_COMPLETE"
    UPDATE_FAILED = "UPDATE_FAILED"
    UPDATE_ROLLBACK_IN_PROGRESS = "UPDATE_ROLLBACK_IN_PROGRESS"
    UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    UPDATE_ROLLBACK_COMPLETE = "UPDATE_ROLLBACK_COMPLETE"
    UPDATE_ROLLBACK_FAILED = "UPDATE_ROLLBACK_FAILED"
    IMPORT_IN_PROGRESS = "IMPORT_IN_PROGRESS"
    IMPORT_COMPLETE = "IMPORT_COMPLETE"
    IMPORT_ROLLBACK_IN_PROGRESS = "IMPORT_ROLLBACK_IN_PROGRESS"
    IMPORT_ROLLBACK_COMPLETE = "IMPORT_ROLLBACK_COMPLETE"
    IMPORT_ROLLBACK_FAILED = "IMPORT_ROLLBACK_FAILED"

    @property
    def in_progress(self) -> bool:
        """Whether CloudFormation is at work, so that every other operation is refused.

        REVIEW_IN_PROGRESS is none: nothing runs while a change set waits for its execution.
        """
        return self.endswith("_IN_PROGRESS") and self is not StackStatus.REVIEW_IN_PROGRESS


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a stack's history.

    `time` is in seconds: since the epoch for a real cloud, since the first operation for a simulated one. `stack` is
    the name of a root stack, or `ROOT/ID` for a nested one, `stack_id` its ARN. `resource` is the logical id, for events
    of a stack itself the stack's name. `operation` is DescribeEvents' OperationId, `token` the ClientRequestToken.
    `detailed_status` is CONFIGURATION_COMPLETE for what is configured and still settles. `id` is EventId: no two events
    share one.
    """

    time: float
    stack: str
    resource: str
    type: str
    status: str
    reason: str = ""
    physical_id: str = ""
    operation: str = ""
    detailed_status: str = ""
    id: str = ""
    stack_id: str = ""
    token: str = ""

    @property
    def of_stack(self) -> bool:
        """Whether it tells of the stack itself; a nested stack is also a resource of its parent, which is another event."""
        return self.type == STACK_TYPE and self.physical_id == (self.stack_id or self.stack)

    @property
    def begins(self) -> bool:
        """Whether somebody has begun something on the stack with it; a change set's empty stack is not counted."""
        return (
            self.of_stack
            and self.reason == "User Initiated"
            and self.status.endswith("_IN_PROGRESS")
            and self.status != StackStatus.REVIEW_IN_PROGRESS
        )


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far the events of a stack and of those nested in it have been read: by stack, the id of its newest event."""

    newest: Mapping[str, str] = field(default_factory=dict)

    def past(self, events: Iterable[Event]) -> Cursor:
        """The cursor after reading more events, oldest first."""
        return Cursor({**self.newest, **{event.stack: event.id for event in events}})


START = Cursor()
"""Nothing has been read yet."""
