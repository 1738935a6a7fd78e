"""Who is asked about a failure, when once more, and what is called out at once; on a clock that the test moves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import wait
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stackflight.aws.evidence import Witness
from stackflight.model.event import Event
from stackflight.model.evidence import Evidence, EvidenceKind

ROLE = "arn:aws:sts::111122223333:assumed-role/app-Role-X/session"
OTHER = "arn:aws:sts::111122223333:assumed-role/somebody/session"


def record(id: str, arn: str, code: str = "AccessDenied") -> dict[str, Any]:
    told = {"errorCode": code, "errorMessage": "not today", "userIdentity": {"arn": arn}}
    return {
        "EventId": id, "EventSource": "sqs.amazonaws.com", "EventName": "CreateQueue", "Username": "session",
        "EventTime": datetime(2026, 1, 1, tzinfo=UTC), "CloudTrailEvent": json.dumps(told if code else {}),
    }  # fmt: skip


class Services:
    """Clients that answer from a table and count how often they are asked."""

    region = "eu-central-1"

    def __init__(self, **answers: Any) -> None:
        self.answers: Mapping[str, Any] = answers
        self.asked: list[str] = []

    def client(self, service: str, *_: str) -> Services:
        self.asked.append(service)
        return self

    def get_paginator(self, _: str) -> Services:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"Events": self.answers["trail"]}]

    def __getattr__(self, name: str) -> Any:
        if name not in self.answers:
            raise AttributeError(name)
        return lambda **_: self.answers[name]


def witness_of(services: Services, clock: list[float], **more: Any) -> Witness:
    return Witness(services, lambda _: "eu-central-1", now=lambda: clock[0], **more)  # type: ignore[arg-type]


def collected(witness: Witness) -> list[Evidence]:
    """What is told once everything that was asked has answered."""
    first = witness.collect()
    wait(list(witness._running))
    return [*first, *witness.collect()]


DENIED = Event(
    1000.0, "app", "Queue", "AWS::SQS::Queue", "CREATE_FAILED", "Access Denied", id="1", stack_id="arn:stack"
)


def test_the_trail_is_asked_again_after_five_and_after_fifteen_minutes_and_tells_each_refusal_once() -> None:
    services, clock = Services(trail=[]), [0.0]
    witness = witness_of(services, clock, names=lambda: frozenset({"app-Role-X"}))
    witness.start(DENIED)
    assert collected(witness) == []
    clock[0] = 299.0
    assert collected(witness) == []
    assert services.asked.count("cloudtrail") == 1
    services.answers = {"trail": [record("one", ROLE)]}
    clock[0] = 300.0
    assert [one.where for one in collected(witness)] == ["one"]
    services.answers = {"trail": [record("one", ROLE), record("two", ROLE)]}
    clock[0] = 900.0
    assert [one.where for one in collected(witness)] == ["two"]
    assert services.asked.count("cloudtrail") == 3
    assert witness.finish() == []


def test_answers_are_kept_as_services_gave_them_and_of_the_trail_only_what_is_ours() -> None:
    services = Services(trail=[record("ours", ROLE), record("theirs", OTHER), record("well", ROLE, "")])
    witness = witness_of(services, [0.0], names=lambda: frozenset({"app-Role-X"}))
    witness.start(DENIED)
    collected(witness)
    [answer] = witness.answers()
    assert (answer.service, answer.call) == ("cloudtrail", "lookup_events")
    assert [(one["EventId"], one["EventTime"]) for one in answer.body["Events"]] == [
        ("ours", "2026-01-01 00:00:00+00:00")
    ]
    assert witness.answers() == []


def test_what_only_the_operation_tells_is_asked_for_by_its_id_and_missing_rights_are_no_matter() -> None:
    told = [
        {"EventType": "STACK_EVENT", "LogicalResourceId": "Queue", "ResourceStatusReason": "Access Denied"},
        {"EventType": "HOOK_INVOCATION_ERROR", "LogicalResourceId": "Queue", "HookType": "Acme::Guard", "HookStatusReason": "no key"},
        {"EventType": "VALIDATION_ERROR", "ValidationStatusReason": "no such property", "ValidationPath": "/Queue/Nme"},
    ]  # fmt: skip
    failed = replace(DENIED, reason="it failed", operation="op-1")
    services = Services(describe_events={"OperationEvents": told})
    witness = witness_of(services, [0.0])
    witness.start(failed)
    assert [(one.kind, one.text, one.where) for one in collected(witness)] == [
        (EvidenceKind.HOOK, "no key", "Acme::Guard"),
        (EvidenceKind.MESSAGE, "no such property: /Queue/Nme", ""),
    ]
    [answer] = witness.answers()
    assert answer.asked["OperationId"] == "op-1"

    class Denied(Services):
        def describe_events(self, **_: Any) -> Any:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeEvents")

    witness = witness_of(Denied(), [0.0])
    witness.start(failed)
    assert collected(witness) == []


def test_refusals_of_others_and_what_went_well_are_left_out() -> None:
    services = Services(trail=[record("ours", ROLE), record("theirs", OTHER), record("well", ROLE, "")])
    witness = witness_of(services, [0.0], names=lambda: frozenset({"app-Role-X"}))
    witness.start(DENIED)
    [told] = collected(witness)
    assert (told.kind, told.where) == (EvidenceKind.TRAIL, "ours")
    assert told.text == "sqs.amazonaws.com CreateQueue by session was refused: AccessDenied: not today"


def test_a_run_that_ends_before_the_trail_is_complete_says_so() -> None:
    witness = witness_of(Services(trail=[]), [0.0])
    witness.start(DENIED)
    assert [one.text for one in witness.finish()] == [
        "CloudTrail tells up to 15 minutes late; `stackflight diagnose STACK` asks it again"
    ]


def custom(status: str, time: float = 1000.0) -> Event:
    return Event(time, "app", "Init", "Custom::Init", status, id=status)


def log(text: str, seconds: float) -> dict[str, Any]:
    return {"message": text, "timestamp": seconds * 1000}


@pytest.mark.parametrize(
    ("line", "seconds", "called"),
    [
        ("2026-01-01 x Task timed out after 900.00 seconds", 1100.0, True),
        ("RequestId: x Error: Runtime exited with error: signal: killed", 1100.0, True),
        ("2026-01-01 x Task timed out after 900.00 seconds", 500.0, False),
        ("[ERROR] something that it may have answered with", 1100.0, False),
    ],
)
def test_a_function_that_ended_without_an_answer_is_called_out_within_a_minute(
    line: str, seconds: float, called: bool
) -> None:
    services = Services(
        describe_log_streams={"logStreams": [{"logStreamName": "s"}]}, get_log_events={"events": [log(line, seconds)]}
    )
    clock = [0.0]
    witness = witness_of(services, clock, functions=lambda event: "init" if event.resource == "Init" else "")
    witness.heed([custom("CREATE_IN_PROGRESS")])
    clock[0] = 59.0
    assert collected(witness) == []
    clock[0] = 60.0
    told = collected(witness)
    assert [one.kind for one in told] == ([EvidenceKind.CUSTOM_RESOURCE] if called else [])
    clock[0] = 120.0
    assert collected(witness) == []  # said once


def test_whoever_has_answered_is_not_looked_after_any_more() -> None:
    services, clock = Services(describe_log_streams={"logStreams": []}), [0.0]
    witness = witness_of(services, clock, functions=lambda _: "init")
    witness.heed([custom("CREATE_IN_PROGRESS"), custom("CREATE_COMPLETE")])
    clock[0] = 600.0
    assert collected(witness) == []
    assert services.asked == []


def test_the_owners_of_interfaces_that_keep_a_group_are_named() -> None:
    interface = {
        "NetworkInterfaceId": "eni-1", "Status": "in-use", "Description": "AWS Lambda VPC ENI-f", "RequesterId": "X:lambda"
    }  # fmt: skip
    witness = witness_of(Services(describe_network_interfaces={"NetworkInterfaces": [interface]}), [0.0])
    gone = Event(
        1.0, "app", "Group", "AWS::EC2::SecurityGroup", "DELETE_FAILED", "has a dependent object", "sg-1", id="1"
    )
    witness.heed([gone])
    assert [one.text for one in collected(witness)] == ["eni-1 is in-use: AWS Lambda VPC ENI-f (of X:lambda)"]


def test_what_a_hook_says_is_kept_with_its_remedy() -> None:
    services = Services(
        list_hook_results={"HookResults": [{"HookResultId": "h", "Status": "HOOK_COMPLETE_FAILED", "TypeName": "My::Hook",
                                            "HookStatusReason": "no"}, {"HookResultId": "g", "Status": "HOOK_COMPLETE_SUCCEEDED"}]},
        get_hook_result={"Annotations": [{"AnnotationName": "Encrypt", "RemediationMessage": "set KmsKeyId"}]},
    )  # fmt: skip
    witness = witness_of(services, [0.0])
    witness.start(Event(1.0, "app", "Q", "AWS::SQS::Queue", "CREATE_FAILED", "The following hook(s) failed: [My::Hook]",
                        id="1", stack_id="arn:stack"))  # fmt: skip
    assert [one.text for one in collected(witness)] == ["no", "Encrypt: set KmsKeyId"]


@pytest.mark.parametrize(
    ("type", "answers", "said"),
    [
        ("AWS::RDS::DBInstance", {"describe_events": {"Events": []}, "describe_db_instances": {"DBInstances": [
            {"DBInstanceStatus": "incompatible-parameters", "PendingModifiedValues": {"EngineVersion": "16"}}]}},
         "thing is incompatible-parameters, waits to change EngineVersion"),
        ("AWS::OpenSearchService::Domain", {"describe_domain": {"DomainStatus": {"DomainProcessingStatus": "Modifying"}}},
         "thing is Modifying"),
        ("AWS::ElastiCache::ReplicationGroup", {"describe_events": {"Events": []}, "describe_replication_groups": {
            "ReplicationGroups": [{"Status": "create-failed"}]}}, "thing is create-failed"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", {"describe_load_balancers": {"LoadBalancers": [
            {"State": {"Code": "failed", "Reason": "the subnets lack free addresses"}}]}},
         "the load balancer is failed: the subnets lack free addresses"),
        ("AWS::ElasticLoadBalancing::LoadBalancer", {"describe_instance_health": {"InstanceStates": [
            {"InstanceId": "i-1", "State": "InService"},
            {"InstanceId": "i-2", "State": "OutOfService", "ReasonCode": "Instance", "Description": "Instance has failed health checks."}]}},
         "OutOfService Instance Instance has failed health checks."),
        ("AWS::AutoScaling::AutoScalingGroup", {"describe_scaling_activities": {"Activities": []}, "describe_auto_scaling_groups": {
            "AutoScalingGroups": [{"TargetGroupARNs": ["tg"]}]}, "describe_target_groups": {"TargetGroups": [
            {"TargetGroupName": "web", "LoadBalancerArns": []}]}, "describe_target_health": {"TargetHealthDescriptions": []}},
         "no listener sends to the target group web"),
    ],
)  # fmt: skip
def test_the_state_of_what_failed_is_kept(type: str, answers: dict[str, Any], said: str) -> None:
    witness = witness_of(Services(**answers), [0.0])
    witness.start(Event(1.0, "app", "Store", type, "CREATE_FAILED", "it did not stabilize", "thing", id="1"))
    assert said in [one.text for one in collected(witness)]


def test_the_build_that_a_custom_resource_speaks_of_tells_why_it_failed() -> None:
    build = "images:0a1b2c3d-0000-1111-2222-333344445555"
    phase = {"phaseType": "BUILD", "phaseStatus": "FAILED", "contexts": [
        {"statusCode": "COMMAND_EXECUTION_ERROR", "message": "Error while executing command: npm ci. Reason: exit status 1"}]}  # fmt: skip
    services = Services(
        batch_get_builds={"builds": [{"id": build, "buildStatus": "FAILED", "logs": {"groupName": "g", "streamName": "s"},
                                      "phases": [{"phaseType": "INSTALL", "phaseStatus": "SUCCEEDED"}, phase]}]},
        get_log_events={"events": [log("npm error code E401", 1.0)]},
    )  # fmt: skip
    witness = witness_of(services, [0.0])
    told = f"Received response status [FAILED] from custom resource. Message returned: {build} ended with FAILED"
    witness.start(Event(1.0, "app", "Images", "Custom::Build", "CREATE_FAILED", told, id="1"))
    found = collected(witness)
    assert {one.kind for one in found} == {EvidenceKind.BUILD}
    assert [one.text for one in found] == [
        "Phase BUILD FAILED: COMMAND_EXECUTION_ERROR: Error while executing command: npm ci. Reason: exit status 1",
        "npm error code E401",
    ]
