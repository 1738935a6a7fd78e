"""Reaches -> what the deployment suffers of those that are closed, and which of them belong together."""

from __future__ import annotations

from stackflight.model.finding import BLOCKS, Certainty, Consequence, Hop
from stackflight.model.need import Need, Reach, ResourceTarget, ServiceTarget, Target


def blocking_hops(reach: Reach) -> list[Hop]:
    hops = [hop for route in reach.routes for hop in route.hops if hop.verdict == BLOCKS]
    return list(dict.fromkeys(hops))


def acts(need: Need) -> bool:
    """Whether the deployment itself fails where the need is not met."""
    return need.consequence is not Consequence.NONE and need.certainty is Certainty.PROVED


def by_harm(reaches: list[Reach]) -> list[list[Reach]]:
    """Those that stop the deployment, with what belongs to them, apart from those that only fail once it is over.

    To the first belong all needs of their workloads, and those of a function that a custom resource runs: the same
    targets from the same place.
    """
    acting = [reach for reach in reaches if acts(reach.need)]
    workloads = {reach.need.workload.address for reach in acting}
    known = [(reach.need.workload.placement, _place(reach.need.target)) for reach in acting]
    near: list[Reach] = []
    far: list[Reach] = []
    for reach in reaches:
        need = reach.need
        belongs = need.workload.address in workloads or (need.workload.placement, _place(need.target)) in known
        (near if belongs else far).append(reach)
    return [group for group in (near, far) if group]


def _place(target: Target) -> Target:
    return target.place if isinstance(target, ServiceTarget) else target


def harm_of(reach: Reach) -> Consequence:
    """What the deployment suffers; CreateFunction asks whether a file system has mount targets in all zones of a function.

    Source: AWS Lambda's message, "does not have mount targets created in all availability zones the function will execute
    in" (InvalidParameterValueException).
    """
    need = reach.need
    mounts = isinstance(need.target, ResourceTarget) and need.target.kind == "file system"
    if mounts and need.workload.kind == "Lambda function":
        if any(hop.code == "UNKNOWN_DESTINATION" for hop in blocking_hops(reach)):
            return Consequence.FAILS
    return need.consequence
