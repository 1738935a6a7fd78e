"""Change sets, updates, replacements, the clean-up phase and the ways back."""

from __future__ import annotations

import pytest
from rehearsal_worlds import cloud_with, lines, world_of

from stackflight.errors import OperationRefused
from stackflight.model.change import Replacement
from stackflight.model.event import StackStatus
from stackflight.model.plan import (
    CancelUpdate,
    ContinueRollback,
    CreateChangeSet,
    CreateStack,
    DeleteChangeSet,
    ExecuteChangeSet,
    OnFailure,
    RollbackStack,
    UpdateStack,
)
from stackflight.model.value import Address
from stackflight.rehearse.behaviour import Fault
from stackflight.rehearse.simulator import SimulatedCloud

BEFORE = """
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: one}}
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: old}}
  Queue: {Type: AWS::SQS::Queue}
  Role: {Type: AWS::IAM::Role, Properties: {Description: !Ref Bucket}}
"""
AFTER = """
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: two}}
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: new}}
  Role: {Type: AWS::IAM::Role, Properties: {Description: !Ref Bucket}}
  Table: {Type: AWS::DynamoDB::Table, DependsOn: [Role, Topic]}
"""


def created(text: str = BEFORE, **later: Fault) -> SimulatedCloud:
    """A cloud with the stack in place; `later` are faults of the update, `RESOURCE_OPERATION`."""
    cloud = cloud_with()
    cloud.start(CreateStack("app", world_of(text)))
    cloud.settle()
    keys = {name: (Address("app", name.split("_")[0]), name.split("_")[1]) for name in later}
    cloud.engine.faults = {keys[name]: fault for name, fault in later.items()}
    return cloud


def updated(cloud: SimulatedCloud, text: str = AFTER, **how: object) -> list[str]:
    """The events of an update."""
    before = len(cloud.events("app"))
    cloud.start(UpdateStack("app", world_of(text), **how))
    cloud.settle()
    return lines(cloud.events("app")[before:])


def test_a_change_set_tells_what_is_added_changed_replaced_and_removed() -> None:
    cloud = created()
    cloud.start(CreateChangeSet("app", "next", world_of(AFTER)))
    change_set = cloud.change_set("app", "next")
    assert change_set is not None
    told = {change.resource: (change.action, change.replacement, change.policy) for change in change_set.changes}
    assert told == {
        "Bucket": ("Modify", "True", "ReplaceAndDelete"),
        "Topic": ("Modify", "False", ""),
        "Role": ("Modify", "False", ""),
        "Table": ("Add", "False", ""),
        "Queue": ("Remove", "False", "Delete"),
    }


def test_an_update_replaces_first_and_deletes_the_old_copies_in_the_clean_up() -> None:
    said = updated(created())
    assert said[0] == "app UPDATE_IN_PROGRESS"
    clean_up = said.index("app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    assert said.index("Table CREATE_COMPLETE") < clean_up < said.index("Bucket DELETE_IN_PROGRESS")
    assert "Queue DELETE_COMPLETE" in said[clean_up:]
    assert said[-1] == "app UPDATE_COMPLETE"


def test_a_replacement_reaches_those_who_refer_to_it() -> None:
    said = updated(created())
    assert said.index("Bucket UPDATE_COMPLETE") < said.index("Role UPDATE_IN_PROGRESS")


def test_a_replaced_copy_with_a_retain_policy_is_left_behind() -> None:
    before = "Resources: {Q: {Type: AWS::SQS::Queue, UpdateReplacePolicy: Retain, Properties: {FifoQueue: %s}}}"
    said = updated(created(before % "false"), before % "true")
    assert "Q DELETE_SKIPPED" in said
    assert said[-1] == "app UPDATE_COMPLETE"


def test_a_resource_with_a_name_of_its_own_cannot_be_replaced_under_that_name() -> None:
    before = "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs, FifoQueue: %s}}}"
    cloud = created(before % "false")
    said = updated(cloud, before % "true")
    assert said[-1] == "app UPDATE_ROLLBACK_COMPLETE"
    [failed] = [event for event in cloud.events("app") if event.status == "UPDATE_FAILED"]
    assert failed.reason.startswith("CloudFormation cannot update a stack when a custom-named resource requires")


def test_a_failed_update_goes_back_to_the_former_template() -> None:
    cloud = created(Table_create=Fault("no capacity"))
    bucket = cloud.engine.stacks["app"].items["Bucket"].physical_id
    said = updated(cloud)
    turn = said.index("app UPDATE_ROLLBACK_IN_PROGRESS")
    clean_up = said.index("app UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    assert said[turn + 1 : clean_up].count("Bucket UPDATE_COMPLETE") == 1
    assert "Table DELETE_COMPLETE" in said[clean_up:]
    assert "Bucket DELETE_COMPLETE" in said[clean_up:]
    assert said[-1] == "app UPDATE_ROLLBACK_COMPLETE"
    assert cloud.engine.stacks["app"].items["Bucket"].physical_id == bucket
    assert "Queue" in cloud.engine.stacks["app"].items


def test_what_is_in_flight_when_an_update_fails_is_cancelled_by_kind() -> None:
    text = BEFORE.replace("old", "new").replace("Queue: {", "Extra: {Type: AWS::S3::Bucket}\n  Queue: {")
    cloud = created(Topic_update=Fault("no"))
    updated(cloud, text.replace("BucketName: one", "BucketName: one, Tags: []"))
    reasons = {event.resource: event.reason for event in cloud.events("app") if event.status.endswith("FAILED")}
    assert reasons == {
        "Topic": "no",
        "Extra": "Resource creation cancelled",
        "Bucket": "Resource update cancelled",
    }
    [turn] = [event for event in cloud.events("app") if event.status == "UPDATE_ROLLBACK_IN_PROGRESS"]
    assert turn.reason == (
        "The following resource(s) failed to create: [Extra]. The following resource(s) failed to update: [Topic, "
        "Bucket]. "
    )


def test_a_failed_rollback_can_be_continued_skipping_what_cannot_be_mended() -> None:
    cloud = created(Table_create=Fault("no"), Role_rollback=Fault("access denied"))
    assert updated(cloud)[-1] == "app UPDATE_ROLLBACK_FAILED"
    with pytest.raises(OperationRefused, match="can't be skipped"):
        cloud.start(ContinueRollback("app", ("Bucket",)))
    cloud.start(ContinueRollback("app", ("Role",)))
    cloud.settle()
    assert cloud.status("app") is StackStatus.UPDATE_ROLLBACK_COMPLETE


def test_a_failed_rollback_can_be_continued_once_the_cause_is_mended() -> None:
    cloud = created(Table_create=Fault("no"), Role_rollback=Fault("access denied"))
    updated(cloud)
    cloud.engine.faults = {}
    cloud.start(ContinueRollback("app"))
    cloud.settle()
    assert cloud.status("app") is StackStatus.UPDATE_ROLLBACK_COMPLETE


def test_with_rollback_off_a_failed_update_waits_for_a_decision() -> None:
    cloud = created(Table_create=Fault("no"))
    assert updated(cloud, on_failure=OnFailure.DO_NOTHING)[-1] == "app UPDATE_FAILED"
    cloud.start(RollbackStack("app"))
    cloud.settle()
    assert cloud.status("app") is StackStatus.UPDATE_ROLLBACK_COMPLETE


def test_an_old_copy_that_cannot_be_deleted_does_not_fail_the_update() -> None:
    cloud = created(Queue_delete=Fault("no"))
    said = updated(cloud)
    assert "Queue DELETE_FAILED" in said
    assert said[-1] == "app UPDATE_COMPLETE"
    assert [item.id for item in cloud.engine.stacks["app"].lost] == ["Queue"]


def test_nothing_to_change_is_refused_by_an_update_and_fails_a_change_set() -> None:
    cloud = created()
    with pytest.raises(OperationRefused, match="No updates are to be performed"):
        cloud.start(UpdateStack("app", world_of(BEFORE)))
    cloud.start(CreateChangeSet("app", "same", world_of(BEFORE)))
    change_set = cloud.change_set("app", "same")
    assert change_set is not None
    assert change_set.status == "FAILED"
    assert "didn't contain changes" in change_set.reason
    with pytest.raises(OperationRefused, match="cannot be executed"):
        cloud.start(ExecuteChangeSet("app", "same"))


def test_the_type_of_a_logical_id_cannot_change() -> None:
    cloud = created()
    with pytest.raises(OperationRefused, match="Update of resource type is not permitted"):
        cloud.start(UpdateStack("app", world_of(BEFORE.replace("AWS::SNS::Topic", "AWS::SQS::Queue"))))


def test_a_change_set_for_a_new_stack_makes_a_shell_that_owns_nothing() -> None:
    cloud = cloud_with()
    cloud.start(CreateChangeSet("app", "first", world_of(BEFORE)))
    assert cloud.status("app") is StackStatus.REVIEW_IN_PROGRESS
    assert cloud.finished("app")
    cloud.clock.sleep(7)
    cloud.start(ExecuteChangeSet("app", "first"))
    cloud.settle()
    assert cloud.status("app") is StackStatus.CREATE_COMPLETE
    assert lines(cloud.events("app"))[:2] == ["app REVIEW_IN_PROGRESS", "app CREATE_IN_PROGRESS"]


def test_executing_a_change_set_forgets_the_others() -> None:
    cloud = created()
    for name in ("a", "b"):
        cloud.start(CreateChangeSet("app", name, world_of(AFTER)))
    cloud.start(DeleteChangeSet("app", "a"))
    assert cloud.change_set("app", "a") is None
    cloud.start(CreateChangeSet("app", "c", world_of(AFTER)))
    cloud.start(ExecuteChangeSet("app", "b"))
    cloud.settle()
    assert cloud.change_set("app", "c") is None
    assert cloud.status("app") is StackStatus.UPDATE_COMPLETE


def test_a_changed_property_that_may_replace_is_conditional() -> None:
    text = "Resources: {D: {Type: AWS::RDS::DBInstance, Properties: {Engine: %s}}}"
    cloud = created(text % "postgres")
    cloud.start(CreateChangeSet("app", "x", world_of(text % "mysql")))
    change_set = cloud.change_set("app", "x")
    assert change_set is not None
    assert change_set.changes[0].replacement is Replacement.CONDITIONAL


def test_an_update_that_is_cancelled_goes_back_to_where_it_was() -> None:
    before = world_of("Resources: {Role: {Type: AWS::IAM::Role}}")
    after = world_of("Resources: {Role: {Type: AWS::IAM::Role}, Nat: {Type: AWS::EC2::NatGateway}}")
    cloud = cloud_with()
    cloud.adopt("app", before)
    cloud.start(UpdateStack("app", after))
    cloud.clock.sleep(10)
    cloud.start(CancelUpdate("app"))
    cloud.settle()
    said = lines(cloud.events("app"))
    assert said[-1] == "app UPDATE_ROLLBACK_COMPLETE"
    assert "Nat DELETE_COMPLETE" in said
    assert cloud.events("app")[-1].operation
