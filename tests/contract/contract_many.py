"""Behaviours: nested stacks, several stacks and clients at once, pages, and a cloud that is hard to reach."""

from __future__ import annotations

import json

import pytest
from contract_ground import Ground
from contract_table import QUEUE, SLOWER, TOPIC, behaviour, refused

from stackflight.errors import CredentialsEnded, NetworkGone, Throttled
from stackflight.model.event import START, StackStatus

NESTED = "User Guide: nested stacks"
READ = "API reference: DescribeStackEvents"
COMMON = "API reference: common errors"
MANY = {f"Topic{number:02}": TOPIC for number in range(45)}


def nested(ground: Ground, resources: dict[str, object], **properties: object) -> dict[str, object]:
    """A nested stack of these resources, which gives the queue's URL."""
    outputs = {"Url": {"Value": {"Ref": "Queue"}}}
    url = ground.publish("child", json.dumps({"Resources": resources, "Outputs": outputs}))
    return {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, **properties}}


@behaviour(NESTED)
def a_nested_stack_has_events_of_its_own_beside_those_of_its_parent(ground: Ground) -> None:
    assert ground.create("app", {"Child": nested(ground, {"Queue": QUEUE})}) is StackStatus.CREATE_COMPLETE
    by_stack: dict[str, set[str]] = {}
    for one in ground.events("app"):
        by_stack.setdefault(one.stack, set()).add(one.resource)
    assert by_stack == {"app": {"app", "Child"}, "app/Child": {"app/Child", "Queue"}}


@behaviour(NESTED)
def a_parent_sees_its_child_complete_after_the_child_is(ground: Ground) -> None:
    ground.create("app", {"Child": nested(ground, {"Queue": QUEUE})})
    own = ground.times("app", "app/Child", "CREATE_COMPLETE")
    assert ground.times("app", "Child", "CREATE_COMPLETE") > own


@behaviour(NESTED)
def the_events_of_all_stacks_of_a_family_have_ids_of_their_own(ground: Ground) -> None:
    ground.create("app", {"Child": nested(ground, {"Queue": QUEUE})})
    ids = [one.id for one in ground.events("app")]
    assert len(set(ids)) == len(ids)


@behaviour(NESTED, "app/Child/Queue=No capacity@3")
def a_child_that_fails_fails_its_parent_with_its_reason(ground: Ground) -> None:
    assert ground.create("app", {"Child": nested(ground, {"Queue": QUEUE})}) is StackStatus.ROLLBACK_COMPLETE
    said = ground.reason("app", "Child", "CREATE_FAILED")
    assert "was not successfully created" in said
    assert "[Queue]" in said


@behaviour(NESTED, "Topic=No capacity@200")
def a_child_is_deleted_when_its_parent_is_rolled_back(ground: Ground) -> None:
    ground.create("app", {"Child": nested(ground, {"Queue": QUEUE}), "Topic": TOPIC})
    assert ground.statuses("app", "app/Child")[-1] == "DELETE_COMPLETE"


@behaviour(NESTED)
def a_child_is_deleted_with_its_parent(ground: Ground) -> None:
    ground.create("app", {"Child": nested(ground, {"Queue": QUEUE})})
    assert ground.delete("app") is None
    assert ground.statuses("app", "Queue")[-1] == "DELETE_COMPLETE"


@behaviour("User Guide: nested stacks, outputs")
def an_output_of_a_child_is_an_attribute_of_the_parent(ground: Ground) -> None:
    outputs = {"Url": {"Value": {"Fn::GetAtt": ["Child", "Outputs.Url"]}}}
    ground.create("app", {"Child": nested(ground, {"Queue": QUEUE})}, Outputs=outputs)
    found = ground.cloud.describe("app")
    assert found is not None
    assert found.outputs == {"Url": ground.physical("app", "Queue")}


@behaviour(NESTED)
def a_change_in_a_child_updates_parent_and_child(ground: Ground) -> None:
    ground.create("app", {"Child": nested(ground, {"Queue": QUEUE})})
    assert ground.update("app", {"Child": nested(ground, {"Queue": SLOWER})}) is StackStatus.UPDATE_COMPLETE
    assert ground.statuses("app", "Queue")[-1] == "UPDATE_COMPLETE"
    assert ground.statuses("app", "app/Child")[-1] == "UPDATE_COMPLETE"


@behaviour(NESTED, "app/Child/Queue:update=Not valid@3")
def a_child_that_cannot_be_updated_takes_its_parent_back(ground: Ground) -> None:
    ground.create("app", {"Child": nested(ground, {"Queue": QUEUE})})
    found = ground.update("app", {"Child": nested(ground, {"Queue": SLOWER})})
    assert found is StackStatus.UPDATE_ROLLBACK_COMPLETE
    assert ground.statuses("app", "app/Child")[-1] == "UPDATE_ROLLBACK_COMPLETE"


@behaviour("API reference: DescribeStackEvents, NextToken")
def all_events_are_read_however_many_pages_they_fill(ground: Ground) -> None:
    ground.create("app", MANY)
    events = ground.events("app")
    assert len(events) > 130
    assert {one.resource for one in events} == {"app", *MANY}
    assert len({one.id for one in events}) == len(events)


@behaviour(READ)
def reading_on_from_a_cursor_gives_what_is_new(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    first = ground.events("app")
    ground.update("app", {"Queue": SLOWER})
    rest = ground.events("app", START.past(first))
    assert [*first, *rest] == ground.events("app")
    assert rest[0].status == "UPDATE_IN_PROGRESS"


@behaviour(READ)
def reading_often_shows_the_same_events_as_reading_once(ground: Ground) -> None:
    ground.begin("app", {"Child": nested(ground, {"Queue": QUEUE}), "Topic": TOPIC})
    seen: dict[str, tuple[str, str, str]] = {}
    cursor = START
    while not ground.cloud.finished("app"):
        new = ground.events("app", cursor)
        cursor = cursor.past(new)
        seen.update({one.id: (one.stack, one.resource, one.status) for one in new})
        ground.clock.sleep(1.5)
    new = ground.events("app", cursor)
    seen.update({one.id: (one.stack, one.resource, one.status) for one in new})
    assert seen == {one.id: (one.stack, one.resource, one.status) for one in ground.events("app")}


@behaviour(READ)
def behind_the_latest_cursor_there_is_nothing_until_something_happens(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    cursor = ground.cloud.latest("app")
    assert ground.events("app", cursor) == []
    ground.update("app", {"Queue": SLOWER})
    assert ground.events("app", cursor)[0].status == "UPDATE_IN_PROGRESS"


@behaviour(READ)
def one_can_begin_with_the_first_event_of_the_last_operation(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    ground.update("app", {"Queue": SLOWER})
    found = ground.events("app", ground.cloud.before_operation("app"))
    assert (found[0].resource, found[0].status) == ("app", "UPDATE_IN_PROGRESS")


@behaviour("User Guide: stacks")
def two_stacks_are_made_at_the_same_time_without_touching_each_other(ground: Ground) -> None:
    ground.begin("one", {"Queue": QUEUE})
    ground.begin("two", {"Queue": QUEUE, "Topic": TOPIC})
    assert ground.settle("one") is StackStatus.CREATE_COMPLETE
    assert ground.settle("two") is StackStatus.CREATE_COMPLETE
    assert {name for name, _ in ground.story("one")} == {"one", "Queue"}
    assert ground.physical("one", "Queue") != ground.physical("two", "Queue")


@behaviour("API reference: CreateStack, AlreadyExistsException")
def of_two_clients_that_create_one_stack_the_second_is_refused(ground: Ground) -> None:
    ground.begin("app", {"Queue": QUEUE})
    ground.cloud = ground.connect()
    refused(lambda: ground.begin("app", {"Topic": TOPIC}))
    assert ground.settle("app") is StackStatus.CREATE_COMPLETE


@behaviour("User Guide: stack status codes")
def an_operation_goes_on_when_the_client_that_began_it_is_gone(ground: Ground) -> None:
    ground.begin("app", {"Queue": QUEUE})
    ground.cloud = ground.connect()
    assert ground.settle("app") is StackStatus.CREATE_COMPLETE
    assert ground.story("app")[0] == ("app", "CREATE_IN_PROGRESS")


@behaviour(COMMON, throttle=1.0)
def a_read_too_many_is_throttled_and_the_operation_goes_on(ground: Ground) -> None:
    ground.begin("app", {"Queue": QUEUE})
    with pytest.raises(Throttled):
        ground.cloud.status("app")
    with pytest.raises(Throttled):
        ground.cloud.events("app")
    ground.clock.sleep(900)
    ground.weather.throttle = 0.0
    assert ground.settle("app") is StackStatus.CREATE_COMPLETE


@behaviour(COMMON, throttle=0.5)
def with_half_of_all_reads_throttled_no_event_is_missed(ground: Ground) -> None:
    ground.begin("app", {"Queue": QUEUE})
    ground.clock.sleep(900)
    while True:
        try:
            told = [(one.resource, one.status) for one in ground.cloud.events("app")]
        except Throttled:
            continue
        break
    assert told[0] == ("app", "CREATE_IN_PROGRESS")
    assert told[-1] == ("app", "CREATE_COMPLETE")


@behaviour(COMMON, expire=10.0)
def credentials_that_expire_end_the_looking_on_and_not_the_operation(ground: Ground) -> None:
    ground.begin("app", {"Queue": QUEUE})
    ground.clock.sleep(900)
    with pytest.raises(CredentialsEnded):
        ground.cloud.status("app")
    ground.weather.expire = None
    assert ground.cloud.status("app") is StackStatus.CREATE_COMPLETE


@behaviour(COMMON, offline=((10.0, 600.0),))
def a_network_that_is_gone_ends_the_looking_on_and_not_the_operation(ground: Ground) -> None:
    ground.begin("app", {"Queue": QUEUE})
    ground.clock.sleep(60)
    with pytest.raises(NetworkGone):
        ground.cloud.events("app")
    ground.clock.sleep(600)
    assert ground.settle("app") is StackStatus.CREATE_COMPLETE
    assert ground.story("app")[-1] == ("app", "CREATE_COMPLETE")


@behaviour("API reference: ListStackResources, GetTemplate")
def what_a_family_owns_is_told_with_its_statuses_and_policies(ground: Ground) -> None:
    kept = {**TOPIC, "DeletionPolicy": "Retain"}
    ground.create("app", {"Child": nested(ground, {"Queue": QUEUE, "Topic": kept}), "Topic": TOPIC})
    found = {(one.stack, one.resource): (one.status, one.policy) for one in ground.cloud.owned("app")}
    assert found == {
        ("app", "Child"): ("CREATE_COMPLETE", "Delete"),
        ("app", "Topic"): ("CREATE_COMPLETE", "Delete"),
        ("app/Child", "Queue"): ("CREATE_COMPLETE", "Delete"),
        ("app/Child", "Topic"): ("CREATE_COMPLETE", "Retain"),
    }


@behaviour("API reference: ListStackResources", "Topic=No capacity@2")
def what_failed_and_was_kept_is_owned_and_says_so(ground: Ground) -> None:
    ground.keep("app", {"Topic": TOPIC})
    assert [(one.resource, one.status) for one in ground.cloud.owned("app")] == [("Topic", "CREATE_FAILED")]


@behaviour("API reference: ListStackResources")
def a_stack_that_is_not_there_owns_nothing(ground: Ground) -> None:
    assert list(ground.cloud.owned("app")) == []


@behaviour("User Guide: change sets for nested stacks")
def a_change_set_holds_those_of_nested_stacks_that_are_new(ground: Ground) -> None:
    made = ground.propose("app", "first", {"Child": nested(ground, {"Queue": QUEUE})})
    assert [(one.stack, one.kind, [change.resource for change in one.changes]) for one in made.nested] == [
        ("app/Child", "CREATE", ["Queue"])
    ]
    assert ground.execute("app", "first") is StackStatus.CREATE_COMPLETE
