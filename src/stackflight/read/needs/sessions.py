"""Machines that somebody logs in to: by sessions of Systems Manager, where the VPC has endpoints for it, and by EC2 Instance
Connect -> the endpoints, and the machines that an Instance Connect Endpoint is let in by.

An instance profile for Systems Manager alone states no need: nobody may ever open a session. Endpoints for it that the templates
make in the machine's VPC say that somebody will. Sources: AWS Systems Manager User Guide, setting up VPC endpoints; Amazon EC2 User Guide,
security groups for EC2 Instance Connect Endpoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stackflight.model.finding import Certainty, Phase
from stackflight.model.need import Need, Placement, ResourceTarget, Workload
from stackflight.model.value import Address, Unknown
from stackflight.read.needs.boot import role_of_profile
from stackflight.read.needs.launches import launched_as, place_of_machine
from stackflight.read.needs.machines import machine_placement
from stackflight.read.needs.placing import placed
from stackflight.read.needs.scene import Scene, service_need

_ASKED = ("ssm", "ssmmessages")
_PROFILE = "AmazonSSMManagedInstanceCore"


def find_session_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every instance and group of instances whose role has AWS's policy for managed instances."""
    made = {(endpoint.vpc, endpoint.service) for endpoint in scene.network.endpoints if endpoint.interface is True}
    for machine in scene.world.of_type("AWS::EC2::Instance", "AWS::AutoScaling::AutoScalingGroup"):
        kind = "EC2 instance" if machine.type == "AWS::EC2::Instance" else "Auto Scaling group"
        for launch in launched_as(scene, machine):
            placement = place_of_machine(scene, machine, launch)
            role = scene.role(role_of_profile(scene, launch.get("IamInstanceProfile")))
            if placement is None or role is None or not any(name.endswith(_PROFILE) for name in role.managed):
                continue
            workload, homes = Workload(machine.address, kind, placement), _homes(scene, placement)
            found = [name for name in _ASKED if any((home, name) in made for home in homes)]
            yield workload, [_need(workload, name) for name in found]


def _need(workload: Workload, name: str) -> Need:
    evidence = "its role is for managed instances, and its VPC has an endpoint for them"
    return service_need(workload, name, "open sessions on it", evidence, Certainty.POSSIBLE, Phase.RUN)


def _homes(scene: Scene, placement: Placement) -> set[Address]:
    homes = {scene.network.vpc_of(subnet) for subnet in placement.subnets if isinstance(subnet, Address)}
    return {home for home in homes if isinstance(home, Address)}


def find_connect_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every EC2 Instance Connect Endpoint whose group is admitted by the groups of an instance, on the ports of the rules."""
    for endpoint in scene.world.of_type("AWS::EC2::InstanceConnectEndpoint"):
        place = placed(scene, [endpoint.get("SubnetId")], endpoint.get("SecurityGroupIds"))
        workload = Workload(endpoint.address, "Instance Connect Endpoint", place)
        needs: list[Need] = []
        for machine in scene.world.of_type("AWS::EC2::Instance"):
            at = machine_placement(scene, machine)
            for port in sorted(_admitted(scene, at.groups, place.groups)) if at is not None else ():
                evidence = f"{machine.address} lets the group of {endpoint.address} in"
                target = ResourceTarget(machine.address, port, at or place, "instance")
                purpose = f"connect to {machine.address}"
                needs.append(Need(workload, target, purpose, evidence, Certainty.POSSIBLE, Phase.RUN))
        yield workload, needs


def _admitted(scene: Scene, groups: Iterable[Address | Unknown], own: tuple[Address | Unknown, ...]) -> set[int]:
    """The single ports on which some of the groups lets in what bears one of the own."""
    known = [scene.network.groups.get(group) for group in groups if isinstance(group, Address)]
    rules = [rule for group in known if group is not None for rule in group.ingress if rule.peer in own]
    return {rule.ports[0] for rule in rules if not isinstance(rule.ports, Unknown) and rule.ports[0] == rule.ports[1]}
