"""What is to be done to a stack: operations as sum types, change sets, and which operation a status allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import TypeAlias

from stackflight.model.change import Change
from stackflight.model.event import StackStatus
from stackflight.model.submission import Submission
from stackflight.model.template import World
from stackflight.model.value import Address
from stackflight.records import dataclass


class OnFailure(StrEnum):
    """What a failed create or update does: CreateStack's OnFailure; DO_NOTHING is DisableRollback."""

    ROLLBACK = "ROLLBACK"
    DELETE = "DELETE"
    DO_NOTHING = "DO_NOTHING"


@dataclass(frozen=True)
class CreateStack:
    """Create a stack with its nested stacks. `timeout_seconds` is TimeoutInMinutes, in seconds.

    Here and below `world` is what a simulated cloud plays, `submission` what a real one is sent, and `token` the
    ClientRequestToken that comes back with every event.
    """

    stack: str
    world: World
    on_failure: OnFailure = OnFailure.ROLLBACK
    timeout_seconds: float | None = None
    termination_protection: bool = False
    submission: Submission = Submission()
    token: str = ""


@dataclass(frozen=True)
class UpdateStack:
    """Bring a stack to another template."""

    stack: str
    world: World
    on_failure: OnFailure = OnFailure.ROLLBACK
    submission: Submission = Submission()
    token: str = ""


@dataclass(frozen=True)
class DeleteStack:
    """Delete a stack; `retain` are logical ids to leave behind, allowed in DELETE_FAILED only."""

    stack: str
    retain: tuple[str, ...] = ()
    token: str = ""


@dataclass(frozen=True)
class RollbackStack:
    """Undo a failed operation that was started with rollback off."""

    stack: str
    token: str = ""


@dataclass(frozen=True)
class ContinueRollback:
    """Go on with a failed update rollback; `skip` are resources to mark as rolled back without touching them."""

    stack: str
    skip: tuple[str, ...] = ()
    token: str = ""


@dataclass(frozen=True)
class CancelUpdate:
    """Break off an update that is under way; it is rolled back. Allowed in UPDATE_IN_PROGRESS only."""

    stack: str
    token: str = ""


@dataclass(frozen=True)
class CreateChangeSet:
    """Compute what a template would change; for a stack that does not exist it makes the REVIEW_IN_PROGRESS shell.

    `imports` are resources that exist and are to be taken in, logical id -> physical id: then nothing else may change.
    """

    stack: str
    name: str
    world: World
    submission: Submission = Submission()
    token: str = ""
    imports: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ExecuteChangeSet:
    """Carry out a change set. `timeout_seconds` and `termination_protection` matter for a create only."""

    stack: str
    name: str
    on_failure: OnFailure = OnFailure.ROLLBACK
    timeout_seconds: float | None = None
    termination_protection: bool = False
    token: str = ""


@dataclass(frozen=True)
class DeleteChangeSet:
    """Forget a change set. The stack stays as it is."""

    stack: str
    name: str


@dataclass(frozen=True)
class SetTerminationProtection:
    """Switch termination protection of a root stack."""

    stack: str
    enabled: bool


Operation: TypeAlias = (
    CreateStack
    | UpdateStack
    | DeleteStack
    | RollbackStack
    | ContinueRollback
    | CancelUpdate
    | CreateChangeSet
    | ExecuteChangeSet
    | DeleteChangeSet
    | SetTerminationProtection
)


@dataclass(frozen=True)
class ChangeSet:
    """A computed change set. `status` is CREATE_COMPLETE or FAILED, `execution` AVAILABLE, UNAVAILABLE, EXECUTE_COMPLETE,
    EXECUTE_FAILED or OBSOLETE; `reason` says why it failed. `nested` are those of nested stacks that change, `imports` what
    it takes in: logical id -> physical id."""

    stack: str
    name: str
    kind: str
    status: str
    execution: str
    changes: tuple[Change, ...] = ()
    reason: str = ""
    world: World | None = None
    nested: tuple[ChangeSet, ...] = ()
    imports: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Injection:
    """A failure put into a rehearsal: `text` empty for a standard reason, `seconds` None for at once.

    `operations` are "create", "update", "delete" or "rollback" (the way back of an update).
    """

    address: Address
    text: str = ""
    seconds: float | None = None
    operations: tuple[str, ...] = ("create", "update")


_ANYTIME: tuple[type, ...] = (CreateChangeSet, DeleteChangeSet, SetTerminationProtection)
_FROM_STABLE: tuple[type, ...] = (UpdateStack, ExecuteChangeSet, DeleteStack, *_ANYTIME)

LEGAL: dict[StackStatus | None, tuple[type, ...]] = {
    None: (CreateStack, CreateChangeSet),
    StackStatus.REVIEW_IN_PROGRESS: (ExecuteChangeSet, DeleteStack, *_ANYTIME),
    StackStatus.CREATE_COMPLETE: _FROM_STABLE,
    StackStatus.UPDATE_COMPLETE: _FROM_STABLE,
    StackStatus.UPDATE_ROLLBACK_COMPLETE: _FROM_STABLE,
    StackStatus.IMPORT_COMPLETE: _FROM_STABLE,
    StackStatus.IMPORT_ROLLBACK_COMPLETE: _FROM_STABLE,
    StackStatus.CREATE_FAILED: (RollbackStack, *_FROM_STABLE),
    StackStatus.ROLLBACK_COMPLETE: (DeleteStack, SetTerminationProtection),
    StackStatus.ROLLBACK_FAILED: (DeleteStack, SetTerminationProtection),
    StackStatus.DELETE_FAILED: (DeleteStack, SetTerminationProtection),
    StackStatus.UPDATE_FAILED: (RollbackStack, *_FROM_STABLE),
    StackStatus.UPDATE_ROLLBACK_FAILED: (ContinueRollback, DeleteStack, SetTerminationProtection),
    StackStatus.IMPORT_ROLLBACK_FAILED: (ContinueRollback, DeleteStack, SetTerminationProtection),
    StackStatus.CREATE_IN_PROGRESS: (DeleteStack,),
    StackStatus.UPDATE_IN_PROGRESS: (CancelUpdate,),
    StackStatus.DELETE_COMPLETE: (CreateStack, CreateChangeSet),
}
"""Operations that CloudFormation accepts in a status; None stands for a stack that does not exist. A status that is not
listed accepts nothing. Source: facts of the service, statuses and their legal next operations."""
