"""World -> Lattice: associations of services and VPCs with service networks. Source: Amazon VPC Lattice User Guide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from stackflight.model.identify import to_address, to_addresses
from stackflight.model.lattice import Lattice, LatticeAuth, LatticeDoor
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
    for link in world.of_type("AWS::VpcLattice::ServiceNetworkResourceAssociation"):
        resource = to_address(world, link.get("ResourceConfigurationId"))
        if isinstance(resource, Address):
            found = to_address(world, link.get("ServiceNetworkId"))
            members[resource].append(link.exists if isinstance(link.exists, Unknown) else found)
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
    return Lattice(
        {service: tuple(found) for service, found in members.items()}, tuple(doors), dict(_auth(world)), _loose(world)
    )


def _loose(world: World) -> Unknown | None:
    """An association with something that a parameter names."""
    kinds = {
        "ServiceNetworkServiceAssociation": "ServiceIdentifier",
        "ServiceNetworkResourceAssociation": "ResourceConfigurationId",
    }
    for kind, key in kinds.items():
        for link in world.of_type(f"AWS::VpcLattice::{kind}"):
            found = to_address(world, link.get(key))
            if isinstance(found, Unknown) and not isinstance(link.get(key), str):
                return Unknown(f"what {link.address} associates", found.decided_by)
    return None


def _auth(world: World) -> Iterator[tuple[Address, LatticeAuth | Unknown]]:
    """Who asks who calls; the type is NONE unless given. Source: CloudFormation template reference (AuthType)."""
    policies = [
        (to_address(world, item.get("ResourceIdentifier")), item)
        for item in world.of_type("AWS::VpcLattice::AuthPolicy")
    ]
    for owner in world.of_type("AWS::VpcLattice::Service", "AWS::VpcLattice::ServiceNetwork"):
        kind = owner.get("AuthType")
        if isinstance(kind, Unknown):
            yield owner.address, kind
        elif known_text(kind) == "AWS_IAM":
            own = [
                item.exists if isinstance(item.exists, Unknown) else item.get("Policy")
                for at, item in policies
                if at == owner.address
            ]
            own += [at for at, _ in policies if isinstance(at, Unknown)]
            yield owner.address, LatticeAuth(owner.address, tuple(own))
