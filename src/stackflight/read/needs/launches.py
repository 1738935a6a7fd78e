"""Instances and Auto Scaling groups -> what they are launched with: subnets, groups, addresses, script and profile.

What an instance says itself stands before its launch template; a network interface of its own brings its subnet, groups
and Elastic IP. Source: CloudFormation template reference, AWS::EC2::Instance, AWS::EC2::LaunchTemplate,
AWS::EC2::NetworkInterface, AWS::AutoScaling::AutoScalingGroup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from stackflight.model.identify import resource_named, to_address, to_addresses
from stackflight.model.need import Placement
from stackflight.model.network import Network
from stackflight.model.template import Resource
from stackflight.model.value import Address, Unknown, Value, as_dict, as_list, known_flag, known_text, render
from stackflight.read.needs.boot import signals_by
from stackflight.read.needs.scene import Scene

Properties = dict[str, Value]


def launched_as(scene: Scene, machine: Resource) -> Iterator[Properties]:
    """The properties of each way in which a machine is launched; nothing where the templates do not say.

    An Auto Scaling group with a mixed instances policy has one for every launch template of its overrides.
    """
    if machine.type == "AWS::EC2::Instance":
        template = _template(scene, machine.get("LaunchTemplate"))
        yield {**(template or {}), **machine.properties}
        return
    mixed = as_dict(machine.get("MixedInstancesPolicy", "LaunchTemplate"))
    given = [machine.get("LaunchTemplate"), mixed.get("LaunchTemplateSpecification")]
    given += [as_dict(item).get("LaunchTemplateSpecification") for item in as_list(mixed.get("Overrides"))]
    for item in given:
        found = _template(scene, item)
        if found is not None:
            yield found
    named = resource_named(scene.world, machine.get("LaunchConfigurationName"), "AWS::AutoScaling::LaunchConfiguration")
    if named is not None:
        yield named.properties


def _template(scene: Scene, given: Value) -> Properties | None:
    """The data of a launch template that is named by its ID or its name."""
    spec = as_dict(given)
    found = resource_named(scene.world, spec.get("LaunchTemplateId"), "AWS::EC2::LaunchTemplate")
    name = known_text(spec.get("LaunchTemplateName"))
    if found is None and name is not None:
        named = (item for item in scene.world.of_type("AWS::EC2::LaunchTemplate") if known_text(item.get("LaunchTemplateName")) == name)  # fmt: skip
        found = next(named, None)
    return as_dict(found.get("LaunchTemplateData")) if found is not None else None


def place_of_machine(scene: Scene, machine: Resource, launch: Properties) -> Placement | None:
    """Where one way of launching puts a machine; None where the templates do not say."""
    if machine.type == "AWS::EC2::Instance":
        found = _place_of_instance(scene, machine, launch)
    else:
        found = _place_of_group(scene, machine, launch)
    linux = re.match(r"\s*#(?:!|cloud-config)", render(launch.get("UserData")))
    return replace(found, ports=_LINUX_PORTS) if linux and found is not None else found


_LINUX_PORTS = ((32768, 60999),)
"""From where Linux calls, unless it is told otherwise. Source: Linux kernel documentation, ip_local_port_range."""


def _place_of_instance(scene: Scene, instance: Resource, launch: Properties) -> Placement | None:
    interface = as_dict(next(iter(as_list(launch.get("NetworkInterfaces"))), None))
    if interface.get("NetworkInterfaceId") is not None:
        return _place_of_interface(scene, interface["NetworkInterfaceId"])
    subnet = interface.get("SubnetId") if interface else launch.get("SubnetId")
    subnet = subnet if subnet is not None else launch.get("SubnetId")
    if subnet is None:
        return None
    groups = interface.get("GroupSet", interface.get("Groups")) if interface else launch.get("SecurityGroupIds")
    address = to_address(scene.world, subnet)
    public = _public_ip(scene, interface.get("AssociatePublicIpAddress"), address)
    later = _elastic_ip(scene, "InstanceId", instance.address) if public is False else None
    six = _six(scene, interface or launch, address)
    if later is not None and not signals_by(instance):
        return Placement((address,), to_addresses(scene.world, groups), True, six=six)
    return Placement((address,), to_addresses(scene.world, groups), public, address_after=later, six=six)


def _six(scene: Scene, given: Properties, subnet: Address | Unknown) -> bool | Unknown:
    """Whether an interface has an IPv6 address: it asks for one, or its subnet gives one to everybody."""
    if given.get("Ipv6AddressCount") is not None or given.get("Ipv6Addresses") is not None:
        return True
    place = scene.network.subnets.get(subnet) if isinstance(subnet, Address) else None
    if place is not None and place.native6 is not False:
        return place.native6
    return place.gives6 if place is not None else Unknown("whether the subnet gives IPv6 addresses")


def _place_of_interface(scene: Scene, given: Value) -> Placement | None:
    """A network interface that exists before its instance has a public address only by an Elastic IP of its own."""
    interface = resource_named(scene.world, given, "AWS::EC2::NetworkInterface")
    if interface is None:
        return None
    link = _elastic_ip(scene, "NetworkInterfaceId", interface.address)
    subnet = to_address(scene.world, interface.get("SubnetId"))
    groups = to_addresses(scene.world, interface.get("GroupSet"))
    six = _six(scene, interface.properties, subnet)
    return Placement((subnet,), groups, link is not None, address_by=link, six=six)


def _elastic_ip(scene: Scene, key: str, holder: Address) -> Address | None:
    """What gives an instance or interface its Elastic IP: it refers to the holder, so it comes after it."""
    users = scene.world.of_type("AWS::EC2::EIP", "AWS::EC2::EIPAssociation")
    found = (item.address for item in users if to_address(scene.world, item.get(key)) == holder)
    return next(found, None)


def _place_of_group(scene: Scene, group: Resource, launch: Properties) -> Placement:
    interface = as_dict(next(iter(as_list(launch.get("NetworkInterfaces"))), None))
    subnets = to_addresses(scene.world, group.get("VPCZoneIdentifier"))
    if not subnets and interface.get("SubnetId") is not None:
        subnets = to_addresses(scene.world, [interface["SubnetId"]])
    subnets = subnets or (Unknown("the default subnets"),)
    groups = interface.get("Groups", launch.get("SecurityGroupIds", launch.get("SecurityGroups")))
    given = interface.get("AssociatePublicIpAddress", launch.get("AssociatePublicIpAddress"))
    kinds = {repr(_public_ip(scene, given, subnet)): _public_ip(scene, given, subnet) for subnet in subnets}
    public = next(iter(kinds.values())) if len(kinds) == 1 else Unknown("the subnets differ in giving public addresses")
    sixes = {repr(found): found for subnet in subnets for found in [_six(scene, interface or launch, subnet)]}
    six = next(iter(sixes.values())) if len(sixes) == 1 else Unknown("the subnets differ in giving IPv6 addresses")
    return Placement(subnets, to_addresses(scene.world, groups), public, six=six)


def groups_of_launch(scene: Scene, given: Value) -> tuple[Address | Unknown, ...] | None:
    """The groups that a launch template names; None for a template that is not at hand."""
    launch = _template(scene, given)
    if launch is None:
        return None
    interface = as_dict(next(iter(as_list(launch.get("NetworkInterfaces"))), None))
    return to_addresses(scene.world, interface.get("Groups", launch.get("SecurityGroupIds")))


def _public_ip(scene: Scene, given: Value, subnet: Address | Unknown) -> bool | Unknown:
    if given is not None:
        return known_flag(given, False)
    return mapped(scene.network, subnet)


def mapped(network: Network, subnet: Address | Unknown) -> bool | Unknown:
    """Whether a subnet gives public addresses to what is launched in it."""
    if isinstance(subnet, Unknown) or subnet not in network.subnets:
        return Unknown("whether the subnet gives public addresses")
    return network.subnets[subnet].map_public_ip
