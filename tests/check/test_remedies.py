"""What a finding tells people to do: one step for each setting, alternatives told as such, in the words of the type."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Town, att, blocking, ref, town, verdict_on, with_database, with_function

from stackflight.model.finding import Verdict


def test_one_closed_group_is_one_step() -> None:
    built = with_function(town()).set("Group", SecurityGroupEgress=[{"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "CidrIp": "0.0.0.0/0"}])  # fmt: skip
    assert [item.remedy for item in blocking(built.judge())] == ["allow outbound tcp 443 to 0.0.0.0/0 in Group"]


def test_an_endpoint_that_misses_narrowly_is_the_other_way_out() -> None:
    built = with_function(town(nat=False, endpoints=("s3", "secretsmanager")))
    built.set("EndpointS3", RouteTableIds=[ref("PublicTable")])
    remedy = blocking(built.judge())[0].remedy
    assert remedy.endswith("in PrivateTable; or add PrivateTable to the RouteTableIds of EndpointS3")


def test_a_function_is_not_told_to_get_a_public_address() -> None:
    remedy = blocking(with_function(town(), ("PublicSubnet1", "PublicSubnet2")).judge())[0].remedy
    assert remedy.startswith("place Function in subnets that route to a NAT gateway; or add")


def test_a_task_is_told_how_to_get_a_public_address() -> None:
    built = town()
    built.add(
        "Task",
        "AWS::ECS::TaskDefinition",
        NetworkMode="awsvpc",
        ContainerDefinitions=[{"Name": "app", "Image": "nginx:1", "Memory": 512}],
    )
    network: dict[str, Any] = {"AwsvpcConfiguration": {"Subnets": [ref("PublicSubnet1")]}}
    built.add("Service", "AWS::ECS::Service", LaunchType="FARGATE", TaskDefinition=ref("Task"), NetworkConfiguration=network)  # fmt: skip
    assert "or set AssignPublicIp to ENABLED on Service" in blocking(built.judge())[0].remedy


def _peered(*directions: str) -> Town:
    built = with_database(with_function(town()))
    built.add("Far", "AWS::EC2::VPC", CidrBlock="10.9.0.0/16").add("FarTable", "AWS::EC2::RouteTable", VpcId=ref("Far"))
    for index in (1, 2):
        built.set(f"PrivateSubnet{index}")
        zone = {"Fn::Select": [index - 1, {"Fn::GetAZs": ""}]}
        built.add(f"Far{index}", "AWS::EC2::Subnet", VpcId=ref("Far"), CidrBlock=f"10.9.{index}.0/24", AvailabilityZone=zone)  # fmt: skip
        built.add(f"FarLink{index}", "AWS::EC2::SubnetRouteTableAssociation", SubnetId=ref(f"Far{index}"), RouteTableId=ref("FarTable"))  # fmt: skip
    built.set("DatabaseSubnets", SubnetIds=[ref("Far1"), ref("Far2")])
    rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "10.0.0.0/16"}
    built.set("DatabaseGroup", VpcId=ref("Far"), SecurityGroupIngress=[rule])
    built.add("Peering", "AWS::EC2::VPCPeeringConnection", VpcId=ref("Vpc"), PeerVpcId=ref("Far"))
    ways = {"there": ("PrivateTable", "Far"), "back": ("FarTable", "Vpc")}
    for name in directions:
        table, vpc = ways[name]
        built.add(f"Way{name}", "AWS::EC2::Route", RouteTableId=ref(table), DestinationCidrBlock=att(vpc, "CidrBlock"), VpcPeeringConnectionId=ref("Peering"))  # fmt: skip
    return built


@pytest.mark.parametrize(
    ("directions", "table", "block"), [(("there",), "FarTable", "10.0.11.0/24"), (("back",), "PrivateTable", "10.9.1.0/24")]
)  # fmt: skip
def test_the_missing_way_over_a_peering_connection_is_named(
    directions: tuple[str, ...], table: str, block: str
) -> None:
    found = blocking(_peered(*directions).judge())[0]
    assert f"{table} has no route to {block} over Peering" in found.message
    assert f"add a route to {block} over Peering to {table}" in found.remedy
    assert verdict_on(_peered("there", "back").judge(), "Database:5432") is Verdict.YES


def test_a_nat_instance_may_get_its_address_later() -> None:
    built = with_function(town(nat=False))
    interface = {"DeviceIndex": "0", "AssociatePublicIpAddress": False, "SubnetId": ref("PublicSubnet1"), "GroupSet": [ref("Open")]}  # fmt: skip
    built.add("Open", "AWS::EC2::SecurityGroup", GroupDescription="o", VpcId=ref("Vpc"), SecurityGroupIngress=[{"IpProtocol": "-1", "CidrIp": "10.0.0.0/16"}])  # fmt: skip
    built.add("Router", "AWS::EC2::Instance", ImageId="ami-1", SourceDestCheck=False, NetworkInterfaces=[interface])
    built.add("Out", "AWS::EC2::Route", RouteTableId=ref("PrivateTable"), DestinationCidrBlock="0.0.0.0/0", InstanceId=ref("Router"))  # fmt: skip
    assert verdict_on(built.judge(), "s3") is Verdict.NO
    built.add("Fixed", "AWS::EC2::EIP", Domain="vpc", InstanceId=ref("Router"))
    assert verdict_on(built.judge(), "s3") is Verdict.YES
