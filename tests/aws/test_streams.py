"""CloudFormation's answers as nouns: streams of nested stacks, and what boto3 raises in our own words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from stackflight import errors
from stackflight.aws.refusals import translated
from stackflight.aws.shapes import read_change_set
from stackflight.aws.streams import Streams
from stackflight.model.change import Action, Change, Replacement
from stackflight.model.event import START

ROOT = "arn:aws:cloudformation:eu-central-1:111122223333:stack/app/1"
CHILD = "arn:aws:cloudformation:eu-central-1:111122223333:stack/app-Child-X/2"


def entry(
    number: int,
    stack: str,
    resource: str,
    status: str,
    physical: str = "",
    type: str = "AWS::SQS::Queue",
    reason: str = "",
) -> dict[str, Any]:
    return {
        "EventId": f"e{number}", "StackId": stack, "StackName": stack.split("/")[1], "LogicalResourceId": resource,
        "PhysicalResourceId": physical, "ResourceType": type, "ResourceStatus": status, "ResourceStatusReason": reason,
        "Timestamp": datetime.fromtimestamp(1000 + number, UTC),
    }  # fmt: skip


STACK = "AWS::CloudFormation::Stack"
ROOT_EVENTS = [
    entry(1, ROOT, "app", "CREATE_IN_PROGRESS", ROOT, STACK, "User Initiated"),
    entry(2, ROOT, "Child", "CREATE_IN_PROGRESS", "", STACK),
    entry(3, ROOT, "Child", "CREATE_IN_PROGRESS", CHILD, STACK),
    entry(8, ROOT, "Child", "CREATE_COMPLETE", CHILD, STACK),
    entry(9, ROOT, "app", "CREATE_COMPLETE", ROOT, STACK),
]
CHILD_EVENTS = [
    entry(4, CHILD, "app-Child-X", "CREATE_IN_PROGRESS", CHILD, STACK),
    entry(5, CHILD, "Queue", "CREATE_IN_PROGRESS"),
    entry(6, CHILD, "Queue", "CREATE_COMPLETE", "q"),
    entry(7, CHILD, "app-Child-X", "CREATE_COMPLETE", CHILD, STACK),
]


class Client:
    """Serves events newest first, two a page, up to a moment."""

    def __init__(self, stacks: dict[str, list[dict[str, Any]]] | None = None) -> None:
        self.stacks = stacks or {ROOT: ROOT_EVENTS, "app": ROOT_EVENTS, CHILD: CHILD_EVENTS}
        self.now = 0
        self.throttled = ""
        self.reads: list[str] = []

    def describe_stack_events(self, StackName: str, NextToken: str = "0") -> dict[str, Any]:  # noqa: N803
        self.reads.append(StackName)
        if StackName == self.throttled:
            raise ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "DescribeStackEvents")
        events = self.stacks.get(StackName)
        if events is None:
            raise ClientError(
                {"Error": {"Code": "ValidationError", "Message": f"Stack [{StackName}] does not exist"}}, "X"
            )
        shown = [event for event in reversed(events) if int(event["EventId"][1:]) <= self.now]
        at = int(NextToken)
        answer: dict[str, Any] = {"StackEvents": shown[at : at + 2]}
        return {**answer, "NextToken": str(at + 2)} if at + 2 < len(shown) else answer


def streams_of(client: Client) -> Streams:
    return Streams(lambda: client, lambda stack: stack)


def test_nested_stacks_are_read_with_their_root_and_called_by_their_path() -> None:
    client = Client()
    client.now = 9
    events = streams_of(client).read("app", START)
    assert [event.id for event in events] == [f"e{number}" for number in range(1, 10)]
    assert {event.stack for event in events} == {"app", "app/Child"}
    assert [event.id for event in events if event.of_stack] == ["e1", "e4", "e7", "e9"]


def test_read_step_by_step_nothing_is_missing_or_doubled_whatever_the_steps() -> None:
    for steps in ([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 6, 9], [5, 9], [8, 9]):
        client, cursor, seen = Client(), START, []
        streams = streams_of(client)
        for client.now in steps:
            new = streams.read("app", cursor)
            cursor = cursor.past(new)
            seen += [event.id for event in new]
        assert sorted(seen) == [f"e{number}" for number in range(1, 10)]


def test_whoever_attaches_later_finds_the_nested_stacks_again() -> None:
    client = Client()
    client.now = 5
    cursor = START.past(streams_of(client).read("app", START))
    client.now = 9
    assert [event.id for event in streams_of(client).read("app", cursor)] == ["e6", "e7", "e8", "e9"]


def test_a_nested_stack_that_its_parent_is_through_with_is_not_asked_any_more() -> None:
    client = Client()
    client.now = 9
    streams = streams_of(client)
    cursor = START.past(streams.read("app", START))
    client.reads.clear()
    assert streams.read("app", cursor) == []
    assert client.reads == ["app"]


def test_a_question_about_one_nested_stack_that_fails_loses_nothing_of_another() -> None:
    """The first is read to its end, the second is throttled: the whole is asked again."""
    other = "arn:aws:cloudformation:eu-central-1:111122223333:stack/app-Other-X/3"
    root = [
        *ROOT_EVENTS[:4],
        entry(8, ROOT, "Other", "CREATE_IN_PROGRESS", other, STACK),
        entry(9, ROOT, "Other", "CREATE_COMPLETE", other, STACK),
    ]
    client = Client({ROOT: root, "app": root, CHILD: CHILD_EVENTS, other: []})
    client.now = 5
    streams = streams_of(client)
    cursor = START.past(streams.read("app", START))
    client.now, client.throttled = 9, other
    with pytest.raises(ClientError, match="Rate exceeded"):
        streams.read("app", cursor)
    client.throttled = ""
    assert [event.id for event in streams.read("app", cursor) if event.stack == "app/Child"] == ["e6", "e7"]


def test_the_end_of_a_nested_stack_is_read_though_its_parent_tells_it_first() -> None:
    late = [*CHILD_EVENTS[:3], entry(10, CHILD, "app-Child-X", "CREATE_COMPLETE", CHILD, STACK)]
    client = Client({ROOT: ROOT_EVENTS, "app": ROOT_EVENTS, CHILD: late})
    streams = streams_of(client)
    client.now = 9
    cursor = START.past(streams.read("app", START))
    client.now = 10
    assert [event.id for event in streams.read("app", cursor)] == ["e10"]


def test_what_a_nested_stack_says_before_its_parent_names_it_is_read() -> None:
    early = [entry(2, CHILD, "app-Child-X", "CREATE_IN_PROGRESS", CHILD, STACK), *CHILD_EVENTS[1:]]
    root = [*ROOT_EVENTS[:2], entry(6, ROOT, "Child", "CREATE_IN_PROGRESS", CHILD, STACK), *ROOT_EVENTS[3:]]
    client = Client({ROOT: root, "app": root, CHILD: early})
    client.now = 9
    events = streams_of(client).read("app", START)
    assert [event.resource for event in events if event.stack == "app/Child"] == [
        "app/Child",
        "Queue",
        "Queue",
        "app/Child",
    ]


def test_everything_can_be_read_once_more_from_the_start() -> None:
    client = Client()
    client.now = 9
    streams = streams_of(client)
    streams.read("app", START)
    assert [event.id for event in streams.read("app", START.past(streams.read("app", START)[:1]))] == [
        f"e{number}" for number in range(2, 10)
    ]


def test_an_unchanged_nested_stack_is_asked_three_times_and_no_more() -> None:
    client = Client({ROOT: ROOT_EVENTS, "app": ROOT_EVENTS, CHILD: []})
    client.now = 9
    streams = streams_of(client)
    cursor = START.past(streams.read("app", START))
    for _ in range(5):
        streams.read("app", cursor)
    assert client.reads.count(CHILD) == 3


def test_a_stack_that_does_not_exist_has_no_events() -> None:
    assert streams_of(Client()).read("other", START) == []
    assert streams_of(Client()).latest("other") == START


def test_the_cursor_before_an_operation_is_that_of_the_event_before_it() -> None:
    client = Client()
    client.now = 9
    assert streams_of(client).before_operation("app") == START


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("ExpiredToken", "The security token included in the request is expired", errors.CredentialsEnded),
        ("Throttling", "Rate exceeded", errors.Throttled),
        ("InternalFailure", "", errors.NetworkGone),
        ("ValidationError", "No updates are to be performed.", errors.NothingToDo),
        ("ValidationError", "Template format error", errors.OperationRefused),
        ("AccessDenied", "not authorized to perform: cloudformation:CreateChangeSet", errors.OperationRefused),
    ],
)
def test_error_codes_are_told_apart_by_what_to_do_about_them(code: str, message: str, kind: type[Exception]) -> None:
    error = ClientError({"Error": {"Code": code, "Message": message}}, "DescribeStacks")
    with pytest.raises(kind) as caught, translated():
        raise error
    assert type(caught.value) is kind


def test_no_credentials_and_no_network_pass_when_somebody_acts_or_by_themselves() -> None:
    with pytest.raises(errors.CredentialsEnded), translated():
        raise NoCredentialsError
    with pytest.raises(errors.NetworkGone), translated():
        raise EndpointConnectionError(endpoint_url="https://cloudformation.eu-central-1.amazonaws.com")


def test_a_change_set_says_what_is_replaced_because_of_what_and_what_becomes_of_the_old_copy() -> None:
    change = {
        "ResourceChange": {
            "Action": "Modify", "LogicalResourceId": "Table", "ResourceType": "AWS::DynamoDB::Table", "Replacement": "True",
            "PolicyAction": "ReplaceAndDelete", "Details": [{"Target": {"Attribute": "Properties", "Name": "TableName"}}],
        }
    }  # fmt: skip
    made = read_change_set({"ChangeSetName": "r-1", "Status": "CREATE_COMPLETE"}, [change], "app", "UPDATE")
    expected = Change(
        "Table", "AWS::DynamoDB::Table", Action.MODIFY, Replacement.YES, ("TableName",), "ReplaceAndDelete"
    )
    assert made.changes == (expected,)
