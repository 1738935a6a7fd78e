"""Creating and deleting one stack: which events come, in which order, and what a failure does."""

from __future__ import annotations

import pytest
from rehearsal_worlds import cloud_with, last_status, lines, world_of

from stackflight.errors import OperationRefused
from stackflight.model.event import StackStatus
from stackflight.model.plan import CreateStack, DeleteStack, OnFailure, RollbackStack, SetTerminationProtection
from stackflight.model.value import Address
from stackflight.rehearse.behaviour import Behaviour, Fault

CHAIN = """
Resources:
  Role: {Type: AWS::IAM::Role}
  Function: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
  Bucket: {Type: AWS::S3::Bucket}
"""


def faults(**by_resource: Fault) -> dict[tuple[Address, str], Fault]:
    return {(Address("app", id), "create"): fault for id, fault in by_resource.items()}


def test_a_creation_says_what_cloudformation_says() -> None:
    cloud = cloud_with()
    cloud.start(CreateStack("app", world_of(CHAIN)))
    cloud.settle()
    assert [(event.resource, event.status, event.reason) for event in cloud.events("app")] == [
        ("app", "CREATE_IN_PROGRESS", "User Initiated"),
        ("Role", "CREATE_IN_PROGRESS", ""),
        ("Bucket", "CREATE_IN_PROGRESS", ""),
        ("Role", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("Bucket", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("Role", "CREATE_COMPLETE", ""),
        ("Bucket", "CREATE_COMPLETE", ""),
        ("Function", "CREATE_IN_PROGRESS", ""),
        ("Function", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("Function", "CREATE_IN_PROGRESS", "Eventual consistency check initiated"),
        ("Function", "CREATE_COMPLETE", ""),
        ("app", "CREATE_COMPLETE", ""),
    ]


def test_dependents_start_at_the_consistency_check_long_before_completion() -> None:
    cloud = cloud_with()
    cloud.start(
        CreateStack(
            "app",
            world_of("""
Resources:
  Nat: {Type: AWS::EC2::NatGateway}
  Route: {Type: AWS::EC2::Route, Properties: {NatGatewayId: !Ref Nat}}
"""),
        )
    )
    cloud.settle()
    [configured] = [event for event in cloud.events("app") if event.detailed_status == "CONFIGURATION_COMPLETE"]
    assert configured.reason == "Eventual consistency check initiated"
    times = {(event.resource, event.status): event.time for event in reversed(cloud.events("app"))}
    assert times["Route", "CREATE_IN_PROGRESS"] < 15
    assert times["Nat", "CREATE_COMPLETE"] > 90


def test_a_failure_cancels_what_is_in_flight_and_rolls_everything_back() -> None:
    cloud = cloud_with(faults(Role=Fault("Role is wrong")))
    cloud.start(CreateStack("app", world_of(CHAIN)))
    cloud.settle()
    failed = [(event.resource, event.reason) for event in cloud.events("app") if event.status == "CREATE_FAILED"]
    assert failed == [("Role", "Role is wrong"), ("Bucket", "Resource creation cancelled")]
    [rollback] = [event for event in cloud.events("app") if event.status == "ROLLBACK_IN_PROGRESS"]
    assert rollback.reason == (
        "The following resource(s) failed to create: [Role, Bucket]. Rollback requested by user."
    )
    assert lines(cloud.events("app"))[-1] == "app ROLLBACK_COMPLETE"
    assert "Function" not in {event.resource for event in cloud.events("app")}


def test_what_never_existed_is_deleted_without_being_in_progress() -> None:
    cloud = cloud_with(faults(Role=Fault("refused", 0.2)))
    cloud.start(CreateStack("app", world_of("Resources: {Role: {Type: AWS::IAM::Role}}")))
    cloud.settle()
    assert [line for line in lines(cloud.events("app")) if "DELETE" in line] == ["Role DELETE_COMPLETE"]


def test_deletion_goes_against_the_order_of_creation() -> None:
    cloud = cloud_with()
    cloud.start(CreateStack("app", world_of(CHAIN)))
    cloud.settle()
    before = len(cloud.events("app"))
    cloud.start(DeleteStack("app"))
    cloud.settle()
    said = lines(cloud.events("app")[before:])
    assert said[0] == "app DELETE_IN_PROGRESS"
    assert said.index("Function DELETE_COMPLETE") < said.index("Role DELETE_IN_PROGRESS")
    assert said[-1] == "app DELETE_COMPLETE"
    assert cloud.status("app") is None


def test_retained_resources_are_skipped_even_in_the_rollback_of_their_creation() -> None:
    cloud = cloud_with(faults(Late=Fault("no")))
    cloud.start(
        CreateStack(
            "app",
            world_of("""
Resources:
  Kept: {Type: AWS::Logs::LogGroup, DeletionPolicy: Retain}
  Mostly: {Type: AWS::Logs::LogGroup, DeletionPolicy: RetainExceptOnCreate}
  Late: {Type: AWS::S3::Bucket, DependsOn: [Kept, Mostly]}
"""),
        )
    )
    cloud.settle()
    ends = {resource: event.status for (_, resource), event in last_status(cloud.events("app")).items()}
    assert ends["Kept"] == "DELETE_SKIPPED"
    assert ends["Mostly"] == "DELETE_COMPLETE"
    assert cloud.status("app") is StackStatus.ROLLBACK_COMPLETE


def test_a_retained_database_holds_its_subnet_group_so_that_the_rollback_fails() -> None:
    cloud = cloud_with(faults(Late=Fault("no")))
    cloud.start(
        CreateStack(
            "app",
            world_of("""
Resources:
  Group: {Type: AWS::DocDB::DBSubnetGroup}
  Database: {Type: AWS::DocDB::DBCluster, DeletionPolicy: Retain, Properties: {DBSubnetGroupName: !Ref Group}}
  Late: {Type: AWS::S3::Bucket, DependsOn: Database}
"""),
        )
    )
    cloud.settle()
    assert cloud.status("app") is StackStatus.ROLLBACK_FAILED
    assert cloud.events("app")[-1].reason == "The following resource(s) failed to delete: [Group]. "


def test_with_rollback_off_a_failed_creation_keeps_what_it_made() -> None:
    cloud = cloud_with(faults(Role=Fault("no")))
    cloud.start(CreateStack("app", world_of(CHAIN), on_failure=OnFailure.DO_NOTHING))
    cloud.settle()
    assert cloud.status("app") is StackStatus.CREATE_FAILED
    assert "Bucket CREATE_COMPLETE" in lines(cloud.events("app"))
    cloud.start(RollbackStack("app"))
    cloud.settle()
    assert cloud.status("app") is None


def test_on_failure_delete_takes_the_stack_away() -> None:
    cloud = cloud_with(faults(Role=Fault("no")))
    cloud.start(CreateStack("app", world_of(CHAIN), on_failure=OnFailure.DELETE))
    cloud.settle()
    assert cloud.status("app") is None


def test_a_stack_that_takes_longer_than_its_time_out_is_rolled_back() -> None:
    cloud = cloud_with()
    cloud.start(CreateStack("app", world_of("Resources: {Nat: {Type: AWS::EC2::NatGateway}}"), timeout_seconds=60))
    cloud.settle()
    [rollback] = [event for event in cloud.events("app") if event.status == "ROLLBACK_IN_PROGRESS"]
    assert rollback.time == 60
    assert rollback.reason.startswith("Stack creation time exceeded the specified timeout.")


def test_termination_protection_has_to_be_switched_off_first() -> None:
    cloud = cloud_with()
    cloud.start(CreateStack("app", world_of(CHAIN), termination_protection=True))
    cloud.settle()
    with pytest.raises(OperationRefused, match="TerminationProtection is enabled"):
        cloud.start(DeleteStack("app"))
    cloud.start(SetTerminationProtection("app", False))
    cloud.start(DeleteStack("app"))
    cloud.settle()
    assert cloud.status("app") is None


def test_deletion_protection_fails_the_deletion_and_what_the_resource_needs_is_not_touched() -> None:
    cloud = cloud_with({(Address("app", "Database"), "delete"): Fault("Cannot delete protected Cluster")})
    cloud.start(
        CreateStack(
            "app",
            world_of("""
Resources:
  Group: {Type: AWS::DocDB::DBSubnetGroup}
  Database: {Type: AWS::DocDB::DBCluster, Properties: {DBSubnetGroupName: !Ref Group}}
  Bucket: {Type: AWS::S3::Bucket}
"""),
        )
    )
    cloud.settle()
    with pytest.raises(OperationRefused, match="DELETE_FAILED state"):
        cloud.start(DeleteStack("app", retain=("Database",)))
    cloud.start(DeleteStack("app"))
    cloud.settle()
    assert cloud.status("app") is StackStatus.DELETE_FAILED
    assert "Group DELETE_IN_PROGRESS" not in lines(cloud.events("app"))
    assert "Bucket DELETE_COMPLETE" in lines(cloud.events("app"))
    before = len(cloud.events("app"))
    cloud.start(DeleteStack("app", retain=("Database", "Group")))
    cloud.settle()
    assert lines(cloud.events("app")[before:]) == [
        "app DELETE_IN_PROGRESS",
        "Database DELETE_SKIPPED",
        "Group DELETE_SKIPPED",
        "app DELETE_COMPLETE",
    ]


def test_a_stack_under_creation_can_be_deleted() -> None:
    cloud = cloud_with()
    cloud.start(CreateStack("app", world_of("Resources: {Nat: {Type: AWS::EC2::NatGateway}}")))
    cloud.clock.sleep(20)
    cloud.start(DeleteStack("app"))
    cloud.settle()
    assert "Nat CREATE_FAILED" in lines(cloud.events("app"))
    assert "Nat CREATE_COMPLETE" not in lines(cloud.events("app"))
    assert cloud.status("app") is None


def test_circular_dependencies_are_refused_before_anything_begins() -> None:
    world = world_of("Resources: {A: {Type: AWS::S3::Bucket, DependsOn: B}, B: {Type: AWS::S3::Bucket, DependsOn: A}}")
    cloud = cloud_with()
    with pytest.raises(OperationRefused, match="Circular dependency between resources"):
        cloud.start(CreateStack("app", world))
    assert cloud.status("app") is None


def test_events_are_only_visible_once_their_time_has_come() -> None:
    cloud = cloud_with()
    cloud.start(CreateStack("app", world_of(CHAIN)))
    assert lines(cloud.events("app")) == ["app CREATE_IN_PROGRESS"]
    cloud.clock.sleep(2.5)
    assert lines(cloud.events("app"))[1:] == ["Role CREATE_IN_PROGRESS", "Bucket CREATE_IN_PROGRESS"]
    assert not cloud.finished("app")


def test_an_auto_scaling_group_with_a_creation_policy_waits_for_its_signals() -> None:
    text = """
Resources:
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    CreationPolicy: {ResourceSignal: {Count: 2, Timeout: PT15M}}
"""
    cloud = cloud_with(behaviour=Behaviour())
    cloud.start(CreateStack("app", world_of(text)))
    cloud.settle()
    assert cloud.events("app")[-1].time > 180


def test_what_started_early_is_cancelled_when_the_resource_it_needs_fails_later() -> None:
    cloud = cloud_with(faults(Nat=Fault("no", 50.0)))
    cloud.start(
        CreateStack(
            "app",
            world_of("""
Resources:
  Nat: {Type: AWS::EC2::NatGateway}
  Slow: {Type: AWS::RDS::DBInstance, Properties: {Nat: !Ref Nat}}
"""),
        )
    )
    cloud.settle()
    said = lines(cloud.events("app"))
    assert said.index("Slow CREATE_IN_PROGRESS") < said.index("Nat CREATE_FAILED") < said.index("Slow CREATE_FAILED")
    assert cloud.status("app") is StackStatus.ROLLBACK_COMPLETE
