"""Steps of a remedy that build something: subnets, connections, mount targets, associations."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

Body = dict[str, Any]


class NotApplied(Exception):
    """A step that leaves the choice to a person: what to name, which code to change."""


def properties_of(resources: Body, name: str) -> Body:
    if name not in resources:
        raise NotApplied(name)
    found: Body = resources[name].setdefault("Properties", {})
    return found


def _add(resources: Body, name: str, kind: str, **given: Any) -> None:
    resources[name] = {"Type": f"AWS::{kind}", "Properties": given}


def _vpc_of_subnet(resources: Body, subnet: str) -> Any:
    return properties_of(resources, subnet)["VpcId"]


def _first_subnet(value: Any, resources: Body) -> str:
    names = re.findall(r'"Ref": "(\w+)"', json.dumps(value))
    found = [name for name in names if name in resources and resources[name]["Type"] == "AWS::EC2::Subnet"]
    if not found:
        raise NotApplied("its subnets")
    return found[0]


def _natted(resources: Body, names: str) -> None:
    """New subnets behind a NAT gateway for workloads that have to move."""
    for told in re.split(r", | and ", names):
        name = told.removeprefix("the function of ")
        properties = properties_of(resources, name)
        if "ServiceToken" in properties:
            name = properties["ServiceToken"]["Fn::GetAtt"][0]
            properties = properties_of(resources, name)
        old = _first_subnet(properties, resources)
        vpc = _vpc_of_subnet(resources, old)
        homes = [_make_private(resources, vpc, f"{name}{index}", index) for index in (0, 1)]
        _swap(properties, resources, homes)


def _make_private(resources: Body, vpc: Any, name: str, index: int) -> str:
    _door(resources, vpc)
    made = f"Fix{name}Subnet"
    octet = 200 + len([item for item in resources if item.startswith("Fix")])
    _add(resources, made, "EC2::Subnet", VpcId=vpc, CidrBlock=f"10.0.{octet}.0/24", AvailabilityZone={"Fn::Select": [index, {"Fn::GetAZs": ""}]})  # fmt: skip
    _add(resources, f"{made}Link", "EC2::SubnetRouteTableAssociation", SubnetId={"Ref": made}, RouteTableId={"Ref": "FixPrivate"})  # fmt: skip
    return made


def _door(resources: Body, vpc: Any) -> None:
    """A public subnet with a NAT gateway, and the table of those behind it; once for a template."""
    if "FixNatGate" in resources:
        return
    gates = [item["Properties"] for item in resources.values() if item["Type"] == "AWS::EC2::VPCGatewayAttachment"]
    mine = next((item["InternetGatewayId"] for item in gates if item.get("VpcId") == vpc and "InternetGatewayId" in item), None)  # fmt: skip
    if mine is None:
        _add(resources, "FixIgw", "EC2::InternetGateway")
        _add(resources, "FixIgwLink", "EC2::VPCGatewayAttachment", VpcId=vpc, InternetGatewayId={"Ref": "FixIgw"})
        mine = {"Ref": "FixIgw"}
    _add(resources, "FixHome", "EC2::Subnet", VpcId=vpc, CidrBlock="10.0.254.0/24")
    _add(resources, "FixPublic", "EC2::RouteTable", VpcId=vpc)
    _add(resources, "FixHomeLink", "EC2::SubnetRouteTableAssociation", SubnetId={"Ref": "FixHome"}, RouteTableId={"Ref": "FixPublic"})  # fmt: skip
    _add(resources, "FixHomeOut", "EC2::Route", RouteTableId={"Ref": "FixPublic"}, DestinationCidrBlock="0.0.0.0/0", GatewayId=mine)  # fmt: skip
    _add(resources, "FixNatGate", "EC2::NatGateway", SubnetId={"Ref": "FixHome"}, AllocationId="eipalloc-1")
    _add(resources, "FixPrivate", "EC2::RouteTable", VpcId=vpc)
    _add(resources, "FixPrivateOut", "EC2::Route", RouteTableId={"Ref": "FixPrivate"}, DestinationCidrBlock="0.0.0.0/0", NatGatewayId={"Ref": "FixNatGate"})  # fmt: skip


def _swap(value: Any, resources: Body, homes: list[str]) -> None:
    """Put other subnets in the place of those that a workload names."""
    for key, item in list(value.items()) if isinstance(value, dict) else []:
        if isinstance(item, list) and item and all(_is_subnet(part, resources) for part in item):
            value[key] = [{"Ref": name} for name in homes]
        elif _is_subnet(item, resources):
            value[key] = {"Ref": homes[0]}
        else:
            _swap(item, resources, homes)
    for item in value if isinstance(value, list) else []:
        _swap(item, resources, homes)


def _is_subnet(value: Any, resources: Body) -> bool:
    name = value.get("Ref") if isinstance(value, dict) else None
    return name in resources and resources[name]["Type"] == "AWS::EC2::Subnet"


def _nat_moves(resources: Body, nat: str) -> None:
    old = _first_subnet(properties_of(resources, nat), resources)
    _door(resources, _vpc_of_subnet(resources, old))
    properties_of(resources, nat)["SubnetId"] = {"Ref": "FixHome"}


def _mount(resources: Body, files: str, subnet: str) -> None:
    others = [item["Properties"] for item in resources.values() if item["Type"] == "AWS::EFS::MountTarget"]
    given = next((item.get("SecurityGroups") for item in others if item.get("FileSystemId") == {"Ref": files}), None)
    more = {"SecurityGroups": given} if given else {}
    _add(resources, f"Fix{files}{subnet}", "EFS::MountTarget", FileSystemId={"Ref": files}, SubnetId={"Ref": subnet}, **more)  # fmt: skip


def _zone(resources: Body, subnet: str, balancer: str) -> None:
    """A subnet in the zone of another, added to a load balancer."""
    like = properties_of(resources, subnet)
    _add(resources, "FixZone", "EC2::Subnet", VpcId=like["VpcId"], CidrBlock="10.0.253.0/24", AvailabilityZone=like["AvailabilityZone"])  # fmt: skip
    properties_of(resources, balancer)["Subnets"].append({"Ref": "FixZone"})


def _off(resources: Body, key: str, name: str) -> None:
    properties_of(resources, name)[key] = "off"


def _connector(resources: Body, service: str, target: str) -> None:
    """A connector in the subnets and with a group that the target's group lets in."""
    groups = properties_of(resources, target).get("VPCSecurityGroups") or properties_of(resources, target).get("VpcSecurityGroupIds")  # fmt: skip
    inside = groups[0]["Fn::GetAtt"][0]
    home = next(name for name, item in resources.items() if item["Type"] == "AWS::EC2::Subnet" and name.startswith("Private"))  # fmt: skip
    _add(resources, "FixWay", "EC2::SecurityGroup", GroupDescription="w", VpcId=_vpc_of_subnet(resources, home))
    _add(resources, "FixWayIn", "EC2::SecurityGroupIngress", GroupId={"Fn::GetAtt": [inside, "GroupId"]}, IpProtocol="tcp", FromPort=0, ToPort=65535, SourceSecurityGroupId={"Fn::GetAtt": ["FixWay", "GroupId"]})  # fmt: skip
    _add(resources, "FixConnector", "AppRunner::VpcConnector", Subnets=[{"Ref": home}], SecurityGroups=[{"Fn::GetAtt": ["FixWay", "GroupId"]}])  # fmt: skip
    way = {"EgressType": "VPC", "VpcConnectorArn": {"Fn::GetAtt": ["FixConnector", "VpcConnectorArn"]}}
    properties_of(resources, service)["NetworkConfiguration"] = {"EgressConfiguration": way}


def _lattice(resources: Body, vpc: str, network: str) -> None:
    _add(resources, "FixDoor", "VpcLattice::ServiceNetworkVpcAssociation", VpcIdentifier={"Ref": vpc}, ServiceNetworkIdentifier={"Ref": network})  # fmt: skip


def _member(resources: Body, service: str) -> None:
    network = next(
        (name for name, item in resources.items() if item["Type"] == "AWS::VpcLattice::ServiceNetwork"), None
    )
    if network is None:
        raise NotApplied(service)
    _add(resources, "FixMember", "VpcLattice::ServiceNetworkServiceAssociation", ServiceIdentifier={"Ref": service}, ServiceNetworkIdentifier={"Ref": network})  # fmt: skip


def _peer(resources: Body, one: str, other: str, user: str) -> None:
    _add(resources, "FixPeering", "EC2::VPCPeeringConnection", VpcId={"Ref": one}, PeerVpcId={"Ref": other})
    resources[user]["DependsOn"] = "FixPeering"


def _peer_and_route(resources: Body, one: str, other: str, block: str) -> None:
    _add(resources, "FixPeering", "EC2::VPCPeeringConnection", VpcId={"Ref": one}, PeerVpcId={"Ref": other})
    for name, item in list(resources.items()):
        if item["Type"] == "AWS::EC2::RouteTable" and item["Properties"].get("VpcId") == {"Ref": one}:
            _add(resources, f"Fix{name}Peer", "EC2::Route", RouteTableId={"Ref": name}, DestinationCidrBlock=block, VpcPeeringConnectionId={"Ref": "FixPeering"})  # fmt: skip


def _names(resources: Body, options: str) -> None:
    properties_of(resources, options)["DomainNameServers"] = ["AmazonProvidedDNS"]


def _six(resources: Body, block: str, table: str) -> None:
    vpc = properties_of(resources, table)["VpcId"]
    _add(resources, "FixSix", "EC2::EgressOnlyInternetGateway", VpcId=vpc)
    _add(resources, "FixSixOut", "EC2::Route", RouteTableId={"Ref": table}, DestinationIpv6CidrBlock=block, EgressOnlyInternetGatewayId={"Ref": "FixSix"})  # fmt: skip


def _space(resources: Body, vpc: str) -> None:
    spaces = [name for name, item in resources.items() if item["Type"] == "AWS::ServiceDiscovery::PrivateDnsNamespace"]
    properties_of(resources, spaces[0])["Vpc"] = {"Ref": vpc}


def _at_launch(resources: Body, machine: str) -> None:
    given = properties_of(resources, machine)
    if "NetworkInterfaces" in given:
        given["NetworkInterfaces"][0]["AssociatePublicIpAddress"] = True
        return
    groups = given.pop("SecurityGroupIds", [])
    given["NetworkInterfaces"] = [{"DeviceIndex": "0", "AssociatePublicIpAddress": True, "SubnetId": given.pop("SubnetId"), "GroupSet": groups}]  # fmt: skip


def _allowed_six(resources: Body) -> None:
    for item in resources.values():
        if item["Type"] == "AWS::Lambda::Function" and "VpcConfig" in item["Properties"]:
            item["Properties"]["VpcConfig"]["Ipv6AllowedForDualStack"] = True


BUILDING: tuple[tuple[str, Callable[..., None]], ...] = (
    (r"place (.+) in subnets that route to a NAT gateway", _natted),
    (r"put (\w+) into a public subnet, one whose default route leads to an internet gateway", _nat_moves),
    (r"add an AWS::EFS::MountTarget for (\w+) in the zone of (\w+)", _mount),
    (r"add a subnet in the zone of (\w+) to (\w+)", _zone),
    (r"set (\w+) to off on (\w+)", _off),
    (r"give (\w+) an AWS::AppRunner::VpcConnector in that VPC with a group that (\w+) lets in", _connector),
    (r"add an AWS::VpcLattice::ServiceNetworkVpcAssociation of (\w+) with (\w+)", _lattice),
    (r"associate (\w+) with a service network", _member),
    (r"peer (\w+) with (\w+) and let (\w+) depend on the connection", _peer),
    (r"peer (\w+) with (\w+), and route (\S+) over the connection", _peer_and_route),
    (r"name AmazonProvidedDNS in (\w+)", _names),
    (r"add a route (\S+) to an egress-only internet gateway in (\w+)", _six),
    (r"make the namespace in (\w+)", _space),
    (r"give (\w+) a public address at launch \(AssociatePublicIpAddress: true\)(?:, beside the Elastic IP)?", _at_launch),
    (r"set Ipv6AllowedForDualStack in (?:its VpcConfig|the VpcConfig of its function)", _allowed_six),
)  # fmt: skip
