"""What Lambda does with a function's role is no need of the function in its VPC."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Properties, Town, att, ref, town, with_function


def isolated(actions: list[str], **more: tuple[str, Properties]) -> Town:
    """A function without a way to any service, whose role allows the actions."""
    built = with_function(town(nat=False))
    built.remove("Init")
    built.set("Function", Code={"ZipFile": "def handler(event, context):\n    return 1\n"})
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    built.set("Role", Policies=[{"PolicyName": "p", "PolicyDocument": document}])
    built.add("Queue", "AWS::SQS::Queue").add("Bus", "AWS::Events::EventBus", Name="bus")
    built.add(
        "Table", "AWS::DynamoDB::Table",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], StreamSpecification={"StreamViewType": "NEW_IMAGE"},
    )  # fmt: skip
    built.add("Version", "AWS::Lambda::Version", FunctionName=ref("Function"))
    for name, (kind, properties) in more.items():
        built.add(name, kind, **properties)
    return built


def unreachable(built: Town) -> set[str]:
    return {item.need.target.title for item in built.judge().reaches if item.need.workload.address.id == "Function"}


STREAM = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
CASES: dict[str, tuple[list[str], str, Properties]] = {
    "a queue that Lambda reads": (
        ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        "AWS::Lambda::EventSourceMapping", {"FunctionName": ref("Function"), "EventSourceArn": att("Queue", "Arn")},
    ),
    "a stream that Lambda reads, and where it puts what fails": (
        [*STREAM, "sqs:SendMessage"],
        "AWS::Lambda::EventSourceMapping",
        {
            "FunctionName": ref("Function"), "EventSourceArn": att("Table", "StreamArn"), "StartingPosition": "LATEST",
            "DestinationConfig": {"OnFailure": {"Destination": att("Queue", "Arn")}},
        },
    ),
    "destinations of a version": (
        ["events:PutEvents", "sqs:SendMessage", "sqs:GetQueueUrl"],
        "AWS::Lambda::EventInvokeConfig",
        {
            "FunctionName": ref("Version"), "Qualifier": "1",
            "DestinationConfig": {
                "OnSuccess": {"Destination": att("Bus", "Arn")}, "OnFailure": {"Destination": att("Queue", "Arn")},
            },
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_lambda_does_for_a_function_is_no_need_of_it(name: str) -> None:
    actions, kind, properties = CASES[name]

    assert unreachable(isolated(actions)) != set()
    assert unreachable(isolated(actions, Extra=(kind, properties))) == set()


def test_a_dead_letter_queue_is_written_by_lambda() -> None:
    built = isolated(["sqs:SendMessage"])
    built.set("Function", DeadLetterConfig={"TargetArn": att("Queue", "Arn")})

    assert unreachable(built) == set()


@pytest.mark.parametrize("action", ["sqs:SendMessage", "sqs:*", "dynamodb:PutItem"])
def test_what_lambda_does_not_do_itself_stays_a_need(action: str) -> None:
    mapping: dict[str, Any] = {"FunctionName": ref("Function"), "EventSourceArn": att("Queue", "Arn")}

    assert unreachable(isolated([action], Extra=("AWS::Lambda::EventSourceMapping", mapping))) != set()


def test_a_search_domain_is_called_one() -> None:
    built = isolated([])
    built.add(
        "Domain", "AWS::OpenSearchService::Domain",
        VPCOptions={"SubnetIds": [ref("PrivateSubnet1")], "SecurityGroupIds": [att("Group", "GroupId")]},
    )  # fmt: skip
    built.set("Function", Environment={"Variables": {"DOMAIN": att("Domain", "DomainEndpoint")}})

    [finding] = [item for item in built.judge().findings if item.check == "destination-unreachable"]

    assert "(use the search domain Domain)" in finding.message
