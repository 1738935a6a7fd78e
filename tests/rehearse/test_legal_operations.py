"""Which operation CloudFormation accepts in which status of a stack."""

from __future__ import annotations

import pytest
from rehearsal_worlds import cloud_with, world_of

from stackflight.errors import OperationRefused
from stackflight.model.event import StackStatus
from stackflight.model.plan import (
    LEGAL,
    CancelUpdate,
    ContinueRollback,
    CreateStack,
    DeleteStack,
    ExecuteChangeSet,
    RollbackStack,
    UpdateStack,
)

WORLD = world_of("Resources: {Nat: {Type: AWS::EC2::NatGateway}}")
OPERATIONS = (
    CreateStack("app", WORLD),
    UpdateStack("app", WORLD),
    DeleteStack("app"),
    RollbackStack("app"),
    ContinueRollback("app"),
    ExecuteChangeSet("app", "x"),
)


@pytest.mark.parametrize("status", StackStatus)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: type(operation).__name__)
def test_what_is_not_legal_in_a_status_is_refused(status: StackStatus, operation: object) -> None:
    cloud = cloud_with()
    cloud.adopt("app", WORLD)
    cloud.engine.stacks["app"].status = status
    known = None if status is StackStatus.DELETE_COMPLETE else status
    if isinstance(operation, LEGAL.get(known, ())):
        return
    with pytest.raises(OperationRefused, match="can not be changed"):
        cloud.start(operation)


def test_while_something_runs_a_creation_can_be_deleted_and_an_update_be_cancelled_and_nothing_else() -> None:
    for status in StackStatus:
        if status.in_progress and status not in {StackStatus.CREATE_IN_PROGRESS, StackStatus.UPDATE_IN_PROGRESS}:
            assert status not in LEGAL
    assert LEGAL[StackStatus.CREATE_IN_PROGRESS] == (DeleteStack,)
    assert LEGAL[StackStatus.UPDATE_IN_PROGRESS] == (CancelUpdate,)


def test_a_rolled_back_creation_can_only_be_deleted() -> None:
    assert UpdateStack not in LEGAL[StackStatus.ROLLBACK_COMPLETE]
    assert DeleteStack in LEGAL[StackStatus.ROLLBACK_COMPLETE]
