"""World -> Network: the resources that packets meet, with every property read three-valued."""

from __future__ import annotations

import re

from stackflight.model.identify import ACCOUNT, resource_named, to_address, to_addresses, to_block
from stackflight.model.network import (
    Group,
    NatGateway,
    NatInstance,
    Network,
    Peering,
    PublicAccess,
    Rule,
    Subnet,
    Vpc,
)
from stackflight.model.template import Resource, World
from stackflight.model.value import (
    Address,
    Unknown,
    Value,
    Zone,
    as_dict,
    as_list,
    known_flag,
    known_text,
    references_in,
)
from stackflight.read.acls import read_acls
from stackflight.read.endpoints import read_endpoint, region_of_service
from stackflight.read.groups import read_groups
from stackflight.read.guards import read_guards
from stackflight.read.handed import Handed, read_handed
from stackflight.read.lattice import read_lattice
from stackflight.read.middleboxes import read_edges, read_middleboxes
from stackflight.read.names import read_answers, read_filters
from stackflight.read.opaque import read_opaque
from stackflight.read.routes import read_routes
from stackflight.read.transit import read_transit
from stackflight.records import dataclass


def build_network(world: World) -> Network:
    """Read all network resources of a world."""
    associations = _index(world, "AWS::EC2::SubnetRouteTableAssociation", "SubnetId")
    acl_associations = _index(world, "AWS::EC2::SubnetNetworkAclAssociation", "SubnetId")
    vpcs = {resource.address: _vpc(world, resource) for resource in world.of_type("AWS::EC2::VPC")}
    handed = read_handed(world)
    subnets = {
        resource.address: _subnet(world, resource, associations, acl_associations, handed)
        for resource in world.of_type("AWS::EC2::Subnet")
    }
    routes, loose = read_routes(world, handed)
    return Network(
        vpcs=vpcs,
        subnets=subnets,
        tables={
            resource.address: to_address(world, resource.get("VpcId"))
            for resource in world.of_type("AWS::EC2::RouteTable")
        },
        routes=routes,
        loose_routes=loose,
        nats={resource.address: _nat(world, resource) for resource in world.of_type("AWS::EC2::NatGateway")},
        instances={resource.address: _instance(world, resource) for resource in world.of_type("AWS::EC2::Instance")},
        endpoints=(
            *(read_endpoint(world, resource) for resource in world.of_type("AWS::EC2::VPCEndpoint")),
            *handed.endpoints,
        ),
        groups=_with_defaults(read_groups(world, handed), vpcs),
        acls=read_acls(world),
        peerings={
            resource.address: Peering(
                resource.address,
                to_address(world, resource.get("VpcId")),
                to_address(world, resource.get("PeerVpcId")),
                _references(resource.get("PeerRegion")),
            )
            for resource in world.of_type("AWS::EC2::VPCPeeringConnection")
        },
        transit=read_transit(world),
        public_access=_public_access(world),
        opaque=read_opaque(world),
        shared_groups=_shared_groups(world),
        lattice=read_lattice(world),
        middleboxes=read_middleboxes(world),
        edges=read_edges(world),
        guards=read_guards(world),
    )


def _references(region: Value) -> bool | Unknown:
    """Groups cannot be named across Regions. Source: Amazon VPC Peering Guide, security groups of peer VPCs."""
    if region is None or (isinstance(region, Unknown) and region.why == "AWS::Region"):
        return True
    return Unknown("whether the peer is in another Region", ("AWS::Region",))


def _public_access(world: World) -> PublicAccess | None:
    """VPC Block Public Access, which concerns every VPC of the account's Region."""
    options = next(world.of_type("AWS::EC2::VPCBlockPublicAccessOptions"), None)
    if options is None:
        return None
    mode = known_text(options.get("InternetGatewayBlockMode"))
    exclusions: dict[Address, tuple[str | Unknown, Address]] = {}
    loose: Unknown | None = None
    for item in world.of_type("AWS::EC2::VPCBlockPublicAccessExclusion"):
        place = to_address(world, item.get("SubnetId") if item.get("SubnetId") is not None else item.get("VpcId"))
        given = known_text(item.get("InternetGatewayExclusionMode"))
        if isinstance(place, Address):
            exclusions[place] = (given if given is not None else Unknown(f"the mode of {item.address}"), item.address)
        elif not place.why.startswith(("vpc-", "subnet-")):
            loose = Unknown(f"whom {item.address} excludes", place.decided_by)
    doubt = options.exists if isinstance(options.exists, Unknown) else Unknown(f"the mode of {options.address}")
    return PublicAccess(options.address, mode if mode and options.exists is True else doubt, exclusions, loose)


def _shared_groups(world: World) -> frozenset[tuple[Address, Address]]:
    """Source: Amazon VPC User Guide, associate security groups with multiple VPCs."""
    pairs = [
        (to_address(world, link.get("GroupId")), to_address(world, link.get("VpcId")))
        for link in world.of_type("AWS::EC2::SecurityGroupVpcAssociation")
    ]
    return frozenset((group, vpc) for group, vpc in pairs if isinstance(group, Address) and isinstance(vpc, Address))


@dataclass(frozen=True, slots=True)
class _Links:
    """Associations by what they are made for; `loose` is set where one may be for anything."""

    by_target: dict[Address, Resource]
    loose: Unknown | None


def _index(world: World, kind: str, key: str) -> _Links:
    found: dict[Address, Resource] = {}
    loose: Unknown | None = None
    for resource in world.of_type(kind):
        target = to_address(world, resource.get(key))
        if isinstance(target, Address):
            found.setdefault(target, resource)
        elif not isinstance(resource.get(key), str):
            loose = target
    return _Links(found, loose)


def _vpc(world: World, resource: Resource) -> Vpc:
    blocks = [to_block(resource.get("CidrBlock"))]
    for extra in world.of_type("AWS::EC2::VPCCidrBlock"):
        if to_address(world, extra.get("VpcId")) == resource.address and extra.get("CidrBlock") is not None:
            blocks.append(to_block(extra.get("CidrBlock")))
    gateways = []
    perhaps: Unknown | None = None
    for attachment in world.of_type("AWS::EC2::VPCGatewayAttachment"):
        if attachment.get("InternetGatewayId") is None:
            continue
        gateway = to_address(world, attachment.get("InternetGatewayId"))
        vpc = to_address(world, attachment.get("VpcId"))
        if vpc == resource.address and isinstance(gateway, Address) and attachment.exists is True:
            gateways.append((gateway, attachment.address))
        elif isinstance(vpc, Unknown) or vpc == resource.address:
            perhaps = next(item for item in (vpc, gateway, attachment.exists) if isinstance(item, Unknown))
    answers = read_answers(world, resource.address)
    return Vpc(
        address=resource.address,
        cidrs=tuple(block for block in blocks if not isinstance(block, Unknown)),
        cidrs_complete=not any(isinstance(block, Unknown) for block in blocks),
        dns_support=known_flag(resource.get("EnableDnsSupport"), True),
        dns_hostnames=known_flag(resource.get("EnableDnsHostnames"), False),
        own_resolver=any(item.kind == "servers" for item in answers),
        internet_gateways=tuple(gateways),
        perhaps_attached=perhaps,
        region=_region(world, resource),
        answers=answers,
        filters=read_filters(world, resource.address),
        handed_on=_is_handed_on(world, resource.address),
    )


def _is_handed_on(world: World, vpc: Address) -> bool:
    """Whether a VPC was there before, or its id stands in the outputs or in what was not read of a stack."""
    if vpc.stack == ACCOUNT:
        return True
    unread = [resource.properties for resource in world.of_type("AWS::CloudFormation::Stack")]
    return vpc in world.put_out or any(item.address == vpc for value in unread for item in references_in(value))


def _region(world: World, vpc: Resource) -> str:
    """Where a VPC is: as the user says, or as a literal zone of its subnets or a service of its own Region shows."""
    known = world.stack(vpc.address.stack).environment.region if vpc.address.stack != ACCOUNT else None
    if known:
        return known
    for subnet in world.of_type("AWS::EC2::Subnet"):
        zone = known_text(subnet.get("AvailabilityZone"))
        if (
            zone
            and re.fullmatch(r"[a-z]{2}(?:-[a-z]+)+-\d[a-z]", zone)
            and to_address(world, subnet.get("VpcId")) == vpc.address
        ):
            return zone[:-1]
    for endpoint in world.of_type("AWS::EC2::VPCEndpoint"):
        if endpoint.get("ServiceRegion") is None and to_address(world, endpoint.get("VpcId")) == vpc.address:
            if found := region_of_service(endpoint):
                return found
    return ""


def _subnet(world: World, resource: Resource, tables: _Links, acls: _Links, handed: Handed) -> Subnet:
    association = tables.by_target.get(resource.address)
    acl = acls.by_target.get(resource.address)
    unseen = tables.loose or handed.associations.get(resource.address)
    table = to_address(world, association.get("RouteTableId")) if association else unseen
    if association and isinstance(association.exists, Unknown):
        table = association.exists
    named_acl = to_address(world, acl.get("NetworkAclId")) if acl else acls.loose
    if acl and isinstance(acl.exists, Unknown):
        named_acl = acl.exists
    zone = resource.get("AvailabilityZone")
    return Subnet(
        address=resource.address,
        vpc=to_address(world, resource.get("VpcId")),
        cidr=to_block(resource.get("CidrBlock")),
        zone=zone if isinstance(zone, (Zone, str)) else Unknown("the zone is not given"),
        map_public_ip=known_flag(resource.get("MapPublicIpOnLaunch"), False),
        route_table=table,
        association=association.address if association else None,
        acl=named_acl,
        ipv6=resource.get("Ipv6CidrBlock") is not None,
        exists=resource.exists,
        native6=known_flag(resource.get("Ipv6Native"), False),
        dns64=known_flag(resource.get("EnableDns64"), False),
        gives6=known_flag(resource.get("AssignIpv6AddressOnCreation"), False),
    )


def _nat(world: World, resource: Resource) -> NatGateway:
    kind = known_text(resource.get("ConnectivityType"))
    regional = known_text(resource.get("AvailabilityMode")) == "regional"
    return NatGateway(
        address=resource.address,
        subnet=None if regional else to_address(world, resource.get("SubnetId")),
        public=(kind or "public") == "public",
        elastic=None if regional else _elastic(world, resource),
        vpc=to_address(world, resource.get("VpcId")) if regional else None,
        exists=resource.exists,
    )


def _elastic(world: World, nat: Resource) -> Address | Unknown:
    """The Elastic IP of a NAT gateway that comes from Amazon's pool; Unknown where it may be a known address."""
    address = resource_named(world, nat.get("AllocationId"), "AWS::EC2::EIP")
    own = ("PublicIpv4Pool", "IpamPoolId", "Address", "TransferAddress")
    several = nat.get("SecondaryAllocationIds") is not None
    if address is None or several or any(address.get(key) is not None for key in own):
        return Unknown(f"the public address of {nat.address}", (f"resource {nat.address}",))
    return address.address


def _instance(world: World, resource: Resource) -> NatInstance:
    """An instance as a router: its first network interface decides."""
    interface = as_dict(next(iter(as_list(resource.get("NetworkInterfaces"))), None))
    subnet = resource.get("SubnetId") if resource.get("SubnetId") is not None else interface.get("SubnetId")
    check = known_flag(resource.get("SourceDestCheck"), True)
    public: bool | Unknown = Unknown("whether the subnet or an Elastic IP gives it a public address")
    elastic = world.of_type("AWS::EC2::EIP", "AWS::EC2::EIPAssociation")
    if any(to_address(world, item.get("InstanceId")) == resource.address for item in elastic):
        public = True
    elif interface.get("AssociatePublicIpAddress") is not None:
        public = known_flag(interface["AssociatePublicIpAddress"], False)
    return NatInstance(
        resource.address,
        to_address(world, subnet),
        check if isinstance(check, Unknown) else not check,
        public,
        to_addresses(world, interface.get("GroupSet") if interface else resource.get("SecurityGroupIds")),
    )


def _with_defaults(groups: dict[Address, Group], vpcs: dict[Address, Vpc]) -> dict[Address, Group]:
    """Add every VPC's default group: all out, in from itself, plus what stand-alone rules add."""
    for vpc in vpcs:
        address = Address(vpc.stack, f"{vpc.id}.DefaultSecurityGroup")
        added = groups.get(address)
        itself = Rule(address, "-1", (0, 65535), address)
        groups[address] = Group(
            address,
            vpc,
            (itself, *(added.ingress if added else ())),
            added.egress if added else (),
            egress_default=True,
        )
    return groups
