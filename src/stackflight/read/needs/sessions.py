"""Machines that are looked after by sessions of Systems Manager in a VPC with endpoints for it -> those endpoints.

An instance profile for Systems Manager alone states no need: nobody may ever open a session. Endpoints for it that the templates
make in the machine's VPC say that somebody will. Source: AWS Systems Manager User Guide, setting up VPC endpoints.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import Certainty, Phase
from stackflight.model.need import Need, Placement, Workload
from stackflight.model.value import Address
from stackflight.read.needs.boot import role_of_profile
from stackflight.read.needs.launches import launched_as, place_of_machine
from stackflight.read.needs.scene import Scene, service_need

_ASKED = ("ssm", "ssmmessages")
_PROFILE = "AmazonSSMManagedInstanceCore"


def find_session_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every instance and group of instances whose role has AWS's policy for managed instances."""
    made = {
        (endpoint.vpc, endpoint.service): endpoint for endpoint in scene.network.endpoints if endpoint.interface is True
    }
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
