"""Firewalls and appliances that routes lead through: what they drop, what they pass, and which way the answers take."""

from __future__ import annotations

from typing import Any

import pytest
from towns import Properties, Town, att, blocking, ref, town, verdict_on, with_function

from stackflight.model.finding import Verdict
from stackflight.model.middlebox import DomainRule
from stackflight.model.value import Address, Unknown

CALLS = (
    "import boto3\ndef handler(event, context):\n    boto3.client('secretsmanager').get_secret_value(SecretId='x')\n"
)
FORWARD, DROP, PASS = (["aws:forward_to_sfe"], ["aws:drop"], ["aws:pass"])
STRICT = {"StatefulEngineOptions": {"RuleOrder": "STRICT_ORDER"}}
ALLOWS_AWS = {"RulesSourceList": {"GeneratedRulesType": "ALLOWLIST", "TargetTypes": ["TLS_SNI"], "Targets": [".amazonaws.com"]}}  # fmt: skip
ALLOWS_OTHERS = {"RulesSourceList": ALLOWS_AWS["RulesSourceList"] | {"Targets": [".pypi.org", ".npmjs.org"]}}
DENIES_AWS = {"RulesSourceList": ALLOWS_AWS["RulesSourceList"] | {"GeneratedRulesType": "DENYLIST"}}
UNREAD = {"RulesString": 'pass tls any any -> any any (ja3.hash; content:"27e9c7cc45ae47dc50f51400db8a4099"; sid:1;)'}
TO_OTHERS = 'pass tls any any -> any any (tls.sni; content:".example.com"; endswith; sid:2;)'
TO_AWS = 'pass tls $HOME_NET any -> $EXTERNAL_NET 443 (tls.sni; dotprefix; content:".amazonaws.com"; endswith; nocase; flow:to_server; sid:3;)'  # fmt: skip
BEGINS = "pass tcp $HOME_NET any -> any any (flow:not_established, to_server; sid:4;)"
STOPS = "drop tcp any any -> any any (sid:5;)"
NOT_IT = 'reject tls any any -> any [443,8443] (tls.sni; content:"secretsmanager."; startswith; sid:6;)'
TELLS = "# alert all\nalert tcp any any -> any any (sid:7;)"


def says(*rules: str) -> Properties:
    return {"RulesString": "\n".join(rules)}


def header(action: str, port: str = "ANY", **options: Any) -> Properties:
    ends = {"Source": "10.0.0.0/16", "SourcePort": "ANY", "Direction": "FORWARD", "Destination": "ANY"}
    sid = {"RuleOptions": [{"Keyword": "sid", "Settings": ["1"]}, *options.get("more", [])]}
    return {"StatefulRules": [{"Action": action, "Header": ends | {"Protocol": "TCP", "DestinationPort": port}} | sid]}


def stateless(*rules: tuple[list[str], Properties]) -> Properties:
    told = [{"Priority": 9 - at, "RuleDefinition": {"Actions": does, "MatchAttributes": match}} for at, (does, match) in enumerate(rules)]  # fmt: skip
    return {"StatelessRulesAndCustomActions": {"StatelessRules": told}}


def endpoint_of(name: str) -> Properties:
    return {"Fn::Select": [1, {"Fn::Split": [":", {"Fn::Select": [0, att(name, "EndpointIds")]}]}]}


def walled(*, back: bool = True, does: list[str] = FORWARD, **policy: Any) -> Town:
    """A NAT gateway whose subnet routes to the internet through a firewall."""
    built = with_function(town()).remove("Init").set("Function", Code={"ZipFile": CALLS})
    built.add("WallTable", "AWS::EC2::RouteTable", VpcId=ref("Vpc"))
    built.add("WallSubnet", "AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.0.99.0/24")
    built.add("WallLink", "AWS::EC2::SubnetRouteTableAssociation", SubnetId=ref("WallSubnet"), RouteTableId=ref("WallTable"))  # fmt: skip
    built.add("WallRoute", "AWS::EC2::Route", ["Attachment"], RouteTableId=ref("WallTable"), DestinationCidrBlock="0.0.0.0/0", GatewayId=ref("Igw"))  # fmt: skip
    rules = {"StatelessDefaultActions": does, "StatelessFragmentDefaultActions": does} | policy
    built.add("Policy", "AWS::NetworkFirewall::FirewallPolicy", FirewallPolicyName="policy", FirewallPolicy=rules)
    built.add("Wall", "AWS::NetworkFirewall::Firewall", FirewallName="wall", VpcId=ref("Vpc"), FirewallPolicyArn=ref("Policy"), SubnetMappings=[{"SubnetId": ref("WallSubnet")}])  # fmt: skip
    built.add("PublicRoute", "AWS::EC2::Route", RouteTableId=ref("PublicTable"), DestinationCidrBlock="0.0.0.0/0", VpcEndpointId=endpoint_of("Wall"))  # fmt: skip
    if back:
        built.add("EdgeTable", "AWS::EC2::RouteTable", VpcId=ref("Vpc"))
        built.add("EdgeLink", "AWS::EC2::GatewayRouteTableAssociation", GatewayId=ref("Igw"), RouteTableId=ref("EdgeTable"))  # fmt: skip
        built.add("EdgeRoute", "AWS::EC2::Route", RouteTableId=ref("EdgeTable"), DestinationCidrBlock="10.0.1.0/24", VpcEndpointId=endpoint_of("Wall"))  # fmt: skip
    return built


def with_rules(built: Town, *sources: Properties, kind: str = "Stateful") -> Town:
    entries = []
    for index, source in enumerate(sources):
        built.add(f"Rules{index}", "AWS::NetworkFirewall::RuleGroup", RuleGroupName=f"rules{index}", Type=kind.upper(), Capacity=9, RuleGroup={"RulesSource": source})  # fmt: skip
        entries.append({"ResourceArn": ref(f"Rules{index}")})
    policy = built.resources["Policy"]["Properties"]["FirewallPolicy"]
    if kind == "Stateless" or "StatefulEngineOptions" in policy:
        entries = [entry | {"Priority": index + 1} for index, entry in enumerate(entries)]
    policy[f"{kind}RuleGroupReferences"] = entries
    return built


LAST = {"StatefulDefaultActions": ["aws:drop_strict"]}
LATER = {"StatefulDefaultActions": ["aws:drop_established"]}


@pytest.mark.parametrize(
    ("built", "verdict"),
    [
        (walled(), Verdict.YES),
        (walled(does=DROP), Verdict.NO),
        (walled(does=PASS), Verdict.YES),
        (walled(**STRICT), Verdict.YES),
        (walled(**STRICT, **LAST), Verdict.NO),
        (walled(TLSInspectionConfigurationArn="arn"), Verdict.UNKNOWN),
        (with_rules(walled(), ALLOWS_AWS), Verdict.YES),
        (with_rules(walled(), ALLOWS_OTHERS), Verdict.NO),
        (with_rules(walled(), ALLOWS_OTHERS, ALLOWS_AWS), Verdict.YES),
        (with_rules(walled(), ALLOWS_OTHERS, UNREAD), Verdict.UNKNOWN),
        (with_rules(walled(), ALLOWS_AWS, UNREAD), Verdict.UNKNOWN),
        (with_rules(walled(), DENIES_AWS), Verdict.NO),
        (with_rules(walled(), UNREAD), Verdict.UNKNOWN),
        (with_rules(walled(), says(TELLS)), Verdict.YES),
        (with_rules(walled(), says(STOPS)), Verdict.NO),
        (with_rules(walled(), says(NOT_IT)), Verdict.NO),
        (with_rules(walled(), says(STOPS, TO_AWS)), Verdict.UNKNOWN),
        (with_rules(walled(), says(STOPS, TO_AWS, BEGINS)), Verdict.UNKNOWN),
        (with_rules(walled(), ALLOWS_OTHERS, says(TO_OTHERS)), Verdict.NO),
        (with_rules(walled(**STRICT, **LATER), says(TO_AWS)), Verdict.YES),
        (with_rules(walled(**STRICT, **LATER), says(TO_OTHERS)), Verdict.NO),
        (with_rules(walled(**STRICT, **LAST), says(TO_AWS)), Verdict.UNKNOWN),
        (with_rules(walled(**STRICT, **LATER), says(BEGINS, TO_AWS)), Verdict.YES),
        (with_rules(walled(), header("DROP")), Verdict.NO),
        (with_rules(walled(), header("DROP", "80")), Verdict.YES),
        (with_rules(walled(), header("DROP", more=[{"Keyword": "flags", "Settings": ["S"]}])), Verdict.UNKNOWN),
        (with_rules(walled(), header("DROP"), header("PASS", "443")), Verdict.YES),
        (with_rules(walled(), header("DROP"), ALLOWS_AWS), Verdict.UNKNOWN),
        (with_rules(walled(**STRICT), header("DROP"), header("PASS", "443")), Verdict.NO),
        (with_rules(walled(**STRICT, **LAST), header("PASS", "443")), Verdict.YES),
        (with_rules(walled(**STRICT, **LAST), ALLOWS_AWS), Verdict.UNKNOWN),
        (with_rules(walled(**STRICT, **LATER), ALLOWS_AWS), Verdict.YES),
        (with_rules(walled(**STRICT, **LATER), ALLOWS_OTHERS), Verdict.NO),
        (with_rules(walled(does=DROP), stateless((PASS, {"Protocols": [6]})), kind="Stateless"), Verdict.YES),
        (with_rules(walled(does=PASS), stateless((DROP, {"Protocols": [17]})), kind="Stateless"), Verdict.YES),
        (with_rules(walled(does=PASS), stateless((DROP, {"DestinationPorts": [{"FromPort": 443, "ToPort": 443}]})), kind="Stateless"), Verdict.NO),
        (with_rules(walled(does=DROP), stateless((PASS, {"DestinationPorts": [{"FromPort": 443, "ToPort": 443}]})), kind="Stateless"), Verdict.NO),
    ],
)  # fmt: skip
def test_a_firewall_on_the_way_is_asked(built: Town, verdict: Verdict) -> None:
    assert verdict_on(built.judge(), "secretsmanager") is verdict


def test_what_it_drops_is_blamed_on_its_rules() -> None:
    (found,) = blocking(with_rules(walled(), ALLOWS_OTHERS).judge())
    assert [hop.code for hop in found.path if hop.remedy] == ["FIREWALL_RULES_RESTRICTION"]
    assert found.resources[0] == "Rules0"
    assert "lets .pypi.org, .npmjs.org through and not secretsmanager" in found.message


def test_answers_that_come_back_around_a_firewall_prove_nothing() -> None:
    assert verdict_on(walled(back=False).judge(), "secretsmanager") is Verdict.UNKNOWN
    assert verdict_on(walled(back=False, does=DROP).judge(), "secretsmanager") is Verdict.NO


def test_a_gateway_with_routes_of_its_own_leads_answers_through_what_the_request_did_not_pass() -> None:
    built = walled().add("PublicRoute", "AWS::EC2::Route", ["Attachment"], RouteTableId=ref("PublicTable"), DestinationCidrBlock="0.0.0.0/0", GatewayId=ref("Igw"))  # fmt: skip
    assert verdict_on(built.judge(), "secretsmanager") is Verdict.UNKNOWN
    built.set("EdgeRoute", DestinationCidrBlock="10.0.98.0/24")
    assert verdict_on(built.judge(), "secretsmanager") is Verdict.YES


def test_appliances_are_a_question_and_never_a_proof() -> None:
    built = walled().remove("Wall", "Policy")
    built.add("Box", "AWS::EC2::VPCEndpoint", VpcEndpointType="GatewayLoadBalancer", VpcId=ref("Vpc"), ServiceName="com.amazonaws.vpce.eu-west-1.vpce-svc-1", SubnetIds=[ref("WallSubnet")])  # fmt: skip
    for name in ("PublicRoute", "EdgeRoute"):
        built.set(name, VpcEndpointId=ref("Box"))
    judged = built.judge()
    assert verdict_on(judged, "secretsmanager") is Verdict.UNKNOWN
    assert "what the appliances behind Box do to what passes" in " ".join(item.question for item in judged.questions)


def test_a_route_that_stands_before_the_local_one_is_no_local_route() -> None:
    built = walled().add("Inside", "AWS::EC2::Route", RouteTableId=ref("PrivateTable"), DestinationCidrBlock="10.0.0.0/20", VpcEndpointId=endpoint_of("Wall"))  # fmt: skip
    built.add("Near", "AWS::EC2::VPCEndpoint", VpcEndpointType="Interface", VpcId=ref("Vpc"), PrivateDnsEnabled=True, ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.secretsmanager"}, SubnetIds=[ref("PublicSubnet1")], SecurityGroupIds=[ref("Group")])  # fmt: skip
    built.set(
        "Group", SecurityGroupIngress=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/16"}]
    )
    assert verdict_on(built.judge(), "secretsmanager") is Verdict.UNKNOWN
    assert verdict_on(built.remove("Inside").judge(), "secretsmanager") is Verdict.YES


def test_a_firewall_and_a_nat_gateway_that_lead_to_each_other_are_a_question() -> None:
    built = walled(back=False).add("WallRoute", "AWS::EC2::Route", RouteTableId=ref("WallTable"), DestinationCidrBlock="0.0.0.0/0", NatGatewayId=ref("Nat"))  # fmt: skip
    assert verdict_on(built.judge(), "secretsmanager") is Verdict.UNKNOWN


def test_a_listed_domain_is_that_host_alone_and_one_with_a_dot_those_below_it_too() -> None:
    """Source: AWS CloudFormation Template Reference, AWS::NetworkFirewall::RuleGroup RulesSourceList."""
    rule = DomainRule(Address("Stack", "Rules"), True, ("stripe.com", ".npmjs.org"), frozenset({443}))
    said = [rule.names(host) for host in ("stripe.com", "api.stripe.com", "npmjs.org", "registry.npmjs.org")]
    assert said == [True, False, True, True]
    assert isinstance(rule.names("${Name}.com"), Unknown)
