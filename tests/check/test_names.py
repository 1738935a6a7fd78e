"""Who answers for names in a VPC: own zones and their records, forwarding rules, name servers, the DNS Firewall."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Properties, Town, att, blocking, ref, town, verdict_on, with_function

from stackflight.model.finding import Verdict

OWN = {"Fn::Sub": "secretsmanager.${AWS::Region}.amazonaws.com"}


def zoned(name: Any, *records: Any, **record: Any) -> Town:
    built = with_function(town(nat=False, endpoints=("s3", "secretsmanager"))).set("EndpointSecretsmanager", PrivateDnsEnabled=False)  # fmt: skip
    built.add("Zone", "AWS::Route53::HostedZone", Name=name, VPCs=[{"VPCId": ref("Vpc"), "VPCRegion": ref("AWS::Region")}])  # fmt: skip
    entry = {"Fn::Select": [1, {"Fn::Split": [":", {"Fn::Select": [0, att("EndpointSecretsmanager", "DnsEntries")]}]}]}
    alias = {"HostedZoneId": "Z1", "DNSName": entry}
    for index, given in enumerate(records):
        built.add(f"Record{index}", "AWS::Route53::RecordSet", HostedZoneId=ref("Zone"), Name=given, Type="A", **(record or {"AliasTarget": alias}))  # fmt: skip
    return built


def test_a_record_leads_to_the_endpoint() -> None:
    judged = zoned(OWN, OWN).judge()
    assert (verdict_on(judged, "secretsmanager"), verdict_on(judged, "s3")) == (Verdict.YES, Verdict.YES)


def test_a_zone_above_hides_every_name_that_it_does_not_hold() -> None:
    judged = zoned("amazonaws.com", OWN).judge()
    assert (verdict_on(judged, "secretsmanager"), verdict_on(judged, "s3")) == (Verdict.YES, Verdict.NO)
    assert blocking(judged)[0].code == "DNS_NAME_SHADOWED"
    assert blocking(judged)[0].resources[0] == "Zone"


@pytest.mark.parametrize(
    ("name", "records", "verdict"),
    [
        ("amazonaws.com", ("*.amazonaws.com",), Verdict.YES),
        ("amazonaws.com.", (), Verdict.NO),
        ("example.internal", (), Verdict.NO),
        (OWN, ({"Fn::Sub": "vpce.${AWS::Region}.amazonaws.com"},), Verdict.NO),
    ],
)
def test_records_and_wildcards(name: Any, records: tuple[Any, ...], verdict: Verdict) -> None:
    assert verdict_on(zoned(name, *records).judge(), "secretsmanager") is verdict


def test_a_record_of_addresses_is_a_question() -> None:
    built = zoned(OWN, OWN, ResourceRecords=["10.0.11.5"], TTL="60")
    assert verdict_on(built.judge(), "secretsmanager") is Verdict.UNKNOWN


def test_the_private_name_of_an_endpoint_stands_before_a_zone_above_it() -> None:
    built = zoned("amazonaws.com", {"Fn::Sub": "s3.${AWS::Region}.amazonaws.com"}).set("EndpointSecretsmanager", PrivateDnsEnabled=True)  # fmt: skip
    assert verdict_on(built.judge(), "secretsmanager") is Verdict.YES


@pytest.mark.parametrize(("kind", "verdict"), [("FORWARD", Verdict.UNKNOWN), ("SYSTEM", Verdict.YES)])
def test_a_rule_that_forwards_the_names_of_aws_makes_a_question(kind: str, verdict: Verdict) -> None:
    built = with_function(town())
    built.add("Rule", "AWS::Route53Resolver::ResolverRule", RuleType=kind, DomainName="amazonaws.com")
    built.add("Link", "AWS::Route53Resolver::ResolverRuleAssociation", VPCId=ref("Vpc"), ResolverRuleId=ref("Rule"))
    assert verdict_on(built.judge(), "secretsmanager") is verdict


def _machine(*servers: str, **network: Any) -> Town:
    built = town(**network)
    script = (
        "#!/bin/bash -e\ncurl -fsS https://example.com/a\n/opt/aws/bin/cfn-signal -e $? --stack s --resource Machine\n"
    )
    built.add("Machine", "AWS::EC2::Instance", SubnetId=ref("PrivateSubnet1"), UserData={"Fn::Base64": script})
    built.resources["Machine"]["CreationPolicy"] = {"ResourceSignal": {"Timeout": "PT5M"}}
    built.add("Options", "AWS::EC2::DHCPOptions", DomainNameServers=list(servers))
    return built.add("Link", "AWS::EC2::VPCDHCPOptionsAssociation", VpcId=ref("Vpc"), DhcpOptionsId=ref("Options"))


@pytest.mark.parametrize(
    ("servers", "verdict"),
    [
        (("172.30.0.10", "172.30.0.11"), Verdict.NO),
        (("172.30.0.10,172.30.0.11",), Verdict.NO),
        (("172.30.0.10", "10.0.11.9"), Verdict.YES),
        (("AmazonProvidedDNS",), Verdict.YES),
        (("10.0.0.2",), Verdict.YES),
        (("9.9.9.9",), Verdict.YES),
        (("10.0.200.53",), Verdict.NO),
        (("10.0.200.53", "10.0.0.2"), Verdict.YES),
    ],
)
def test_instances_ask_the_servers_of_the_dhcp_options(servers: tuple[str, ...], verdict: Verdict) -> None:
    judged = _machine(*servers).judge()
    assert verdict_on(judged, "example.com") is verdict
    assert all(item.code == "CANNOT_ROUTE" for item in blocking(judged))


def test_a_server_in_no_subnet_is_a_question_where_others_may_add_one() -> None:
    built = _machine("10.0.200.53")
    assert "an address of Vpc that lies in none of its subnets" in blocking(built.judge())[0].message
    built.outputs = {"Network": {"Value": ref("Vpc")}}
    assert verdict_on(built.judge(), "example.com") is Verdict.UNKNOWN


def test_a_server_behind_a_vpn_is_a_question() -> None:
    built = _machine("172.30.0.10").add("Vpn", "AWS::EC2::VPNGateway", Type="ipsec.1")
    built.add("Office", "AWS::EC2::Route", RouteTableId=ref("PrivateTable"), DestinationCidrBlock="172.30.0.0/16", GatewayId=ref("Vpn"))  # fmt: skip
    assert verdict_on(built.judge(), "example.com") is Verdict.UNKNOWN


def walled(*rules: tuple[str, list[str]]) -> Town:
    built = with_function(town())
    made: list[Properties] = []
    for index, (action, domains) in enumerate(rules):
        built.add(f"List{index}", "AWS::Route53Resolver::FirewallDomainList", Domains=domains)
        answer = {"BlockResponse": "NODATA"} if action == "BLOCK" else {}
        made.append({"FirewallDomainListId": ref(f"List{index}"), "Action": action, "Priority": index + 1, **answer})
    built.add("Wall", "AWS::Route53Resolver::FirewallRuleGroup", FirewallRules=list(reversed(made)))
    return built.add("WallLink", "AWS::Route53Resolver::FirewallRuleGroupAssociation", VpcId=ref("Vpc"), FirewallRuleGroupId=ref("Wall"), Priority=101)  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ([("BLOCK", ["*"])], Verdict.NO),
        ([("ALLOW", ["*.amazonaws.com"]), ("BLOCK", ["*"])], Verdict.YES),
        ([("ALERT", ["*"]), ("BLOCK", ["*"])], Verdict.YES),
        ([("BLOCK", ["amazonaws.com"])], Verdict.YES),
        ([("BLOCK", ["*.amazonaws.com."])], Verdict.NO),
        ([("BLOCK", ["example.com"])], Verdict.YES),
    ],
)
def test_the_first_rule_of_the_dns_firewall_decides(rules: list[tuple[str, list[str]]], verdict: Verdict) -> None:
    judged = walled(*rules).judge()
    assert verdict_on(judged, "secretsmanager") is verdict
    assert all(item.code == "DNS_FIREWALL_BLOCKS" for item in blocking(judged))
