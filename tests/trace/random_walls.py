"""What some random networks hold besides: a firewall between the first VPC and the internet, with a policy of any kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random_networks import Builder

from random_parts import att, ref

ENDS = ("0.0.0.0/0", "10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/24", "52.0.0.0/8", "203.0.113.0/24")
ACTIONS = ("aws:pass", "aws:drop", "aws:forward_to_sfe", "aws:forward_to_sfe")


def endpoint() -> dict[str, Any]:
    return {"Fn::Select": [1, {"Fn::Split": [":", {"Fn::Select": [0, att("Wall", "EndpointIds")]}]}]}


def add_wall(built: Builder) -> None:
    """The default routes of some tables lead to it, and the gateway's own table leads answers back, mostly."""
    built.used["firewall"] += 1
    built.add("WallT", "EC2::RouteTable", VpcId=ref("V0"))
    built.add("WallS", "EC2::Subnet", VpcId=ref("V0"), CidrBlock="10.0.240.0/24")
    built.add("WallL", "EC2::SubnetRouteTableAssociation", SubnetId=ref("WallS"), RouteTableId=ref("WallT"))
    onward: dict[str, Any] = {"GatewayId": ref("V0I")}
    if "V0N" in built.resources and built.chance(0.4):
        onward = {"NatGatewayId": ref("V0N")}
    if built.chance(0.95):
        built.add("WallR", "EC2::Route", RouteTableId=ref("WallT"), DestinationCidrBlock="0.0.0.0/0", **onward)
    built.add("WallP", "NetworkFirewall::FirewallPolicy", FirewallPolicyName="p", FirewallPolicy=_policy(built))
    built.add("Wall", "NetworkFirewall::Firewall", FirewallName="w", VpcId=ref("V0"), FirewallPolicyArn=ref("WallP"), SubnetMappings=[{"SubnetId": ref("WallS")}])  # fmt: skip
    for table in built.tables["V0"]:
        route = next((item for item in built.resources.values() if item["Properties"].get("RouteTableId") == ref(table) and item["Properties"].get("DestinationCidrBlock") == "0.0.0.0/0"), None)  # fmt: skip
        if route is not None and built.chance(0.6):
            route["Properties"] = {"RouteTableId": ref(table), "DestinationCidrBlock": "0.0.0.0/0", "VpcEndpointId": endpoint()}  # fmt: skip
    if built.chance(0.85):
        built.add("EdgeT", "EC2::RouteTable", VpcId=ref("V0"))
        built.add("EdgeL", "EC2::GatewayRouteTableAssociation", GatewayId=ref("V0I"), RouteTableId=ref("EdgeT"))
        for index, subnet in enumerate(built.subnets["V0"]):
            block = built.resources[subnet]["Properties"]["CidrBlock"]
            if built.chance(0.8):
                built.add(f"EdgeR{index}", "EC2::Route", RouteTableId=ref("EdgeT"), DestinationCidrBlock=block, VpcEndpointId=endpoint())  # fmt: skip


def _policy(built: Builder) -> dict[str, Any]:
    strict = built.chance(0.4)
    policy: dict[str, Any] = {"StatelessDefaultActions": [built.random.choice(ACTIONS)], "StatelessFragmentDefaultActions": ["aws:pass"]}  # fmt: skip
    if strict:
        policy["StatefulEngineOptions"] = {"RuleOrder": "STRICT_ORDER"}
        last = built.random.choice((None, "aws:drop_strict", "aws:drop_established", "aws:alert_strict"))
        policy |= {"StatefulDefaultActions": [last]} if last else {}
    for kind, made in (("Stateless", _stateless), ("Stateful", _stateful)):
        entries = []
        for index in range(built.random.choice((0, 0, 1, 2)) if kind == "Stateful" else built.random.choice((0, 0, 1))):
            name = built.add(f"Wall{kind}{index}", "NetworkFirewall::RuleGroup", RuleGroupName="r", Type=kind.upper(), Capacity=9, RuleGroup={"RulesSource": made(built)})  # fmt: skip
            ordered = {"Priority": 9 - index} if strict or kind == "Stateless" else {}
            entries.append({"ResourceArn": ref(name), **ordered})
        if entries:
            policy[f"{kind}RuleGroupReferences"] = entries
    return policy


def _stateless(built: Builder) -> dict[str, Any]:
    rules = []
    for number in built.random.sample(range(1, 20), built.random.choice((1, 2, 3))):
        match: dict[str, Any] = {}
        for key in ("Sources", "Destinations"):
            if built.chance(0.5):
                match[key] = [{"AddressDefinition": built.random.choice(ENDS)}]
        if built.chance(0.5):
            low, high = built.random.choice(((443, 443), (80, 80), (1024, 65535), (0, 65535)))
            match["DestinationPorts"] = [{"FromPort": low, "ToPort": high}]
        if built.chance(0.4):
            match["Protocols"] = [built.random.choice((6, 17))]
        rules.append({"Priority": number, "RuleDefinition": {"Actions": [built.random.choice(ACTIONS)], "MatchAttributes": match}})  # fmt: skip
    return {"StatelessRulesAndCustomActions": {"StatelessRules": rules}}


def _stateful(built: Builder) -> dict[str, Any]:
    if built.chance(0.5):
        names = [name for name in (".amazonaws.com", ".example.com", "pypi.org") if built.chance(0.5)] or [".org"]
        types = built.random.choice((["TLS_SNI"], ["HTTP_HOST"], ["TLS_SNI", "HTTP_HOST"]))
        return {"RulesSourceList": {"GeneratedRulesType": built.random.choice(("ALLOWLIST", "DENYLIST")), "TargetTypes": types, "Targets": names}}  # fmt: skip
    rules = []
    for _ in range(built.random.choice((1, 2))):
        header = {"Protocol": built.random.choice(("TCP", "IP", "UDP")), "Source": built.random.choice((*ENDS, "ANY")), "SourcePort": "ANY", "Direction": "FORWARD"}  # fmt: skip
        header |= {"Destination": built.random.choice(("ANY", "ANY", *ENDS)), "DestinationPort": built.random.choice(("ANY", "443", "80", "400:500"))}  # fmt: skip
        sid = [{"Keyword": "sid", "Settings": ["1"]}]
        rules.append({"Action": built.random.choice(("PASS", "DROP", "REJECT", "ALERT")), "Header": header, "RuleOptions": sid})  # fmt: skip
    return {"StatefulRules": rules}
