"""Behaviours: updating, replacing, failing while updating, going back."""

from __future__ import annotations

from contract_ground import Ground
from contract_table import FIFO, QUEUE, SLOWER, TOPIC, after, behaviour, kept, mapping, refused

from stackflight.model.event import StackStatus
from stackflight.model.plan import CancelUpdate, ContinueRollback, OnFailure, RollbackStack, UpdateStack

UPDATE = "API reference: UpdateStack"
BACK = "API reference: ContinueUpdateRollback"
REPLACE = "User Guide: update behaviors of stack resources, replacement"
STUCK = ("Topic:create=No capacity@9", "Queue:rollback=Cannot go back@2")
NEWS = {"Queue": SLOWER, "Topic": TOPIC}


@behaviour(UPDATE)
def a_change_in_place_updates_the_resource_and_ends_in_update_complete(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    assert ground.update("app", {"Queue": SLOWER}) is StackStatus.UPDATE_COMPLETE
    assert ground.statuses("app", "Queue")[-2:] == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]


@behaviour("User Guide: update behaviors of stack resources, no interruption")
def a_change_in_place_keeps_the_physical_id(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    before = ground.physical("app", "Queue")
    ground.update("app", {"Queue": SLOWER})
    assert ground.physical("app", "Queue") == before


@behaviour("User Guide: stack status codes")
def an_update_goes_through_its_clean_up(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    ground.update("app", {"Queue": SLOWER})
    assert ground.statuses("app", "app")[-3:] == [
        "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE",
    ]  # fmt: skip


@behaviour(UPDATE)
def what_does_not_change_is_left_alone(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE, "Topic": TOPIC})
    before = ground.story("app", "Topic")
    ground.update("app", {"Queue": SLOWER, "Topic": TOPIC})
    assert ground.story("app", "Topic") == before


@behaviour(UPDATE)
def an_update_without_changes_is_refused(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    assert "No updates are to be performed" in refused(lambda: ground.update("app", {"Queue": QUEUE}))
    assert ground.cloud.status("app") is StackStatus.CREATE_COMPLETE


@behaviour(UPDATE)
def a_stack_that_does_not_exist_cannot_be_updated(ground: Ground) -> None:
    refused(lambda: ground.update("app", {"Queue": QUEUE}))


@behaviour(UPDATE)
def a_resource_that_is_added_is_created(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    ground.update("app", {"Queue": QUEUE, "Topic": TOPIC})
    assert ground.statuses("app", "Topic") == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]


@behaviour("User Guide: stack status codes")
def a_resource_that_is_removed_is_deleted_in_the_clean_up(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE, "Topic": TOPIC})
    ground.update("app", {"Queue": SLOWER})
    clean_up = ground.times("app", "app", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")[0]
    assert ground.times("app", "Topic", "DELETE_IN_PROGRESS")[0] > clean_up


@behaviour("User Guide: DeletionPolicy attribute")
def a_resource_that_is_removed_and_retained_is_skipped(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE, "Topic": kept(TOPIC)})
    ground.update("app", {"Queue": SLOWER})
    assert ground.statuses("app", "Topic")[-1] == "DELETE_SKIPPED"


@behaviour(REPLACE)
def a_replacement_says_that_a_new_physical_resource_is_made(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    ground.update("app", {"Queue": FIFO})
    said = [one.reason for one in ground.events("app") if (one.resource, one.status) == ("Queue", "UPDATE_IN_PROGRESS")]
    assert said[0] == "Requested update requires the creation of a new physical resource; hence creating one."


@behaviour(REPLACE)
def a_replacement_has_another_physical_id(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    before = ground.physical("app", "Queue")
    ground.update("app", {"Queue": FIFO})
    made = [
        one.physical_id for one in ground.events("app") if (one.resource, one.status) == ("Queue", "UPDATE_COMPLETE")
    ]
    assert made[-1] not in {"", before}


@behaviour(REPLACE)
def what_was_replaced_is_deleted_in_the_clean_up(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    before = ground.physical("app", "Queue")
    ground.update("app", {"Queue": FIFO})
    gone = [one for one in ground.events("app") if (one.resource, one.status) == ("Queue", "DELETE_COMPLETE")]
    assert len(gone) == 1
    assert gone[0].time > ground.times("app", "app", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")[0]
    assert ground.physical("app", "Queue") in {before, gone[0].physical_id}


@behaviour(REPLACE)
def what_refers_to_a_replaced_resource_is_updated_after_it(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE, "Url": mapping("Queue")})
    ground.update("app", {"Queue": FIFO, "Url": mapping("Queue")})
    assert ground.statuses("app", "Url")[-1] == "UPDATE_COMPLETE"
    assert ground.times("app", "Url", "UPDATE_IN_PROGRESS")[0] > ground.times("app", "Queue", "UPDATE_IN_PROGRESS")[0]


@behaviour("User Guide: name type")
def a_resource_with_a_name_of_its_own_cannot_be_replaced_under_it(ground: Ground) -> None:
    named = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "mine.fifo"}}
    ground.create("app", {"Queue": named})
    fifo = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "mine.fifo", "FifoQueue": True}}
    assert ground.update("app", {"Queue": fifo}) is StackStatus.UPDATE_ROLLBACK_COMPLETE
    assert "custom-named resource requires replacing" in ground.reason("app", "Queue", "UPDATE_FAILED")


@behaviour(UPDATE)
def a_logical_id_cannot_change_its_type(ground: Ground) -> None:
    ground.create("app", {"Thing": QUEUE})
    refused(lambda: ground.update("app", {"Thing": TOPIC}))


@behaviour("User Guide: stack failure options", "Queue:update=Not valid@2")
def a_failed_update_goes_back(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    assert ground.update("app", {"Queue": SLOWER}) is StackStatus.UPDATE_ROLLBACK_COMPLETE
    assert ground.statuses("app", "app")[-3:] == [
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    ]


@behaviour("User Guide: stack failure options", "Queue:update=Not valid@2")
def the_way_back_names_what_failed(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    ground.update("app", {"Queue": SLOWER})
    assert "failed to update: [Queue]" in ground.reason("app", "app", "UPDATE_ROLLBACK_IN_PROGRESS")


@behaviour("User Guide: stack failure options", "Queue:update=Not valid@30")
def what_a_failed_update_had_added_is_deleted_in_its_clean_up(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    ground.update("app", NEWS)
    clean_up = ground.times("app", "app", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")[0]
    assert ground.times("app", "Topic", "DELETE_COMPLETE")[0] > clean_up


@behaviour("User Guide: stack failure options", "Topic:create=No capacity@2")
def updates_in_flight_are_cancelled_at_a_failure(ground: Ground) -> None:
    small, large = ({"Type": "AWS::RDS::DBInstance", "Properties": {"AllocatedStorage": size}} for size in ("20", "40"))
    ground.create("app", {"Database": small})
    ground.update("app", {"Database": large, "Topic": TOPIC})
    assert ground.reason("app", "Database", "UPDATE_FAILED") == "Resource update cancelled"


@behaviour("User Guide: stack failure options", "Queue:update=Not valid@2")
def with_rollback_off_a_failed_update_stays(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    assert ground.update("app", {"Queue": SLOWER}, on_failure=OnFailure.DO_NOTHING) is StackStatus.UPDATE_FAILED


@behaviour("API reference: RollbackStack", "Queue:update=Not valid@2")
def a_failed_update_that_stayed_is_rolled_back_on_demand(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    ground.update("app", {"Queue": SLOWER}, on_failure=OnFailure.DO_NOTHING)
    ground.cloud.start(RollbackStack("app"))
    assert ground.settle("app") is StackStatus.UPDATE_ROLLBACK_COMPLETE


@behaviour("User Guide: stack failure options", "Topic=No capacity@5")
def what_a_failed_creation_left_is_updated_with_rollback_off_alone(ground: Ground) -> None:
    ground.keep("app", {"Queue": QUEUE, "Topic": TOPIC})
    said = refused(lambda: ground.update("app", {"Queue": QUEUE}))
    assert "non-terminal [CREATE_FAILED] state" in said


@behaviour("User Guide: stack failure options, update", "Topic=No capacity@5")
def what_failed_to_be_created_is_left_out_and_the_rest_stays(ground: Ground) -> None:
    ground.keep("app", {"Queue": QUEUE, "Topic": TOPIC})
    made = ground.physical("app", "Queue")
    assert ground.update("app", {"Queue": SLOWER}, on_failure=OnFailure.DO_NOTHING) is StackStatus.UPDATE_COMPLETE
    assert ground.physical("app", "Queue") == made
    assert ground.statuses("app", "Topic")[-1] == "DELETE_COMPLETE"


@behaviour("User Guide: stack failure options, retry", "Topic=No capacity@5")
def a_retry_begins_what_failed_and_leaves_alone_what_is_well(ground: Ground) -> None:
    ground.keep("app", {"Queue": QUEUE, "Topic": TOPIC})
    both = {"Queue": QUEUE, "Topic": TOPIC}
    assert ground.update("app", both, on_failure=OnFailure.DO_NOTHING) is StackStatus.UPDATE_FAILED
    assert ground.story("app", "Topic").count(("Topic", "CREATE_FAILED")) == 2
    assert "UPDATE_IN_PROGRESS" not in ground.statuses("app", "Queue")


@behaviour("API reference: RollbackStack", "Topic=No capacity@5")
def without_a_stable_state_a_failed_retry_is_rolled_back_by_deleting(ground: Ground) -> None:
    ground.keep("app", {"Queue": QUEUE, "Topic": TOPIC})
    ground.update("app", {"Queue": SLOWER, "Topic": TOPIC}, on_failure=OnFailure.DO_NOTHING)
    ground.cloud.start(RollbackStack("app"))
    assert ground.settle("app") is None


@behaviour("User Guide: stack failure options, update", "Topic=No capacity@5")
def a_failed_update_is_gone_on_with_and_goes_back_to_the_state_before_both(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    made = ground.physical("app", "Queue")
    for queue in (FIFO, SLOWER):
        wanted = {"Queue": queue, "Topic": TOPIC}
        assert ground.update("app", wanted, on_failure=OnFailure.DO_NOTHING) is StackStatus.UPDATE_FAILED
    ground.cloud.start(RollbackStack("app"))
    assert ground.settle("app") is StackStatus.UPDATE_ROLLBACK_COMPLETE
    assert [
        one.physical_id for one in ground.events("app") if (one.resource, one.status) == ("Queue", "UPDATE_COMPLETE")
    ][-1] == made
    assert ground.statuses("app", "Topic")[-1] == "DELETE_COMPLETE"


@behaviour(BACK, *STUCK)
def a_way_back_that_fails_ends_in_update_rollback_failed(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    assert ground.update("app", NEWS) is StackStatus.UPDATE_ROLLBACK_FAILED
    assert ground.reason("app", "Queue", "UPDATE_FAILED") == "Cannot go back"


@behaviour(BACK, *STUCK)
def going_on_with_the_way_back_tries_again(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    ground.update("app", NEWS)
    ground.cloud.start(ContinueRollback("app"))
    assert ground.settle("app") is StackStatus.UPDATE_ROLLBACK_FAILED


@behaviour("API reference: ContinueUpdateRollback, ResourcesToSkip", *STUCK)
def going_on_without_what_is_skipped_ends_well(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    ground.update("app", NEWS)
    ground.cloud.start(ContinueRollback("app", ("Queue",)))
    assert ground.settle("app") is StackStatus.UPDATE_ROLLBACK_COMPLETE
    assert (
        ground.statuses("app", "Queue")[-1] == "UPDATE_COMPLETE"
        or ground.story("app", "Queue")[-1][1] == "UPDATE_COMPLETE"
    )


@behaviour("API reference: ContinueUpdateRollback, ResourcesToSkip", *STUCK)
def only_what_failed_on_the_way_back_can_be_skipped(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    ground.update("app", NEWS)
    refused(lambda: ground.cloud.start(ContinueRollback("app", ("Topic",))))


@behaviour(BACK)
def a_stack_that_is_well_has_no_way_back_to_go_on_with(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    refused(lambda: ground.cloud.start(ContinueRollback("app")))


@behaviour("API reference: CancelUpdateStack")
def an_update_that_is_cancelled_is_rolled_back(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    ground.cloud.start(UpdateStack("app", **ground.sent("app", {"Queue": SLOWER})))
    ground.until("app", "Queue", "UPDATE_IN_PROGRESS")
    ground.cloud.start(CancelUpdate("app"))
    assert ground.settle("app") is StackStatus.UPDATE_ROLLBACK_COMPLETE


@behaviour("API reference: CancelUpdateStack")
def only_an_update_can_be_cancelled(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    refused(lambda: ground.cloud.start(CancelUpdate("app")))


@behaviour("User Guide: stack status codes")
def a_second_update_is_refused_while_one_is_under_way(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    ground.cloud.start(UpdateStack("app", **ground.sent("app", {"Queue": SLOWER})))
    refused(lambda: ground.cloud.start(UpdateStack("app", **ground.sent("app", NEWS))))


@behaviour("User Guide: stack status codes", "Topic:create=No capacity@2")
def after_a_rollback_the_stack_can_be_updated_again(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    assert ground.update("app", NEWS) is StackStatus.UPDATE_ROLLBACK_COMPLETE
    assert ground.update("app", {"Queue": SLOWER}) is StackStatus.UPDATE_COMPLETE


@behaviour("User Guide: DependsOn attribute")
def an_update_goes_in_the_order_of_dependencies(ground: Ground) -> None:
    ground.create("app", {"One": QUEUE, "Two": after(QUEUE, "One")})
    ground.update("app", {"One": SLOWER, "Two": after(SLOWER, "One")})
    assert ground.times("app", "Two", "UPDATE_IN_PROGRESS")[0] > ground.times("app", "One", "UPDATE_COMPLETE")[0]
