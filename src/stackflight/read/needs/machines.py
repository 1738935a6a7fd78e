"""EC2 instances and Auto Scaling groups -> what they must reach while they start."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.need import Need, Placement, Workload
from stackflight.model.template import Resource
from stackflight.model.value import (
    Address,
    references_in,
    render,
)
from stackflight.read.needs.boot import boot_needs
from stackflight.read.needs.launches import launched_as, place_of_machine
from stackflight.read.needs.scene import Scene
from stackflight.read.needs.scripts import read_script


def find_machine_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every instance and group of instances that has a place in the network."""
    for machine in scene.world.of_type("AWS::EC2::Instance", "AWS::AutoScaling::AutoScalingGroup"):
        kind = "EC2 instance" if machine.type == "AWS::EC2::Instance" else "Auto Scaling group"
        for launch in launched_as(scene, machine):
            placement = place_of_machine(scene, machine, launch)
            if placement is not None:
                workload = Workload(machine.address, kind, placement)
                yield workload, boot_needs(scene, workload, machine, launch)


def machine_placement(scene: Scene, machine: Resource) -> Placement | None:
    """Where an instance or the instances of an Auto Scaling group are; None where the templates do not say."""
    launch = next(launched_as(scene, machine), None)
    return place_of_machine(scene, machine, launch) if launch is not None else None


def container_instances(scene: Scene, cluster: Address) -> list[Resource]:
    """The instances and Auto Scaling groups whose start script joins them to an ECS cluster."""
    found = []
    for machine in scene.world.of_type("AWS::EC2::Instance", "AWS::AutoScaling::AutoScalingGroup"):
        scripts = [launch.get("UserData") for launch in launched_as(scene, machine)]
        named = any(reference.address == cluster for script in scripts for reference in references_in(script))
        if named and any(read_script(render(script)).joins_cluster for script in scripts):
            found.append(machine)
    return found
