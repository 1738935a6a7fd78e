"""World + findings + injections -> a simulated cloud to deploy to, in which findings act as they would."""

from __future__ import annotations

from collections.abc import Sequence

from stackflight.model.finding import Finding
from stackflight.model.run import Caller
from stackflight.model.template import World
from stackflight.operate.rehearse import parse_injection
from stackflight.ports import Clock
from stackflight.rehearse.behaviour import Behaviour
from stackflight.rehearse.failures import find_plights
from stackflight.rehearse.scene import Scene
from stackflight.rehearse.simulator import SimulatedCloud

SIMULATED_ACCOUNT = "simulated"


def simulated_cloud(
    world: World, current: World | None, findings: Sequence[Finding], fail: Sequence[str], seed: int, clock: Clock
) -> SimulatedCloud:
    """A cloud that holds `current`, with the luck of one run. Raises WrongUsage where an injection names no resource."""
    plights = find_plights(world, findings, [parse_injection(text, world) for text in fail])
    faults = {(plight.address, plight.operation): plight.fault for plight in plights}
    return Scene(world, current).set_up(Behaviour(seed=seed, run=0), faults, record=True, clock=clock)


class SimulatedIdentity:
    """Nobody's credentials: the simulated cloud asks for none."""

    def __init__(self, region: str | None) -> None:
        self._region = region or ""

    def caller(self) -> Caller:
        """A caller of no account."""
        return Caller(SIMULATED_ACCOUNT, self._region, source="the simulated cloud", simulated=True)
