"""Behaviours: creating, failing while creating, rolling back."""

from __future__ import annotations

from contract_ground import Ground
from contract_table import QUEUE, TOPIC, after, behaviour, kept, mapping, refused

from stackflight.model.event import START, StackStatus
from stackflight.model.plan import CreateStack, OnFailure, RollbackStack, UpdateStack

CREATE = "API reference: CreateStack"
EVENTS = "API reference: StackEvent"
OPTIONS = "User Guide: stack failure options"
DEPENDS = "User Guide: DependsOn attribute"
FAILING = "Topic=No capacity@5"
TWO = {"Queue": QUEUE, "Topic": after(TOPIC, "Queue")}


@behaviour("API reference: DescribeStacks")
def a_stack_that_does_not_exist_has_no_status(ground: Ground) -> None:
    assert ground.cloud.status("app") is None
    assert ground.cloud.describe("app") is None
    assert ground.cloud.finished("app")


@behaviour("API reference: DescribeStackEvents")
def a_stack_that_does_not_exist_has_no_events(ground: Ground) -> None:
    assert ground.events("app") == []
    assert ground.cloud.latest("app") == START


@behaviour(CREATE)
def a_creation_is_in_progress_as_soon_as_it_is_accepted(ground: Ground) -> None:
    ground.begin("app", {"Queue": QUEUE})
    assert ground.cloud.status("app") is StackStatus.CREATE_IN_PROGRESS
    assert not ground.cloud.finished("app")


@behaviour(CREATE)
def a_creation_without_trouble_ends_in_create_complete(ground: Ground) -> None:
    assert ground.create("app", TWO) is StackStatus.CREATE_COMPLETE


@behaviour(EVENTS)
def the_first_event_of_a_creation_is_the_stacks_own_and_user_initiated(ground: Ground) -> None:
    ground.create("app", TWO)
    first = ground.events("app")[0]
    assert (first.resource, first.status, first.reason) == ("app", "CREATE_IN_PROGRESS", "User Initiated")
    assert first.of_stack


@behaviour(EVENTS)
def the_last_event_of_a_creation_is_the_stacks_own(ground: Ground) -> None:
    ground.create("app", TWO)
    last = ground.events("app")[-1]
    assert (last.resource, last.status) == ("app", "CREATE_COMPLETE")
    assert last.of_stack


@behaviour(EVENTS)
def a_resource_is_in_progress_then_initiated_then_complete(ground: Ground) -> None:
    ground.create("app", {"Topic": TOPIC})
    told = [(one.status, one.reason) for one in ground.events("app") if one.resource == "Topic"]
    assert told[:2] == [("CREATE_IN_PROGRESS", ""), ("CREATE_IN_PROGRESS", "Resource creation Initiated")]
    assert told[-1] == ("CREATE_COMPLETE", "")


@behaviour(EVENTS)
def a_physical_id_is_told_when_the_creation_is_initiated_and_stays(ground: Ground) -> None:
    ground.create("app", {"Topic": TOPIC})
    ids = [one.physical_id for one in ground.events("app") if one.resource == "Topic"]
    assert ids[0] == ""
    assert len(set(ids[1:])) == 1
    assert ids[1].startswith("arn:aws:sns:us-east-1:123456789012:app-Topic-")


@behaviour(DEPENDS)
def a_resource_starts_after_the_one_that_it_depends_on(ground: Ground) -> None:
    ground.create("app", {"First": TOPIC, "Second": after(TOPIC, "First")})
    assert ground.times("app", "Second", "CREATE_IN_PROGRESS")[0] > ground.times("app", "First", "CREATE_COMPLETE")[0]


@behaviour("User Guide: Ref")
def a_resource_starts_after_the_one_that_it_refers_to(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE, "Url": mapping("Queue")})
    initiated = ground.times("app", "Queue", "CREATE_IN_PROGRESS")[1]
    assert ground.times("app", "Url", "CREATE_IN_PROGRESS")[0] > initiated


@behaviour(DEPENDS)
def resources_that_do_not_need_each_other_start_together(ground: Ground) -> None:
    ground.create("app", {"One": TOPIC, "Two": TOPIC, "Three": QUEUE})
    starts = [ground.times("app", name, "CREATE_IN_PROGRESS")[0] for name in ("One", "Two", "Three")]
    assert max(starts) - min(starts) < 0.1


@behaviour("User Guide: custom resources")
def a_custom_resource_has_a_physical_id_only_when_its_answer_has_come(ground: Ground) -> None:
    custom = {
        "Type": "Custom::Thing",
        "Properties": {"ServiceToken": "arn:aws:lambda:us-east-1:123456789012:function:x"},
    }
    ground.create("app", {"Thing": custom})
    told = [(one.status, bool(one.physical_id)) for one in ground.events("app") if one.resource == "Thing"]
    assert told[0] == ("CREATE_IN_PROGRESS", False)
    assert told[-1] == ("CREATE_COMPLETE", True)


@behaviour(CREATE)
def a_name_in_use_is_refused(ground: Ground) -> None:
    ground.create("app", TWO)
    refused(lambda: ground.begin("app", TWO))


@behaviour("User Guide: circular dependency errors")
def a_circle_is_refused_and_nothing_is_made(ground: Ground) -> None:
    circle = {"One": after(TOPIC, "Two"), "Two": after(TOPIC, "One")}
    assert "ircular dependency" in refused(lambda: ground.begin("app", circle))
    assert ground.cloud.status("app") is None


@behaviour("API reference: Stack, Outputs")
def outputs_are_described_when_the_stack_is_complete(ground: Ground) -> None:
    ground.create("app", {"Topic": TOPIC}, Outputs={"Arn": {"Value": {"Ref": "Topic"}}})
    found = ground.cloud.describe("app")
    assert found is not None
    assert found.outputs == {"Arn": ground.physical("app", "Topic")}


@behaviour("API reference: DescribeEvents, OperationId")
def all_events_of_a_creation_bear_one_operation_id(ground: Ground) -> None:
    ground.create("app", TWO)
    assert len({one.operation for one in ground.events("app")}) == 1
    assert ground.events("app")[0].operation


@behaviour("API reference: CreateStack, ClientRequestToken")
def all_events_of_an_operation_bear_the_token_of_the_request(ground: Ground) -> None:
    ground.create("app", TWO, token="run-7")
    assert {one.token for one in ground.events("app")} == {"run-7"}


@behaviour(EVENTS)
def no_two_events_share_an_id(ground: Ground) -> None:
    ground.create("app", TWO)
    ids = [one.id for one in ground.events("app")]
    assert len(set(ids)) == len(ids)


@behaviour(EVENTS)
def events_are_read_in_the_order_of_their_time(ground: Ground) -> None:
    ground.create("app", TWO)
    times = [one.time for one in ground.events("app")]
    assert times == sorted(times)


@behaviour("API reference: CreateStack, EnableTerminationProtection")
def termination_protection_is_described_as_it_was_asked_for(ground: Ground) -> None:
    ground.begin("app", TWO, termination_protection=True)
    ground.begin("other", TWO)
    described = [ground.cloud.describe(name) for name in ("app", "other")]
    assert [one.protected for one in described if one is not None] == [True, False]


@behaviour("API reference: CreateStack, TimeoutInMinutes", "Topic=never@9000")
def a_creation_that_takes_longer_than_its_time_limit_is_rolled_back(ground: Ground) -> None:
    ground.begin("app", {"Queue": QUEUE, "Topic": TOPIC}, timeout_seconds=600)
    assert ground.settle("app") is StackStatus.ROLLBACK_COMPLETE
    assert "exceeded the specified timeout" in ground.reason("app", "app", "ROLLBACK_IN_PROGRESS")


@behaviour(OPTIONS, FAILING)
def a_failed_resource_says_why(ground: Ground) -> None:
    ground.create("app", {"Topic": TOPIC})
    assert ground.reason("app", "Topic", "CREATE_FAILED") == "No capacity"


@behaviour(OPTIONS, FAILING)
def what_is_in_flight_at_a_failure_is_cancelled(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE, "Topic": TOPIC})
    assert ground.reason("app", "Queue", "CREATE_FAILED") == "Resource creation cancelled"


@behaviour(OPTIONS, FAILING)
def the_rollback_names_what_failed(ground: Ground) -> None:
    ground.create("app", {"Topic": TOPIC})
    said = ground.reason("app", "app", "ROLLBACK_IN_PROGRESS")
    assert said == "The following resource(s) failed to create: [Topic]. Rollback requested by user."


@behaviour(OPTIONS, FAILING)
def a_failed_creation_ends_in_rollback_complete(ground: Ground) -> None:
    assert ground.create("app", TWO) is StackStatus.ROLLBACK_COMPLETE


@behaviour(OPTIONS, FAILING)
def the_rollback_deletes_what_was_made(ground: Ground) -> None:
    ground.create("app", TWO)
    assert ground.statuses("app", "Queue")[-2:] == ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"]


@behaviour(OPTIONS, "Topic=Refused@0")
def what_never_existed_is_deleted_at_once(ground: Ground) -> None:
    ground.create("app", {"Topic": TOPIC})
    assert ground.statuses("app", "Topic") == ["CREATE_IN_PROGRESS", "CREATE_FAILED", "DELETE_COMPLETE"]


@behaviour(DEPENDS, FAILING)
def what_depends_on_a_failed_resource_never_starts(ground: Ground) -> None:
    ground.create("app", {"Topic": TOPIC, "Late": after(QUEUE, "Topic")})
    assert ground.story("app", "Late") == []


@behaviour("API reference: StackOperation types", FAILING)
def the_failure_belongs_to_the_creation_and_the_deletions_to_a_rollback_of_its_own(ground: Ground) -> None:
    ground.create("app", TWO)
    by_status = {(one.resource, one.status): one.operation for one in ground.events("app")}
    assert by_status["Topic", "CREATE_FAILED"] == by_status["app", "CREATE_IN_PROGRESS"]
    assert by_status["Queue", "DELETE_COMPLETE"] == by_status["app", "ROLLBACK_IN_PROGRESS"]
    assert by_status["app", "ROLLBACK_IN_PROGRESS"] != by_status["app", "CREATE_IN_PROGRESS"]


@behaviour("API reference: StackEvent, ClientRequestToken", FAILING)
def a_rollback_bears_the_token_of_what_it_undoes(ground: Ground) -> None:
    ground.create("app", TWO, token="run-8")
    assert {one.token for one in ground.events("app")} == {"run-8"}


@behaviour(OPTIONS, FAILING)
def with_rollback_off_a_failure_stays_as_it_is(ground: Ground) -> None:
    assert ground.keep("app", TWO) is StackStatus.CREATE_FAILED
    assert ground.statuses("app", "Queue")[-1] == "CREATE_COMPLETE"


@behaviour(OPTIONS, "Topic=No capacity@2")
def with_rollback_off_what_is_in_flight_may_end(ground: Ground) -> None:
    ground.keep("app", {"Queue": QUEUE, "Topic": TOPIC})
    assert ground.statuses("app", "Queue")[-1] == "CREATE_COMPLETE"
    assert ground.times("app", "Queue", "CREATE_COMPLETE") > ground.times("app", "Topic", "CREATE_FAILED")


@behaviour("API reference: RollbackStack", FAILING)
def rolling_back_a_failed_creation_deletes_the_stack(ground: Ground) -> None:
    ground.keep("app", TWO)
    ground.cloud.start(RollbackStack("app"))
    assert ground.settle("app") is None
    assert ground.statuses("app", "Queue")[-1] == "DELETE_COMPLETE"


@behaviour("API reference: RollbackStack")
def a_stack_that_is_well_cannot_be_rolled_back(ground: Ground) -> None:
    ground.create("app", TWO)
    refused(lambda: ground.cloud.start(RollbackStack("app")))


@behaviour("API reference: CreateStack, OnFailure", FAILING)
def on_failure_delete_leaves_no_stack(ground: Ground) -> None:
    ground.begin("app", TWO, on_failure=OnFailure.DELETE)
    assert ground.settle("app") is None


@behaviour("User Guide: stack status codes", FAILING)
def a_rolled_back_creation_can_neither_be_updated_nor_created_again(ground: Ground) -> None:
    ground.create("app", TWO)
    refused(lambda: ground.cloud.start(UpdateStack("app", **ground.sent("app", {"Queue": QUEUE}))))
    refused(lambda: ground.cloud.start(CreateStack("app", **ground.sent("app", {"Queue": QUEUE}))))


@behaviour("User Guide: stack status codes", FAILING)
def a_rolled_back_creation_can_be_deleted_and_its_name_used_again(ground: Ground) -> None:
    ground.create("app", TWO)
    assert ground.delete("app") is None
    assert ground.create("app", {"Queue": QUEUE}) is StackStatus.CREATE_COMPLETE


@behaviour("User Guide: DeletionPolicy attribute", FAILING)
def the_rollback_leaves_what_is_retained(ground: Ground) -> None:
    ground.create("app", {"Queue": kept(QUEUE), "Topic": after(TOPIC, "Queue")})
    assert ground.statuses("app", "Queue")[-1] == "DELETE_SKIPPED"


@behaviour("User Guide: DeletionPolicy attribute, RetainExceptOnCreate", FAILING)
def the_rollback_deletes_what_is_retained_except_on_create(ground: Ground) -> None:
    ground.create("app", {"Queue": kept(QUEUE, "RetainExceptOnCreate"), "Topic": after(TOPIC, "Queue")})
    assert ground.statuses("app", "Queue")[-1] == "DELETE_COMPLETE"


@behaviour("User Guide: stack status codes", FAILING, "Queue:delete=Somebody uses it@3")
def a_rollback_that_cannot_delete_ends_in_rollback_failed(ground: Ground) -> None:
    assert ground.create("app", TWO) is StackStatus.ROLLBACK_FAILED
    assert ground.statuses("app", "Queue")[-1] == "DELETE_FAILED"
