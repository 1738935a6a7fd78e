"""Entries of describe calls -> the resources that a template would have declared for them.

Source: Amazon EC2 API Reference (data types Vpc, Subnet, RouteTable, Route, NatGateway, VpcEndpoint, SecurityGroup,
IpPermission, NetworkAcl, VpcPeeringConnection) and the CloudFormation resource types of the same names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from stackflight.model.value import Unknown, Value

Entry: TypeAlias = dict[str, Any]


class Piece(NamedTuple):
    """One resource: its id in the account, its type, its properties."""

    id: str
    type: str
    properties: Mapping[str, Value]


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
        """Whether DHCP options name another DNS server than Amazon's; True where the snapshot does not hold them."""
        for entry in self.sections.get("DhcpOptions", []):
            if entry.get("DhcpOptionsId") == options:
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
        blocks = [
            item["CidrBlock"]
            for item in entry.get("CidrBlockAssociationSet") or []
            if (item.get("CidrBlockState") or {}).get("State", "associated") == "associated"
        ]
        yield Piece(
            id,
            "AWS::EC2::VPC",
            {
                "CidrBlock": entry["CidrBlock"],
                "EnableDnsSupport": pieces.attribute(id, "EnableDnsSupport"),
                "EnableDnsHostnames": pieces.attribute(id, "EnableDnsHostnames"),
            },
        )
        for block in blocks:
            if block != entry["CidrBlock"]:
                yield Piece(f"{id} {block}", "AWS::EC2::VPCCidrBlock", {"VpcId": id, "CidrBlock": block})
        if pieces.has_own_resolver(str(entry.get("DhcpOptionsId", "default"))):
            yield Piece(f"{id} DHCP options", "AWS::EC2::VPCDHCPOptionsAssociation", {"VpcId": id})


def _subnets(_: Pieces, entries: Iterable[Entry]) -> Iterator[Piece]:
    for entry in entries:
        properties: dict[str, Value] = {
            "VpcId": entry["VpcId"],
            "CidrBlock": entry.get("CidrBlock"),
            "AvailabilityZone": entry["AvailabilityZone"],
            "MapPublicIpOnLaunch": bool(entry.get("MapPublicIpOnLaunch")),
        }
        if entry.get("Ipv6CidrBlockAssociationSet"):
            properties["Ipv6CidrBlock"] = entry["Ipv6CidrBlockAssociationSet"][0].get("Ipv6CidrBlock")
        yield Piece(entry["SubnetId"], "AWS::EC2::Subnet", properties)


_ROUTE_TARGETS = (
    "NatGatewayId", "EgressOnlyInternetGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "InstanceId",
    "NetworkInterfaceId", "LocalGatewayId", "CarrierGatewayId", "CoreNetworkArn",
)  # fmt: skip


def _route_tables(_: Pieces, entries: Iterable[Entry]) -> Iterator[Piece]:
    for entry in entries:
        table = entry["RouteTableId"]
        yield Piece(table, "AWS::EC2::RouteTable", {"VpcId": entry["VpcId"]})
        for link in entry.get("Associations") or []:
            if link.get("SubnetId"):
                properties = {"SubnetId": link["SubnetId"], "RouteTableId": table}
                yield Piece(f"{table} {link['SubnetId']}", "AWS::EC2::SubnetRouteTableAssociation", properties)
        for route in entry.get("Routes") or []:
            target = _route_target(route)
            to = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock")
            if target and (to or route.get("DestinationPrefixListId")):
                names = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
                given = {name: route[name] for name in names if route.get(name)}
                to = to or route["DestinationPrefixListId"]
                yield Piece(f"{table} {to}", "AWS::EC2::Route", {"RouteTableId": table, **given, **target})


def _route_target(route: Entry) -> dict[str, Value]:
    """The property that names a route's target; empty for the local route and for routes of gateway endpoints."""
    gateway = str(route.get("GatewayId") or "")
    if gateway.startswith("vpce-"):
        return {} if route.get("DestinationPrefixListId") else {"VpcEndpointId": gateway}
    if gateway:
        return {} if gateway == "local" else {"GatewayId": gateway}
    return next(({name: route[name]} for name in _ROUTE_TARGETS if route.get(name)), {})


def _internet_gateways(_: Pieces, entries: Iterable[Entry]) -> Iterator[Piece]:
    for entry in entries:
        gateway = entry["InternetGatewayId"]
        yield Piece(gateway, "AWS::EC2::InternetGateway", {})
        for link in entry.get("Attachments") or []:
            properties = {"InternetGatewayId": gateway, "VpcId": link["VpcId"]}
            yield Piece(f"{gateway} {link['VpcId']}", "AWS::EC2::VPCGatewayAttachment", properties)


def _nat_gateways(_: Pieces, entries: Iterable[Entry]) -> Iterator[Piece]:
    for entry in entries:
        if entry.get("State", "available") != "available":
            continue
        addresses = [item.get("AllocationId") for item in entry.get("NatGatewayAddresses") or []]
        yield Piece(
            entry["NatGatewayId"],
            "AWS::EC2::NatGateway",
            {
                "SubnetId": entry.get("SubnetId"),
                "VpcId": entry["VpcId"],
                "ConnectivityType": entry.get("ConnectivityType", "public"),
                "AvailabilityMode": entry.get("AvailabilityMode", "zonal"),
                "AllocationId": next((address for address in addresses if address), None),
            },
        )


def _endpoints(_: Pieces, entries: Iterable[Entry]) -> Iterator[Piece]:
    for entry in entries:
        if str(entry.get("State", "available")).lower() != "available":
            continue
        policy = entry.get("PolicyDocument")
        yield Piece(
            entry["VpcEndpointId"],
            "AWS::EC2::VPCEndpoint",
            {
                "VpcId": entry["VpcId"],
                "ServiceName": entry["ServiceName"],
                "VpcEndpointType": entry.get("VpcEndpointType", "Gateway"),
                "PrivateDnsEnabled": bool(entry.get("PrivateDnsEnabled")),
                "SubnetIds": list(entry.get("SubnetIds") or []),
                "RouteTableIds": list(entry.get("RouteTableIds") or []),
                "SecurityGroupIds": [group["GroupId"] for group in entry.get("Groups") or []],
                "PolicyDocument": json.loads(policy) if isinstance(policy, str) else policy,
            },
        )


# A group without outbound rules lets nothing out, but a template without them means "everything".
_NOTHING: Value = [{"IpProtocol": "icmp", "FromPort": 252, "ToPort": 86, "CidrIp": "255.255.255.255/32"}]


def _security_groups(_: Pieces, entries: Iterable[Entry]) -> Iterator[Piece]:
    for entry in entries:
        ingress = [rule for item in entry.get("IpPermissions") or [] for rule in _rules(item, "Source")]
        egress = [rule for item in entry.get("IpPermissionsEgress") or [] for rule in _rules(item, "Destination")]
        properties: dict[str, Value] = {"SecurityGroupIngress": ingress, "SecurityGroupEgress": egress or _NOTHING}
        yield Piece(entry["GroupId"], "AWS::EC2::SecurityGroup", {**properties, "VpcId": entry.get("VpcId")})


def _rules(permission: Entry, side: str) -> Iterator[Value]:
    head: dict[str, Value] = {"IpProtocol": permission["IpProtocol"]}
    head |= {name: permission[name] for name in ("FromPort", "ToPort") if permission.get(name) is not None}
    for item in permission.get("IpRanges") or []:
        yield {**head, "CidrIp": item["CidrIp"]}
    for item in permission.get("Ipv6Ranges") or []:
        yield {**head, "CidrIpv6": item["CidrIpv6"]}
    for item in permission.get("PrefixListIds") or []:
        yield {**head, f"{side}PrefixListId": item["PrefixListId"]}
    for item in permission.get("UserIdGroupPairs") or []:
        yield {**head, f"{side}SecurityGroupId": item["GroupId"]}


def _network_acls(_: Pieces, entries: Iterable[Entry]) -> Iterator[Piece]:
    for entry in entries:
        acl = entry["NetworkAclId"]
        yield Piece(acl, "AWS::EC2::NetworkAcl", {"VpcId": entry["VpcId"]})
        for link in entry.get("Associations") or []:
            properties = {"SubnetId": link["SubnetId"], "NetworkAclId": acl}
            yield Piece(f"{acl} {link['SubnetId']}", "AWS::EC2::SubnetNetworkAclAssociation", properties)
        for rule in entry.get("Entries") or []:
            names = ("RuleNumber", "Protocol", "RuleAction", "CidrBlock", "Ipv6CidrBlock", "PortRange")
            given = {name: rule[name] for name in names if rule.get(name) is not None}
            side = "egress" if rule["Egress"] else "ingress"
            family = " IPv6" if rule.get("Ipv6CidrBlock") else ""
            name = f"{acl} {side} {rule['RuleNumber']}{family}"
            yield Piece(name, "AWS::EC2::NetworkAclEntry", {"NetworkAclId": acl, "Egress": rule["Egress"], **given})


def _peerings(_: Pieces, entries: Iterable[Entry]) -> Iterator[Piece]:
    for entry in entries:
        if (entry.get("Status") or {}).get("Code", "active") == "active":
            ends = {"VpcId": entry["RequesterVpcInfo"]["VpcId"], "PeerVpcId": entry["AccepterVpcInfo"]["VpcId"]}
            yield Piece(entry["VpcPeeringConnectionId"], "AWS::EC2::VPCPeeringConnection", ends)


SHAPES: Mapping[str, Callable[[Pieces, Iterable[Entry]], Iterator[Piece]]] = {
    "Vpcs": _vpcs,
    "Subnets": _subnets,
    "RouteTables": _route_tables,
    "InternetGateways": _internet_gateways,
    "NatGateways": _nat_gateways,
    "VpcEndpoints": _endpoints,
    "SecurityGroups": _security_groups,
    "NetworkAcls": _network_acls,
    "VpcPeeringConnections": _peerings,
}
