"""Behaviours: change sets."""

from __future__ import annotations

from contract_ground import Ground
from contract_table import FIFO, QUEUE, SLOWER, TOPIC, behaviour, kept, refused

from stackflight.model.change import Action, Replacement
from stackflight.model.event import StackStatus
from stackflight.model.plan import DeleteChangeSet, ExecuteChangeSet, OnFailure

MAKE = "API reference: CreateChangeSet"
EXECUTE = "API reference: ExecuteChangeSet"
SHOW = "API reference: ResourceChange"


@behaviour(MAKE)
def a_change_set_for_a_new_stack_opens_a_shell_in_review(ground: Ground) -> None:
    ground.propose("app", "first", {"Queue": QUEUE})
    assert ground.cloud.status("app") is StackStatus.REVIEW_IN_PROGRESS
    assert ground.cloud.finished("app")


@behaviour(SHOW)
def a_change_set_for_a_new_stack_adds_everything(ground: Ground) -> None:
    found = ground.propose("app", "first", {"Queue": QUEUE, "Topic": TOPIC})
    assert (found.status, found.execution) == ("CREATE_COMPLETE", "AVAILABLE")
    assert [(one.resource, one.type, one.action) for one in found.changes] == [
        ("Queue", "AWS::SQS::Queue", Action.ADD),
        ("Topic", "AWS::SNS::Topic", Action.ADD),
    ]


@behaviour(EXECUTE)
def executing_creates_the_stack(ground: Ground) -> None:
    ground.propose("app", "first", {"Queue": QUEUE})
    assert ground.execute("app", "first") is StackStatus.CREATE_COMPLETE
    assert ground.statuses("app", "app") == ["REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"]


@behaviour("API reference: ExecuteChangeSet, ClientRequestToken")
def the_events_of_an_execution_bear_its_token(ground: Ground) -> None:
    ground.propose("app", "first", {"Queue": QUEUE})
    ground.execute("app", "first", token="go-1")
    assert {one.token for one in ground.events("app") if one.status.startswith("CREATE")} == {"go-1"}


@behaviour(EXECUTE)
def executing_updates_a_stack_that_exists(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    ground.propose("app", "next", {"Queue": SLOWER})
    assert ground.execute("app", "next") is StackStatus.UPDATE_COMPLETE


@behaviour(MAKE)
def a_change_set_changes_nothing_by_itself(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    before = ground.story("app", "Queue")
    ground.propose("app", "next", {"Queue": SLOWER})
    assert ground.cloud.status("app") is StackStatus.CREATE_COMPLETE
    assert ground.story("app", "Queue") == before


@behaviour(EXECUTE)
def executing_one_change_set_forgets_the_others(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    ground.propose("app", "one", {"Queue": SLOWER})
    ground.propose("app", "two", {"Queue": QUEUE, "Topic": TOPIC})
    ground.execute("app", "one")
    assert ground.cloud.change_set("app", "two") is None


@behaviour("User Guide: change sets, troubleshooting")
def a_change_set_without_changes_fails_and_cannot_be_executed(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    found = ground.propose("app", "none", {"Queue": QUEUE})
    assert (found.status, found.execution) == ("FAILED", "UNAVAILABLE")
    assert "didn't contain changes" in found.reason
    refused(lambda: ground.execute("app", "none"))


@behaviour(SHOW)
def a_modification_names_its_properties(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    [change] = ground.propose("app", "next", {"Queue": SLOWER}).changes
    assert (change.action, change.replacement) == (Action.MODIFY, Replacement.NO)
    assert change.properties == ("VisibilityTimeout",)


@behaviour("API reference: ResourceChange, PolicyAction")
def a_replacement_is_told_with_what_becomes_of_the_old_one(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    [change] = ground.propose("app", "next", {"Queue": FIFO}).changes
    assert (change.replacement, change.policy) == (Replacement.YES, "ReplaceAndDelete")


@behaviour("API reference: ResourceChange, PolicyAction")
def a_removal_is_told_with_its_policy(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE, "Old": kept(TOPIC), "Older": TOPIC})
    changes = {one.resource: one for one in ground.propose("app", "next", {"Queue": QUEUE}).changes}
    assert {name: (one.action, one.policy) for name, one in changes.items()} == {
        "Old": (Action.REMOVE, "Retain"),
        "Older": (Action.REMOVE, "Delete"),
    }


@behaviour(EXECUTE)
def a_change_set_that_does_not_exist_cannot_be_executed(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    refused(lambda: ground.execute("app", "none"))


@behaviour("API reference: DescribeChangeSet")
def a_change_set_that_does_not_exist_is_not_found(ground: Ground) -> None:
    assert ground.cloud.change_set("app", "none") is None
    ground.create("app", {"Queue": QUEUE})
    assert ground.cloud.change_set("app", "none") is None


@behaviour("API reference: DeleteChangeSet")
def a_deleted_change_set_is_gone_and_the_stack_stays(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    ground.propose("app", "next", {"Queue": SLOWER})
    ground.cloud.start(DeleteChangeSet("app", "next"))
    assert ground.cloud.change_set("app", "next") is None
    assert ground.cloud.status("app") is StackStatus.CREATE_COMPLETE


@behaviour("User Guide: stack status codes")
def the_shell_of_a_change_set_can_be_deleted(ground: Ground) -> None:
    ground.propose("app", "first", {"Queue": QUEUE})
    assert ground.delete("app") is None


@behaviour("API reference: ExecuteChangeSet, DisableRollback", "Topic=No capacity@2")
def executing_with_rollback_off_keeps_a_failure(ground: Ground) -> None:
    ground.propose("app", "first", {"Queue": QUEUE, "Topic": TOPIC})
    assert ground.execute("app", "first", on_failure=OnFailure.DO_NOTHING) is StackStatus.CREATE_FAILED


@behaviour(EXECUTE, "Topic=No capacity@2")
def executing_rolls_a_failed_creation_back(ground: Ground) -> None:
    ground.propose("app", "first", {"Queue": QUEUE, "Topic": TOPIC})
    assert ground.execute("app", "first") is StackStatus.ROLLBACK_COMPLETE


@behaviour(MAKE)
def no_change_set_is_made_while_the_stack_is_updated(ground: Ground) -> None:
    ground.create("app", {"Queue": QUEUE})
    ground.propose("app", "one", {"Queue": SLOWER})
    ground.cloud.start(ExecuteChangeSet("app", "one"))
    refused(lambda: ground.propose("app", "two", {"Queue": QUEUE, "Topic": TOPIC}))
