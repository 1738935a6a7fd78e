"""The words of a remedy -> the change of a template that they ask for, so that a test can check it again."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

from building import BUILDING, Body, NotApplied


def plans_of(remedy: str) -> list[list[str]]:
    """Every plan that a remedy offers: its steps together, one of them done another way, or an alternative to them all."""
    parts = remedy.split("; ")
    steps = [part.split(", or ") for part in parts if not part.startswith("or ")]
    first = [ways[0] for ways in steps]
    plans = [first]
    for index, ways in enumerate(steps):
        plans += [[*first[:index], way, *first[index + 1 :]] for way in ways[1:]]
    return [*plans, *([part.removeprefix("or ")] for part in parts if part.startswith("or "))]


def apply(body: Body, steps: list[str]) -> Body:
    """A copy of a template with every step carried out. Raises NotApplied."""
    changed = copy.deepcopy(body)
    for step in steps:
        for pattern, change in _CHANGES:
            match = re.fullmatch(pattern, step)
            if match:
                change(changed["Resources"], *match.groups())
                break
        else:
            raise NotApplied(step)
    return changed


def _ports(text: str) -> dict[str, int]:
    low, _, high = text.partition("-")
    return {"FromPort": int(low), "ToPort": int(high or low)}


def _properties(resources: Body, name: str) -> Body:
    if name not in resources:
        raise NotApplied(name)
    found: Body = resources[name].setdefault("Properties", {})
    return found


def _group_rule(resources: Body, way: str, protocol: str, ports: str, peer: str, groups: str) -> None:
    peer = "" if peer.startswith("the managed prefix list") else peer
    side, key = ("Source", "SecurityGroupIngress") if way == "inbound" else ("Destination", "SecurityGroupEgress")
    named = [part for part in re.split(r", | and ", peer) if part in resources]
    peers: list[Body] = [{f"{side}SecurityGroupId": {"Fn::GetAtt": [part, "GroupId"]}} for part in named]
    if not peers:
        peers = [{"CidrIp": peer if "/" in peer else "0.0.0.0/0"}]
    for group in groups.split(" and ")[:1]:
        for index, given in enumerate(peers):
            owner, _, default = group.partition(".")
            _properties(resources, owner)
            named = {"Fn::GetAtt": [owner, default or "GroupId"]}
            rule = {"GroupId": named, "IpProtocol": protocol, **_ports(ports), **given}
            resources[f"Fix{way}{owner}{index}{ports.replace('-', '')}"] = {
                "Type": f"AWS::EC2::{key}",
                "Properties": rule,
            }


def _entry(resources: Body, acl: str, way: str, protocol: str, ports: str, peers: str, before: str | None) -> None:
    _properties(resources, acl)
    taken = [
        int(item["Properties"]["RuleNumber"])
        for item in resources.values()
        if item["Type"] == "AWS::EC2::NetworkAclEntry" and item["Properties"].get("NetworkAclId") == {"Ref": acl}
    ]
    for peer in peers.split(" and "):
        free = range(int(before) - 1, 0, -1) if before else range(900, 32000)
        number = next(item for item in free if item not in taken)
        taken.append(number)
        low, _, high = ports.partition("-")
        resources[f"Fix{acl}{number}"] = {
            "Type": "AWS::EC2::NetworkAclEntry",
            "Properties": {
                "NetworkAclId": {"Ref": acl}, "RuleNumber": number, "Protocol": 6 if protocol == "tcp" else 17,
                "RuleAction": "allow", "Egress": way == "outbound", "CidrBlock": peer,
                "PortRange": {"From": int(low), "To": int(high or low)},
            },
        }  # fmt: skip


def _set(resources: Body, key: str, value: str, name: str) -> None:
    _properties(resources, name)[key] = {"true": True, "false": False}.get(value, value)


def _served(resources: Body, table: str, endpoint: str) -> None:
    _properties(resources, table)
    _properties(resources, endpoint).setdefault("RouteTableIds", []).append({"Ref": table})


def _attach(resources: Body, gateway: str, vpc: str) -> None:
    resources["FixAttachment"] = {
        "Type": "AWS::EC2::VPCGatewayAttachment", "Properties": {"VpcId": {"Ref": vpc}, "InternetGatewayId": {"Ref": gateway}},
    }  # fmt: skip


def _allow(resources: Body, action: str, resource: str | None, endpoint: str) -> None:
    statements = _properties(resources, endpoint)["PolicyDocument"]["Statement"]
    whom: Any = {"Ref": resource} if resource in resources else resource or "*"
    statements[:] = [item for item in statements if item["Effect"] == "Allow"]
    statements.append({"Effect": "Allow", "Principal": "*", "Action": action, "Resource": whom})


def _only(resources: Body, kind: str) -> str:
    found = [name for name, item in resources.items() if item["Type"] == kind]
    if len(found) != 1:
        raise NotApplied(kind)
    return found[0]


def _endpoints(resources: Body, interface: str | None, gateway: str | None, _: str | None) -> None:
    vpc = _only(resources, "AWS::EC2::VPC")
    subnet = next(name for name, item in resources.items() if item["Type"] == "AWS::EC2::Subnet")
    _properties(resources, vpc).update(EnableDnsSupport=True, EnableDnsHostnames=True)
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}
    resources["FixDoor"] = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "d", "VpcId": {"Ref": vpc}, "SecurityGroupIngress": [rule]}}  # fmt: skip
    for index, service in enumerate(re.split(r", | and ", interface or "")):
        if service:
            given: Body = {"VpcId": {"Ref": vpc}, "VpcEndpointType": "Interface", "PrivateDnsEnabled": True, "SubnetIds": [{"Ref": subnet}]}  # fmt: skip
            given |= {"SecurityGroupIds": [{"Fn::GetAtt": ["FixDoor", "GroupId"]}], "ServiceName": {"Fn::Sub": f"com.amazonaws.${{AWS::Region}}.{service}"}}  # fmt: skip
            resources[f"FixEndpoint{index}"] = {"Type": "AWS::EC2::VPCEndpoint", "Properties": given}
    tables = [{"Ref": name} for name, item in resources.items() if item["Type"] == "AWS::EC2::RouteTable"]
    for index, service in enumerate(re.split(r", | and ", gateway or "")):
        if service:
            given = {"VpcId": {"Ref": vpc}, "RouteTableIds": tables, "ServiceName": {"Fn::Sub": f"com.amazonaws.${{AWS::Region}}.{service}"}}  # fmt: skip
            resources[f"FixGateway{index}"] = {"Type": "AWS::EC2::VPCEndpoint", "Properties": given}


def _nat(resources: Body, block: str, table: str) -> None:
    """A route to a NAT gateway: the one that is there, else a new one in a public subnet of its own."""
    key = "DestinationIpv6CidrBlock" if ":" in block else "DestinationCidrBlock"
    vpc = _properties(resources, table)["VpcId"]
    if not any(item["Type"] == "AWS::EC2::NatGateway" for item in resources.values()):
        if vpc.get("Ref") not in resources:
            raise NotApplied(table)
        made: dict[str, tuple[str, Body]] = {
            "FixGate": ("InternetGateway", {}),
            "FixGateLink": ("VPCGatewayAttachment", {"VpcId": vpc, "InternetGatewayId": {"Ref": "FixGate"}}),
            "FixPlace": ("Subnet", {"VpcId": vpc, "CidrBlock": "10.0.250.0/24"}),
            "FixTable": ("RouteTable", {"VpcId": vpc}),
            "FixOut": ("Route", {"RouteTableId": {"Ref": "FixTable"}, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": {"Ref": "FixGate"}}),
            "FixLink": ("SubnetRouteTableAssociation", {"SubnetId": {"Ref": "FixPlace"}, "RouteTableId": {"Ref": "FixTable"}}),
            "FixNat": ("NatGateway", {"SubnetId": {"Ref": "FixPlace"}, "AllocationId": "eipalloc-1"}),
        }  # fmt: skip
        for name, (kind, given) in made.items():
            resources[name] = {"Type": f"AWS::EC2::{kind}", "Properties": given}
    nat = _only(resources, "AWS::EC2::NatGateway")
    resources[f"Fix{table}Out"] = {"Type": "AWS::EC2::Route", "Properties": {"RouteTableId": {"Ref": table}, key: block, "NatGatewayId": {"Ref": nat}}}  # fmt: skip


def _route(resources: Body, block: str, over: str, table: str) -> None:
    target = "VpcPeeringConnectionId" if resources[over]["Type"].endswith("PeeringConnection") else "TransitGatewayId"
    resources[f"Fix{table}Way"] = {"Type": "AWS::EC2::Route", "Properties": {"RouteTableId": {"Ref": table}, "DestinationCidrBlock": block, target: {"Ref": over}}}  # fmt: skip


def _public(resources: Body, service: str) -> None:
    network = _properties(resources, service)["NetworkConfiguration"]["AwsvpcConfiguration"]
    network["AssignPublicIp"] = "ENABLED"


def _associate(resources: Body, zone: str, vpc: str) -> None:
    _properties(resources, zone)["VPCs"].append({"VPCId": {"Ref": vpc}, "VPCRegion": {"Ref": "AWS::Region"}})


_CHANGES: tuple[tuple[str, Callable[..., None]], ...] = (
    (r"allow (inbound|outbound) (tcp|udp) (\d+(?:-\d+)?) (?:to|from) (.+) in (\S.*)", _group_rule),
    (r"let (\w+) allow (inbound|outbound) (tcp|udp) (\d+(?:-\d+)?) (?:to|from) (.+?)(?: with a rule number below (\d+))?", _entry),
    (r"set (\w+) to (true|false) on (\w+)", _set),
    (r"add (\w+) to the RouteTableIds of (\w+)", _served),
    (r"add an AWS::EC2::VPCGatewayAttachment of (\w+) to (\w+)", _attach),
    (r"allow (\S+:\S+)(?: on (\S+))? in the PolicyDocument of (\w+)", _allow),
    (r"add (?:interface endpoints with private DNS for (.+?))?(?: and )?(?:a gateway endpoint for (.+) on (.+))?", _endpoints),
    (r"add a route (\S+) to a NAT gateway in (\w+)", _nat),
    (r"add a route to (\S+) over (\w+) to (\w+)", _route),
    (r"associate (\w+) with (\w+)", _associate),
    (r"set AssignPublicIp to ENABLED on (\w+)", _public),
    *BUILDING,
)  # fmt: skip
