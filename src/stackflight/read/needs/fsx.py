"""File systems of Amazon FSx that a start script mounts -> the need to reach them.

Sources: Amazon FSx for OpenZFS and for NetApp ONTAP User Guides, mounting, VPC security groups (NFS 2049), Multi-AZ file
systems; FSx for Lustre User Guide, file system access control (988); FSx for Windows File Server User Guide, VPC security groups
(SMB 445); Amazon FSx API reference, CreateFileSystem.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from stackflight.model.finding import Certainty, Consequence, Phase
from stackflight.model.floating import FloatingTarget
from stackflight.model.identify import resource_named, to_addresses, to_block
from stackflight.model.need import Need, Placement, ResourceTarget
from stackflight.model.template import Resource, World
from stackflight.model.value import Unknown, Value, as_dict, known_text, references_in, render
from stackflight.patterns import compile_later

_SYSTEM = "AWS::FSx::FileSystem"
_CONFIGURATIONS = {"OPENZFS": "OpenZFSConfiguration", "ONTAP": "OntapConfiguration"}
_FIXED_PORTS = {"LUSTRE": 988, "WINDOWS": 445}
_MOUNTS = compile_later(
    r"^(?!\s*#).*(?:\bmount(?:\.\w+)?\s|\b(?:nfs4?|lustre|cifs)\s.*fstab|\bNew-(?:SmbMapping|PSDrive)\b|\bnet\s+use\s)",
    re.MULTILINE,
)
_TOLERATED = compile_later(r"\|\|\s*(?:true|:|echo)")


def mounted_needs(world: World, user_data: Value, need: Need) -> Iterator[Need]:
    """The needs of a machine for what its script mounts, made after a bare one that says how much hangs on it."""
    lines = [line for line in render(user_data).splitlines() if _MOUNTS.search(line)]
    seen = set()
    for reference in references_in(user_data):
        named = [line for line in lines if f"${{{reference.address.id}" in line]
        system = _system_of(world, world.resources[reference.address]) if named else None
        target = _target(world, system) if system is not None else None
        if target is None or target.address in seen:
            continue
        seen.add(target.address)
        found = replace(need, target=target, purpose=f"mount the file system {target.address}", evidence=f"user data runs: {named[0].strip()[:60]}")  # fmt: skip
        if any(_TOLERATED.search(line) for line in named):
            found = replace(found, certainty=Certainty.POSSIBLE, phase=Phase.RUN, consequence=Consequence.NONE)
        yield found


def _system_of(world: World, resource: Resource) -> Resource | None:
    """The file system that a resource is, or is a part of."""
    if resource.type == _SYSTEM:
        return resource
    owner = resource.get("FileSystemId")
    if resource.type == "AWS::FSx::Volume":
        machine = resource_named(world, resource.get("OntapConfiguration", "StorageVirtualMachineId"))
        owner = (
            machine.get("FileSystemId")
            if machine is not None
            else resource.get("OpenZFSConfiguration", "ParentVolumeId")
        )
    return resource_named(world, owner, _SYSTEM)


def _target(world: World, system: Resource) -> ResourceTarget | None:
    kind = known_text(system.get("FileSystemType")) or ""
    subnets, groups = (to_addresses(world, system.get(name)) for name in ("SubnetIds", "SecurityGroupIds"))
    place, key = Placement(subnets, groups), _CONFIGURATIONS.get(kind)
    if kind in _FIXED_PORTS:
        return ResourceTarget(system.address, _FIXED_PORTS[kind], place, "FSx file system")
    given = system.get(key) if key else None
    if key is None or isinstance(given, Unknown):
        return None
    settings = as_dict(given)
    deployment = known_text(settings.get("DeploymentType"))
    if deployment is None or not deployment.startswith("MULTI_AZ"):
        return ResourceTarget(system.address, 2049, place, "FSx file system") if deployment else None
    tables, block = settings.get("RouteTableIds"), settings.get("EndpointIpAddressRange")
    return FloatingTarget(
        system.address, 2049, place, "FSx file system",
        tables=to_addresses(world, tables) if tables is not None else None,
        block=to_block(block) if block is not None else None,
    )  # fmt: skip
