"""Whose data a change set would end, held against what the stack owns."""

from __future__ import annotations

from stackflight.model.change import Action, Change, Replacement
from stackflight.model.deployed import Owned
from stackflight.model.event import STACK_TYPE
from stackflight.model.plan import ChangeSet
from stackflight.plan.loss import ends_something, find_losses

TABLE, ROLE = "AWS::DynamoDB::Table", "AWS::IAM::Role"


def proposed(*changes: Change) -> ChangeSet:
    return ChangeSet("app", "next", "UPDATE", "CREATE_COMPLETE", "AVAILABLE", changes)


def test_what_failed_to_be_created_holds_no_data_and_what_failed_to_be_updated_does() -> None:
    dropped = proposed(Change("Table", TABLE, Action.REMOVE), Change("Role", ROLE, Action.REMOVE))
    assert ends_something(dropped)
    assert [loss.resource for loss in find_losses(dropped)] == ["Table"]
    assert find_losses(dropped, [Owned("app", "Table", TABLE, "CREATE_FAILED")]) == ()
    for status in ("UPDATE_FAILED", "DELETE_FAILED", "CREATE_COMPLETE"):
        assert find_losses(dropped, [Owned("app", "Table", TABLE, status)])
    assert find_losses(dropped, [Owned("app/Child", "Table", TABLE, "CREATE_FAILED")])


def test_a_nested_stack_takes_with_it_what_is_in_it_and_not_kept() -> None:
    gone = proposed(Change("Child", STACK_TYPE, Action.REMOVE))
    owned = [
        Owned("app", "Child", STACK_TYPE, "CREATE_COMPLETE", "Delete"),
        Owned("app", "Other", TABLE, "CREATE_COMPLETE", "Delete"),
        Owned("app/Child", "Table", TABLE, "UPDATE_COMPLETE", "Delete"),
        Owned("app/Child", "Unknown", TABLE, "CREATE_COMPLETE"),
        Owned("app/Child", "Kept", TABLE, "CREATE_COMPLETE", "Retain"),
        Owned("app/Child", "Saved", "AWS::RDS::DBInstance", "CREATE_COMPLETE", "Snapshot"),
        Owned("app/Child", "Failed", TABLE, "CREATE_FAILED", "Delete"),
        Owned("app/Child", "Deeper", STACK_TYPE, "CREATE_COMPLETE", "Delete"),
        Owned("app/Child", "Rest", STACK_TYPE, "CREATE_COMPLETE", "Retain"),
        Owned("app/Child/Deeper", "Table", TABLE, "CREATE_COMPLETE", "Delete"),
        Owned("app/Child/Rest", "Table", TABLE, "CREATE_COMPLETE", "Delete"),
        Owned("app/Children", "Table", TABLE, "CREATE_COMPLETE", "Delete"),
    ]
    found = [(loss.stack, loss.resource, loss.how) for loss in find_losses(gone, owned)]
    assert found == [
        ("app/Child", "Table", "deleted"),
        ("app/Child", "Unknown", "deleted"),
        ("app/Child/Deeper", "Table", "deleted"),
    ]
    kept = proposed(Change("Child", STACK_TYPE, Action.REMOVE, policy="Retain"))
    assert find_losses(kept, owned) == ()


def test_a_stack_is_asked_what_it_owns_only_where_something_goes() -> None:
    assert not ends_something(proposed(Change("Table", TABLE, Action.ADD), Change("Role", ROLE, Action.REMOVE)))
    assert not ends_something(proposed(Change("Table", TABLE, Action.MODIFY, Replacement.NO)))
    assert ends_something(proposed(Change("Table", TABLE, Action.MODIFY, Replacement.CONDITIONAL)))
