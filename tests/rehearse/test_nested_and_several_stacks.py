"""Stacks inside stacks, and stacks that wait for one another."""

from __future__ import annotations

import pytest
from rehearsal_worlds import cloud_with, lines, world_of, worlds_of

from stackflight.errors import OperationRefused
from stackflight.model.event import StackStatus
from stackflight.model.plan import CreateStack, DeleteStack, UpdateStack
from stackflight.model.template import World
from stackflight.model.value import Address
from stackflight.operate.play import play
from stackflight.rehearse.behaviour import Behaviour, Fault
from stackflight.rehearse.scene import Scene
from stackflight.rehearse.simulator import SimulatedCloud

PARENT = """
Resources:
  Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}
  After: {Type: AWS::S3::Bucket, DependsOn: Child}
"""
CHILD = "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {Tag: %s}}}"


def nested(tag: int = 1) -> World:
    return world_of(PARENT, child=CHILD % tag)


def test_a_nested_stack_has_events_of_its_own_and_is_a_resource_of_its_parent() -> None:
    cloud = cloud_with()
    cloud.start(CreateStack("app", nested()))
    cloud.settle()
    said = [f"{event.stack}: {event.resource} {event.status}" for event in cloud.events("app")]
    order = [
        "app: Child CREATE_IN_PROGRESS",
        "app/Child: app/Child CREATE_IN_PROGRESS",
        "app/Child: Queue CREATE_IN_PROGRESS",
        "app/Child: Queue CREATE_COMPLETE",
        "app/Child: app/Child CREATE_COMPLETE",
        "app: Child CREATE_COMPLETE",
        "app: After CREATE_IN_PROGRESS",
        "app: app CREATE_COMPLETE",
    ]
    places = [said.index(line) for line in order]
    assert places == sorted(places)


def test_a_failure_inside_fails_the_parent_which_deletes_the_child() -> None:
    cloud = cloud_with({(Address("app/Child", "Queue"), "create"): Fault("no")})
    cloud.start(CreateStack("app", nested()))
    cloud.settle()
    [failed] = [event for event in cloud.events("app") if (event.resource, event.status) == ("Child", "CREATE_FAILED")]
    assert failed.reason == (
        "Embedded stack app/Child was not successfully created: The following resource(s) failed to create: [Queue]. "
    )
    assert lines(cloud.events("app"), "app/Child")[-1] == "app/Child DELETE_COMPLETE"
    assert cloud.status("app") is StackStatus.ROLLBACK_COMPLETE


def test_a_nested_stack_keeps_to_its_own_time_out() -> None:
    parent = PARENT.replace("TemplateURL: child.yaml", "TemplateURL: child.yaml, TimeoutInMinutes: 1")
    cloud = cloud_with()
    cloud.start(CreateStack("app", world_of(parent, child="Resources: {Nat: {Type: AWS::EC2::NatGateway}}")))
    cloud.settle()
    [failed] = [event for event in cloud.events("app") if (event.resource, event.status) == ("Child", "CREATE_FAILED")]
    assert failed.reason.endswith("Stack creation time exceeded the specified timeout. ")


def test_a_nested_stack_without_a_template_at_hand_takes_no_more_than_an_empty_one() -> None:
    cloud = cloud_with()
    cloud.start(CreateStack("app", world_of(PARENT.replace("child.yaml", "https://example.org/far.yaml"))))
    cloud.settle()
    assert 20 < cloud.events("app")[-1].time < 40


def test_a_nested_stack_cleans_up_when_its_parent_does() -> None:
    cloud = cloud_with()
    cloud.start(CreateStack("app", nested(1)))
    cloud.settle()
    before = len(cloud.events("app"))
    cloud.start(UpdateStack("app", nested(2)))
    cloud.settle()
    said = [f"{event.stack}: {event.resource} {event.status}" for event in cloud.events("app")[before:]]
    parent = said.index("app: app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    assert said.index("app: Child UPDATE_COMPLETE") < parent < said.index("app/Child: app/Child UPDATE_COMPLETE")
    assert said.count("app: Child UPDATE_COMPLETE") == 2
    assert said[-1] == "app: app UPDATE_COMPLETE"


def test_a_nested_update_that_fails_is_on_its_way_back_when_the_parent_hears_of_it() -> None:
    cloud = cloud_with()
    cloud.start(CreateStack("app", nested(1)))
    cloud.settle()
    cloud.engine.faults = {(Address("app/Child", "Queue"), "update"): Fault("no")}
    cloud.start(UpdateStack("app", nested(2)))
    cloud.settle()
    [failed] = [event for event in cloud.events("app") if (event.resource, event.status) == ("Child", "UPDATE_FAILED")]
    assert failed.reason.startswith(
        "Embedded stack app/Child was not successfully updated. Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason: "
        "The following resource(s) failed to update: [Queue]."
    )
    assert cloud.status("app") is StackStatus.UPDATE_ROLLBACK_COMPLETE
    assert cloud.status("app/Child") is StackStatus.UPDATE_ROLLBACK_COMPLETE


def test_a_nested_stack_that_was_updated_goes_back_when_its_parent_fails_elsewhere() -> None:
    cloud = cloud_with()
    cloud.start(CreateStack("app", nested(1)))
    cloud.settle()
    cloud.engine.faults = {(Address("app", "After"), "update"): Fault("no")}
    changed = world_of(PARENT.replace("DependsOn: Child", "DependsOn: Child, Properties: {Tags: []}"), child=CHILD % 2)
    cloud.start(UpdateStack("app", changed))
    cloud.settle()
    assert cloud.status("app") is StackStatus.UPDATE_ROLLBACK_COMPLETE
    child = cloud.engine.stacks["app/Child"]
    assert child.status is StackStatus.UPDATE_ROLLBACK_COMPLETE
    assert child.items["Queue"].resource.get("Tag") == 1


def test_deleting_a_stack_deletes_what_is_nested_in_it() -> None:
    cloud = cloud_with()
    cloud.start(CreateStack("app", nested()))
    cloud.settle()
    cloud.start(DeleteStack("app"))
    cloud.settle()
    assert cloud.status("app/Child") is None
    assert cloud.status("app") is None


BUCKET = "Resources: {Bucket: {Type: AWS::S3::Bucket}}"
THREE = (("network", BUCKET, ()), ("data", BUCKET, ("network",)), ("web", BUCKET, ("network",)))


def starts_and_ends(scene: Scene, faults: dict | None = None) -> tuple[str, dict[str, tuple[float, float]]]:
    played = play(scene, Behaviour(), faults or {}, record=True)
    spans: dict[str, tuple[float, float]] = {}
    for event in played.engine.events:
        first = spans.get(event.stack, (event.time, event.time))[0]
        spans[event.stack] = (first, event.time)
    return played.outcome, spans


def test_stacks_wait_for_those_they_depend_on_and_for_no_others() -> None:
    outcome, spans = starts_and_ends(Scene(worlds_of(*THREE), at_once=3))
    assert outcome == "CREATE_COMPLETE"
    assert spans["network"][1] <= spans["data"][0] == spans["web"][0]


def test_unless_more_are_allowed_stacks_follow_one_another() -> None:
    """Audit, row 4."""
    _, spans = starts_and_ends(Scene(worlds_of(*THREE)))
    assert spans["network"][1] <= spans["data"][0]
    assert spans["data"][1] <= spans["web"][0]


def test_after_a_stack_that_fails_no_further_one_is_begun() -> None:
    world = worlds_of(*THREE)
    outcome, spans = starts_and_ends(Scene(world), {(Address("network", "Bucket"), "create"): Fault("no")})
    assert outcome == "ROLLBACK_COMPLETE"
    assert set(spans) == {"network"}


def test_taking_a_world_down_goes_the_other_way_round() -> None:
    outcome, spans = starts_and_ends(Scene(worlds_of(*THREE), delete=True))
    assert outcome == "DELETE_COMPLETE"
    assert max(spans["data"][1], spans["web"][1]) <= spans["network"][0]


def test_stacks_that_exist_are_updated_and_unchanged_ones_left_alone() -> None:
    changed = (THREE[0], ("data", BUCKET.replace("Bucket}", "Bucket, Properties: {Tags: []}}"), ("network",)), THREE[2])
    outcome, spans = starts_and_ends(Scene(worlds_of(*changed), current=worlds_of(*THREE)))
    assert outcome == "UPDATE_COMPLETE"
    assert set(spans) == {"data"}


def test_an_imported_export_makes_one_stack_wait_for_the_other() -> None:
    giver = BUCKET + "\nOutputs: {Name: {Value: !Ref Bucket, Export: {Name: bucket-name}}}"
    taker = "Resources: {Role: {Type: AWS::IAM::Role, Properties: {Description: !ImportValue bucket-name}}}"
    _, spans = starts_and_ends(Scene(worlds_of(("giver", giver, ()), ("taker", taker, ()))))
    assert spans["giver"][1] <= spans["taker"][0]


GIVER = BUCKET + "\nOutputs: {Name: {Value: !Ref Bucket, Export: {Name: bucket-name}}}"
TAKER = "Resources: {Role: {Type: AWS::IAM::Role, Properties: {Description: !ImportValue bucket-name}}}"


def giver_and_taker() -> SimulatedCloud:
    world = worlds_of(("giver", GIVER, ()), ("taker", TAKER, ()))
    cloud = cloud_with()
    for stack in ("giver", "taker"):
        cloud.start(CreateStack(stack, world))
        cloud.settle()
    return cloud


def test_a_stack_whose_export_is_in_use_cannot_be_deleted() -> None:
    cloud = giver_and_taker()
    with pytest.raises(OperationRefused, match="Cannot delete export bucket-name as it is in use by taker"):
        cloud.start(DeleteStack("giver"))
    cloud.start(DeleteStack("taker"))
    cloud.settle()
    cloud.start(DeleteStack("giver"))
    cloud.settle()
    assert cloud.status("giver") is None


def test_an_update_that_drops_an_export_in_use_goes_back() -> None:
    cloud = giver_and_taker()
    without = BUCKET.replace("Bucket}", "Bucket, Properties: {Tags: []}}")
    cloud.start(UpdateStack("giver", worlds_of(("giver", without, ()), ("taker", TAKER, ()))))
    cloud.settle()
    [turn] = [event for event in cloud.events("giver") if event.status == "UPDATE_ROLLBACK_IN_PROGRESS"]
    assert turn.reason == "Export bucket-name cannot be deleted as it is in use by taker"
    assert cloud.status("giver") is StackStatus.UPDATE_ROLLBACK_COMPLETE
