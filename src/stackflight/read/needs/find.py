"""World and Network -> Needs: every workload with a place in the network and what it must reach."""

from __future__ import annotations

from dataclasses import replace

from stackflight.model.need import Need, Needs, ResourceTarget, ServiceTarget, Target, Workload
from stackflight.model.network import Network
from stackflight.model.template import World
from stackflight.read.needs.balancers import find_balancer_needs
from stackflight.read.needs.containers import find_task_needs
from stackflight.read.needs.functions import find_function_needs
from stackflight.read.needs.hosted import find_hosted_needs
from stackflight.read.needs.listeners import read_listeners
from stackflight.read.needs.machines import find_machine_needs
from stackflight.read.needs.managed import find_managed_needs
from stackflight.read.needs.rotations import find_rotation_needs
from stackflight.read.needs.scene import Scene

_READERS = (
    find_task_needs,
    find_function_needs,
    find_balancer_needs,
    find_machine_needs,
    find_managed_needs,
    find_hosted_needs,
    find_rotation_needs,
)


def find_needs(world: World, network: Network) -> Needs:
    """Ask every reader; of equal needs the first evidence is kept."""
    bare_scene = Scene.of(world, network)
    scene = replace(bare_scene, addresses=read_listeners(bare_scene).targets_in)
    workloads: list[Workload] = []
    needs: dict[tuple[object, ...], Need] = {}
    for reader in _READERS:
        for workload, found in reader(scene):
            workloads.append(_titled(world, workload))
            for bare in found:
                need = replace(bare, workload=_titled(world, bare.workload), target=_titled_target(world, bare.target))
                key = (need.workload.address, _place(need.target))
                kept = needs.get(key)
                if kept is None or (kept.certainty != need.certainty and kept.certainty == "possible"):
                    needs[key] = need
    return Needs(tuple(needs.values()), tuple(workloads))


def _place(target: Target) -> Target:
    """The target without what is asked of it: one path carries all requests."""
    return replace(target, request=None) if isinstance(target, ServiceTarget) else target


def _titled(world: World, workload: Workload) -> Workload:
    return replace(workload, label=workload.label or world.title(workload.address))


def _titled_target(world: World, target: Target) -> Target:
    return replace(target, label=world.title(target.address)) if isinstance(target, ResourceTarget) else target
