"""Entries of describe calls -> the resources that a template would have declared for them.

Where AWS says something and the snapshot does not hold it, it is Unknown if its absence would block a path, and what
the API calls the default if not. Source: Amazon
EC2 API Reference (data types Vpc, Subnet, RouteTable, Route, NatGateway, VpcEndpoint, VpcPeeringConnection) and the
CloudFormation resource types of the same names. Groups and network ACLs are in existing_rules.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from stackflight.model.value import Unknown, Value
from stackflight.read.snapshot import Entry
from stackflight.records import dataclass


class Piece(NamedTuple):
    """One resource: its id in the account, its type, its properties."""

    id: str
    type: str
    properties: Mapping[str, Value]
    exists: bool | Unknown = True


def told(entry: Entry, name: str, of: str) -> Value:
    """What an entry says of itself; Unknown where it does not."""
    value: Value = entry.get(name)
    return untold(name, of) if value is None else value


def untold(name: str, of: str) -> Unknown:
    """What a snapshot leaves out."""
    return Unknown(f"{name} of {of}, which is not in the snapshot", ("a complete snapshot",))


@dataclass(frozen=True)
class Pieces:
    """The whole snapshot, for what one section says of another."""

    sections: Mapping[str, list[Entry]]

    def attribute(self, vpc: str, name: str) -> Value:
        """A DNS attribute of a VPC; Unknown where it was not asked for."""
        for entry in self.sections.get("Attributes", []):
            if entry.get("VpcId") == vpc and isinstance(entry.get(name), dict):
                return bool(entry[name].get("Value"))
        return Unknown(f"{name} of {vpc} is not in the snapshot", (f"aws ec2 describe-vpc-attribute for {vpc}",))

    def has_own_resolver(self, options: str) -> bool:
        """Whether DHCP options may name another DNS server than Amazon's: True where the snapshot does not hold them."""
        for entry in self.sections.get("DhcpOptions", []):
            if entry.get("DhcpOptionsId") == options and entry.get("DhcpConfigurations") is not None:
                values = [
                    value.get("Value")
                    for setting in entry.get("DhcpConfigurations") or []
                    if setting.get("Key") == "domain-name-servers"
                    for value in setting.get("Values") or []
                ]
                return any(value != "AmazonProvidedDNS" for value in values)
        return options != "default"


def _vpcs(pieces: Pieces, entries: Iterable[Entry]) -> Iterator[Piece]:
    for entry in entries:
        id = entry["VpcId"]
        first = told(entry, "CidrBlock", id)
        yield Piece(
            id,
            "AWS::EC2::VPC",
            {
                "CidrBlock": first,
                "EnableDnsSupport": pieces.attribute(id, "EnableDnsSupport"),
                "EnableDnsHostnames": pieces.attribute(id, "EnableDnsHostnames"),
            },
        )
        for block in _blocks(entry, id):
            if block != first:
                yield Piece(f"{id} {block}", "AWS::EC2::VPCCidrBlock", {"VpcId": id, "CidrBlock": block})
        if pieces.has_own_resolver(str(entry.get("DhcpOptionsId", "default"))):
            yield Piece(f"{id} DHCP options", "AWS::EC2::VPCDHCPOptionsAssociation", {"VpcId": id})


def _blocks(entry: Entry, id: str) -> Iterator[Value]:
    for item in entry.get("CidrBlockAssociationSet") or []:
        if (item.get("CidrBlockState") or {}).get("State", "associated") == "associated":
            yield told(item, "CidrBlock", id)


def _subnets(_: Pieces, entries: Iterable[Entry]) -> Iterator[Piece]:
    for entry in entries:
        id = entry["SubnetId"]
        names = ("VpcId", "AvailabilityZone", "MapPublicIpOnLaunch")
        properties = {name: told(entry, name, id) for name in names}
        properties["CidrBlock"] = None if entry.get("Ipv6Native") is True else told(entry, "CidrBlock", id)
        for item in entry.get("Ipv6CidrBlockAssociationSet") or []:
            if (item.get("Ipv6CidrBlockState") or {}).get("State", "associated") == "associated":
                properties["Ipv6CidrBlock"] = told(item, "Ipv6CidrBlock", id)
        yield Piece(id, "AWS::EC2::Subnet", properties)


_ROUTE_TARGETS = (
    "NatGatewayId", "EgressOnlyInternetGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "InstanceId",
    "NetworkInterfaceId", "LocalGatewayId", "CarrierGatewayId", "CoreNetworkArn",
)  # fmt: skip
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


def _route_tables(_: Pieces, entries: Iterable[Entry]) -> Iterator[Piece]:
    for entry in entries:
        table = entry["RouteTableId"]
        yield Piece(table, "AWS::EC2::RouteTable", {"VpcId": told(entry, "VpcId", table)})
        for number, subnet in enumerate(_associated(entry, table)):
            name = f"{table} {subnet}" if isinstance(subnet, str) else f"{table} association {number + 1}"
            properties: dict[str, Value] = {"SubnetId": subnet, "RouteTableId": table}
            yield Piece(name, "AWS::EC2::SubnetRouteTableAssociation", properties)
        if entry.get("Routes") is None:
            unknown = untold("Routes", table)
            properties = {"RouteTableId": table, "DestinationCidrBlock": unknown, "GatewayId": unknown}
            yield Piece(f"{table} routes", "AWS::EC2::Route", properties)
        for route in entry.get("Routes") or []:
            yield from _route(route, table)


def _associated(entry: Entry, table: str) -> Iterator[Value]:
    """The subnets of a table; the association of a main table or of a gateway names none."""
    if entry.get("Associations") is None:
        yield untold("Associations", table)
    for link in entry.get("Associations") or []:
        if (link.get("AssociationState") or {}).get("State") in {"disassociated", "failed"}:
            continue
        if link.get("Main") is not True and not link.get("GatewayId"):
            yield told(link, "SubnetId", f"an association of {table}")


def _route(route: Entry, table: str) -> Iterator[Piece]:
    """A route; the VPC's own and those of gateway endpoints are known from elsewhere."""
    gateway = str(route.get("GatewayId") or "")
    if gateway == "local" or (gateway.startswith("vpce-") and route.get("DestinationPrefixListId")):
        return
    destination = next(((name, route[name]) for name in _DESTINATIONS if route.get(name)), None)
    to = destination or ("DestinationCidrBlock", untold("the destination", f"a route of {table}"))
    target: tuple[str, Value] | None = ("VpcEndpointId" if gateway.startswith("vpce-") else "GatewayId", gateway)
    if not gateway:
        target = next(((name, route[name]) for name in _ROUTE_TARGETS if route.get(name)), None)
    filtered = Unknown(f"a route of {table} is filtered") if route.get("State") == "filtered" else True
    given: dict[str, Value] = {"RouteTableId": table, to[0]: to[1], **(dict([target]) if target else {})}
    yield Piece(f"{table} {to[1] if destination else 'route'}", "AWS::EC2::Route", given, filtered)


def _internet_gateways(_: Pieces, entries: Iterable[Entry]) -> Iterator[Piece]:
    for entry in entries:
        gateway = entry["InternetGatewayId"]
        yield Piece(gateway, "AWS::EC2::InternetGateway", {})
        links = entry.get("Attachments")
        for link in [{}] if links is None else links:
            if link.get("State") not in {"detaching", "detached"}:
                vpc = told(link, "VpcId", f"the attachment of {gateway}")
                properties: dict[str, Value] = {"InternetGatewayId": gateway, "VpcId": vpc}
                name = f"{gateway} {vpc}" if isinstance(vpc, str) else f"{gateway} attachment"
                yield Piece(name, "AWS::EC2::VPCGatewayAttachment", properties)


def _nat_gateways(_: Pieces, entries: Iterable[Entry]) -> Iterator[Piece]:
    for entry in entries:
        id = entry["NatGatewayId"]
        if str(entry.get("State", "available")) != "available":
            continue  # a route to it, which is made or gone, stays a question
        addresses = entry.get("NatGatewayAddresses") or []
        public = any(item.get("PublicIp") or item.get("AllocationId") for item in addresses) or not addresses
        regional = entry.get("AvailabilityMode") == "regional"
        properties: dict[str, Value] = {
            "SubnetId": None if regional else told(entry, "SubnetId", id),
            "VpcId": told(entry, "VpcId", id),
            "ConnectivityType": entry.get("ConnectivityType", "public")
            if public
            else told(entry, "ConnectivityType", id),
            "AvailabilityMode": "regional" if regional else "zonal",
        }
        yield Piece(id, "AWS::EC2::NatGateway", properties)


def _endpoints(_: Pieces, entries: Iterable[Entry]) -> Iterator[Piece]:
    for entry in entries:
        id = entry["VpcEndpointId"]
        state = str(entry.get("State", "available")).lower()
        names = ["VpcId", "ServiceName"]
        kind = entry.get("VpcEndpointType") or ("Gateway" if entry.get("RouteTableIds") else None)
        names += [] if kind == "Interface" else ["RouteTableIds"]
        names += [] if kind == "Gateway" else ["SubnetIds", "PrivateDnsEnabled"]
        properties = {name: told(entry, name, id) for name in names}
        properties["VpcEndpointType"] = kind or untold("VpcEndpointType", id)
        groups = entry.get("Groups")
        if kind != "Gateway":
            found: Value = [told(group, "GroupId", f"a group of {id}") for group in groups or []]
            properties["SecurityGroupIds"] = untold("Groups", id) if groups is None else found
        properties["PolicyDocument"] = _policy(entry.get("PolicyDocument"), id)
        if state in {"pending", "pendingacceptance", "partial"}:
            yield Piece(id, "AWS::EC2::VPCEndpoint", properties, Unknown(f"{id} is {state}", (f"the state of {id}",)))
        elif state == "available":
            yield Piece(id, "AWS::EC2::VPCEndpoint", properties)


def _policy(policy: Value, id: str) -> Value:
    """The policy, which is a text; an endpoint of a service that takes none has none."""
    if not isinstance(policy, str):
        return policy
    try:
        read: Value = json.loads(policy)
    except ValueError:
        return Unknown(f"the policy of {id} cannot be read")
    return read


def _peerings(_: Pieces, entries: Iterable[Entry]) -> Iterator[Piece]:
    for entry in entries:
        id = entry["VpcPeeringConnectionId"]
        ends: dict[str, Value] = {
            name: told(entry.get(side) or {}, "VpcId", f"one end of {id}")
            for name, side in (("VpcId", "RequesterVpcInfo"), ("PeerVpcId", "AccepterVpcInfo"))
        }
        if (entry.get("Status") or {}).get("Code", "active") == "active":
            yield Piece(id, "AWS::EC2::VPCPeeringConnection", ends)


SHAPES: Mapping[str, Callable[[Pieces, Iterable[Entry]], Iterator[Piece]]] = {
    "Vpcs": _vpcs,
    "Subnets": _subnets,
    "RouteTables": _route_tables,
    "InternetGateways": _internet_gateways,
    "NatGateways": _nat_gateways,
    "VpcEndpoints": _endpoints,
    "VpcPeeringConnections": _peerings,
}
