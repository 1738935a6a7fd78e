"""The `Cloud` port over CloudFormation: operations out, stacks, change sets and events in.

Requests carry tokens, so that asking twice is asking once: a request that is repeated because its answer was lost
starts nothing a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from stackflight.aws.inventory import Policies, take_inventory
from stackflight.aws.refusals import code_of, is_missing, translated
from stackflight.aws.shapes import nested_change_sets, read_change_set, read_stack, request_of
from stackflight.aws.streams import Streams
from stackflight.errors import OperationRefused
from stackflight.model.deployed import Deployed, Owned
from stackflight.model.event import START, Cursor, Event, StackStatus
from stackflight.model.plan import (
    CancelUpdate,
    ChangeSet,
    ContinueRollback,
    CreateChangeSet,
    CreateStack,
    DeleteChangeSet,
    DeleteStack,
    ExecuteChangeSet,
    OnFailure,
    Operation,
    RollbackStack,
    SetTerminationProtection,
    UpdateStack,
)
from stackflight.ports import Cloud

_STARTED = {
    "TokenAlreadyExistsException",
    "InvalidChangeSetStatus",
    "InvalidChangeSetStatusException",
    "ChangeSetNotFound",
}


class AwsCloud:
    """CloudFormation of one account and Region. `client` gives the client to use now.

    `names` are what stacks are called in CloudFormation, where that is not the name by which they are followed;
    `policies` reads DeletionPolicies from a template.
    """

    def __init__(
        self, client: Callable[[], Any], names: Mapping[str, str] | None = None, policies: Policies = lambda _: {}
    ) -> None:
        self._client = client
        self._policies = policies
        self._names = names or {}
        self._ids: dict[str, str] = {}
        self._kinds: dict[tuple[str, str], str] = {}
        self._streams = Streams(client, self._id)

    def start(self, operation: Operation) -> str:
        """Begin an operation. Returns its OperationId where CloudFormation tells it. Raises OperationRefused."""
        with translated():
            match operation:
                case CreateChangeSet():
                    return self._create_change_set(operation)
                case ExecuteChangeSet():
                    return self._execute(operation)
                case CreateStack() | UpdateStack():
                    return self._submit(operation)
                case DeleteStack() | RollbackStack() | ContinueRollback() | CancelUpdate():
                    return self._act(operation)
                case DeleteChangeSet(stack, name):
                    self._client().delete_change_set(StackName=self._id(stack), ChangeSetName=name)
                case SetTerminationProtection(stack, enabled):
                    self._client().update_termination_protection(
                        StackName=self._id(stack), EnableTerminationProtection=enabled
                    )
        return ""

    def status(self, stack: str) -> StackStatus | None:
        """The stack's status now; None where no such stack exists or it is gone."""
        found = self.describe(stack)
        return found.status if found is not None else None

    def describe(self, stack: str) -> Deployed | None:
        """The stack as it stands; None where no such stack exists or it is gone."""
        with translated():
            try:
                [answer] = self._client().describe_stacks(StackName=self._id(stack))["Stacks"]
            except ClientError as error:
                if is_missing(error):
                    return None
                raise
        found = read_stack(answer, stack)
        if found.status is StackStatus.DELETE_COMPLETE:
            return None
        self._ids[stack] = found.stack_id
        return found

    def owned(self, stack: str) -> Sequence[Owned]:
        """The resources of a stack and of those nested in it; none where no such stack exists or it is gone."""
        with translated():
            return list(take_inventory(self._client(), self._id(stack), stack, self._policies))

    def change_set(self, stack: str, name: str) -> ChangeSet | None:
        """A change set as computed so far, with why its validation failed; None where there is none of this name."""
        with translated():
            try:
                answer, changes = self._read_change_set(StackName=self._id(stack), ChangeSetName=name)
            except ClientError as error:
                if is_missing(error):
                    return None
                raise
            kind = self._kinds.get((stack, name), "")
            made = read_change_set(answer, changes, stack, kind, self._nested(stack, changes))
            return self._streams.with_validation(made, answer.get("ChangeSetId", name))

    def _read_change_set(self, **which: str) -> tuple[Any, list[Any]]:
        changes: list[Any] = []
        token: dict[str, str] = {}
        while True:
            answer = self._client().describe_change_set(**which, IncludePropertyValues=True, **token)
            changes += answer.get("Changes") or []
            if not answer.get("NextToken"):
                return answer, changes
            token = {"NextToken": answer["NextToken"]}

    def _nested(self, stack: str, changes: list[Any]) -> tuple[ChangeSet, ...]:
        """The change sets of nested stacks, which CloudFormation names in their parents' changes."""
        found = []
        for logical, (id, kind) in nested_change_sets(changes).items():
            answer, inner = self._read_change_set(ChangeSetName=id)
            path = f"{stack}/{logical}"
            found.append(read_change_set(answer, inner, path, kind, self._nested(path, inner)))
        return tuple(found)

    def events(self, stack: str, after: Cursor = START) -> Sequence[Event]:
        """The events of a stack and of those nested in it, oldest first, from a cursor on."""
        with translated():
            return self._streams.read(stack, after)

    def latest(self, stack: str) -> Cursor:
        """The cursor behind everything that the stack has to tell so far; START where there is no such stack."""
        with translated():
            return self._streams.latest(stack)

    def before_operation(self, stack: str) -> Cursor:
        """The cursor before the first event of what was last begun on the stack; START where that is its first."""
        with translated():
            return self._streams.before_operation(stack)

    def finished(self, stack: str) -> bool:
        """Whether nothing is in progress for the stack."""
        status = self.status(stack)
        return status is None or not status.in_progress

    def attach(self, stack: str, stack_id: str) -> None:
        """From now on the stack of this name is the one of this ARN, though it may be gone."""
        self._ids[stack] = stack_id

    def _id(self, stack: str) -> str:
        """The ARN where it is known: it names the same stack even when it is deleted."""
        return self._ids.get(stack) or self._names.get(stack, stack)

    def _create_change_set(self, operation: CreateChangeSet) -> str:
        status = self.status(operation.stack)
        new = status is None or status is StackStatus.REVIEW_IN_PROGRESS
        kind = "CREATE" if new else "UPDATE"
        self._kinds[operation.stack, operation.name] = kind
        if status is None:
            self._ids.pop(operation.stack, None)
        request = request_of(operation.submission)
        if operation.submission.description:
            request["Description"] = operation.submission.description
        if operation.token:
            request["ClientToken"] = operation.token
        try:
            answer = self._client().create_change_set(
                StackName=self._id(operation.stack), ChangeSetName=operation.name, ChangeSetType=kind,
                IncludeNestedStacks=True, **request,
            )  # fmt: skip
        except ClientError as error:
            if code_of(error) != "AlreadyExistsException":
                raise
            return ""  # the request was heard though its answer was not: the name belongs to this run alone
        self._ids[operation.stack] = answer["StackId"]
        return ""

    def _execute(self, operation: ExecuteChangeSet) -> str:
        stack = operation.stack
        if operation.termination_protection:
            self._client().update_termination_protection(StackName=self._id(stack), EnableTerminationProtection=True)
        request: dict[str, Any] = {"DisableRollback": operation.on_failure is OnFailure.DO_NOTHING}
        if operation.token:
            request["ClientRequestToken"] = operation.token
        try:
            self._client().execute_change_set(StackName=self._id(stack), ChangeSetName=operation.name, **request)
        except ClientError as error:
            if (
                code_of(error) not in _STARTED
                or not operation.token
                or not self._streams.has_token(stack, operation.token)
            ):
                raise
        return ""

    def _submit(self, operation: CreateStack | UpdateStack) -> str:
        request = request_of(operation.submission)
        if operation.token:
            request["ClientRequestToken"] = operation.token
        if isinstance(operation, UpdateStack):
            request["DisableRollback"] = operation.on_failure is OnFailure.DO_NOTHING
            answer = self._client().update_stack(StackName=self._id(operation.stack), **request)
        else:
            if operation.timeout_seconds is not None:
                request["TimeoutInMinutes"] = max(1, round(operation.timeout_seconds / 60))
            # What OnFailure=DO_NOTHING keeps cannot be updated; what DisableRollback keeps can.
            keeps = operation.on_failure is OnFailure.DO_NOTHING
            failing = {"DisableRollback": True} if keeps else {"OnFailure": operation.on_failure.value}
            answer = self._client().create_stack(
                StackName=self._names.get(operation.stack, operation.stack),
                EnableTerminationProtection=operation.termination_protection, **failing, **request,
            )  # fmt: skip
        self._ids[operation.stack] = answer["StackId"]
        return str(answer.get("OperationId", ""))

    def _act(self, operation: DeleteStack | RollbackStack | ContinueRollback | CancelUpdate) -> str:
        client, stack = self._client(), self._id(operation.stack)
        token = {"ClientRequestToken": operation.token} if operation.token else {}
        match operation:
            case DeleteStack(_, retain):
                known = self.describe(operation.stack)  # events of a deleted stack are found by its ARN alone
                if known is None:
                    raise OperationRefused(f"there is no stack {operation.stack}")
                keep = {"RetainResources": list(retain)} if retain else {}
                client.delete_stack(StackName=known.stack_id, **keep, **token)
            case RollbackStack():
                return str(client.rollback_stack(StackName=stack, **token).get("OperationId", ""))
            case ContinueRollback(_, skip):
                extra = {"ResourcesToSkip": list(skip)} if skip else {}
                client.continue_update_rollback(StackName=stack, **extra, **token)
            case CancelUpdate():
                client.cancel_update_stack(StackName=stack, **token)
        return ""


if TYPE_CHECKING:
    _CLOUD: type[Cloud] = AwsCloud
