"""Measures the following of deployments on the simulated cloud: how often it is read, and how good the estimate is.

    .venv/bin/python tools/bench_following.py [TARGET ...]

Reads are compared with a client that polls every two seconds for each living stack. The error of the estimate is taken at each quarter
of a run: the rest that was said against the rest that there was, as a share of the whole run.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from stackflight.cli.targets import Targets
from stackflight.local.clock import SystemClock
from stackflight.local.ledger import LocalLedger
from stackflight.model.event import START, Cursor, Event
from stackflight.model.moment import Moment, Progress
from stackflight.model.run import Run
from stackflight.model.template import Environment, World
from stackflight.operate.deploy import Deployment, Order
from stackflight.operate.eta import usual_from_table
from stackflight.operate.lookout import Lookout
from stackflight.operate.patience import PatientCloud
from stackflight.operate.simulate import simulated_cloud
from stackflight.operate.stacks import choose_roots
from stackflight.rehearse.clock import VirtualClock
from stackflight.rehearse.simulator import SimulatedCloud

_RUNS = 10
_POLL_SECONDS = 2.0


class Counting:
    """The cloud, with its reads counted: one for each living stack that events are read of, one for each status."""

    def __init__(self, cloud: SimulatedCloud) -> None:
        self._cloud = cloud
        self.reads = 0

    def events(self, stack: str, after: Cursor = START) -> Sequence[Event]:
        self.reads += sum(
            live.status.in_progress or name == stack
            for name, live in self._cloud.engine.stacks.items()
            if name.split("/")[0] == stack
        )
        return self._cloud.events(stack, after)

    def __getattr__(self, name: str) -> object:
        self.reads += name in {"status", "describe", "finished", "change_set", "latest", "owned"}
        return getattr(self._cloud, name)


class Looking:
    """Keeps what was said about the rest."""

    def __init__(self) -> None:
        self.said: list[Progress] = []

    def show(self, moment: Moment) -> None:
        if isinstance(moment, Progress):
            self.said.append(moment)


def follow_once(world: World, seed: int, folder: Path) -> tuple[float, int, list[float]]:
    """Seconds, reads, and the error of the estimate at each quarter as a share of the whole."""
    clock, view = VirtualClock(), Looking()
    cloud = Counting(simulated_cloud(world, None, (), (), seed, clock))
    roots = choose_roots(world, ())
    run = Run(f"r-{seed}", "bench", tuple(roots), "bench", "bench", "simulated", "", 0.0, simulated=True)
    ledger = LocalLedger(folder / str(seed))
    order, luck = Order(world, roots), random.Random(seed).random
    patient = PatientCloud(cloud, clock, view, luck)  # type: ignore[arg-type]
    lookout = Lookout(patient, clock, ledger, view, usual_from_table(), luck)  # type: ignore[arg-type]
    Deployment(order, run, lookout, lambda _: True).carry_out()
    whole = clock.now()
    errors = []
    for share in (0.0, 0.25, 0.5, 0.75):
        look = min(view.said, key=lambda one: abs(one.seconds - share * whole))
        if look.left_p50 is not None:
            errors.append(abs(look.seconds + look.left_p50 - whole) / whole)
    return whole, cloud.reads, errors


def main() -> int:
    """Print a line for each target."""
    for target in sys.argv[1:] or ["librechat:standard-dev", "librechat:production-ecs"]:
        with Targets(lambda _: None, SystemClock()) as opener, tempfile.TemporaryDirectory() as folder:
            world = opener.open(target).resolve({}, Environment(region="eu-central-1"), {})
            runs = [follow_once(world, seed, Path(folder)) for seed in range(_RUNS)]
        ratio = median(reads / (seconds / _POLL_SECONDS) for seconds, reads, _ in runs)
        seconds, reads = median(run[0] for run in runs), median(run[1] for run in runs)
        quarters = [median(errors) for errors in zip(*(run[2] for run in runs), strict=False)]
        shown = ", ".join(f"{error:.0%}" for error in quarters)
        sys.stdout.write(
            f"{target}: {seconds / 60:.0f} simulated minutes, {reads:.0f} reads, {ratio:.2f} of polling every 2 s; the estimate is off "
            f"by {shown} of the whole at the start and after each quarter (median of {_RUNS} runs)\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
