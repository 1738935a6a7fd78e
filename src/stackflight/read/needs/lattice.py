"""Target groups of VPC Lattice -> what Lattice must reach: on the port of the requests and on that of the health checks.

Source: Amazon VPC Lattice User Guide, target groups, health checks; Amazon ECS Developer Guide, use Amazon VPC Lattice.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import Certainty, Phase
from stackflight.model.identify import resource_named, to_address
from stackflight.model.need import FromLattice, Need, Placement, Workload
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, Value, as_dict, as_list, known_int, known_text, references_in
from stackflight.read.needs.balancers import balancer_placement
from stackflight.read.needs.connect import port_named
from stackflight.read.needs.entries import groups_admit
from stackflight.read.needs.machines import machine_placement
from stackflight.read.needs.named import placement_of
from stackflight.read.needs.scene import Scene


def find_lattice_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every target group that a listener or rule forwards to."""
    used = {
        item.address
        for kind in ("Listener", "Rule")
        for resource in scene.world.of_type(f"AWS::VpcLattice::{kind}")
        for item in references_in(resource.properties)
    }
    for group in scene.world.of_type("AWS::VpcLattice::TargetGroup"):
        workload = Workload(group.address, "Lattice target group", Placement((), (), public_ip=False, outside=True))
        if group.address in used and known_text(group.get("Type")) in {"IP", "INSTANCE", "ALB"}:
            yield workload, list(_needs(scene, workload, group))


def _needs(scene: Scene, workload: Workload, group: Resource) -> Iterator[Need]:
    health = as_dict(group.get("Config", "HealthCheck"))
    for target, port, place in _registered(scene, group):
        if not place.filtered:
            continue
        purposes: dict[int | Unknown, str] = {}
        check = known_int(health.get("Port"))
        if known_text(group.get("Type")) != "ALB" and known_text(health.get("Enabled")) != "false":
            purposes[check if check is not None else port] = f"check the health of {target}"
        purposes[port] = f"forward requests to {target}"
        sure = Certainty.PROVED if groups_admit(scene, place.groups) else Certainty.POSSIBLE
        for number, purpose in purposes.items():
            end = FromLattice(target, number, place, "target")
            yield Need(workload, end, purpose, f"{group.address} registers it", sure, Phase.RUN, blames=(target,))


def _registered(scene: Scene, group: Resource) -> Iterator[tuple[Address, int | Unknown, Placement]]:
    usual = group.get("Config", "Port")
    for item in as_list(group.get("Targets")):
        given = as_dict(item)
        port = _number(given.get("Port", usual), group)
        machine = resource_named(scene.world, given.get("Id"), "AWS::EC2::Instance")
        place = machine_placement(scene, machine) if machine is not None else None
        if machine is not None and place is not None:
            yield machine.address, port, place
        balancer = resource_named(scene.world, given.get("Id"), "AWS::ElasticLoadBalancingV2::LoadBalancer")
        if balancer is not None:
            yield balancer.address, port, balancer_placement(scene, balancer)
    for service in scene.world.of_type("AWS::ECS::Service"):
        network = service.get("NetworkConfiguration", "AwsvpcConfiguration")
        for item in as_list(service.get("VpcLatticeConfigurations")):
            if to_address(scene.world, as_dict(item).get("TargetGroupArn")) == group.address and isinstance(
                network, dict
            ):
                yield service.address, port_named(scene.world, service, as_dict(item)), placement_of(scene, network)


def _number(value: Value, group: Resource) -> int | Unknown:
    found = known_int(value)
    return found if found is not None else Unknown(f"the port of {group.address}")
