"""Services that try their network while they are made -> what they must reach: clusters of EMR, file systems for Windows, Lustre.

EMR looks for a way to Amazon S3 before it starts nodes; Amazon FSx joins the file system to its directory, and refuses one for Lustre
whose groups do not let its servers reach one another. Sources: Amazon FSx for Lustre User Guide, file system access control with
Amazon VPC (port 988); Amazon EMR
Management Guide, configuring networking in a VPC; Amazon FSx for Windows File Server User Guide, file system access control with
Amazon VPC (ports to the directory).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from stackflight.model.finding import Certainty, Consequence, Phase
from stackflight.model.identify import resource_named, to_addresses
from stackflight.model.need import AddressTarget, Need, Placement, ResourceTarget, Workload
from stackflight.model.template import Resource
from stackflight.model.value import as_dict, as_list, known_text
from stackflight.read.needs.placing import mapped_alike
from stackflight.read.needs.scene import Scene, service_need

_DIRECTORIES = ("AWS::DirectoryService::MicrosoftAD", "AWS::DirectoryService::SimpleAD")
_PORTS = {("udp", 53): "find its directory (DNS)", ("tcp", 389): "join its directory (LDAP)"}

Found = tuple[Workload, list[Need]]


def find_tested_needs(scene: Scene) -> Iterator[Found]:
    """Every service that fails to be made where its network does not lead there."""
    for cluster in scene.world.of_type("AWS::EMR::Cluster"):
        yield from _cluster(scene, cluster)
    for system in scene.world.of_type("AWS::FSx::FileSystem"):
        if known_text(system.get("FileSystemType")) == "WINDOWS":
            yield _windows(scene, system)
        elif known_text(system.get("FileSystemType")) == "LUSTRE":
            yield _lustre(scene, system)


def _cluster(scene: Scene, cluster: Resource) -> Iterator[Found]:
    """A cluster in one subnet; of several EMR chooses one. Groups that are not given EMR makes, open to the outside."""
    given = as_dict(cluster.get("Instances"))
    subnets = to_addresses(
        scene.world, [given["Ec2SubnetId"]] if given.get("Ec2SubnetId") else given.get("Ec2SubnetIds")
    )
    if not subnets:
        return
    named = [given[key] for key in ("EmrManagedMasterSecurityGroup", "EmrManagedSlaveSecurityGroup") if key in given]
    place = Placement(
        subnets, to_addresses(scene.world, named), mapped_alike(scene.network, subnets), filtered=bool(named)
    )
    workload = Workload(cluster.address, "EMR cluster", place)
    certainty = Certainty.PROVED if len(subnets) == 1 else Certainty.POSSIBLE
    evidence = "EMR fetches what its nodes run from Amazon S3"
    yield (
        workload,
        [service_need(workload, "s3", "start its nodes", evidence, certainty, consequence=Consequence.UNSTABLE)],
    )


def _place(scene: Scene, system: Resource) -> Placement:
    groups = system.get("SecurityGroupIds")
    return Placement(
        to_addresses(scene.world, system.get("SubnetIds")),
        to_addresses(scene.world, groups),
        filtered=groups is not None,
    )


def _lustre(scene: Scene, system: Resource) -> Found:
    """Its servers speak with one another; without groups of its own it has the VPC's default one, which lets itself in."""
    place = _place(scene, system)
    workload = Workload(system.address, "FSx file system", place)
    if not place.filtered:
        return workload, []
    servers = ResourceTarget(system.address, 988, place, "file system")
    evidence = "the servers of a file system for Lustre speak with one another"
    return workload, [
        Need(workload, servers, "reach its own servers", evidence, Certainty.PROVED, Phase.CREATE, Consequence.FAILS)
    ]


def _windows(scene: Scene, system: Resource) -> Found:
    workload = Workload(system.address, "FSx file system", _place(scene, system))
    return workload, [
        Need(workload, target, purpose, evidence, Certainty.PROVED, Phase.CREATE, Consequence.FAILS)
        for (transport, port), purpose in _PORTS.items()
        for target, evidence in _directory(scene, system, port, transport)
    ]


def _directory(
    scene: Scene, system: Resource, port: int, transport: str
) -> Iterator[tuple[ResourceTarget | AddressTarget, str]]:
    """The directory of the templates, whose own groups AWS makes, or the servers that are written down."""
    config = as_dict(system.get("WindowsConfiguration"))
    directory = resource_named(scene.world, config.get("ActiveDirectoryId"), *_DIRECTORIES)
    if directory is not None:
        place = Placement(to_addresses(scene.world, directory.get("VpcSettings", "SubnetIds")), (), filtered=False)
        yield ResourceTarget(directory.address, port, place, "directory", transport), "ActiveDirectoryId"
    for item in as_list(as_dict(config.get("SelfManagedActiveDirectoryConfiguration")).get("DnsIps")):
        try:
            block = ipaddress.IPv4Network(known_text(item) or "")
        except ValueError:
            continue
        if block.is_private:
            yield AddressTarget(block, port, transport), "SelfManagedActiveDirectoryConfiguration"
