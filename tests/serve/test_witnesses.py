"""What services say of a failure is kept before the way back destroys it, and what runs is compared with what was deployed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from served_account import Account

from stackflight.aws.evidence import Witness
from stackflight.aws.running import find_differences
from stackflight.aws.session import Session
from stackflight.model.event import Event
from stackflight.model.evidence import EvidenceKind
from stackflight.operate.functions import find_function

pytestmark = pytest.mark.xdist_group("serve")


@pytest.fixture
def session(account: Account, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTTESTTESTTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return Session(None, "us-east-1")


def failed(type: str, physical_id: str, reason: str = "it did not stabilize") -> Event:
    return Event(1_700_000_000.0, "app", "Thing", type, "CREATE_FAILED", reason, physical_id, id="1")


def write_log(account: Account, group: str, stream: str, *lines: str) -> None:
    logs = account.client("logs")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    events = [{"timestamp": int(time.time() * 1000) + n, "message": line} for n, line in enumerate(lines)]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def test_the_log_of_a_function_that_gave_no_answer_is_read(account: Account, session: Session) -> None:
    write_log(account, "/aws/lambda/app-init-X", "2026/[1]abc", "START", "Task timed out after 3.00 seconds")
    witness = Witness(session, lambda _: "us-east-1", lambda _: "app-init-X")
    witness.start(failed("Custom::Init", ""))
    found = witness.finish()
    assert [one.text for one in found if one.kind is EvidenceKind.LOG] == ["START", "Task timed out after 3.00 seconds"]
    assert found[0].where == "/aws/lambda/app-init-X:2026/[1]abc"


def make_service(account: Account) -> Any:
    ecs = account.client("ecs")
    ecs.create_cluster(clusterName="main")
    options = {"awslogs-group": "/app", "awslogs-stream-prefix": "web"}
    container = {"name": "web", "image": "web:1", "memory": 128,
                 "logConfiguration": {"logDriver": "awslogs", "options": options}}  # fmt: skip
    ecs.register_task_definition(family="web", containerDefinitions=[container])
    return ecs.create_service(cluster="main", serviceName="web", taskDefinition="web", desiredCount=1)["service"]


def test_the_health_of_a_service_and_its_tasks_is_read(account: Account, session: Session) -> None:
    service = make_service(account)
    witness = Witness(session, lambda _: "us-east-1")
    witness.start(failed("AWS::ECS::Service", service["serviceArn"]))
    assert not [one for one in witness.finish() if "could not be read" in one.text]


def test_a_probe_that_fails_is_noted_and_hurts_nobody(session: Session) -> None:
    witness = Witness(session, lambda _: "us-east-1")
    witness.start(failed("AWS::CertificateManager::Certificate", "arn:aws:acm:us-east-1:123456789012:certificate/none"))
    [note] = witness.finish()
    assert note.text.startswith("certificate validation: could not be read")


def test_only_what_smells_of_permission_asks_the_trail(session: Session) -> None:
    witness = Witness(session, lambda _: "us-east-1")
    assert "CloudTrail" in witness._probes(
        failed("AWS::SQS::Queue", "q", "User is not authorized to perform: sqs:CreateQueue")
    )
    assert witness._probes(failed("AWS::SQS::Queue", "q")) == {}


def test_a_green_stack_whose_service_runs_another_task_definition_is_found_out(
    account: Account, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make_service(account)
    held = [
        {"LogicalResourceId": "Web", "ResourceType": "AWS::ECS::Service", "PhysicalResourceId": service["serviceArn"]},
        {"LogicalResourceId": "Task", "ResourceType": "AWS::ECS::TaskDefinition",
         "PhysicalResourceId": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:2"},
    ]  # fmt: skip

    class Listing:
        def get_paginator(self, _: str) -> Any:
            return self

        def paginate(self, **_: str) -> Any:
            return [{"StackResourceSummaries": held}]

    ecs = session.client("ecs")
    monkeypatch.setattr(session, "client", lambda service, *_: Listing() if service == "cloudformation" else ecs)
    arn = "arn:aws:cloudformation:us-east-1:123456789012:stack/app/1"
    for stack in (arn, "app"):
        assert find_differences(session, stack) == ["Web runs web:1, which is not the stack's task definition"]
    held[1]["PhysicalResourceId"] = service["deployments"][0]["taskDefinition"]
    assert find_differences(session, arn) == []


def test_the_function_behind_a_custom_resource_is_found_by_what_was_made(world_of: Callable[[str], Any]) -> None:
    template = {
        "Resources": {
            "Function": {"Type": "AWS::Lambda::Function", "Properties": {}},
            "Init": {"Type": "Custom::Init", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}}},
        }
    }
    world = world_of(json.dumps(template))
    made = Event(1.0, "app", "Function", "AWS::Lambda::Function", "CREATE_COMPLETE", "", "app-Function-X", id="1")
    gone = Event(2.0, "app", "Init", "Custom::Init", "CREATE_FAILED", "no answer", id="2")
    assert find_function(world, [made], gone) == "app-Function-X"
    assert find_function(world, [], gone) == ""


@pytest.fixture
def world_of() -> Callable[[str], Any]:
    from stackflight.model.template import Environment
    from stackflight.read.assembly import join_stacks
    from stackflight.read.document import parse_template
    from stackflight.read.manifest import Source

    class NoFiles:
        def read(self, _: str) -> str | None:
            return None

        def names(self, _: str) -> list[str]:
            return []

        def show(self, name: str) -> str:
            return name

    return lambda text: join_stacks([Source("app", parse_template(text, "app.json"))], {}, NoFiles(), Environment())
