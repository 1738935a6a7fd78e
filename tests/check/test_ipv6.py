"""Subnets without IPv4 addresses: DNS64 and NAT64 for what has IPv4 addresses only, gateways for the rest."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Town, add_endpoints, att, blocking, ref, town, verdict_on

from stackflight.model.finding import Verdict


def six(host: str, *ways: str, dns64: bool = True, **group: Any) -> Town:
    built = town()
    built.add("Egress", "AWS::EC2::EgressOnlyInternetGateway", VpcId=ref("Vpc"))
    built.add("SixTable", "AWS::EC2::RouteTable", VpcId=ref("Vpc"))
    zone = {"Fn::Select": [0, {"Fn::GetAZs": ""}]}
    built.add("Six", "AWS::EC2::Subnet", VpcId=ref("Vpc"), Ipv6Native=True, Ipv6CidrBlock="2600:1f18::/64", EnableDns64=dns64, AvailabilityZone=zone, AssignIpv6AddressOnCreation=True)  # fmt: skip
    built.add("SixLink", "AWS::EC2::SubnetRouteTableAssociation", SubnetId=ref("Six"), RouteTableId=ref("SixTable"))
    if "nat64" in ways:
        built.add("Nat64", "AWS::EC2::Route", RouteTableId=ref("SixTable"), DestinationIpv6CidrBlock="64:ff9b::/96", NatGatewayId=ref("Nat"))  # fmt: skip
    if "egress" in ways:
        built.add("Direct", "AWS::EC2::Route", RouteTableId=ref("SixTable"), DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId=ref("Egress"))  # fmt: skip
    built.add("Group", "AWS::EC2::SecurityGroup", GroupDescription="m", VpcId=ref("Vpc"), **group)
    script = f"#!/bin/bash -e\ncurl -fsS --retry 3 https://{host}/a\n/opt/aws/bin/cfn-signal -e $? --stack s --resource Machine\n"  # fmt: skip
    built.add("Machine", "AWS::EC2::Instance", SubnetId=ref("Six"), SecurityGroupIds=[att("Group", "GroupId")], UserData={"Fn::Base64": script})  # fmt: skip
    built.resources["Machine"]["CreationPolicy"] = {"ResourceSignal": {"Timeout": "PT5M"}}
    return built


@pytest.mark.parametrize(
    ("host", "ways", "dns64", "verdict"),
    [
        ("github.com", ("nat64", "egress"), True, Verdict.YES),
        ("github.com", ("egress",), True, Verdict.NO),
        ("github.com", ("nat64", "egress"), False, Verdict.NO),
        ("example.com", ("nat64", "egress"), True, Verdict.YES),
        ("example.com", ("egress",), True, Verdict.UNKNOWN),
        ("example.com", (), True, Verdict.NO),
    ],
)
def test_a_name_with_ipv4_addresses_needs_dns64_and_nat64(host: str, ways: tuple[str, ...], dns64: bool, verdict: Verdict) -> None:  # fmt: skip
    judged = six(host, *ways, dns64=dns64).judge()
    assert verdict_on(judged, host) is verdict
    if verdict is Verdict.NO and dns64 and ways:
        assert "add a route 64:ff9b::/96 to a NAT gateway in SixTable" in blocking(judged)[0].remedy


def test_a_service_of_aws_is_asked_by_its_ipv4_name() -> None:
    assert verdict_on(six("github.com", "egress").judge(), "cloudformation") is Verdict.NO
    assert verdict_on(six("github.com", "egress", "nat64").judge(), "cloudformation") is Verdict.YES


AL = "{{{{resolve:ssm:/aws/service/ami-amazon-linux-latest/{}-x86_64}}}}"


def installing(built: Town, image: str) -> Town:
    script = "#!/bin/bash -e\nyum install -y nginx\n/opt/aws/bin/cfn-signal -e $? --stack s --resource Machine\n"
    return built.set("Machine", ImageId=AL.format(image), UserData={"Fn::Base64": script})


def test_amazon_linux_2023_fetches_packages_by_a_name_with_ipv6_addresses() -> None:
    assert verdict_on(installing(six("x", "egress"), "al2023-ami").judge(), "s3") is Verdict.YES
    assert verdict_on(installing(six("x", "egress"), "amzn2-ami").judge(), "s3") is Verdict.NO


def test_the_dual_stack_name_of_a_bucket_is_no_private_name_of_an_endpoint_for_sure() -> None:
    built = installing(six("x"), "al2023-ami").set("Machine", SubnetId=ref("PrivateSubnet1"))
    add_endpoints(built, ("ec2",))
    built.set("EndpointEc2", ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"})
    assert verdict_on(built.judge(), "s3") is Verdict.YES
    assert verdict_on(built.remove("PrivateRoute").judge(), "s3") is Verdict.UNKNOWN


def test_rules_for_ipv4_addresses_let_no_ipv6_out() -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    closed = six("github.com", "nat64", SecurityGroupEgress=[{**rule, "CidrIp": "0.0.0.0/0"}])
    assert verdict_on(closed.judge(), "github.com") is Verdict.NO
    opened = six("github.com", "nat64", SecurityGroupEgress=[{**rule, "CidrIpv6": "::/0"}])
    assert verdict_on(opened.judge(), "github.com") is Verdict.YES
