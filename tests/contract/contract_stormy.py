"""A cloud behind bad weather: what the endpoint does to requests, done to a port."""

from __future__ import annotations

from collections.abc import Sequence

from stackflight.errors import CredentialsEnded, NetworkGone, Throttled
from stackflight.model.deployed import Deployed, Owned
from stackflight.model.event import START, Cursor, Event, StackStatus
from stackflight.model.plan import ChangeSet, Operation
from stackflight.rehearse.simulator import SimulatedCloud
from stackflight.serve.refusals import Refusal
from stackflight.serve.weather import Weather


class StormyCloud:
    """The simulated cloud, reached through the weather."""

    def __init__(self, cloud: SimulatedCloud, weather: Weather) -> None:
        self._cloud = cloud
        self._weather = weather

    def _pass(self, call: str) -> SimulatedCloud:
        now = self._cloud.clock.now()
        if self._weather.is_offline(now):
            raise NetworkGone("AWS does not answer")
        try:
            self._weather.require_fresh("key", "", now)
            self._weather.require_calm(call)
        except Refusal as refusal:
            raise (Throttled if refusal.code == "Throttling" else CredentialsEnded)(refusal.text) from None
        return self._cloud

    def start(self, operation: Operation) -> str:
        return self._pass(type(operation).__name__).start(operation)

    def status(self, stack: str) -> StackStatus | None:
        return self._pass("DescribeStacks").status(stack)

    def describe(self, stack: str) -> Deployed | None:
        return self._pass("DescribeStacks").describe(stack)

    def owned(self, stack: str) -> Sequence[Owned]:
        return self._pass("ListStackResources").owned(stack)

    def change_set(self, stack: str, name: str) -> ChangeSet | None:
        return self._pass("DescribeChangeSet").change_set(stack, name)

    def events(self, stack: str, after: Cursor = START) -> Sequence[Event]:
        return self._pass("DescribeStackEvents").events(stack, after)

    def latest(self, stack: str) -> Cursor:
        return self._pass("DescribeStackEvents").latest(stack)

    def before_operation(self, stack: str) -> Cursor:
        return self._pass("DescribeStackEvents").before_operation(stack)

    def finished(self, stack: str) -> bool:
        return self._pass("DescribeStacks").finished(stack)
