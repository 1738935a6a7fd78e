"""World -> the domains that something else than Amazon's resolver answers for in a VPC.

Private hosted zones, forwarding rules, Route 53 Profiles and servers of the DHCP options may all lead the name of an AWS
service to a private address: an endpoint without private DNS, or the endpoints of another VPC. Source: Amazon Route 53
Developer Guide, private hosted zones, resolver rules, Profiles; Amazon VPC User Guide, DHCP option sets.
"""

from __future__ import annotations

from stackflight.model.identify import resource_named, to_address
from stackflight.model.template import World
from stackflight.model.value import Address, Value, as_dict, as_list, known_text, render


def read_answers(world: World, vpc: Address) -> tuple[tuple[str, Address], ...]:
    """Domain and what answers for it, in template order; "" where it is all of them or not known which."""
    found: list[tuple[str, Address]] = []
    for zone in world.of_type("AWS::Route53::HostedZone"):
        if any(to_address(world, as_dict(item).get("VPCId")) == vpc for item in as_list(zone.get("VPCs"))):
            found.append((_domain(zone.get("Name")), zone.address))
    for link in world.of_type("AWS::Route53Resolver::ResolverRuleAssociation"):
        if to_address(world, link.get("VPCId")) == vpc:
            rule = resource_named(world, link.get("ResolverRuleId"))
            found.append((_domain(rule.get("DomainName")) if rule is not None else "", link.address))
    for profile in world.of_type("AWS::Route53Profiles::ProfileAssociation"):
        if to_address(world, profile.get("ResourceId")) == vpc:
            found.append(("", profile.address))
    for link in world.of_type("AWS::EC2::VPCDHCPOptionsAssociation"):
        if to_address(world, link.get("VpcId")) == vpc:
            options = resource_named(world, link.get("DhcpOptionsId"))
            servers = as_list(options.get("DomainNameServers")) if options is not None else None
            if servers is None or any(known_text(item) != "AmazonProvidedDNS" for item in servers):
                found.append(("", link.address))
    return tuple(found)


def _domain(value: Value) -> str:
    return render(value).strip(".").lower()
