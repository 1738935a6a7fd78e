"""World -> what else than Amazon's resolver answers, or refuses to answer, for names in a VPC.

Private hosted zones with their records, forwarding rules, Route 53 Profiles, servers of the DHCP options and rule groups
of the DNS Firewall. Source: Amazon Route 53 Developer Guide, considerations for private hosted zones, Resolver rules,
Profiles, DNS Firewall rule groups; Amazon VPC User Guide, DHCP option sets.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from stackflight.model.identify import resource_named, to_address
from stackflight.model.names import Answerer, Filter, Record
from stackflight.model.template import Resource, World
from stackflight.model.value import (
    Address,
    Reference,
    Unknown,
    Value,
    as_dict,
    as_list,
    known_int,
    known_text,
    references_in,
    render,
)


def read_answers(world: World, vpc: Address) -> tuple[Answerer, ...]:
    """Everything that answers beside Amazon's own servers, in template order."""
    return (*_zones(world, vpc), *_rules(world, vpc), *_profiles(world, vpc), *_servers(world, vpc))


def _zones(world: World, vpc: Address) -> Iterator[Answerer]:
    for zone in world.of_type("AWS::Route53::HostedZone"):
        places = [_place(world, item) for item in as_list(zone.get("VPCs"))]
        perhaps = any(isinstance(place, Unknown) for place in places)
        if vpc in places or perhaps:
            records, complete = _records(world, zone)
            sure = vpc in places and zone.exists is True
            yield Answerer(_domain(zone.get("Name")), zone.address, "zone", records, complete and sure)


def _place(world: World, item: Value) -> Address | Unknown | None:
    """The VPC of an association; None for one of another template."""
    given = item if isinstance(item, Unknown) else as_dict(item).get("VPCId")
    found = to_address(world, given)
    return None if isinstance(given, str) and isinstance(found, Unknown) else found


def _records(world: World, zone: Resource) -> tuple[tuple[Record, ...], bool]:
    """The records of a zone, and whether they are all of them."""
    found: list[Record] = []
    groups = world.of_type("AWS::Route53::RecordSetGroup")
    complete = all(isinstance(item, dict) for group in groups for item in as_list(group.get("RecordSets")))
    for owner, given in record_sets(world):
        place = given.get("HostedZoneId")
        by_name = _domain(given.get("HostedZoneName")) == _domain(zone.get("Name"))
        if (place is not None and to_address(world, place) == zone.address) or (place is None and by_name):
            found.append(_record(world, owner, given))
        elif isinstance(place, Unknown):
            complete = False
    opaque = any(
        user.is_custom or user.type == "AWS::CloudFormation::Stack" for user in world.referrers.get(zone.address, ())
    )
    return tuple(found), complete and not opaque


def record_sets(world: World) -> Iterator[tuple[Resource, dict[str, Value]]]:
    """Every record, alone or of a group, with the resource that makes it and its properties."""
    for resource in world.of_type("AWS::Route53::RecordSet"):
        yield resource, resource.properties
    for group in world.of_type("AWS::Route53::RecordSetGroup"):
        for item in as_list(group.get("RecordSets")):
            yield group, {**group.properties, **as_dict(item)}


def _record(world: World, owner: Resource, given: dict[str, Value]) -> Record:
    """One record; `leads_to` is the VPC endpoint whose name it is an alias or a CNAME for."""
    target = as_dict(given.get("AliasTarget")).get("DNSName", given.get("ResourceRecords"))
    endpoints = [
        item.address
        for item in references_in(target)
        if item.address in world.resources and world.resources[item.address].type == "AWS::EC2::VPCEndpoint"
    ]
    return Record(
        _domain(given.get("Name")),
        owner.address,
        (known_text(given.get("Type")) or "").upper(),
        endpoints[0] if endpoints else None,
        owner.exists is True and known_text(given.get("Type")) is not None,
    )


def _rules(world: World, vpc: Address) -> Iterator[Answerer]:
    for link in world.of_type("AWS::Route53Resolver::ResolverRuleAssociation"):
        if to_address(world, link.get("VPCId")) == vpc:
            rule = resource_named(world, link.get("ResolverRuleId"), "AWS::Route53Resolver::ResolverRule")
            if rule is None:
                yield Answerer("", link.address, "unseen rule")
            else:
                system = known_text(rule.get("RuleType")) == "SYSTEM"
                yield Answerer(_domain(rule.get("DomainName")), link.address, "system rule" if system else "rule")


def _profiles(world: World, vpc: Address) -> Iterator[Answerer]:
    for profile in world.of_type("AWS::Route53Profiles::ProfileAssociation"):
        if to_address(world, profile.get("ResourceId")) == vpc:
            yield Answerer("", profile.address, "profile")


def _servers(world: World, vpc: Address) -> Iterator[Answerer]:
    for link in world.of_type("AWS::EC2::VPCDHCPOptionsAssociation"):
        if to_address(world, link.get("VpcId")) != vpc or known_text(link.get("DhcpOptionsId")) == "default":
            continue
        options = resource_named(world, link.get("DhcpOptionsId"), "AWS::EC2::DHCPOptions")
        given = options.get("DomainNameServers") if options is not None else Unknown("the servers of its DHCP options")
        if options is not None and given is None:
            continue
        servers = tuple(_server(item) for item in _split(given))
        if any(isinstance(item, Unknown) or not _is_amazons(item, world, vpc) for item in servers):
            yield Answerer("", link.address, "servers", servers=servers, source=options.address if options else None)


def _split(value: Value) -> list[Value]:
    """The items of a list that may be written as one text with commas."""
    found: list[Value] = []
    for item in as_list(value):
        found += [part.strip() for part in item.split(",")] if isinstance(item, str) else [item]
    return found


def _server(value: Value) -> str | Unknown:
    text = known_text(value)
    if text is not None:
        return text
    return value if isinstance(value, Unknown) else Unknown(f"the address of {render(value)}")


def _is_amazons(server: str, world: World, vpc: Address) -> bool:
    """AmazonProvidedDNS, its link-local address, or the base of the VPC's block plus two."""
    if server in {"AmazonProvidedDNS", "169.254.169.253"}:
        return True
    try:
        base = ipaddress.IPv4Network(known_text(world.resources[vpc].get("CidrBlock")) or "", strict=False)
        return ipaddress.IPv4Address(server) == base.network_address + 2
    except ValueError:
        return False


def read_filters(world: World, vpc: Address) -> tuple[Filter, ...]:
    """The rules of the DNS Firewall that a VPC's queries meet, in the order in which they are asked."""
    found: list[tuple[int, int, Filter]] = []
    for link in world.of_type("AWS::Route53Resolver::FirewallRuleGroupAssociation"):
        if to_address(world, link.get("VpcId")) != vpc:
            continue
        group = resource_named(world, link.get("FirewallRuleGroupId"), "AWS::Route53Resolver::FirewallRuleGroup")
        order = known_int(link.get("Priority")) or 0
        if group is None:
            continue
        for item in as_list(group.get("FirewallRules")):
            rule = as_dict(item)
            action = (known_text(rule.get("Action")) or "").upper()
            redirects = rule.get("FirewallDomainRedirectionAction")
            trusts = known_text(redirects) == "TRUST_REDIRECTION_DOMAIN"
            made = Filter(
                group.address, action, _domains(world, rule.get("FirewallDomainListId")), link.address,
                redirects if isinstance(redirects, Unknown) else trusts,
            )  # fmt: skip
            found.append((order, known_int(rule.get("Priority")) or 0, made))
    return tuple(entry for _, _, entry in sorted(found, key=lambda item: item[:2]))


def _domains(world: World, value: Value) -> tuple[str, ...] | Unknown:
    """The domains of a list of the template; AWS's managed lists hold none of AWS's own names."""
    listed = resource_named(world, value, "AWS::Route53Resolver::FirewallDomainList")
    if listed is not None:
        items = as_list(listed.get("Domains"))
        if listed.get("DomainFileUrl") is not None or any(isinstance(item, Unknown) for item in items):
            return Unknown(f"the domains of {listed.address}", (f"resource {listed.address}",))
        return tuple(_domain(item) for item in items)
    if isinstance(value, (Unknown, Reference)) and known_text(value) is None:
        return Unknown(
            "the domains of a rule of the DNS Firewall", value.decided_by if isinstance(value, Unknown) else ()
        )
    return ()


def _domain(value: Value) -> str:
    text = render(value).replace("\\052", "*").strip().strip(".").lower()
    return re.sub(r"\$\{aws::region\}", "${AWS::Region}", text)
