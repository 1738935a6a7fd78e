"""Options -> the place to deploy to: AWS with somebody's credentials, or the simulated cloud."""

from __future__ import annotations

import os
import random
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from stackflight.cli.amounts import read_duration, read_number
from stackflight.errors import WrongUsage
from stackflight.model.finding import Finding
from stackflight.model.run import Caller, Run
from stackflight.model.template import World
from stackflight.ports import Clock, Cloud, View
from stackflight.views.paper import clock_text

if TYPE_CHECKING:
    from stackflight.aws.cloud import AwsCloud
    from stackflight.aws.session import Session

Luck = Callable[[], float]


class Place(Protocol):
    """Somewhere to deploy to."""

    caller: Caller
    clock: Clock
    luck: Luck

    def open(self, world: World, findings: tuple[Finding, ...], view: View, running: bool = False) -> Cloud:
        """The cloud that is asked. `running`: something is at work already, so that no pause ends the looking on."""
        ...

    def sentences(self, run: Run) -> list[str]:
        """What to say about it beforehand."""
        ...


class SimulatedPlace:
    """The simulated cloud; `before` is what it holds already."""

    def __init__(self, asked: Namespace, region: str | None, before: World | None, clock: Clock) -> None:
        from stackflight.local.clock import FasterClock
        from stackflight.operate.simulate import SimulatedIdentity

        self._fail = tuple(asked.fail)
        self._before = before
        self._speed = float(read_number("--speed", asked.speed, 1) or 1)
        self._seed = read_number("--seed", asked.seed, 0) or 0
        self.caller = SimulatedIdentity(region).caller()
        self.clock: Clock = FasterClock(clock, self._speed)
        self.luck: Luck = random.Random(self._seed).random

    def open(self, world: World, findings: tuple[Finding, ...], view: View, running: bool = False) -> Cloud:  # noqa: ARG002
        """A cloud in which findings act as they would."""
        from stackflight.operate.simulate import simulated_cloud

        return simulated_cloud(world, self._before, findings, self._fail, self._seed, self.clock)

    def sentences(self, run: Run) -> list[str]:  # noqa: ARG002
        """That nothing is real."""
        pace = f"{self._speed:g} times as fast as" if self._speed > 1 else "as fast as"
        return [f"simulated, {pace} in reality; nothing is deployed"]


class AwsPlace:
    """AWS, asked with the credentials of a profile or of the environment."""

    def __init__(self, asked: Namespace, clock: Clock, regions: Mapping[str, str | None]) -> None:
        from stackflight.aws.session import Session

        self.clock = clock
        self.luck: Luck = random.Random().random
        self._patience = read_duration("--patience", asked.patience) if asked.patience else 3600.0
        usual = asked.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        usual = usual or next((region for region in regions.values() if region), None)
        self._sessions = {"": Session(asked.profile, usual)}
        self._regions = regions
        self._profile = asked.profile
        self._clouds: dict[str, AwsCloud] = {}
        if not self._sessions[""].region:
            raise WrongUsage("no Region is given", hint="give it: --region eu-central-1")
        self.caller = self._sessions[""].caller()

    def open(self, world: World, findings: tuple[Finding, ...], view: View, running: bool = False) -> Cloud:  # noqa: ARG002
        """CloudFormation of every Region that the stacks go to."""
        from stackflight.aws.cloud import AwsCloud
        from stackflight.operate.patience import PatientCloud
        from stackflight.operate.routes import RoutedCloud

        clouds = self._clouds

        def route(stack: str) -> Cloud:
            region = self._regions.get(stack) or self._sessions[""].region
            if region not in clouds:
                session = self._session(region)
                clouds[region] = AwsCloud(lambda: session.client("cloudformation"))
            return clouds[region]

        return PatientCloud(
            RoutedCloud(route), self.clock, view, self.luck, self._renew, self._patience, running=running
        )

    def attach(self, stack: str, arn: str) -> None:
        """From now on the stack of this name is the one of this ARN, though it may be gone."""
        from stackflight.aws.cloud import AwsCloud

        region = arn.split(":")[3]
        if region not in self._clouds:
            session = self._session(region)
            self._clouds[region] = AwsCloud(lambda: session.client("cloudformation"))
        self._clouds[region].attach(stack, arn)

    def require_account(self, accounts: Mapping[str, str | None]) -> None:
        """Raises WrongUsage where a stack is meant for another account."""
        for stack, account in accounts.items():
            if account not in {None, self.caller.account}:
                raise WrongUsage(
                    f"{stack} is for account {account}, and these credentials are of {self.caller.account}",
                    hint="choose other credentials: --profile NAME",
                )

    def sentences(self, run: Run) -> list[str]:
        """Who asks, until when, and whether that is long enough."""
        caller = self.caller
        said = [f"as {caller.arn or caller.account}, by {caller.source}"]
        endpoint = os.environ.get("AWS_ENDPOINT_URL_CLOUDFORMATION") or os.environ.get("AWS_ENDPOINT_URL")
        if endpoint:
            said.append(f"AWS is played by {endpoint}")
        if caller.expires is not None:
            left = caller.expires - self.clock.now()
            said.append(f"these credentials end in {clock_text(max(left, 0))}")
            if run.p90 > left:
                said.append("WARNING: nine of ten rehearsed runs need longer; renew them before or while it runs")
        return said

    def _session(self, region: str) -> Session:
        from stackflight.aws.session import Session

        if region == self._sessions[""].region:
            return self._sessions[""]
        if region not in self._sessions:
            self._sessions[region] = Session(self._profile, region)
        return self._sessions[region]

    def _renew(self) -> None:
        for session in self._sessions.values():
            session.renew()
