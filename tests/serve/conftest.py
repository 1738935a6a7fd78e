"""An endpoint in this process, a thousand times faster than AWS, and boto3 clients for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from stackflight.local.clock import RunningClock, SystemClock
from stackflight.serve.failures import read_wanted
from stackflight.serve.realm import Pace
from stackflight.serve.server import Server, Setting, open_server
from stackflight.serve.weather import Weather

SPEED = 5000.0


class Account:
    """A running endpoint and its clients."""

    def __init__(self, server: Server, session: boto3.Session, key: str = "AKIATESTTESTTESTTEST") -> None:
        self.url = server.url
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


@pytest.fixture(scope="session")
def _session() -> boto3.Session:
    return boto3.Session()


@pytest.fixture
def open_account(_session: boto3.Session) -> Iterator[Callable[..., Account]]:
    """Makes endpoints with failures and weather; each begins with nothing in it."""
    running: list[tuple[Server, threading.Thread]] = []

    def opened(*fail: str, speed: float = SPEED, **weather: Any) -> Account:
        from moto.moto_api._internal.models import moto_api_backend

        moto_api_backend.reset()
        clock = RunningClock(SystemClock(), speed)
        wanted = tuple(read_wanted(text) for text in fail)
        server = open_server(0, Setting(clock, Pace(clock.origin, speed), failures=wanted, weather=Weather(**weather)))
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        return Account(server, _session)

    yield opened
    for server, thread in running:
        server.stop()
        thread.join()


@pytest.fixture
def account(open_account: Callable[..., Account]) -> Account:
    """An endpoint where nothing goes wrong."""
    return open_account()
