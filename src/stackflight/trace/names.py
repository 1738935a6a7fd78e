"""A host name asked from a subnet -> who answers for it, and whether the answer is of use.

The most specific of private hosted zones, forwarding rules and the private names of endpoints answers; a zone that holds
no such record answers that the name does not exist, and nobody else is asked. Instances and tasks ask the servers of the
DHCP options. Sources: Amazon Route 53 Developer Guide, considerations for private hosted zones, Resolver rules, DNS
Firewall; Amazon VPC User Guide, DHCP option sets.
"""

from __future__ import annotations

import ipaddress

from stackflight.facts.load import read_table
from stackflight.model.finding import BLOCKS, PASSES, Hop
from stackflight.model.names import Answerer, Record
from stackflight.model.network import Network, Subnet, Vpc
from stackflight.model.ranges import Block
from stackflight.model.value import Address, Unknown
from stackflight.records import dataclass
from stackflight.trace.between import look_up
from stackflight.trace.hops import undecided
from stackflight.trace.paths import Source
from stackflight.trace.translation import translator

# Workloads that take the servers of the DHCP options. Source: Amazon VPC User Guide (instances); Amazon ECS Developer
# Guide, Fargate task networking. Whether functions do is not documented.
_ASK_DHCP = {
    "EC2 instance",
    "Auto Scaling group",
    "EKS node group",
    "ECS service",
    "ECS service on instances",
    "scheduled task",
}

# A registry's host begins with the account that it belongs to. Source: Amazon ECR User Guide, private registries.
_REGISTRY = "${AWS::AccountId}."


@dataclass(frozen=True, slots=True)
class Asked:
    """What asking for a name gives: hops that tell of it, and the VPC endpoint that a record leads to."""

    hops: tuple[Hop, ...] = ()
    endpoint: Address | None = None


def host_of(service: str, region: str) -> str:
    """The host name of a service in a Region."""
    label = read_table("endpoints")["hosts"].get(service, service)
    return f"{label}.{region}.amazonaws.com"


def ask(network: Network, source: Source, host: str, private: bool = False) -> Asked:
    """Ask for a host; `private` says that an endpoint's private DNS holds that very name."""
    vpc = network.vpcs.get(source.vpc) if source.vpc else None
    if vpc is None or not isinstance(source.subnet, Subnet):
        return Asked()
    servers = next((item for item in vpc.answers if item.kind == "servers"), None)
    if servers is not None and source.kind in _ASK_DHCP:
        return Asked((_ask_servers(network, source.subnet, servers),))
    refused = _refused(vpc, host)
    if refused is not None:
        return Asked((refused,))
    answering = [
        item for item in vpc.answers if item.kind != "servers" and item.covers(host) and "${" not in _free(item)
    ]
    best = max(answering, key=lambda item: (len(item.domain), item.kind != "zone"), default=None)
    if best is not None and best.kind == "system rule":
        zones = [item for item in answering if item.kind == "zone"]
        best = max(zones, key=lambda item: len(item.domain), default=None)
    if best is None or (private and len(best.domain) < len(host)):
        return Asked()
    if best.kind != "zone" or not best.complete:
        return Asked((undecided(f"DNS of {vpc.address}", _what(best, host)),))
    return _ask_zone(vpc, best, host)


def _free(answerer: Answerer) -> str:
    """The domain without the Region, which all names of a stack share."""
    return answerer.domain.replace("${AWS::Region}", "")


def _what(owner: Answerer, host: str) -> Unknown:
    return Unknown(f"what {owner.owner} answers for {host}", (f"resource {owner.owner}",))


def _ask_zone(vpc: Vpc, zone: Answerer, host: str) -> Asked:
    at = f"DNS of {vpc.address}"
    records = [record for record in zone.records if record.type in {"A", "AAAA", "CNAME", ""}]
    found = _record(records, host)
    unread = next((item for item in records if "${" in item.name.replace("${AWS::Region}", "")), None)
    if found is None and unread is not None:
        return Asked((undecided(at, Unknown(f"which name {unread.owner} is for", (f"resource {unread.owner}",))),))
    registries = [item for item in records if item.name.partition(".")[2] == host.removeprefix(_REGISTRY)]
    if found is None and host.startswith(_REGISTRY) and registries:
        whose = Unknown(f"whether the registry is that of {registries[0].owner}", (f"resource {registries[0].owner}",))
        return Asked((undecided(at, whose),))
    if found is None:
        why = f"{zone.owner} answers for {zone.domain} and holds no record for {host}, so the name does not exist in the VPC"
        return Asked(
            (
                Hop(
                    at, BLOCKS, why, code="DNS_NAME_SHADOWED", blame=(zone.owner,),
                    remedy=f"name {zone.owner} after the one name that it is for, or add a record for {host} to it",
                ),
            )
        )  # fmt: skip
    if found.endpoint is not None and found.sure:
        why = f"{found.owner} leads {host} to {found.endpoint}"
        return Asked((Hop(at, PASSES, why, relies_on=(zone.owner, found.owner)),), found.endpoint)
    return Asked((undecided(at, Unknown(f"where {found.owner} leads {host}", (f"resource {found.owner}",))),))


def _record(records: list[Record], host: str) -> Record | None:
    """The record of a name, else that of the nearest wildcard above it; a name with records below it hides none."""
    exact = next((item for item in records if item.name == host), None)
    if exact is not None:
        return exact
    labels = host.split(".")
    for index in range(1, len(labels)):
        wild = "*." + ".".join(labels[index:])
        found = next((item for item in records if item.name == wild), None)
        if found is not None:
            return found
    return None


def _refused(vpc: Vpc, host: str) -> Hop | None:
    """The rule of the DNS Firewall that stops a query, or may stop it."""
    for rule in vpc.filters:
        matches = rule.matches(host)
        if isinstance(matches, Unknown) and rule.action == "BLOCK":
            return undecided(f"DNS Firewall {rule.owner}", matches)
        if matches is True and rule.action == "BLOCK":
            return Hop(
                f"DNS Firewall {rule.owner}", BLOCKS, f"{rule.owner} blocks queries for {host}", code="DNS_FIREWALL_BLOCKS",
                blame=(rule.owner, rule.link), remedy=f"allow {host} in a rule of {rule.owner} before the one that blocks it",
            )  # fmt: skip
        if matches is True:
            return None
    return None


def _ask_servers(network: Network, subnet: Subnet, servers: Answerer) -> Hop:
    """Whether one of the servers can be asked; that it answers rightly is taken for granted."""
    at, hops = f"name servers of {servers.owner}", []
    for server in servers.servers:
        if isinstance(server, Unknown):
            hops.append(undecided(at, server))
            continue
        try:
            block = ipaddress.IPv4Network(server)
        except ValueError:
            hops.append(Hop(at, PASSES, f"{server} is asked", relies_on=(servers.owner,)))
            continue
        hops.append(_way_to_server(network, subnet, block, servers))
    order = {PASSES: 0, "unknown": 1, BLOCKS: 2}
    return min(hops, key=lambda hop: order[hop.verdict]) if hops else Hop(at, PASSES, "none is named")


def _server_inside(network: Network, vpc: Vpc, block: Block, servers: Answerer) -> Hop:
    """A server at an address of the VPC: Amazon's own, one in a subnet, or none, where no subnet has the address."""
    at, server = f"name servers of {servers.owner}", block.network_address
    subnets = [subnet.cidr for subnet in network.subnets.values() if subnet.vpc == vpc.address]
    held = any(isinstance(cidr, Unknown) or block.subnet_of(cidr) for cidr in subnets)
    if held or any(server == cidr.network_address + _AMAZONS for cidr in vpc.cidrs):
        return Hop(at, PASSES, f"{server} is asked", relies_on=(servers.owner,))
    if vpc.handed_on:
        return undecided(at, Unknown(f"whether a subnet of {vpc.address} that is not read here holds {server}"))
    owner = servers.source or servers.owner
    return Hop(
        at, BLOCKS, f"the DHCP options name {server} as server, an address of {vpc.address} that lies in none of its subnets",
        code="CANNOT_ROUTE", blame=(owner, servers.owner),
        remedy=f"name AmazonProvidedDNS in {owner}, or the address of a server in a subnet",
    )  # fmt: skip


_AMAZONS = 2
"""Amazon's own server: the base of the VPC's range plus two. Source: Amazon VPC User Guide, Amazon DNS server."""


def _way_to_server(network: Network, subnet: Subnet, block: Block, servers: Answerer) -> Hop:
    at, server = f"name servers of {servers.owner}", block.network_address
    vpc = network.vpcs.get(subnet.vpc) if isinstance(subnet.vpc, Address) else None
    asked = Hop(at, PASSES, f"{server} is asked", relies_on=(servers.owner,))
    if vpc is None or not vpc.cidrs_complete:
        return asked
    if any(block.subnet_of(cidr) for cidr in vpc.cidrs):
        return _server_inside(network, vpc, block, servers)
    entry = look_up(network, subnet, block)
    if isinstance(entry, Unknown):
        return undecided(at, entry)
    if entry is not None and not block.is_private:
        return asked
    natted = translator(network, subnet, block) is not None
    if entry is not None and (natted or entry.kind not in {"internet-gateway", "nat-gateway", "egress-only"}):
        return undecided(at, Unknown(f"what lies behind {entry.kind.replace('-', ' ')} {entry.address}"))
    goes = (
        f"{entry.address} leads to the internet, where private addresses are not" if entry else "no route leads there"
    )
    owner = servers.source or servers.owner
    return Hop(
        at, BLOCKS, f"the DHCP options name {server} as server, and from {subnet.address} {goes}", code="CANNOT_ROUTE",
        blame=(owner, servers.owner), remedy=f"name AmazonProvidedDNS in {owner}, or route {server} to where the server is",
    )  # fmt: skip
