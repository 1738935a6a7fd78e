"""A seed -> a network of up to four VPCs, twelve subnets and all that joins, filters and leads out of them.

The template is random, and every value in it is known; `used` counts the constructs that it holds.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from random_parts import LINK_LOCAL, add_lattice, add_six
from random_walls import add_wall

CODE = (
    "import boto3\ndef handler(event, context):\n"
    "    boto3.client('secretsmanager').list_secrets()\n    boto3.client('s3').list_buckets()\n    boto3.client('dynamodb').list_tables()\n"
)
PEERS = ("10.0.0.0/16", "10.1.0.0/16", "10.0.0.0/24", "10.0.1.0/24", "10.2.0.0/15", "0.0.0.0/0", "10.0.0.128/25")
PORT = 5432


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def att(name: str, attribute: str = "GroupId") -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


@dataclass
class Builder:
    """One random template in the making."""

    random: random.Random
    resources: dict[str, Any] = field(default_factory=dict)
    used: Counter[str] = field(default_factory=Counter)
    vpcs: list[str] = field(default_factory=list)
    subnets: dict[str, list[str]] = field(default_factory=dict)
    tables: dict[str, list[str]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    peers: list[tuple[str, str, str]] = field(default_factory=list)
    hub: list[str] = field(default_factory=list)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def add(self, name: str, kind: str, **properties: Any) -> str:
        self.resources[name] = {"Type": f"AWS::{kind}", "Properties": properties}
        self.used[kind] += 1
        return name

    # VPCs ------------------------------------------------------------------------------------------------------------

    def network(self, index: int) -> None:
        vpc = self.add(f"V{index}", "EC2::VPC", CidrBlock=f"10.{index}.0.0/16", EnableDnsSupport=not self.chance(0.03), EnableDnsHostnames=not self.chance(0.08))  # fmt: skip
        self.vpcs.append(vpc)
        self.tables[vpc] = [self.add(f"{vpc}T{item}", "EC2::RouteTable", VpcId=ref(vpc)) for item in range(self.random.choice((1, 2, 2)))]  # fmt: skip
        self.subnets[vpc] = []
        for item in range(self.random.choice((1, 2, 3))):
            zone = {"Fn::Select": [item % 2, {"Fn::GetAZs": ""}]}
            name = self.add(f"{vpc}S{item}", "EC2::Subnet", VpcId=ref(vpc), CidrBlock=f"10.{index}.{item}.0/24", AvailabilityZone=zone)  # fmt: skip
            self.subnets[vpc].append(name)
            if not self.chance(0.08):
                self.add(f"{name}L", "EC2::SubnetRouteTableAssociation", SubnetId=ref(name), RouteTableId=ref(self.random.choice(self.tables[vpc])))  # fmt: skip
        self.group_rules(vpc)
        if self.chance(0.35):
            self.acl(vpc)
        if self.chance(0.8):
            self.add(f"{vpc}I", "EC2::InternetGateway")
            if not self.chance(0.08):
                self.add(f"{vpc}IA", "EC2::VPCGatewayAttachment", VpcId=ref(vpc), InternetGatewayId=ref(f"{vpc}I"))

    def group_rules(self, vpc: str) -> None:
        self.groups[vpc] = [f"{vpc}G{item}" for item in range(self.random.choice((1, 2, 2)))]
        for name in self.groups[vpc]:
            given: dict[str, Any] = {"GroupDescription": "g", "VpcId": ref(vpc)}
            if self.chance(0.9):
                given["SecurityGroupIngress"] = [self.rule("Source") for _ in range(self.random.choice((1, 2, 3)))]
            if self.chance(0.4):
                given["SecurityGroupEgress"] = [self.rule("Destination") for _ in range(self.random.choice((1, 2, 3)))]
            self.add(name, "EC2::SecurityGroup", **given)

    def rule(self, side: str) -> dict[str, Any]:
        low, high = self.random.choice(((443, 443), (PORT, PORT), (0, 65535), (400, 6000), (1024, 65535)))
        rule: dict[str, Any] = {"IpProtocol": self.random.choice(("tcp", "tcp", "tcp", "udp", "-1")), "FromPort": low, "ToPort": high}  # fmt: skip
        every = [group for groups in self.groups.values() for group in groups]
        if side == "Source" and every and self.chance(0.4):
            self.used["rule that names a group"] += 1
            return {**rule, "SourceSecurityGroupId": att(self.random.choice(every))}
        return {**rule, "CidrIp": self.random.choice((*PEERS, "0.0.0.0/0", "10.0.0.0/8", LINK_LOCAL))}

    def acl(self, vpc: str) -> None:
        acl = self.add(f"{vpc}A", "EC2::NetworkAcl", VpcId=ref(vpc))
        for egress in (True, False):
            numbers = self.random.sample(range(10, 300, 10), self.random.choice((1, 2, 2, 3, 4)))
            for number in numbers:
                ports = self.random.choice(((443, 443), (PORT, PORT), (1024, 65535), (0, 65535), (32768, 65535)))
                given: dict[str, Any] = {"Protocol": self.random.choice((6, 6, -1)), "Egress": egress, "RuleNumber": number}  # fmt: skip
                given |= {"RuleAction": self.random.choice(("allow", "allow", "allow", "deny")), "CidrBlock": self.random.choice((*PEERS, "0.0.0.0/0", "0.0.0.0/0"))}  # fmt: skip
                if given["Protocol"] == 6:
                    given["PortRange"] = {"From": ports[0], "To": ports[1]}
                self.add(f"{acl}E{int(egress)}{number}", "EC2::NetworkAclEntry", NetworkAclId=ref(acl), **given)
        for name in self.subnets[vpc]:
            if self.chance(0.6):
                self.add(f"{name}AL", "EC2::SubnetNetworkAclAssociation", SubnetId=ref(name), NetworkAclId=ref(acl))

    # what joins ------------------------------------------------------------------------------------------------------

    def joints(self) -> None:
        for index, one in enumerate(self.vpcs):
            for other in self.vpcs[index + 1 :]:
                if self.chance(0.4):
                    self.peers.append((self.add(f"P{one}{other}", "EC2::VPCPeeringConnection", VpcId=ref(one), PeerVpcId=ref(other)), one, other))  # fmt: skip
        if len(self.vpcs) > 1 and self.chance(0.5):
            self.transit()

    def transit(self) -> None:
        flags = {key: "disable" for key in ("DefaultRouteTableAssociation", "DefaultRouteTablePropagation") if self.chance(0.4)}  # fmt: skip
        if self.chance(0.5):
            flags["SecurityGroupReferencingSupport"] = "enable"
        self.add("Hub", "EC2::TransitGateway", **flags)
        self.add("HubT", "EC2::TransitGatewayRouteTable", TransitGatewayId=ref("Hub"))
        for vpc in self.vpcs:
            if self.chance(0.15):
                continue
            places = self.random.sample(self.subnets[vpc], min(len(self.subnets[vpc]), self.random.choice((1, 2, 2))))
            name = self.add(f"{vpc}H", "EC2::TransitGatewayAttachment", TransitGatewayId=ref("Hub"), VpcId=ref(vpc), SubnetIds=[ref(item) for item in places])  # fmt: skip
            self.hub.append(vpc)
            for kind, share in (("Association", 0.5), ("Propagation", 0.5)):
                if self.chance(share):
                    self.add(f"{name}{kind}", f"EC2::TransitGatewayRouteTable{kind}", TransitGatewayAttachmentId=ref(name), TransitGatewayRouteTableId=ref("HubT"))  # fmt: skip
        for index in range(self.random.choice((0, 1, 2))):
            if self.hub:
                target = {"Blackhole": True} if self.chance(0.2) else {"TransitGatewayAttachmentId": ref(f"{self.random.choice(self.hub)}H")}  # fmt: skip
                block = ("0.0.0.0/0", "10.0.0.0/16", "10.1.0.0/16", "10.0.0.0/24")[index * 2 + self.random.choice((0, 1))]  # fmt: skip
                self.add(f"HubR{index}", "EC2::TransitGatewayRoute", TransitGatewayRouteTableId=ref("HubT"), DestinationCidrBlock=block, **target)  # fmt: skip

    def ways(self) -> None:
        for vpc in self.vpcs:
            if f"{vpc}I" in self.resources and self.chance(0.7):
                self.add(f"{vpc}N", "EC2::NatGateway", SubnetId=ref(self.random.choice(self.subnets[vpc])), **({"ConnectivityType": "private"} if self.chance(0.06) else {"AllocationId": "eipalloc-1"}))  # fmt: skip
            for table in self.tables[vpc]:
                for index, (block, target) in enumerate(self.routes_of(vpc)):
                    self.add(f"{table}R{index}", "EC2::Route", RouteTableId=ref(table), DestinationCidrBlock=block, **target)  # fmt: skip

    def routes_of(self, vpc: str) -> list[tuple[str, dict[str, Any]]]:
        outs: list[dict[str, Any]] = []
        if f"{vpc}I" in self.resources:
            outs += [{"GatewayId": ref(f"{vpc}I")}] * 2
        if f"{vpc}N" in self.resources:
            outs += [{"NatGatewayId": ref(f"{vpc}N")}] * 2
        over: list[dict[str, Any]] = [
            {"VpcPeeringConnectionId": ref(name)} for name, *ends in self.peers if vpc in ends
        ]
        if vpc in self.hub:
            over.append({"TransitGatewayId": ref("Hub")})
        found: dict[str, dict[str, Any]] = {}
        if (outs or over) and self.chance(0.85):
            found["0.0.0.0/0"] = self.random.choice(outs or over) if self.chance(0.8) else self.random.choice(outs + over)  # fmt: skip
        for other in self.vpcs:
            if other != vpc and over and self.chance(0.75):
                found[f"10.{other[1:]}.0.0/16"] = self.random.choice(over)
                if self.chance(0.15):
                    found[f"10.{other[1:]}.0.0/24"] = self.random.choice(over)
        return list(found.items())

    def central(self) -> None:
        """Egress of the first VPC over a gateway and the second one's NAT gateway, with a piece missing now and then."""
        one, other = self.vpcs[:2]
        self.used["egress over a transit gateway"] += 1
        pieces: list[tuple[str, str, dict[str, Any]]] = []
        out, inner = f"{other}TO", f"{other}TI"
        for table in (out, inner):
            self.add(table, "EC2::RouteTable", VpcId=ref(other))
        self.add("Chub", "EC2::TransitGateway", DefaultRouteTableAssociation="enable", DefaultRouteTablePropagation="disable" if self.chance(0.3) else "enable")  # fmt: skip
        for index, vpc in enumerate((one, other)):
            for item in (0, 1):
                zone = {"Fn::Select": [item, {"Fn::GetAZs": ""}]}
                name = self.add(f"C{vpc}{item}", "EC2::Subnet", VpcId=ref(vpc), CidrBlock=f"10.{index}.{item + 200}.0/24", AvailabilityZone=zone)  # fmt: skip
                pieces.append((f"{name}L", "SubnetRouteTableAssociation", {"SubnetId": ref(name), "RouteTableId": ref(inner if index else f"{one}TC")}))  # fmt: skip
            pieces.append((f"C{vpc}H", "TransitGatewayAttachment", {"TransitGatewayId": ref("Chub"), "VpcId": ref(vpc), "SubnetIds": [ref(f"C{vpc}0"), ref(f"C{vpc}1")]}))  # fmt: skip
        self.add(f"{one}TC", "EC2::RouteTable", VpcId=ref(one))
        self.add("CI", "EC2::InternetGateway")
        self.add("CIA", "EC2::VPCGatewayAttachment", VpcId=ref(other), InternetGatewayId=ref("CI"))
        self.add("CO", "EC2::Subnet", VpcId=ref(other), CidrBlock="10.1.210.0/24", AvailabilityZone={"Fn::Select": [0, {"Fn::GetAZs": ""}]})  # fmt: skip
        pieces.append(("COL", "SubnetRouteTableAssociation", {"SubnetId": ref("CO"), "RouteTableId": ref(out)}))
        self.add("CN", "EC2::NatGateway", SubnetId=ref("CO"), AllocationId="eipalloc-1")
        for name, table, block, target in (
            ("CR1", f"{one}TC", "0.0.0.0/0", {"TransitGatewayId": ref("Chub")}),
            ("CR2", inner, "0.0.0.0/0", {"NatGatewayId": ref("CN")}),
            ("CR3", out, "0.0.0.0/0", {"GatewayId": ref("CI")}),
            ("CR4", out, "10.0.0.0/16", {"TransitGatewayId": ref("Chub")}),
        ):
            pieces.append((name, "Route", {"RouteTableId": ref(table), "DestinationCidrBlock": block, **target}))
        pieces.append(("CR5", "TransitGatewayRoute", {"TransitGatewayRouteTableId": att("Chub", "AssociationDefaultRouteTableId"), "DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayAttachmentId": ref(f"C{other}H")}))  # fmt: skip
        for name, kind, given in pieces:
            whole = name != "CR5" or f"C{other}H" in self.resources
            if whole and not self.chance(0.07):
                self.add(name, f"EC2::{kind}", **given)
        self.subnets[one] = [f"C{one}0", f"C{one}1"]

    def endpoints(self) -> None:
        for vpc in self.vpcs[:2]:
            if self.chance(0.4):
                self.add(f"{vpc}Es3", "EC2::VPCEndpoint", VpcId=ref(vpc), ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"}, RouteTableIds=[ref(self.random.choice(self.tables[vpc]))])  # fmt: skip
            if self.chance(0.5):
                given: dict[str, Any] = {"SecurityGroupIds": [att(self.random.choice(self.groups[vpc]))]} if self.chance(0.85) else {}  # fmt: skip
                places = self.random.sample(self.subnets[vpc], self.random.randint(1, len(self.subnets[vpc])))
                self.add(f"{vpc}Esm", "EC2::VPCEndpoint", VpcId=ref(vpc), VpcEndpointType="Interface", ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.secretsmanager"}, PrivateDnsEnabled=not self.chance(0.25), SubnetIds=[ref(item) for item in places], **given)  # fmt: skip

    # who calls -------------------------------------------------------------------------------------------------------

    def workloads(self) -> None:
        vpc = self.vpcs[0]
        places = self.random.sample(self.subnets[vpc], min(len(self.subnets[vpc]), self.random.choice((1, 2))))
        far = self.random.choice(self.vpcs)
        homes = self.random.sample(self.subnets[far], min(len(self.subnets[far]), self.random.choice((1, 2))))
        self.add("DbS", "RDS::DBSubnetGroup", DBSubnetGroupDescription="d", SubnetIds=[ref(item) for item in homes])
        inside, outside = self.chosen(far), self.chosen(vpc)
        self.add("Db", "RDS::DBInstance", Engine="postgres", Port=str(PORT), DBSubnetGroupName=ref("DbS"), VPCSecurityGroups=[att(item) for item in inside])  # fmt: skip
        self.add("Fn", "Lambda::Function", Code={"ZipFile": CODE}, Environment={"Variables": {"DB": att("Db", "Endpoint.Address")}}, VpcConfig={"SubnetIds": [ref(item) for item in places], "SecurityGroupIds": [att(item) for item in outside]})  # fmt: skip
        if self.chance(0.4):
            named = {"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "SourceSecurityGroupId": att(outside[0])}
            self.resources[inside[0]]["Properties"]["SecurityGroupIngress"] = [named]
            self.used["rule that names a group"] += 1
        interface = {"DeviceIndex": "0", "AssociatePublicIpAddress": self.chance(0.6), "SubnetId": ref(self.random.choice(self.subnets[vpc])), "GroupSet": [att(item) for item in self.chosen(vpc)]}  # fmt: skip
        self.add("Vm", "EC2::Instance", NetworkInterfaces=[interface], UserData={"Fn::Base64": "curl https://example.com/a\n"})  # fmt: skip
        if self.chance(0.12):
            self.add("Bpa", "EC2::VPCBlockPublicAccessOptions", InternetGatewayBlockMode=self.random.choice(("block-bidirectional", "block-ingress")))  # fmt: skip
            if self.chance(0.5):
                self.add("BpaX", "EC2::VPCBlockPublicAccessExclusion", VpcId=ref(self.random.choice(self.vpcs)), InternetGatewayExclusionMode=self.random.choice(("allow-egress", "allow-bidirectional")))  # fmt: skip

    def chosen(self, vpc: str) -> list[str]:
        return self.random.sample(self.groups[vpc], self.random.randint(1, len(self.groups[vpc])))


def random_template(seed: int) -> tuple[str, Counter[str]]:
    """The template of a seed as JSON, and how often it holds each construct."""
    built = Builder(random.Random(seed))
    for index in range(built.random.choice((1, 1, 2, 2, 3, 4))):
        built.network(index)
    built.joints()
    built.ways()
    built.endpoints()
    if len(built.vpcs) > 1 and built.chance(0.2):
        built.central()
    built.workloads()
    if built.chance(0.2):
        add_six(built)
    if built.chance(0.2):
        add_lattice(built)
    if "V0I" in built.resources and built.chance(0.2):
        add_wall(built)
    return json.dumps({"Resources": built.resources}), built.used
