"""Names that a template gives: records of its hosted zones, and the custom domains of what VPC Lattice makes reachable.

Sources: Amazon Route 53 Developer Guide, routing traffic to VPC Lattice, private hosted zones; Amazon VPC Lattice User Guide,
custom domain names, resource configurations; AWS PrivateLink guide, access VPC resources (private DNS preferences).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from stackflight.model.identify import resource_named, to_address, to_addresses
from stackflight.model.need import InternetTarget, LatticeTarget, Placement, ResourceTarget
from stackflight.model.template import Resource
from stackflight.model.value import Address, as_dict, as_list, known_flag, known_text, references_in, render
from stackflight.read.names import record_sets
from stackflight.read.needs.scene import Scene

Listening: TypeAlias = ResourceTarget | InternetTarget
_CONFIGURATION = "AWS::VpcLattice::ResourceConfiguration"


def recorded_names(
    scene: Scene, by_name: Mapping[tuple[Address, str], tuple[Listening, ...]]
) -> dict[str, tuple[Listening, ...]]:
    """The names of hosted zones that lead to something private here; those of a private zone exist in its VPCs alone."""
    found: dict[str, tuple[Listening, ...]] = {}
    for owner, given in record_sets(scene.world):
        zone = resource_named(scene.world, given.get("HostedZoneId"), "AWS::Route53::HostedZone")
        name = render(given.get("Name")).lower().rstrip(".")
        if zone is None or not name or "*" in name or owner.exists is not True:
            continue
        homes = [to_address(scene.world, as_dict(item).get("VPCId")) for item in as_list(zone.get("VPCs"))]
        known = tuple(home for home in homes if isinstance(home, Address))
        target = as_dict(given.get("AliasTarget")).get("DNSName", given.get("ResourceRecords"))
        targets = [item for part in references_in(target) for item in by_name.get((part.address, part.attribute), ())]
        inside = [item for item in targets if isinstance(item, ResourceTarget)]
        named_in = known if len(known) == len(homes) else ()
        found[name] = tuple(replace(item, named_in=named_in) for item in inside)
    return {name: targets for name, targets in found.items() if targets}


def interfaces_of(scene: Scene, endpoint: Resource) -> ResourceTarget:
    """The interfaces of an endpoint; the port is still to be filled in."""
    subnets, groups = (to_addresses(scene.world, endpoint.get(key)) for key in ("SubnetIds", "SecurityGroupIds"))
    return ResourceTarget(endpoint.address, 0, Placement(subnets, groups), "endpoint")


def resource_names(scene: Scene) -> dict[str, tuple[Listening, ...]]:
    """The custom domains of resource configurations, wherever an endpoint or a service network makes them a private name."""
    found: dict[str, list[Listening]] = defaultdict(list)
    for configuration in scene.world.of_type(_CONFIGURATION):
        name = render(configuration.get("CustomDomainName")).lower()
        if name:
            found[name] += _of_endpoints(scene, configuration, name)
            if _in_network(scene, configuration):
                found[name].append(LatticeTarget(configuration.address, 0, Placement((), ()), "Lattice resource"))
    return {name: tuple(targets) for name, targets in found.items() if targets}


def _of_endpoints(scene: Scene, configuration: Resource, name: str) -> Iterator[ResourceTarget]:
    for endpoint in scene.world.of_type("AWS::EC2::VPCEndpoint"):
        named = resource_named(scene.world, endpoint.get("ResourceConfigurationArn"), _CONFIGURATION)
        home = to_address(scene.world, endpoint.get("VpcId"))
        private = known_flag(endpoint.get("PrivateDnsEnabled"), False) is True
        if named is not None and named.address == configuration.address and private and isinstance(home, Address):
            if _prefers(endpoint, configuration, name):
                yield replace(interfaces_of(scene, endpoint), named_in=(home,))


def _prefers(link: Resource, configuration: Resource, name: str) -> bool:
    """Whether an endpoint or association makes private names of domains like this: of verified ones unless told otherwise."""
    options = as_dict(link.get("DnsOptions"))
    listed = [render(item).lower() for item in as_list(options.get("PrivateDnsSpecifiedDomains"))]
    preference = known_text(options.get("PrivateDnsPreference")) or "VERIFIED_DOMAINS_ONLY"
    verified = configuration.get("DomainVerificationId") is not None and preference.startswith("VERIFIED")
    return preference == "ALL_DOMAINS" or verified or (preference.endswith("SPECIFIED_DOMAINS") and name in listed)


def _in_network(scene: Scene, configuration: Resource) -> bool:
    """Whether its name is a private one in the VPCs of a service network that holds it."""
    networks = [
        to_address(scene.world, link.get("ServiceNetworkId"))
        for link in scene.world.of_type("AWS::VpcLattice::ServiceNetworkResourceAssociation")
        if to_address(scene.world, link.get("ResourceConfigurationId")) == configuration.address
        and known_flag(link.get("PrivateDnsEnabled"), False) is True
    ]
    name = render(configuration.get("CustomDomainName")).lower()
    return any(
        to_address(scene.world, link.get("ServiceNetworkIdentifier")) in networks
        and known_flag(link.get("PrivateDnsEnabled"), False) is True
        and _prefers(link, configuration, name)
        for link in scene.world.of_type("AWS::VpcLattice::ServiceNetworkVpcAssociation")
    )
