"""World -> firewalls and appliances that routes lead through, and the route tables of gateways.

Sources: CloudFormation template reference (AWS::NetworkFirewall, AWS::EC2::GatewayRouteTableAssociation); AWS Network
Firewall Developer Guide; Gateway Load Balancers guide (endpoints).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.identify import resource_named, to_address, to_addresses, to_block
from stackflight.model.middlebox import DomainRule, Ends, FirewallPolicy, Middlebox, PacketRule, StatefulRule
from stackflight.model.ranges import Block, Blocks, Ports
from stackflight.model.template import Resource, World
from stackflight.model.value import Address, Unknown, Value, as_dict, as_list, known_int, known_text, render
from stackflight.read.suricata import all_known, read_blocks, read_ports, read_rules

_ENDPOINTS = {"AWS::NetworkFirewall::Firewall", "AWS::NetworkFirewall::VpcEndpointAssociation"}
_READ = {
    "StatelessDefaultActions", "StatelessFragmentDefaultActions", "StatelessRuleGroupReferences", "StatelessCustomActions",
    "StatefulRuleGroupReferences", "StatefulEngineOptions", "StatefulDefaultActions",
}  # fmt: skip
_CHANGES_PACKETS = ("NatGatewayMappings", "NoSourcePreservation", "ProxySettings", "VpcEndpoint")
_ACTIONS = {"aws:pass": "pass", "aws:drop": "drop", "aws:forward_to_sfe": "forward"}
_TCP = 6


def read_middleboxes(world: World) -> dict[Address, Middlebox]:
    """Everything that a route to a VPC endpoint may lead to."""
    found = {}
    for item in world.of_type("AWS::NetworkFirewall::Firewall"):
        places = to_addresses(world, [as_dict(entry).get("SubnetId") for entry in as_list(item.get("SubnetMappings"))])
        found[item.address] = Middlebox(item.address, places, _policy(world, item))
    for item in world.of_type("AWS::NetworkFirewall::VpcEndpointAssociation"):
        owner = resource_named(world, item.get("FirewallArn"), "AWS::NetworkFirewall::Firewall")
        policy = (
            _policy(world, owner) if owner is not None else Unknown(f"what the firewall of {item.address} lets through")
        )
        place = to_address(world, item.get("SubnetMapping", "SubnetId"))
        found[item.address] = Middlebox(item.address, (place,), policy)
    for item in world.of_type("AWS::EC2::VPCEndpoint"):
        if known_text(item.get("VpcEndpointType")) == "GatewayLoadBalancer":
            why = Unknown(f"what the appliances behind {item.address} do to what passes", (f"resource {item.address}",))
            found[item.address] = Middlebox(item.address, to_addresses(world, item.get("SubnetIds")), why)
    return found


def endpoint_of_route(world: World, route: Resource) -> Address | None:
    """The firewall whose endpoint a route names by a piece of its list of endpoints."""
    edges = [edge.target for edge in route.edges if "VpcEndpointId" in edge.path]
    named = {target for target in edges if world.resources[target].type in _ENDPOINTS}
    return named.pop() if len(named) == 1 else None


def read_edges(world: World) -> dict[Address, Address | Unknown]:
    """The route tables of gateways, by the gateway."""
    links = {
        to_address(world, item.get("GatewayId")): item
        for item in world.of_type("AWS::EC2::GatewayRouteTableAssociation")
    }
    return {
        gateway: link.exists if isinstance(link.exists, Unknown) else to_address(world, link.get("RouteTableId"))
        for gateway, link in links.items()
        if isinstance(gateway, Address)
    }


def _policy(world: World, firewall: Resource) -> FirewallPolicy | Unknown:
    owner = resource_named(world, firewall.get("FirewallPolicyArn"), "AWS::NetworkFirewall::FirewallPolicy")
    unread = Unknown(f"what {firewall.address} lets through", (f"resource {firewall.address}",))
    body = as_dict(owner.get("FirewallPolicy")) if owner is not None else {}
    if any(firewall.get(key) is not None for key in _CHANGES_PACKETS):
        return unread
    if owner is None or owner.exists is not True or not body or set(body) - _READ:
        return unread
    options = as_dict(body.get("StatefulEngineOptions"))
    order = options.get("RuleOrder")
    last = [known_text(item) for item in as_list(body.get("StatefulDefaultActions"))]
    if None in last or (order is not None and known_text(order) is None) or options.get("FlowTimeouts") is not None:
        return unread
    strict = known_text(order) == "STRICT_ORDER"
    drops = [item for item in last if item is not None and item.startswith("aws:drop_")] if strict else []
    at_last = "drop all" if "aws:drop_strict" in drops else "drop established" if drops else "pass"
    return FirewallPolicy(
        owner.address,
        tuple(
            rule for group in _in_order(world, body.get("StatelessRuleGroupReferences")) for rule in _stateless(group)
        ),
        _action(body.get("StatelessDefaultActions")),
        tuple(rule for group in _in_order(world, body.get("StatefulRuleGroupReferences")) for rule in _stateful(group)),
        strict,
        at_last,
    )


def _action(value: Value) -> str | Unknown:
    """The standard action of a list, which may hold a custom one beside it."""
    if isinstance(value, Unknown):
        return value
    found = [_ACTIONS[text] for item in as_list(value) if (text := known_text(item)) in _ACTIONS]
    return found[0] if found else Unknown(f"the action {render(value)}")


def _in_order(world: World, references: Value) -> Iterator[Resource | Unknown]:
    """The rule groups of a list by their priority."""
    entries = [as_dict(item) for item in as_list(references)]
    if isinstance(references, Unknown) or any(not entry for entry in entries):
        yield references if isinstance(references, Unknown) else Unknown("a rule group")
        return
    for entry in sorted(entries, key=lambda item: known_int(item.get("Priority")) or 0):
        group = resource_named(world, entry.get("ResourceArn"), "AWS::NetworkFirewall::RuleGroup")
        unread = group is None or group.exists is not True or entry.get("Override") is not None
        yield Unknown(f"the rules of {render(entry.get('ResourceArn'))}") if group is None or unread else group


def _stateless(group: Resource | Unknown) -> Iterator[PacketRule | Unknown]:
    if isinstance(group, Unknown):
        yield group
        return
    rules = as_list(group.get("RuleGroup", "RulesSource", "StatelessRulesAndCustomActions", "StatelessRules"))
    entries = [as_dict(item) for item in rules]
    if not entries or any(known_int(entry.get("Priority")) is None for entry in entries):
        yield Unknown(f"the rules of {group.address}")
        return
    for entry in sorted(entries, key=lambda item: known_int(item.get("Priority")) or 0):
        action = _action(as_dict(entry.get("RuleDefinition")).get("Actions"))
        match = as_dict(as_dict(entry.get("RuleDefinition")).get("MatchAttributes"))
        protocols = [known_int(item) for item in as_list(match.get("Protocols"))]
        if isinstance(action, Unknown) or None in protocols:
            yield Unknown(f"a rule of {group.address}")
        elif not protocols or _TCP in protocols:
            only = Unknown(f"which packets a rule of {group.address} speaks of")
            yield PacketRule(
                group.address, action, _ends(match.get("Sources")), _ends(match.get("Destinations")),
                _ports(match.get("DestinationPorts")),
                only if match.get("TCPFlags") or match.get("SourcePorts") else None,
            )  # fmt: skip


def _ends(value: Value) -> Ends:
    blocks = [to_block(as_dict(item).get("AddressDefinition")) for item in as_list(value)]
    doubt = next((item for item in blocks if isinstance(item, Unknown)), None)
    if isinstance(value, Unknown) or doubt is not None:
        return value if isinstance(value, Unknown) else doubt or Unknown("addresses of a rule")
    return _all_or(tuple(item for item in blocks if isinstance(item, Block)))


def _all_or(blocks: Blocks) -> Blocks:
    return () if any(block.prefixlen == 0 for block in blocks) else blocks


def _ports(value: Value) -> Ports | Unknown:
    pairs = [
        (known_int(as_dict(item).get("FromPort")), known_int(as_dict(item).get("ToPort"))) for item in as_list(value)
    ]
    known = tuple((low, high) for low, high in pairs if low is not None and high is not None)
    return known if len(known) == len(pairs) and not isinstance(value, Unknown) else Unknown("ports of a rule")


def _stateful(group: Resource | Unknown) -> Iterator[StatefulRule]:
    """Lists of domains, rules of plain headers, and rules in Suricata's own language."""
    if isinstance(group, Unknown):
        yield group
        return
    source = as_dict(group.get("RuleGroup", "RulesSource"))
    listed, rules = as_dict(source.get("RulesSourceList")), as_list(source.get("StatefulRules"))
    if listed and set(source) == {"RulesSourceList"}:
        yield _domains(group, listed)
    elif rules and set(source) == {"StatefulRules"}:
        yield from (_header_rule(group, as_dict(rule)) for rule in rules)
    elif set(source) == {"RulesString"} and not isinstance(source["RulesString"], Unknown):
        sets = as_dict(group.get("RuleGroup", "RuleVariables", "IPSets"))
        yield from read_rules(
            group.address, render(source["RulesString"]), {name: _set_of(item) for name, item in sets.items()}
        )
    else:
        yield Unknown(f"the rules of {group.address}", (f"resource {group.address}",))


def _set_of(value: Value) -> Ends:
    return all_known(
        [to_block(item) for item in as_list(as_dict(value).get("Definition"))], "the addresses of a variable"
    )


def _domains(group: Resource, listed: dict[str, Value]) -> StatefulRule:
    kind = known_text(listed.get("GeneratedRulesType"))
    names = [known_text(item) for item in as_list(listed.get("Targets"))]
    types = {known_text(item) for item in as_list(listed.get("TargetTypes"))}
    own_home = group.get("RuleGroup", "RuleVariables") is not None
    if kind not in {"ALLOWLIST", "DENYLIST"} or None in names or not names or None in types or own_home:
        return Unknown(f"the domains of {group.address}")
    ports = frozenset({port for name, port in (("TLS_SNI", 443), ("HTTP_HOST", 80)) if name in types})
    return DomainRule(group.address, kind == "ALLOWLIST", tuple((name or "").lower() for name in names), ports)


def _header_rule(group: Resource, rule: dict[str, Value]) -> StatefulRule:
    header = as_dict(rule.get("Header"))
    action, protocol = known_text(rule.get("Action")), known_text(header.get("Protocol"))
    plain = all(
        known_text(as_dict(item).get("Keyword")) in {"sid", "msg", "rev"} for item in as_list(rule.get("RuleOptions"))
    )
    ends = [_header_ends(header.get(key)) for key in ("Source", "Destination")]
    port, sent_from = render(header.get("DestinationPort")), known_text(header.get("SourcePort"))
    if action == "ALERT" or protocol in {"UDP", "ICMP", "DNS", "DHCP", "NTP", "TFTP"}:
        return PacketRule(group.address, "forward", (), (), ())
    known_action = {"PASS": "pass", "DROP": "drop", "REJECT": "drop"}.get(action or "")
    if known_action is None or protocol not in {"TCP", "IP"} or not plain or sent_from != "ANY":
        return Unknown(f"a rule of {group.address}", (f"resource {group.address}",))
    return PacketRule(
        group.address, known_action, ends[0], ends[1], read_ports("any" if port.upper() == "ANY" else port)
    )


def _header_ends(value: Value) -> Ends:
    text = (known_text(value) or "").strip()
    if text.upper() == "ANY":
        return ()
    blocks = read_blocks(render(value))
    return blocks if isinstance(blocks, Unknown) else _all_or(blocks)
