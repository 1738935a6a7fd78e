"""Ways into a VPC for others: resource gateways of VPC Lattice, and private services of App Runner."""

from __future__ import annotations

from typing import Any

from districts import from_group, function, group
from towns import Town, att, blocking, ref, town, verdict_on, with_database, with_function

from stackflight.model.finding import Verdict

BOTH = [ref("PrivateSubnet1"), ref("PrivateSubnet2")]


def shared(port: str = "5432", let_in: bool = True, **definition: Any) -> Town:
    """A database that a resource configuration of VPC Lattice gives to other VPCs."""
    built = with_database(with_function(town(nat=False))).remove("Function")
    group(built, "GatewayGroup")
    built.set("DatabaseGroup", SecurityGroupIngress=[from_group(5432, "GatewayGroup")] if let_in else [])
    built.add("Gateway", "AWS::VpcLattice::ResourceGateway", Name="gateway", VpcIdentifier=ref("Vpc"), SubnetIds=BOTH, SecurityGroupIds=[att("GatewayGroup", "GroupId")])  # fmt: skip
    given = definition or {"DnsResource": {"DomainName": att("Database", "Endpoint.Address"), "IpAddressType": "IPV4"}}
    return built.add(
        "Shared", "AWS::VpcLattice::ResourceConfiguration", Name="shared", ResourceConfigurationType="SINGLE",
        ResourceGatewayId=ref("Gateway"), PortRanges=[port], ResourceConfigurationDefinition=given,
    )  # fmt: skip


def test_a_resource_gateway_is_let_in_by_the_resource_or_hands_nothing_on() -> None:
    assert verdict_on(shared().judge(), "Database:5432") is Verdict.YES

    [finding] = [item for item in blocking(shared(let_in=False).judge()) if item.check == "database-unreachable"]
    assert finding.message.startswith("Shared cannot reach Database:5432 (hand on to Database)")


def test_the_port_of_the_configuration_is_the_one_that_is_called() -> None:
    assert verdict_on(shared(port="3306").judge(), "Database:3306") is Verdict.NO


def test_a_child_goes_through_the_gateway_of_its_group() -> None:
    built = shared(let_in=False)
    built.add("Group", "AWS::VpcLattice::ResourceConfiguration", Name="group", ResourceConfigurationType="GROUP", ResourceGatewayId=ref("Gateway"))  # fmt: skip
    built.set("Shared", ResourceConfigurationType="CHILD", ResourceConfigurationGroupId=ref("Group"))
    del built.resources["Shared"]["Properties"]["ResourceGatewayId"]

    assert verdict_on(built.judge(), "Database:5432") is Verdict.NO


def private_service(let_in: bool = True, home: str = "Vpc") -> Town:
    """A private service of App Runner, its door in a VPC, and a function that calls it by its name there."""
    built = town(nat=False)
    for name, block in (("Other", "10.9.0.0/16"),) if home == "Other" else ():
        built.add(name, "AWS::EC2::VPC", CidrBlock=block, EnableDnsSupport=True, EnableDnsHostnames=True)
        built.add("OtherSubnet", "AWS::EC2::Subnet", VpcId=ref(name), CidrBlock="10.9.0.0/24")
    group(built, "FnSg")
    group(built, "DoorGroup", vpc=home, ingress=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"}] if let_in else [])  # fmt: skip
    built.add(
        "Door", "AWS::EC2::VPCEndpoint", VpcEndpointType="Interface", VpcId=ref(home), PrivateDnsEnabled=False,
        ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.apprunner.requests"},
        SubnetIds=BOTH if home == "Vpc" else [ref("OtherSubnet")], SecurityGroupIds=[att("DoorGroup", "GroupId")],
    )  # fmt: skip
    built.add(
        "Service", "AWS::AppRunner::Service",
        NetworkConfiguration={"IngressConfiguration": {"IsPubliclyAccessible": False}},
        SourceConfiguration={"ImageRepository": {"ImageIdentifier": "public.ecr.aws/x/y:1", "ImageRepositoryType": "ECR_PUBLIC"}},
    )  # fmt: skip
    built.add("Entry", "AWS::AppRunner::VpcIngressConnection", ServiceArn=att("Service", "ServiceArn"), IngressVpcConfiguration={"VpcId": ref(home), "VpcEndpointId": ref("Door")})  # fmt: skip
    function(built, env={"URL": {"Fn::Sub": "https://${Entry.DomainName}/api"}})
    return built


def test_a_private_service_of_app_runner_is_called_through_the_endpoint_of_its_connection() -> None:
    assert verdict_on(private_service().judge(), "Door:443") is Verdict.YES
    assert verdict_on(private_service(let_in=False).judge(), "Door:443") is Verdict.NO


def test_its_name_exists_in_the_vpc_of_the_connection_only() -> None:
    [reach] = [
        reach for reach in private_service(home="Other").judge().reaches if reach.need.target.title == "Door:443"
    ]

    assert reach.verdict is Verdict.NO
    assert any("exists in Other" in hop.why for hop in reach.worst.hops)
