"""What arrives: clients of an entry under their own addresses, PrivateLink, URLs to private addresses, zones of balancers."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Properties, Town, att, ref, town, verdict_on, with_function

from stackflight.model.finding import Verdict
from stackflight.model.need import ClientsTarget

FROM_VPC = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "CidrIp": "10.0.0.0/16"}
FROM_ALL = {**FROM_VPC, "CidrIp": "0.0.0.0/0"}


def behind_network_balancer(*rules: Properties, group: Properties | None = None, **balancer: Any) -> Town:
    built = town()
    built.add("Server", "AWS::EC2::Instance", ImageId="ami-1", SubnetId=ref("PrivateSubnet1"), SecurityGroupIds=[att("ServerGroup", "GroupId")])  # fmt: skip
    built.add("ServerGroup", "AWS::EC2::SecurityGroup", GroupDescription="s", VpcId=ref("Vpc"), SecurityGroupIngress=list(rules))  # fmt: skip
    built.add("Balancer", "AWS::ElasticLoadBalancingV2::LoadBalancer", Type="network", Subnets=[ref("PublicSubnet1")], **balancer)  # fmt: skip
    given = {"VpcId": ref("Vpc"), "Protocol": "TCP", "Port": 8080, "Targets": [{"Id": ref("Server"), "Port": 8080}], **(group or {})}  # fmt: skip
    built.add("Targets", "AWS::ElasticLoadBalancingV2::TargetGroup", **given)
    built.add("Listener", "AWS::ElasticLoadBalancingV2::Listener", LoadBalancerArn=ref("Balancer"), Protocol="TCP", Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": ref("Targets")}])  # fmt: skip
    return built


def clients(built: Town) -> list[Verdict]:
    return [reach.verdict for reach in built.judge().reaches if isinstance(reach.need.target, ClientsTarget)]


IP = {"TargetType": "ip", "Targets": [{"Id": att("Server", "PrivateIp"), "Port": 8080}]}
KEEP = {"TargetGroupAttributes": [{"Key": "preserve_client_ip.enabled", "Value": "true"}]}
DROP = {"TargetGroupAttributes": [{"Key": "preserve_client_ip.enabled", "Value": "false"}]}


@pytest.mark.parametrize(
    ("rule", "group", "verdicts"),
    [
        (FROM_VPC, {}, [Verdict.NO]),
        (FROM_ALL, {}, [Verdict.YES]),
        ({**FROM_VPC, "CidrIp": "198.51.100.0/24"}, {}, [Verdict.YES]),
        (FROM_VPC, IP, []),
        (FROM_VPC, {**IP, **KEEP}, [Verdict.NO]),
        (FROM_VPC, DROP, []),
    ],
)
def test_clients_reach_targets_that_see_their_addresses(rule: Properties, group: Properties, verdicts: list[Verdict]) -> None:  # fmt: skip
    assert clients(behind_network_balancer(rule, group=group)) == verdicts


def test_targets_may_let_in_the_group_of_their_balancer() -> None:
    built = behind_network_balancer({"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "SourceSecurityGroupId": att("Door", "GroupId")}, SecurityGroups=[att("Door", "GroupId")])  # fmt: skip
    door = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"}
    built.add("Door", "AWS::EC2::SecurityGroup", GroupDescription="d", VpcId=ref("Vpc"), SecurityGroupIngress=[door])
    assert clients(built) == [Verdict.YES, Verdict.YES]


def test_an_internal_balancer_has_no_clients_on_the_internet() -> None:
    assert clients(behind_network_balancer(FROM_VPC, Scheme="internal")) == []


@pytest.mark.parametrize(("zone", "verdict"), [("PrivateSubnet1", Verdict.YES), ("PrivateSubnet2", Verdict.NO)])
def test_a_balancer_sends_nothing_to_a_zone_that_it_is_not_in(zone: str, verdict: Verdict) -> None:
    built = behind_network_balancer(FROM_ALL).set("Server", SubnetId=ref(zone))
    health = [item for item in built.judge().reaches if not isinstance(item.need.target, ClientsTarget)]
    assert [item.verdict for item in health] == [verdict]
    assert (health[0].routes[0].hops[0].code == "ELBV2_NO_TARGETS_IN_AZ") is (verdict is Verdict.NO)


def test_a_zone_that_the_template_does_not_say_proves_nothing() -> None:
    built = behind_network_balancer(FROM_ALL).set("Server", SubnetId=ref("PrivateSubnet2"))
    built.set("PrivateSubnet2", AvailabilityZone="eu-west-1b")
    assert not [item for item in built.judge().findings if item.check == "target-unreachable"]


@pytest.mark.parametrize(("rules", "verdict"), [([FROM_VPC], Verdict.YES), ([], Verdict.NO)])
def test_a_url_to_a_private_address_is_a_need(rules: list[Properties], verdict: Verdict) -> None:
    built = with_function(behind_network_balancer(*rules))
    built.set("Function", Environment={"Variables": {"URL": {"Fn::Sub": "http://${Server.PrivateIp}:8080/path"}}})
    found = {item.verdict for item in built.judge().reaches if item.need.target.title == "Server:8080" and item.need.workload.address.id in {"Init", "Function"}}  # fmt: skip
    assert found == {verdict}


def over_privatelink(*rules: Properties, **balancer: Any) -> Town:
    built = with_function(behind_network_balancer(FROM_ALL, Scheme="internal", SecurityGroups=[att("Door", "GroupId")], **balancer))  # fmt: skip
    built.add("Door", "AWS::EC2::SecurityGroup", GroupDescription="d", VpcId=ref("Vpc"), SecurityGroupIngress=list(rules))  # fmt: skip
    built.add("Service", "AWS::EC2::VPCEndpointService", NetworkLoadBalancerArns=[ref("Balancer")], AcceptanceRequired=False)  # fmt: skip
    built.add("LinkGroup", "AWS::EC2::SecurityGroup", GroupDescription="l", VpcId=ref("Vpc"), SecurityGroupIngress=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/16"}])  # fmt: skip
    built.add("Link", "AWS::EC2::VPCEndpoint", VpcId=ref("Vpc"), VpcEndpointType="Interface", ServiceName={"Fn::Sub": "com.amazonaws.vpce.${AWS::Region}.${Service}"}, SubnetIds=[ref("PrivateSubnet1")], SecurityGroupIds=[att("LinkGroup", "GroupId")])  # fmt: skip
    name = {"Fn::Select": [1, {"Fn::Split": [":", {"Fn::Select": [0, att("Link", "DnsEntries")]}]}]}
    url = {"Fn::Join": ["", ["http://", name, "/"]]}
    return built.set("Function", Environment={"Variables": {"URL": url}})


WEB = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}


@pytest.mark.parametrize(
    ("rules", "balancer", "verdict"),
    [
        ([{**WEB, "CidrIp": "10.0.0.0/16"}], {}, Verdict.YES),
        ([{**WEB, "CidrIp": "172.16.0.0/12"}], {}, Verdict.NO),
        ([{**WEB, "SourceSecurityGroupId": att("Group", "GroupId")}], {}, Verdict.NO),
        ([], {"EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": "off"}, None),
    ],
)  # fmt: skip
def test_the_groups_of_a_balancer_see_the_clients_of_privatelink(rules: list[Properties], balancer: Properties, verdict: Verdict | None) -> None:  # fmt: skip
    judged = over_privatelink(*rules, **balancer).judge()
    assert verdict_on(judged, "Link:80") is Verdict.YES
    found = {item.verdict for item in judged.reaches if item.need.target.title == "Balancer:80"}
    assert found == ({verdict} if verdict else set())
