"""EC2 instances, Auto Scaling groups and EKS node groups -> what they must reach while they start."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.finding import Consequence
from stackflight.model.identify import to_address, to_addresses
from stackflight.model.need import InternetTarget, Need, Placement, Workload
from stackflight.model.network import Network
from stackflight.model.template import Resource
from stackflight.model.value import (
    Address,
    Unknown,
    Value,
    as_dict,
    as_list,
    known_flag,
    known_text,
    references_in,
    render,
)
from stackflight.read.needs.boot import boot_needs, signals_by
from stackflight.read.needs.scene import Scene, service_need
from stackflight.read.needs.scripts import read_script


def find_machine_needs(scene: Scene) -> Iterator[tuple[Workload, list[Need]]]:
    """Every instance, group of instances and node group that has a place in the network."""
    for instance in scene.world.of_type("AWS::EC2::Instance"):
        placement = _instance_placement(scene, instance)
        if placement is not None:
            workload = Workload(instance.address, "EC2 instance", placement)
            profile = instance.get("IamInstanceProfile")
            yield workload, boot_needs(scene, workload, instance, instance.get("UserData"), profile)
    for group in scene.world.of_type("AWS::AutoScaling::AutoScalingGroup"):
        template = _launch_template(scene, group)
        if template is not None:
            placement = _group_placement(scene, group, template)
            workload = Workload(group.address, "Auto Scaling group", placement)
            profile = template.get("IamInstanceProfile")
            yield workload, boot_needs(scene, workload, group, template.get("UserData"), profile)
    for nodes in scene.world.of_type("AWS::EKS::Nodegroup"):
        workload = Workload(nodes.address, "EKS node group", _node_placement(scene, nodes))
        yield workload, _node_needs(scene, workload, nodes)


def machine_placement(scene: Scene, machine: Resource) -> Placement | None:
    """Where an instance or the instances of an Auto Scaling group are; None where the templates do not say."""
    if machine.type == "AWS::EC2::Instance":
        return _instance_placement(scene, machine)
    template = _launch_template(scene, machine)
    return _group_placement(scene, machine, template) if template is not None else None


def container_instances(scene: Scene, cluster: Address) -> list[Resource]:
    """The instances and Auto Scaling groups whose start script joins them to an ECS cluster."""
    found = []
    for machine in scene.world.of_type("AWS::EC2::Instance", "AWS::AutoScaling::AutoScalingGroup"):
        template = _launch_template(scene, machine) if machine.type != "AWS::EC2::Instance" else machine.properties
        script = template.get("UserData") if template is not None else None
        named = any(reference.address == cluster for reference in references_in(script))
        if named and read_script(render(script)).joins_cluster:
            found.append(machine)
    return found


def _instance_placement(scene: Scene, instance: Resource) -> Placement | None:
    interface = as_dict(next(iter(as_list(instance.get("NetworkInterfaces"))), None))
    subnet = interface.get("SubnetId") if interface else instance.get("SubnetId")
    if subnet is None:
        return None
    groups = interface.get("GroupSet") if interface else instance.get("SecurityGroupIds")
    address = to_address(scene.world, subnet)
    public = _public_ip(scene, interface.get("AssociatePublicIpAddress"), address)
    later = _elastic_ip(scene, instance.address) if public is False else None
    if later is not None and not signals_by(instance):
        public, later = True, None
    return Placement((address,), to_addresses(scene.world, groups), public, address_after=later)


def _elastic_ip(scene: Scene, instance: Address) -> Address | None:
    """What gives an instance its Elastic IP: it refers to the instance, so it comes after it."""
    users = scene.world.of_type("AWS::EC2::EIP", "AWS::EC2::EIPAssociation")
    found = (item.address for item in users if to_address(scene.world, item.get("InstanceId")) == instance)
    return next(found, None)


def _public_ip(scene: Scene, given: Value, subnet: Address | Unknown) -> bool | Unknown:
    if given is not None:
        return known_flag(given, False)
    return _mapped(scene.network, subnet)


def _mapped(network: Network, subnet: Address | Unknown) -> bool | Unknown:
    if isinstance(subnet, Unknown) or subnet not in network.subnets:
        return Unknown("whether the subnet gives public addresses")
    return network.subnets[subnet].map_public_ip


def _launch_template(scene: Scene, group: Resource) -> dict[str, Value] | None:
    named = as_dict(group.get("LaunchTemplate")).get("LaunchTemplateId")
    if named is None:
        mixed = as_dict(group.get("MixedInstancesPolicy", "LaunchTemplate", "LaunchTemplateSpecification"))
        named = mixed.get("LaunchTemplateId")
    address = to_address(scene.world, named if named is not None else group.get("LaunchConfigurationName"))
    if isinstance(address, Unknown):
        return None
    resource = scene.world.resources[address]
    if resource.type == "AWS::EC2::LaunchTemplate":
        return as_dict(resource.get("LaunchTemplateData"))
    return resource.properties if resource.type == "AWS::AutoScaling::LaunchConfiguration" else None


def _group_placement(scene: Scene, group: Resource, template: dict[str, Value]) -> Placement:
    subnets = to_addresses(scene.world, group.get("VPCZoneIdentifier")) or (Unknown("the default subnets"),)
    interface = as_dict(next(iter(as_list(template.get("NetworkInterfaces"))), None))
    groups = interface.get("Groups", template.get("SecurityGroupIds", template.get("SecurityGroups")))
    given = interface.get("AssociatePublicIpAddress", template.get("AssociatePublicIpAddress"))
    kinds = {repr(_public_ip(scene, given, subnet)): _public_ip(scene, given, subnet) for subnet in subnets}
    public = next(iter(kinds.values())) if len(kinds) == 1 else Unknown("the subnets differ in giving public addresses")
    return Placement(subnets, to_addresses(scene.world, groups), public)


def _node_placement(scene: Scene, nodes: Resource) -> Placement:
    subnets = to_addresses(scene.world, nodes.get("Subnets"))
    flags = [_mapped(scene.network, subnet) for subnet in subnets]
    public: bool | Unknown = Unknown("whether the subnets give public addresses")
    if flags and all(flag is True for flag in flags):
        public = True
    elif flags and all(flag is False for flag in flags):
        public = False
    if nodes.get("LaunchTemplate") is not None:
        return Placement(subnets, (Unknown("the groups of its launch template"),), public)
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
