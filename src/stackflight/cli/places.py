"""A place to deploy to, and the one where nothing is real: the simulated cloud."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from stackflight.cli.amounts import read_number
from stackflight.cli.targets import Loaded
from stackflight.errors import WrongUsage
from stackflight.model.event import Event
from stackflight.model.finding import Finding
from stackflight.model.redaction import Redactor
from stackflight.model.run import Caller, Run
from stackflight.model.submission import Submission
from stackflight.model.template import World
from stackflight.model.value import Value
from stackflight.operate.pace import Strain
from stackflight.ports import Clock, Cloud, Ledger, Lock, View, Witnesses

if TYPE_CHECKING:
    from stackflight.operate.lookout import Lookout

Luck = Callable[[], float]


class Place(Protocol):
    """Somewhere to deploy to."""

    caller: Caller
    clock: Clock
    luck: Luck
    speed: float
    """How many of its seconds pass in one of ours."""
    strain: Strain
    """How hard it is read by everybody together."""

    def open(self, world: World, findings: tuple[Finding, ...], view: View, running: bool = False) -> Cloud:
        """The cloud that is asked. `running`: something is at work already, so that no pause ends the looking on."""
        ...

    def rename(self, run: str) -> None:
        """From now on it is asked for another run: its id is the name of the sessions with roles."""
        ...

    def prepare(
        self, loaded: Loaded, stacks: Sequence[str], values: Mapping[str, Value], run: str, view: View
    ) -> Mapping[str, Submission]:
        """Publish what the stacks need, and say what is to be sent for each; nothing where nothing is sent."""
        ...

    @property
    def protected(self) -> frozenset[str]:
        """The stacks that are to be protected from being deleted."""
        ...

    def witnesses(self, world: World, events: Callable[[], Sequence[Event]]) -> Witnesses | None:
        """Who is asked about a failure; `events` are those so far."""
        ...

    def differences(self, stack_id: str) -> Sequence[str]:
        """What of a stack, named by its ARN, runs otherwise than it was deployed, a sentence each."""
        ...

    def lock(self, bucket: str | None) -> Lock | None:
        """The lock that is shared with others; None where there is none but this machine's."""
        ...

    def ledger(self, local: Ledger, bucket: str | None) -> Ledger:
        """The ledger that is shared with others where a bucket is named; else this machine's."""
        ...

    def bucket(self, loaded: Loaded) -> str:
        """A bucket that could hold locks and runs for everybody, where the target names one; else empty."""
        ...

    def sentences(self, run: Run) -> list[str]:
        """What to say about it beforehand."""
        ...


def look_out(
    place: Place, cloud: Cloud, ledger: Ledger, view: View, region: str, redactor: Redactor | None = None
) -> Lookout:
    """Where runs of a Region are followed from, with durations as this ledger has seen them there."""
    from stackflight.operate.eta import usual_from_table
    from stackflight.operate.learning import learn_durations
    from stackflight.operate.lookout import Lookout

    return Lookout(
        cloud, place.clock, ledger, view, usual_from_table(learn_durations(ledger, region)), place.luck,
        redactor or Redactor(), place.strain, place.differences, place.witnesses,
    )  # fmt: skip


class SimulatedPlace:
    """The simulated cloud; `before` is what it holds already."""

    def __init__(self, asked: Namespace, region: str | None, before: World | None, clock: Clock) -> None:
        from stackflight.local.clock import FasterClock
        from stackflight.operate.simulate import SimulatedIdentity

        self._fail = tuple(asked.fail)
        self._before = before
        self.speed = float(read_number("--speed", asked.speed, 1) or 1)
        self._seed = read_number("--seed", asked.seed, 0) or 0
        self.caller = SimulatedIdentity(region).caller()
        self.clock: Clock = FasterClock(clock, self.speed)
        from random import Random

        self.luck: Luck = Random(self._seed).random
        self.strain = Strain()

    def open(self, world: World, findings: tuple[Finding, ...], view: View, running: bool = False) -> Cloud:  # noqa: ARG002
        """A cloud in which findings act as they would."""
        from stackflight.operate.simulate import simulated_cloud

        return simulated_cloud(world, self._before, findings, self._fail, self._seed, self.clock)

    def rename(self, run: str) -> None:
        """No roles are taken."""

    def prepare(
        self,
        loaded: Loaded,
        stacks: Sequence[str],
        values: Mapping[str, Value],
        run: str,
        view: View,  # noqa: ARG002
    ) -> Mapping[str, Submission]:
        """The simulated cloud plays the world itself; of what would be sent it asks for the values of parameters alone."""
        from stackflight.operate.submissions import prepare_submissions
        from stackflight.read.publication import read_publications

        sources = [source for source in loaded.sources if source.name in stacks]
        published = read_publications(loaded.folder, sources)
        sent = prepare_submissions(sources, values, run, published)
        return {stack: Submission(parameters=one.parameters) for stack, one in sent.items()}

    @property
    def protected(self) -> frozenset[str]:
        """Nothing outlives the process."""
        return frozenset()

    def witnesses(self, world: World, events: Callable[[], Sequence[Event]]) -> Witnesses | None:  # noqa: ARG002
        """There is nobody behind what is simulated."""
        return None

    def differences(self, stack_id: str) -> Sequence[str]:  # noqa: ARG002
        """Nothing runs."""
        return ()

    def lock(self, bucket: str | None) -> Lock | None:
        """The simulated cloud is this process's alone."""
        if bucket:
            raise WrongUsage("--lock-bucket is for AWS", hint="leave it out, or leave out --simulate")
        return None

    def ledger(self, local: Ledger, bucket: str | None) -> Ledger:  # noqa: ARG002
        """This machine's."""
        return local

    def bucket(self, loaded: Loaded) -> str:  # noqa: ARG002
        """None is needed."""
        return ""

    def sentences(self, run: Run) -> list[str]:  # noqa: ARG002
        """That nothing is real."""
        pace = f"{self.speed:g} times as fast as" if self.speed > 1 else "as fast as"
        return [f"simulated, {pace} in reality; nothing is deployed"]
