"""Load balancers -> the targets that they must reach, on the target port and the health-check port.

An Application Load Balancer opens its own flow from its own interfaces. Source: Elastic Load Balancing User Guides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from stackflight.model.finding import Certainty, Consequence, Phase
from stackflight.model.identify import to_address, to_addresses
from stackflight.model.need import Need, Placement, ResourceTarget, Workload
from stackflight.model.relations import balancers_by_group
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, Value, as_dict, as_list, known_int, known_text
from stackflight.read.needs.containers import placement_of
from stackflight.read.needs.scene import Scene


def find_balancer_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every load balancer of the world with the targets behind it."""
    owners = balancers_by_group(scene.world)
    needs: dict[Address, list[Need]] = defaultdict(list)
    workloads = {
        resource.address: Workload(resource.address, "load balancer", _placement(scene, resource))
        for resource in scene.world.of_type("AWS::ElasticLoadBalancingV2::LoadBalancer")
    }
    for service in scene.world.of_type("AWS::ECS::Service"):
        network = service.get("NetworkConfiguration", "AwsvpcConfiguration")
        for item in as_list(service.get("LoadBalancers")):
            entry = as_dict(item)
            group = to_address(scene.world, entry.get("TargetGroupArn"))
            if not isinstance(group, Address) or not isinstance(network, dict):
                continue
            placement = placement_of(scene, network)
            for balancer in owners.get(group, ()):
                if balancer in workloads and _opens_own_flow(scene, balancer):
                    needs[balancer] += _target_needs(scene, workloads[balancer], group, service, entry, placement)
    for address, workload in workloads.items():
        yield workload, needs[address]


def _opens_own_flow(scene: Scene, balancer: Address) -> bool:
    """An Application Load Balancer always; a Network one only with groups, and its client address may stay."""
    resource = scene.world.resources[balancer]
    return (known_text(resource.get("Type")) or "application") == "application"


def _placement(scene: Scene, balancer: Resource) -> Placement:
    subnets = balancer.get("Subnets")
    if subnets is None:
        mappings = as_list(balancer.get("SubnetMappings"))
        subnets = [as_dict(item).get("SubnetId") for item in mappings]
    return Placement(
        to_addresses(scene.world, subnets),
        to_addresses(scene.world, balancer.get("SecurityGroups")),
        known_text(balancer.get("Scheme")) != "internal",
    )


def _target_needs(
    scene: Scene, workload: Workload, group: Address, service: Resource, entry: dict[str, Value], placement: Placement
) -> list[Need]:
    target_group = scene.world.resources[group]
    port = known_int(entry.get("ContainerPort"))
    found = []
    starts = known_int(service.get("DesiredCount")) != 0
    ports = {port if port is not None else Unknown(f"the container port of {service.address}"): "forward requests"}
    health = target_group.get("HealthCheckPort")
    checked = known_int(health) if health is not None and known_text(health) != "traffic-port" else None
    if checked is not None and checked != port:
        ports[checked] = "check its health"
    for number, purpose in ports.items():
        found.append(
            Need(
                workload,
                ResourceTarget(service.address, number, placement, "target"),
                f"{purpose} to {service.address}"
                if purpose.startswith("forward")
                else f"{purpose} of {service.address}",
                f"target group {group}",
                Certainty.PROVED,
                Phase.CREATE,
                Consequence.UNSTABLE if starts else Consequence.NONE,
                blames=(service.address,),
            )
        )
    return found
