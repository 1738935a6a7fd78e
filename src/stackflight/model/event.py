"""What CloudFormation says while it works: events, and the statuses that stacks and resources can have.

Source: the CloudFormation service model (StackEvent, OperationEvent, StackStatus, ResourceStatus).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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

    `time` is in seconds: since the epoch for a real cloud, since the first operation for a simulated one. `resource` is
    the logical id, for events of a stack itself the stack's name. `operation` is DescribeEvents' OperationId.
    `detailed_status` is CONFIGURATION_COMPLETE for what is configured and still settles.
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
