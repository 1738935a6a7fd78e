"""Ways to private addresses over a NAT gateway: the other end sees the gateway's address, and answers to it."""

from __future__ import annotations

from typing import Any

import pytest
from test_ipv6 import six
from towns import Town, ref, town, verdict_on

from stackflight.model.finding import Verdict

IN = {"IpProtocol": "tcp", "FromPort": 27000, "ToPort": 27000}


def overlay(*, announced: bool = True, kind: str = "private", rule: dict[str, Any] | None = None) -> Town:
    """Pods in addresses that nobody announces, which leave by a NAT gateway over a transit gateway, and a licence server."""
    built = town(nat=False)
    built.add("More", "AWS::EC2::VPCCidrBlock", VpcId=ref("Vpc"), CidrBlock="100.64.0.0/16")
    built.add("Far", "AWS::EC2::VPC", CidrBlock="10.9.0.0/16")
    zone = {"Fn::Select": [0, {"Fn::GetAZs": ""}]}
    for name, vpc, block in (("Pods", "Vpc", "100.64.1.0/24"), ("Out", "Vpc", "10.0.50.0/24"), ("There", "Far", "10.9.1.0/24")):  # fmt: skip
        built.add(name, "AWS::EC2::Subnet", VpcId=ref(vpc), CidrBlock=block, AvailabilityZone=zone)
        built.add(f"{name}T", "AWS::EC2::RouteTable", VpcId=ref(vpc))
        built.add(f"{name}L", "AWS::EC2::SubnetRouteTableAssociation", SubnetId=ref(name), RouteTableId=ref(f"{name}T"))
    built.add("Hub", "AWS::EC2::TransitGateway")
    for vpc, place in (("Vpc", "Out"), ("Far", "There")):
        built.add(f"Hub{vpc}", "AWS::EC2::TransitGatewayAttachment", TransitGatewayId=ref("Hub"), VpcId=ref(vpc), SubnetIds=[ref(place)])  # fmt: skip
    own = {"ConnectivityType": "private"} if kind == "private" else {"AllocationId": "eipalloc-1"}
    built.add("Nat", "AWS::EC2::NatGateway", SubnetId=ref("Out"), **own)
    for name, block, target in (
        ("Pods", "10.9.0.0/16", {"NatGatewayId": ref("Nat")}),
        ("Out", "10.9.0.0/16", {"TransitGatewayId": ref("Hub")}),
        ("There", "10.0.0.0/16" if announced else "10.7.0.0/16", {"TransitGatewayId": ref("Hub")}),
    ):
        built.add(f"{name}R", "AWS::EC2::Route", RouteTableId=ref(f"{name}T"), DestinationCidrBlock=block, **target)
    built.add("Group", "AWS::EC2::SecurityGroup", GroupDescription="g", VpcId=ref("Vpc"))
    rules = [IN | (rule or {"CidrIp": "10.0.50.0/24"})]
    built.add("FarGroup", "AWS::EC2::SecurityGroup", GroupDescription="f", VpcId=ref("Far"), SecurityGroupIngress=rules)
    built.add("Server", "AWS::EC2::Instance", SubnetId=ref("There"), SecurityGroupIds=[ref("FarGroup")])
    script = {"Fn::Sub": "#!/bin/bash\necho LICENCE=27000@${Server.PrivateIp} >> /etc/environment\n"}
    return built.add("Node", "AWS::EC2::Instance", SubnetId=ref("Pods"), SecurityGroupIds=[ref("Group")], UserData={"Fn::Base64": script})  # fmt: skip


@pytest.mark.parametrize(
    ("built", "verdict"),
    [
        (overlay(), Verdict.YES),
        (overlay(kind="public"), Verdict.YES),
        (overlay(announced=False), Verdict.NO),
        (overlay(rule={"CidrIp": "100.64.0.0/16"}), Verdict.NO),
        (overlay(rule={"CidrIp": "10.0.0.0/8"}), Verdict.YES),
        (overlay().set("OutR", DestinationCidrBlock="10.8.0.0/16"), Verdict.NO),
        (overlay().remove("Nat", "PodsR").add("PodsR", "AWS::EC2::Route", RouteTableId=ref("PodsT"), DestinationCidrBlock="10.9.0.0/16", TransitGatewayId=ref("Hub")), Verdict.NO),
    ],
)  # fmt: skip
def test_answers_go_to_the_gateway_and_rules_see_its_address(built: Town, verdict: Verdict) -> None:
    assert verdict_on(built.judge(), "Server:27000") is verdict


def with_old_database(block: str, *ways: str, **subnet: Any) -> Town:
    built = six("x", *ways).set("PrivateSubnet2", **subnet)
    rules = [{"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306, "CidrIp": block}]
    built.add("DbGroup", "AWS::EC2::SecurityGroup", GroupDescription="d", VpcId=ref("Vpc"), SecurityGroupIngress=rules)
    built.add("Places", "AWS::RDS::DBSubnetGroup", DBSubnetGroupDescription="p", SubnetIds=[ref("PrivateSubnet2")])
    built.add("Db", "AWS::RDS::DBInstance", Engine="mysql", DBSubnetGroupName=ref("Places"), VPCSecurityGroups=[ref("DbGroup")])  # fmt: skip
    return built.set("Machine", UserData={"Fn::Base64": {"Fn::Sub": "#!/bin/bash\necho ${Db.Endpoint.Address}\n"}})


@pytest.mark.parametrize(
    ("built", "verdict"),
    [
        (with_old_database("10.0.1.0/24", "nat64", "egress"), Verdict.YES),
        (with_old_database("10.0.1.0/24", "egress"), Verdict.NO),
        (with_old_database("10.0.12.0/24", "nat64"), Verdict.NO),
        (with_old_database("10.0.1.0/24", "nat64").set("Six", EnableDns64=False), Verdict.NO),
        (with_old_database("10.0.1.0/24", Ipv6CidrBlock="2600:1f18:1::/64"), Verdict.UNKNOWN),
        (with_old_database("10.0.1.0/24", "nat64").set("Group", SecurityGroupEgress=[{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]), Verdict.NO),
    ],
)  # fmt: skip
def test_a_database_with_ipv4_addresses_alone_is_reached_by_translation(built: Town, verdict: Verdict) -> None:
    assert verdict_on(built.judge(), "Db:3306") is verdict


@pytest.mark.parametrize("step", ["nc -z ${Server.PrivateIp} 27000", "echo > /dev/tcp/${Server.PrivateIp}/27000"])
def test_a_port_stands_beside_a_host_in_many_ways(step: str) -> None:
    built = overlay().set("Node", UserData={"Fn::Base64": {"Fn::Sub": f"#!/bin/bash\n{step}\n"}})
    assert verdict_on(built.judge(), "Server:27000") is Verdict.YES
