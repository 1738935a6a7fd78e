"""The wire itself: what no client of AWS's sends, and what the answers are held to."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from typing import Any

import pytest
from served_account import Account, refusal
from served_templates import QUEUE, TOPIC, text

from stackflight.serve.refusals import Refusal
from stackflight.serve.wire import read_parameters, service_model, write_result

pytestmark = pytest.mark.xdist_group("serve")
SCOPE = "AKIATESTTESTTESTTEST/20260101/us-east-1/cloudformation/aws4_request"


def post(account: Account, signed: bool = True, **fields: str) -> tuple[int, str]:
    """Status and body of a request that is written by hand."""
    header = {"Authorization": f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=0"}
    body = urllib.parse.urlencode({"Version": "2010-05-15", **fields}).encode()
    asked = urllib.request.Request(account.url, body, header if signed else {})
    try:
        with urllib.request.urlopen(asked) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_request_that_nobody_signed_is_refused(account: Account) -> None:
    status, said = post(account, signed=False, Action="DescribeStacks")
    assert status == 403
    assert "<Code>MissingAuthenticationToken</Code>" in said


def test_an_operation_that_does_not_exist_is_refused(account: Account) -> None:
    status, said = post(account, Action="MakeCoffee")
    assert status == 400
    assert "<Code>InvalidAction</Code>" in said
    assert "MakeCoffee" in said


def test_what_is_missing_and_what_is_malformed_are_told_together(account: Account) -> None:
    status, said = post(account, Action="CreateChangeSet", ChangeSetName="1 2", OnStackFailure="PANIC")
    assert status == 400
    assert "3 validation errors detected" in said
    assert "at 'changeSetName' failed to satisfy constraint: Member must satisfy regular expression" in said
    assert "at 'onStackFailure' failed to satisfy constraint: Member must satisfy enum value set" in said
    assert "Value null at 'stackName' failed to satisfy constraint: Member must not be null" in said


def test_lists_and_structures_are_read_by_the_model() -> None:
    operation = service_model().operation_model("CreateStack")
    fields = {
        "StackName": "app",
        "Parameters.member.1.ParameterKey": "A",
        "Parameters.member.1.ParameterValue": "1",
        "Parameters.member.2.ParameterKey": "B",
        "Parameters.member.2.UsePreviousValue": "true",
        "Capabilities": "",
        "TimeoutInMinutes": "5",
    }
    assert read_parameters(operation, fields) == {
        "StackName": "app",
        "Parameters": [{"ParameterKey": "A", "ParameterValue": "1"}, {"ParameterKey": "B", "UsePreviousValue": True}],
        "Capabilities": [],
        "TimeoutInMinutes": 5,
    }
    with pytest.raises(Refusal, match="whole number"):
        read_parameters(operation, {"StackName": "app", "TimeoutInMinutes": "soon"})


@pytest.mark.parametrize(
    "result",
    [
        {"StackId": 7},
        {"StackName": "app"},
        {"Stacks": [{"StackName": "app", "StackStatus": "ASLEEP", "CreationTime": datetime.now(UTC)}]},
        {"Stacks": [{"StackName": "app"}]},
    ],
)
def test_a_result_that_is_not_of_the_models_shape_is_a_fault(result: dict[str, Any]) -> None:
    operation = service_model().operation_model("DescribeStacks")
    with pytest.raises(TypeError):
        write_result(operation, result, "id")


def test_texts_that_xml_cannot_hold_do_not_break_an_answer(account: Account) -> None:
    body = text({"Queue": QUEUE}, Description="a < b & c \u0001 d")
    account.cloudformation.create_stack(StackName="app", TemplateBody=body)
    [stack] = account.cloudformation.describe_stacks(StackName="app")["Stacks"]
    assert stack["Description"] == "a < b & c \ufffd d"


def test_a_page_that_was_never_given_is_refused(account: Account) -> None:
    account.cloudformation.create_stack(StackName="app", TemplateBody=text({"Queue": QUEUE}))
    for token in ("nonsense", "OTk5OQ=="):
        code, said = refusal(account.cloudformation.describe_stack_events, StackName="app", NextToken=token)
        assert (code, said) == ("ValidationError", "Invalid value for NextToken")


def test_pages_hold_a_hundred_entries_and_lose_none_that_come_meanwhile(account: Account) -> None:
    cloud = account.cloudformation
    many = {f"Topic{number}": TOPIC for number in range(40)}
    cloud.create_stack(StackName="app", TemplateBody=text(many))
    account.settle("app")
    first = cloud.describe_stack_events(StackName="app")
    assert len(first["StackEvents"]) == 100
    cloud.update_stack(StackName="app", TemplateBody=text({**many, "Queue": QUEUE}))
    account.settle("app")
    second = cloud.describe_stack_events(StackName="app", NextToken=first["NextToken"])
    ids = [one["EventId"] for one in (*first["StackEvents"], *second["StackEvents"])]
    assert len(set(ids)) == len(ids)
    assert second["StackEvents"][-1]["ResourceStatusReason"] == "User Initiated"
