"""Every behaviour of the table, on the simulated cloud directly and by boto3 over HTTP through the adapter for AWS."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import boto3
import contract_change_sets
import contract_creating
import contract_deleting
import contract_many
import contract_updating
import pytest
from botocore.config import Config
from contract_ground import Ground
from contract_stormy import StormyCloud
from contract_table import TABLE, Behaviour

from stackflight.aws.cloud import AwsCloud
from stackflight.read.endings import read_policies
from stackflight.rehearse.clock import VirtualClock
from stackflight.rehearse.simulator import SimulatedCloud
from stackflight.serve.failures import Failures, read_wanted
from stackflight.serve.realm import Pace
from stackflight.serve.server import Server, Setting, open_server
from stackflight.serve.weather import Weather

pytestmark = pytest.mark.xdist_group("serve")

PACE = Pace(1_800_000_000.0, 1.0)
ROWS = pytest.mark.parametrize("row", TABLE, ids=lambda row: row.sentence)
CHAPTERS = (contract_creating, contract_deleting, contract_updating, contract_change_sets, contract_many)


class _Watchful(SimulatedCloud):
    """Learns from every world that it is given how its resources are to fail, as the endpoint does."""

    def __init__(self, clock: VirtualClock, failures: Failures) -> None:
        super().__init__(clock, None, failures)
        self._failures = failures

    def start(self, operation: Any) -> str:
        """As the simulated cloud does."""
        if hasattr(operation, "world"):
            self._failures.expect(operation.world)
        return super().start(operation)


def directly(row: Behaviour) -> Ground:
    """The simulated cloud itself."""
    clock, weather = VirtualClock(), Weather(**dict(row.weather))
    cloud = _Watchful(clock, Failures([read_wanted(text) for text in row.fail]))
    texts: dict[str, str] = {}

    def publish(name: str, text: str) -> str:
        url = f"https://templates.s3.us-east-1.amazonaws.com/{name}.json"
        texts[url] = text
        return url

    return Ground(lambda: StormyCloud(cloud, weather), clock, weather, publish, texts.get)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One endpoint for all, which begins anew for each row."""
    server = open_server(0, Setting(VirtualClock(), PACE))
    thread = threading.Thread(target=server.run)
    thread.start()
    yield server
    server.stop()
    thread.join()


@pytest.fixture(scope="module")
def clients(server: Server) -> Callable[[str], Any]:
    """The clients of the endpoint, each made once."""
    session = boto3.Session("AKIATESTTESTTESTTEST", "secret", region_name="us-east-1")
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    return cache(lambda service: session.client(service, endpoint_url=server.url, config=config))


@pytest.fixture
def over_http(server: Server, clients: Callable[[str], Any]) -> Callable[[Behaviour], Ground]:
    """Makes clouds behind the endpoint, whose clock the test moves."""

    def opened(row: Behaviour) -> Ground:
        from moto.moto_api._internal.models import moto_api_backend

        moto_api_backend.reset()
        clock, weather = VirtualClock(), Weather(**dict(row.weather))
        wanted = tuple(read_wanted(text) for text in row.fail)
        server.begin_anew(Setting(clock, PACE, 0, wanted, weather))
        texts: dict[str, str] = {}

        def publish(name: str, text: str) -> str:
            s3 = clients("s3")
            s3.create_bucket(Bucket="templates")
            s3.put_object(Bucket="templates", Key=f"{name}.json", Body=text.encode())
            url = f"https://templates.s3.us-east-1.amazonaws.com/{name}.json"
            texts[url] = text
            return url

        return Ground(
            lambda: AwsCloud(lambda: clients("cloudformation"), policies=read_policies),
            clock,
            weather,
            publish,
            texts.get,
        )

    return opened


def test_the_table_has_at_least_eighty_rows_with_a_source_each() -> None:
    assert len(TABLE) >= 80
    assert all(row.source for row in TABLE)
    assert {row.trial.__module__ for row in TABLE} == {chapter.__name__ for chapter in CHAPTERS}


@ROWS
def test_directly(row: Behaviour) -> None:
    row.trial(directly(row))


@ROWS
def test_over_http(row: Behaviour, over_http: Callable[[Behaviour], Ground]) -> None:
    row.trial(over_http(row))
