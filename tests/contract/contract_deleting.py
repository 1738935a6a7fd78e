"""Behaviours: deleting, and what keeps a stack from being deleted."""

from __future__ import annotations

from contract_ground import Ground
from contract_table import QUEUE, SLOWER, TOPIC, after, behaviour, kept, refused

from stackflight.model.event import StackStatus
from stackflight.model.plan import DeleteStack, SetTerminationProtection, UpdateStack

DELETE = "API reference: DeleteStack"
PROTECT = "API reference: UpdateTerminationProtection"
BUSY = "Queue:delete=Somebody uses it@3"
TWO = {"Queue": QUEUE, "Topic": after(TOPIC, "Queue")}


@behaviour(DELETE)
def a_deleted_stack_is_not_found_by_its_name(ground: Ground) -> None:
    ground.create("app", TWO)
    assert ground.delete("app") is None
    assert ground.cloud.describe("app") is None


@behaviour("API reference: DescribeStackEvents")
def the_events_of_a_deleted_stack_can_still_be_read(ground: Ground) -> None:
    ground.create("app", TWO)
    ground.delete("app")
    assert ground.story("app")[-1] == ("app", "DELETE_COMPLETE")


@behaviour("User Guide: DependsOn attribute")
def a_deletion_goes_against_the_order_of_dependencies(ground: Ground) -> None:
    ground.create("app", TWO)
    ground.delete("app")
    assert ground.times("app", "Queue", "DELETE_IN_PROGRESS")[0] > ground.times("app", "Topic", "DELETE_COMPLETE")[0]


@behaviour("User Guide: DeletionPolicy attribute")
def what_is_retained_is_skipped(ground: Ground) -> None:
    ground.create("app", {"Queue": kept(QUEUE), "Topic": TOPIC})
    assert ground.delete("app") is None
    assert ground.statuses("app", "Queue")[-1] == "DELETE_SKIPPED"
    assert ground.statuses("app", "Topic")[-1] == "DELETE_COMPLETE"


@behaviour("User Guide: stack status codes", BUSY)
def a_resource_that_cannot_be_deleted_ends_in_delete_failed(ground: Ground) -> None:
    ground.create("app", TWO)
    assert ground.delete("app") is StackStatus.DELETE_FAILED
    assert ground.reason("app", "Queue", "DELETE_FAILED") == "Somebody uses it"
    assert "failed to delete: [Queue]" in ground.reason("app", "app", "DELETE_FAILED")


@behaviour("API reference: DeleteStack, RetainResources", BUSY)
def a_failed_deletion_goes_on_without_what_is_retained_then(ground: Ground) -> None:
    ground.create("app", TWO)
    ground.delete("app")
    assert ground.delete("app", "Queue") is None
    assert ground.statuses("app", "Queue")[-1] == "DELETE_SKIPPED"


@behaviour("API reference: DeleteStack, RetainResources")
def retaining_is_for_failed_deletions_only(ground: Ground) -> None:
    ground.create("app", TWO)
    assert "DELETE_FAILED" in refused(lambda: ground.cloud.start(DeleteStack("app", ("Queue",))))


@behaviour(PROTECT)
def termination_protection_keeps_a_stack_from_being_deleted(ground: Ground) -> None:
    ground.begin("app", TWO, termination_protection=True)
    ground.settle("app")
    assert "TerminationProtection is enabled" in refused(lambda: ground.cloud.start(DeleteStack("app")))
    assert ground.cloud.status("app") is StackStatus.CREATE_COMPLETE


@behaviour(PROTECT)
def termination_protection_is_taken_off_in_a_step_of_its_own(ground: Ground) -> None:
    ground.begin("app", TWO, termination_protection=True)
    ground.settle("app")
    ground.cloud.start(SetTerminationProtection("app", enabled=False))
    assert ground.delete("app") is None


@behaviour(PROTECT)
def termination_protection_can_be_put_on_later(ground: Ground) -> None:
    ground.create("app", TWO)
    ground.cloud.start(SetTerminationProtection("app", enabled=True))
    refused(lambda: ground.cloud.start(DeleteStack("app")))


@behaviour("DynamoDB developer guide: deletion protection")
def a_resource_under_deletion_protection_fails_the_deletion(ground: Ground) -> None:
    table = {"Type": "AWS::DynamoDB::Table", "Properties": {"DeletionProtectionEnabled": True}}
    ground.create("app", {"Table": table})
    assert ground.delete("app") is StackStatus.DELETE_FAILED


@behaviour("User Guide: exports, restrictions")
def an_export_in_use_keeps_its_stack_from_being_deleted(ground: Ground) -> None:
    url = {"Url": {"Value": {"Ref": "Queue"}, "Export": {"Name": "url"}}}
    ground.create("a", {"Queue": QUEUE}, Outputs=url)
    user = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::ImportValue": "url"}}}
    ground.create("b", {"P": user})
    assert "url" in refused(lambda: ground.cloud.start(DeleteStack("a")))
    ground.delete("b")
    assert ground.delete("a") is None


@behaviour("User Guide: exports, restrictions")
def an_export_in_use_cannot_be_dropped_by_an_update(ground: Ground) -> None:
    url = {"Url": {"Value": {"Ref": "Queue"}, "Export": {"Name": "url"}}}
    ground.create("a", {"Queue": QUEUE}, Outputs=url)
    user = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::ImportValue": "url"}}}
    ground.create("b", {"P": user})
    assert ground.update("a", {"Queue": SLOWER}) is StackStatus.UPDATE_ROLLBACK_COMPLETE
    assert "cannot be deleted as it is in use by b" in ground.reason("a", "a", "UPDATE_ROLLBACK_IN_PROGRESS")


@behaviour("User Guide: stack status codes")
def a_stack_can_be_deleted_while_it_is_created(ground: Ground) -> None:
    ground.begin("app", TWO)
    ground.until("app", "Queue", "CREATE_IN_PROGRESS")
    assert ground.delete("app") is None
    assert ground.statuses("app", "Queue")[-1] == "DELETE_COMPLETE"


@behaviour("User Guide: stack status codes")
def a_stack_cannot_be_deleted_while_it_is_updated(ground: Ground) -> None:
    ground.create("app", TWO)
    ground.cloud.start(UpdateStack("app", **ground.sent("app", {"Queue": SLOWER})))
    refused(lambda: ground.cloud.start(DeleteStack("app")))


@behaviour("API reference: DescribeStackEvents")
def a_stack_made_anew_tells_nothing_of_the_one_before(ground: Ground) -> None:
    ground.create("app", TWO)
    ground.delete("app")
    ground.create("app", {"Other": TOPIC})
    assert {name for name, _ in ground.story("app")} == {"app", "Other"}
