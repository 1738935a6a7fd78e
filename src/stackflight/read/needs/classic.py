"""Classic Load Balancers -> the instances that they must reach, on the ports of their listeners and of the health check.

Source: Classic Load Balancers User Guide, security groups, listeners, configure health checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackflight.model.finding import Certainty, Phase
from stackflight.model.identify import resource_named, to_address, to_addresses
from stackflight.model.need import Need, Placement, ResourceTarget, Workload
from stackflight.model.template import Resource
from stackflight.model.value import Address, as_dict, as_list, known_int, known_text
from stackflight.read.needs.entries import entry_need
from stackflight.read.needs.machines import machine_placement
from stackflight.read.needs.scene import Scene


def find_classic_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every Classic Load Balancer in a VPC with what is registered with it."""
    for balancer in scene.world.of_type("AWS::ElasticLoadBalancing::LoadBalancer"):
        subnets = to_addresses(scene.world, balancer.get("Subnets"))
        if not subnets:
            continue
        groups = to_addresses(scene.world, balancer.get("SecurityGroups"))
        place = Placement(subnets, groups, known_text(balancer.get("Scheme")) in {None, "internet-facing"})
        workload = Workload(balancer.address, "load balancer", place)
        needs = [
            need for target, where in _registered(scene, balancer) for need in _needs(workload, balancer, target, where)
        ]
        yield workload, [*needs, *entry_need(scene, workload, balancer)]


def _registered(scene: Scene, balancer: Resource) -> Iterator[tuple[Address, Placement]]:
    machines = [resource_named(scene.world, item, "AWS::EC2::Instance") for item in as_list(balancer.get("Instances"))]
    for group in scene.world.of_type("AWS::AutoScaling::AutoScalingGroup"):
        named = [to_address(scene.world, item) for item in as_list(group.get("LoadBalancerNames"))]
        machines += [group] if balancer.address in named else []
    for machine in machines:
        place = machine_placement(scene, machine) if machine is not None else None
        if machine is not None and place is not None:
            yield machine.address, place


def _needs(workload: Workload, balancer: Resource, target: Address, place: Placement) -> Iterator[Need]:
    purposes: dict[int, str] = {}
    health = re.fullmatch(
        r"(?:TCP|SSL|HTTPS?):(\d+).*", known_text(as_dict(balancer.get("HealthCheck")).get("Target")) or ""
    )
    if health:
        purposes[int(health.group(1))] = f"check the health of {target}"
    for item in as_list(balancer.get("Listeners")):
        port = known_int(as_dict(item).get("InstancePort"))
        if port is not None:
            purposes[port] = f"forward requests to {target}"
    for port, purpose in purposes.items():
        end = ResourceTarget(target, port, place, "target")
        yield Need(
            workload, end, purpose, f"{balancer.address} registers it", Certainty.PROVED, Phase.RUN, blames=(target,)
        )
