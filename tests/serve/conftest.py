"""An endpoint in this process, a thousand times faster than AWS, and boto3 clients for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from served_account import Account
from wire_desk import Desk, OpenDesk

from stackflight.local.clock import RunningClock, SystemClock
from stackflight.rehearse.clock import VirtualClock
from stackflight.serve.failures import read_wanted
from stackflight.serve.realm import Pace
from stackflight.serve.server import Server, Setting, open_server
from stackflight.serve.weather import Weather

SPEED = 5000.0


@pytest.fixture(scope="session")
def _session() -> boto3.Session:
    return boto3.Session()


@pytest.fixture
def open_account(_session: boto3.Session) -> Iterator[Callable[..., Account]]:
    """Makes endpoints with failures and weather; each begins with nothing in it."""
    running: list[tuple[Server, threading.Thread]] = []

    def opened(
        *fail: str, speed: float = SPEED, calls: set[str] | None = None, by: VirtualClock | None = None, **weather: Any
    ) -> Account:
        from moto.moto_api._internal.models import moto_api_backend

        moto_api_backend.reset()
        running_clock = RunningClock(SystemClock(), speed)
        clock = by or running_clock
        pace = Pace(running_clock.origin, 1.0 if by else speed)
        wanted = tuple(read_wanted(text) for text in fail)
        made = Weather(**weather)
        heard = (lambda call, status: calls.add(f"{call} {status}")) if calls is not None else (lambda *_: None)
        server = open_server(0, Setting(clock, pace, 0, wanted, made, heard))
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        return Account(server, _session, weather=made)

    yield opened
    for server, thread in running:
        server.stop()
        thread.join()


@pytest.fixture
def account(open_account: Callable[..., Account]) -> Account:
    """An endpoint where nothing goes wrong."""
    return open_account()


@pytest.fixture
def open_desk(
    open_account: Callable[..., Account],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> OpenDesk:
    def opened(*fail: str, **setting: object) -> Desk:
        account = open_account(*fail, **setting)
        monkeypatch.setenv("AWS_ENDPOINT_URL", account.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTTESTTESTTEST")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        monkeypatch.setenv("STACKFLIGHT_HOME", str(tmp_path / "state"))
        return Desk(account, tmp_path, capsys)

    return opened
