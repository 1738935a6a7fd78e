"""EC2 instances, Auto Scaling groups and EKS node groups -> what they must reach while they start."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import Consequence
from stackflight.model.identify import to_address, to_addresses
from stackflight.model.need import InternetTarget, Need, Placement, Workload
from stackflight.model.template import Resource
from stackflight.model.value import (
    Address,
    Unknown,
    as_dict,
    known_flag,
    known_text,
    references_in,
    render,
)
from stackflight.read.needs.boot import boot_needs
from stackflight.read.needs.launches import groups_of_launch, launched_as, mapped, place_of_machine
from stackflight.read.needs.scene import Scene, service_need
from stackflight.read.needs.scripts import read_script


def find_machine_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every instance, group of instances and node group that has a place in the network."""
    for machine in scene.world.of_type("AWS::EC2::Instance", "AWS::AutoScaling::AutoScalingGroup"):
        kind = "EC2 instance" if machine.type == "AWS::EC2::Instance" else "Auto Scaling group"
        for launch in launched_as(scene, machine):
            placement = place_of_machine(scene, machine, launch)
            if placement is not None:
                workload = Workload(machine.address, kind, placement)
                profile = launch.get("IamInstanceProfile")
                yield workload, boot_needs(scene, workload, machine, launch.get("UserData"), profile)
    for nodes in scene.world.of_type("AWS::EKS::Nodegroup"):
        workload = Workload(nodes.address, "EKS node group", _node_placement(scene, nodes))
        yield workload, _node_needs(scene, workload, nodes)


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


def _node_placement(scene: Scene, nodes: Resource) -> Placement:
    subnets = to_addresses(scene.world, nodes.get("Subnets"))
    flags = [mapped(scene.network, subnet) for subnet in subnets]
    public: bool | Unknown = Unknown("whether the subnets give public addresses")
    if flags and all(flag is True for flag in flags):
        public = True
    elif flags and all(flag is False for flag in flags):
        public = False
    if nodes.get("LaunchTemplate") is not None:
        groups = groups_of_launch(scene, nodes.get("LaunchTemplate"))
        return Placement(subnets, groups or (Unknown("the groups of its launch template"),), public)
    return Placement(
        subnets, (), public
    )  # the group that EKS makes lets everything out, as the VPC's default group does


def _node_needs(scene: Scene, workload: Workload, nodes: Resource) -> list[Need]:
    if known_text(as_dict(nodes.get("ScalingConfig")).get("DesiredSize")) == "0":
        return []
    evidence = "a node pulls its images and registers before it counts as created"
    found = [
        service_need(workload, service, "join the cluster", evidence, consequence=Consequence.UNSTABLE)
        for service in ("ecr.api", "ecr.dkr", "s3", "ec2")
    ]
    cluster = to_address(scene.world, nodes.get("ClusterName"))
    if isinstance(cluster, Address):
        access = as_dict(scene.world.resources[cluster].get("ResourcesVpcConfig"))
        if known_flag(access.get("EndpointPrivateAccess"), False) is False:
            target = InternetTarget(f"the API endpoint of {cluster}")
            found.append(Need(workload, target, "join the cluster", evidence, consequence=Consequence.UNSTABLE))
    return found
