"""Throttled, expired, offline: what `serve` does to clients on request."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from served_account import Account
from served_templates import QUEUE, text

pytestmark = pytest.mark.xdist_group("serve")


def test_the_wanted_share_of_reads_is_throttled_and_writes_are_not(open_account: Callable[..., Account]) -> None:
    account = open_account(throttle=0.5)
    cloud = account.cloudformation
    cloud.create_stack(StackName="app", TemplateBody=text({"Queue": QUEUE}))
    codes = []
    for _ in range(60):
        try:
            cloud.describe_stacks(StackName="app")
        except ClientError as error:
            codes.append((error.response["Error"]["Code"], error.response["Error"]["Message"]))
    assert set(codes) == {("Throttling", "Rate exceeded")}
    assert 15 < len(codes) < 45


def test_boto3_retries_what_is_throttled_until_it_is_answered(open_account: Callable[..., Account]) -> None:
    account = open_account(throttle=0.3)
    patient = account.client("cloudformation", tries=6)
    assert patient.describe_stacks()["Stacks"] == []


def test_credentials_stop_working_everywhere_and_new_ones_work(open_account: Callable[..., Account]) -> None:
    account = open_account(expire=0.0)
    for service, call in (
        ("cloudformation", "describe_stacks"),
        ("s3", "list_buckets"),
        ("ssm", "describe_parameters"),
    ):
        with pytest.raises(ClientError) as caught:
            getattr(account.client(service), call)()
        assert caught.value.response["Error"]["Code"].startswith("ExpiredToken")
    renewing = open_account(expire=10_000_000.0)
    assert renewing.client("cloudformation", key="AKIANEWNEWNEWNEWNEWN").describe_stacks()["Stacks"] == []


def test_offline_ends_connections_without_an_answer(open_account: Callable[..., Account]) -> None:
    account = open_account(offline=((0.0, 10_000_000.0),))
    with pytest.raises(BotoCoreError):
        account.cloudformation.describe_stacks()


def test_a_call_that_nobody_answers_says_so_by_name(account: Account) -> None:
    with pytest.raises(ClientError) as caught:
        account.client("cloudtrail").list_imports()
    assert caught.value.response["Error"]["Code"] == "NotImplementedException"
    assert "cloudtrail ListImports" in caught.value.response["Error"]["Message"]
    assert account.client("cloudtrail").lookup_events()["Events"] == []
