"""A client's view of an endpoint: boto3 clients for it, waiting for it to settle, and the errors it answers with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from stackflight.serve.server import Server
from stackflight.serve.weather import Weather


class Account:
    """A running endpoint and its clients."""

    def __init__(
        self, server: Server, session: boto3.Session, key: str = "AKIATESTTESTTESTTEST", weather: Weather | None = None
    ) -> None:
        self.url = server.url
        self.weather = weather or Weather()
        self._session = session
        self._key = key
        self.cloudformation = self.client("cloudformation")

    def client(self, service: str, key: str = "", region: str = "us-east-1", tries: int = 1) -> Any:
        """A client of a service; with one try, so that errors are seen."""
        return self._session.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=key or self._key,
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": tries, "mode": "standard"}, s3={"addressing_style": "path"}),
        )

    def settle(self, stack: str, client: Any = None) -> str:
        """The stack's status once nothing is in progress."""
        while True:
            status: str = (client or self.cloudformation).describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
            if not status.endswith("_IN_PROGRESS") or status == "REVIEW_IN_PROGRESS":
                return status

    def settle_change_set(self, stack: str, name: str) -> dict[str, Any]:
        """The change set once it is computed."""
        while True:
            found: dict[str, Any] = self.cloudformation.describe_change_set(
                StackName=stack, ChangeSetName=name, IncludePropertyValues=True
            )
            if not found["Status"].endswith(("_PENDING", "_IN_PROGRESS")):
                return found


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """Code and text of the error that a call ends with."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
