"""World -> Lattice: associations of services and VPCs with service networks. Source: Amazon VPC Lattice User Guide."""

from __future__ import annotations

from collections import defaultdict

from stackflight.model.identify import to_address, to_addresses
from stackflight.model.lattice import Lattice, LatticeDoor
from stackflight.model.template import World
from stackflight.model.value import Address, Unknown, known_text


def read_lattice(world: World) -> Lattice:
    """Every service with its networks, and every way of a VPC into one."""
    members: dict[Address, list[Address | Unknown]] = defaultdict(list)
    for link in world.of_type("AWS::VpcLattice::ServiceNetworkServiceAssociation"):
        service = to_address(world, link.get("ServiceIdentifier"))
        if isinstance(service, Address):
            found = to_address(world, link.get("ServiceNetworkIdentifier"))
            members[service].append(link.exists if isinstance(link.exists, Unknown) else found)
    doors = [
        LatticeDoor(
            link.address,
            to_address(world, link.get("VpcIdentifier")),
            to_address(world, link.get("ServiceNetworkIdentifier")),
            to_addresses(world, link.get("SecurityGroupIds")),
            exists=link.exists,
        )
        for link in world.of_type("AWS::VpcLattice::ServiceNetworkVpcAssociation")
    ]
    doors += [
        LatticeDoor(
            item.address,
            to_address(world, item.get("VpcId")),
            to_address(world, item.get("ServiceNetworkArn")),
            to_addresses(world, item.get("SecurityGroupIds")),
            endpoint=True,
            exists=item.exists,
        )
        for item in world.of_type("AWS::EC2::VPCEndpoint")
        if known_text(item.get("VpcEndpointType")) == "ServiceNetwork"
    ]
    return Lattice({service: tuple(found) for service, found in members.items()}, tuple(doors))
