"""World and Network -> Needs: every workload with a place in the network and what it must reach."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from stackflight.model.finding import Certainty
from stackflight.model.need import Need, Needs, ResourceTarget, ServiceTarget, Target, Workload
from stackflight.model.network import Network
from stackflight.model.template import World
from stackflight.model.value import Value
from stackflight.read.needs.addresses import address_needs, find_resolver_needs
from stackflight.read.needs.aliases import alias_needs
from stackflight.read.needs.api_names import api_needs
from stackflight.read.needs.associations import find_association_needs
from stackflight.read.needs.attached import find_attached_needs
from stackflight.read.needs.balancers import find_balancer_needs
from stackflight.read.needs.classic import find_classic_needs
from stackflight.read.needs.containers import find_task_needs
from stackflight.read.needs.function_code import requests_of_functions
from stackflight.read.needs.functions import find_function_needs
from stackflight.read.needs.hosted import find_hosted_needs
from stackflight.read.needs.kubernetes import find_node_needs
from stackflight.read.needs.lattice import find_lattice_needs
from stackflight.read.needs.lattice_resources import find_lattice_resource_needs
from stackflight.read.needs.listeners import read_listeners
from stackflight.read.needs.machines import find_machine_needs
from stackflight.read.needs.managed import find_managed_needs
from stackflight.read.needs.named import named_needs
from stackflight.read.needs.pollers import find_poller_needs
from stackflight.read.needs.rotations import find_rotation_needs
from stackflight.read.needs.scene import Scene
from stackflight.read.needs.sessions import find_connect_needs, find_session_needs
from stackflight.read.needs.tested import find_tested_needs
from stackflight.read.needs.vpc_links import find_link_needs
from stackflight.read.needs.warehouses import find_warehouse_needs

_READERS = (
    find_task_needs,
    find_function_needs,
    find_balancer_needs,
    find_classic_needs,
    find_machine_needs,
    find_node_needs,
    find_managed_needs,
    find_link_needs,
    find_lattice_needs,
    find_lattice_resource_needs,
    find_resolver_needs,
    find_hosted_needs,
    find_tested_needs,
    find_rotation_needs,
    find_poller_needs,
    find_association_needs,
    find_attached_needs,
    find_session_needs,
    find_connect_needs,
    find_warehouse_needs,
)


def find_needs(world: World, network: Network) -> Needs:
    """Ask every reader; of equal needs the first evidence is kept."""
    bare_scene = Scene.of(world, network)
    scene = replace(bare_scene, addresses=read_listeners(bare_scene).targets_in, names=partial(_named, bare_scene))
    workloads: list[Workload] = []
    needs: dict[tuple[object, ...], Need] = {}
    for reader in _READERS:
        for workload, found in reader(scene):
            titled = _titled(world, workload)
            workloads.append(titled)
            for bare in _without_proxied(scene, found):
                owner = titled if bare.workload is workload else _titled(world, bare.workload)
                need = replace(bare, workload=owner, target=_titled_target(world, bare.target))
                key = (need.workload.address, _place(need.target))
                kept = needs.get(key)
                if kept is None or (kept.certainty != need.certainty and kept.certainty == "possible"):
                    needs[key] = need
                elif kept.certainty == need.certainty:
                    needs[key] = replace(kept, target=_with_requests(kept.target, need.target))
    return Needs(tuple(needs.values()), tuple(workloads), requests_of_functions(scene))


def _without_proxied(scene: Scene, needs: list[Need]) -> list[Need]:
    """A login for a database is used at its proxy by whoever is given the proxy's name."""
    named = {(need.workload.address, need.target.address) for need in needs if isinstance(need.target, ResourceTarget)}

    def proxied(need: Need) -> bool:
        if not isinstance(need.target, ResourceTarget) or need.certainty is Certainty.PROVED:
            return False
        proxies = scene.links.proxies.get(need.target.address, frozenset())
        return any((need.workload.address, proxy) in named for proxy in proxies)

    return [need for need in needs if not proxied(need)]


def _named(scene: Scene, workload: Workload, value: Value, place: str) -> list[Need]:
    """Needs for private names, private addresses and names of APIs that a value holds."""
    readers = (named_needs, address_needs, api_needs, alias_needs)
    return [need for reader in readers for need in reader(scene, workload, value, place)]


def _place(target: Target) -> Target:
    return target.place if isinstance(target, ServiceTarget) else target


def _with_requests(kept: Target, more: Target) -> Target:
    """A service with what two needs ask of it; where one of them does not say what, neither does the sum."""
    if not isinstance(kept, ServiceTarget) or not isinstance(more, ServiceTarget):
        return kept
    whole = all(item.whole and item.requests for item in (kept, more))
    return replace(kept, requests=tuple(dict.fromkeys((*kept.requests, *more.requests))), whole=whole)


def _titled(world: World, workload: Workload) -> Workload:
    return replace(workload, label=workload.label or world.title(workload.address))


def _titled_target(world: World, target: Target) -> Target:
    return replace(target, label=world.title(target.address)) if isinstance(target, ResourceTarget) else target
