"""A workload in a subnet without IPv4 addresses -> the hops to a name on the internet or to a service of AWS.

DNS64 answers for names that have IPv4 addresses only with addresses in 64:ff9b::/96, which a NAT gateway translates; what
has IPv6 addresses is reached over an egress-only or internet gateway. Sources: Amazon VPC User Guide, DNS64 and NAT64;
egress-only internet gateways; AWS General Reference, endpoints (the plain name of a service has IPv4 addresses only).
"""

from __future__ import annotations

import ipaddress

from stackflight.model.finding import BLOCKS, PASSES, Hop
from stackflight.model.need import ServiceTarget
from stackflight.model.network import Network, RouteEntry, Rule, Subnet
from stackflight.model.value import Address, Unknown
from stackflight.trace.default_routes import gateway_hop
from stackflight.trace.entries6 import acls_for_six
from stackflight.trace.filters import matches
from stackflight.trace.hops import undecided, verdict_of
from stackflight.trace.paths import Source, effective_groups
from stackflight.trace.public_access import access_hops
from stackflight.trace.routing import through_nat

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL = ipaddress.IPv6Network("2000::/3")
# Names that are widely known to have IPv4 addresses only.
_IPV4_ONLY = {"github.com", "api.github.com", "codeload.github.com"}


def six_path(network: Network, source: Source, host: str, port: int, service: ServiceTarget | None) -> tuple[Hop, ...]:
    """The hops for a host; the plain name of a `service` has IPv4 addresses only, its dual-stack name both."""
    subnet = source.subnet
    assert isinstance(subnet, Subnet)
    over_nat = (
        egress_to_six(network, source, port, NAT64),
        *acls_for_six(network, subnet, port, NAT64),
        *_translated(network, subnet, host),
    )
    directly = (
        egress_to_six(network, source, port, _GLOBAL),
        *acls_for_six(network, subnet, port, _GLOBAL),
        *_direct(network, subnet),
    )
    if (service is not None and service.dual is False) or host in _IPV4_ONLY:
        return over_nat
    if service is not None and service.dual is True:
        return directly
    verdicts = {verdict_of(over_nat).value, verdict_of(directly).value}
    if verdicts == {"yes"} or "yes" not in verdicts:
        return directly
    return (undecided("address", Unknown(f"whether {host or 'the host'} has IPv6 addresses")),)


def may_use_six(source: Source, host: str, service: ServiceTarget | None) -> bool:
    """Whether a call over IPv6 is thinkable: the subnet and the other end may have addresses of that kind."""
    if not isinstance(source.subnet, Subnet) or not source.subnet.ipv6:
        return False
    return host not in _IPV4_ONLY and (service is None or service.dual is not False)


def direct_path(network: Network, source: Source, port: int) -> tuple[Hop, ...]:
    """The hops to a host that is called over IPv6."""
    subnet, six = source.subnet, source.placement.six
    if isinstance(subnet, Unknown):
        return (undecided("subnet", subnet),)
    at = f"network interface of {source.workload} in {subnet.address}"
    first: tuple[Hop, ...] = ()
    if not subnet.ipv6 or six is False:
        why = f"{source.workload} has no IPv6 address" if subnet.ipv6 else f"{subnet.address} has no IPv6 addresses"
        remedy = _SIX.get(source.kind, f"set AssignIpv6AddressOnCreation to true on {subnet.address}")
        remedy = remedy if subnet.ipv6 else f"give {subnet.address} an Ipv6CidrBlock"
        blamed = source.workload if subnet.ipv6 else subnet.address
        first = (Hop(at, BLOCKS, why, code="IGW_EXPECTS_PUBLIC_ADDRESS", blame=(blamed,), remedy=remedy),)
    elif six is None or isinstance(six, Unknown):
        first = (undecided(at, six if six is not None else Unknown(f"whether {source.workload} has IPv6 addresses")),)
    crossed = acls_for_six(network, subnet, port, _GLOBAL)
    return (egress_to_six(network, source, port, _GLOBAL), *crossed, *_direct(network, subnet), *first)


_SIX = {"Lambda function": "set Ipv6AllowedForDualStack in its VpcConfig", "custom resource": "set Ipv6AllowedForDualStack in the VpcConfig of its function"}  # fmt: skip


def may_leave(network: Network, source: Source, port: int) -> bool:
    """Whether something may go out over IPv6 as far as the groups and the interface say."""
    blocks = (_GLOBAL, NAT64)
    return source.placement.six is not False and any(
        egress_to_six(network, source, port, block).verdict != BLOCKS for block in blocks
    )


def egress_to_six(network: Network, source: Source, port: int, block: ipaddress.IPv6Network) -> Hop:
    """Groups let out to IPv6 addresses by rules of their own; a group without any egress rule lets everything out."""
    groups = effective_groups(network, source.placement, source.vpc)
    at = f"security group of {source.workload}"
    doubts: list[Unknown] = []
    for group in groups:
        known = network.groups.get(group) if isinstance(group, Address) else None
        if known is None:
            doubts.append(Unknown(f"the rules of {group}"))
            continue
        if known.egress_default and not known.egress:
            why = f"{known.address} allows all outbound traffic by default"
            return Hop(at, PASSES, why, relies_on=(known.address,))
        for rule in known.egress:
            lets = _lets(rule, port, block)
            if lets is True:
                return Hop(at, PASSES, f"{known.address} allows it", relies_on=(known.address, rule.address))
            doubts += [lets] if isinstance(lets, Unknown) else []
        doubts += [known.incomplete] if known.incomplete else []
    if doubts:
        return undecided(at, doubts[0])
    blamed = tuple(group for group in groups if isinstance(group, Address))
    names = " and ".join(map(str, blamed)) or "its group"
    whither = "IPv6 addresses" if block == _GLOBAL else f"{block}, where DNS64 sends it"
    return Hop(
        at, BLOCKS, f"no egress rule of {names} allows tcp {port} to {whither}", code="ENI_SG_RULES_MISMATCH",
        blame=blamed, remedy=f"allow outbound tcp {port} to ::/0 in {names}",
    )  # fmt: skip


def _lets(rule: Rule, port: int, block: ipaddress.IPv6Network) -> bool | Unknown:
    """Whether a rule lets out to all addresses of a block."""
    fits = matches(rule, "tcp", port)
    if not fits or not (rule.peer == "ipv6" or isinstance(rule.peer, Unknown)):
        return False
    for value in (fits, rule.peer, rule.exists):
        if isinstance(value, Unknown):
            return value
    if not isinstance(rule.block6, ipaddress.IPv6Network):
        return rule.block6 or Unknown(f"which IPv6 addresses {rule.address} is for")
    if block.overlaps(rule.block6) and not block.subnet_of(rule.block6):
        return Unknown(f"whether {rule.address} is for those IPv6 addresses")
    return block.subnet_of(rule.block6)


def _route(network: Network, subnet: Subnet, block: ipaddress.IPv6Network) -> RouteEntry | Unknown | None:
    """The route of a table for a block of IPv6 addresses; longest prefix."""
    table = subnet.route_table
    if isinstance(table, Unknown):
        return table
    best: tuple[int, RouteEntry] | None = None
    for entry in network.routes.get(table, ()) if table is not None else ():
        if entry.destination != "ipv6":
            continue
        if isinstance(entry.block6, Unknown) or entry.block6 is None or isinstance(entry.exists, Unknown):
            return Unknown(f"whether {entry.address} leads to {block}")
        if block.subnet_of(entry.block6) and (best is None or entry.block6.prefixlen > best[0]):
            best = (entry.block6.prefixlen, entry)
    for entry in network.loose_routes:
        six = entry.block6 if entry.destination == "ipv6" else None
        nearer = (
            isinstance(six, ipaddress.IPv6Network) and six.overlaps(block) and (best is None or six.prefixlen > best[0])
        )
        if nearer or isinstance(six, Unknown):
            return Unknown(f"which table {entry.address} belongs to")
    return best[1] if best else None


def way_of_nat64(network: Network, subnet: Subnet, what: str) -> RouteEntry | Hop:
    """The route to a NAT gateway that a name with IPv4 addresses only takes from a subnet, or what keeps it from that."""
    at = f"route table of {subnet.address}"
    if isinstance(subnet.dns64, Unknown):
        return undecided(f"DNS64 of {subnet.address}", subnet.dns64)
    if subnet.dns64 is False:
        return Hop(
            f"DNS64 of {subnet.address}", BLOCKS, f"{what} has IPv4 addresses only, and {subnet.address} has neither "
            "IPv4 addresses nor DNS64", code="CANNOT_ROUTE", blame=(subnet.address,),
            remedy=f"set EnableDns64 on {subnet.address} and route {NAT64} to a NAT gateway",
        )  # fmt: skip
    entry = _route(network, subnet, NAT64)
    if isinstance(entry, Unknown):
        return undecided(at, entry)
    if entry is None or entry.kind in {"egress-only", "internet-gateway"}:
        leads = f"only {entry.address}, which leads to no NAT gateway" if entry else "no route"
        blamed = subnet.route_table if isinstance(subnet.route_table, Address) else subnet.address
        return Hop(
            at, BLOCKS, f"DNS64 answers for {what} with an address in {NAT64}, and {blamed} has {leads}",
            code="NO_ROUTE_TO_DESTINATION", blame=(blamed,), remedy=f"add a route {NAT64} to a NAT gateway in {blamed}",
        )  # fmt: skip
    if entry.kind != "nat-gateway" or not isinstance(entry.target, Address) or entry.target not in network.nats:
        return undecided(at, Unknown(f"what lies behind {entry.kind.replace('-', ' ')} {entry.address}"))
    return entry


def _translated(network: Network, subnet: Subnet, host: str) -> tuple[Hop, ...]:
    """The way of a name with IPv4 addresses only."""
    entry = way_of_nat64(network, subnet, host or "the host")
    if isinstance(entry, Hop):
        return (entry,)
    assert isinstance(entry.target, Address)
    at = f"route table of {subnet.address}"
    hops, place = through_nat(network, network.nats[entry.target])
    access = access_hops(network, place, natted=True, source=subnet) if place is not None else ()
    if place is not None and place.acl is not None and place.address != subnet.address:
        hops = (
            *hops,
            undecided(f"network ACL of {place.address}", Unknown("which of its entries translated packets meet")),
        )
    return (Hop(at, PASSES, f"{NAT64} leads to {entry.target}", relies_on=(entry.address,)), *hops, *access)


def _direct(network: Network, subnet: Subnet) -> tuple[Hop, ...]:
    """The way of a name with IPv6 addresses."""
    at = f"route table of {subnet.address}"
    entry = _route(network, subnet, _GLOBAL)
    if isinstance(entry, Unknown):
        return (undecided(at, entry),)
    if entry is None:
        blamed = subnet.route_table if isinstance(subnet.route_table, Address) else subnet.address
        return (
            Hop(
                at, BLOCKS, f"{blamed} has no route to IPv6 addresses", code="NO_ROUTE_TO_DESTINATION", blame=(blamed,),
                remedy=f"add a route ::/0 to an egress-only internet gateway in {blamed}",
            ),
        )  # fmt: skip
    step = Hop(at, PASSES, f"{entry.address} leads to IPv6 addresses", relies_on=(entry.address,))
    if entry.kind == "egress-only":
        return (step, *access_hops(network, subnet, natted=True))
    if entry.kind == "internet-gateway" and entry.target in network.edges:
        return (step, undecided(f"route table of {entry.target}", "what it leads the answers through"))
    if entry.kind == "internet-gateway":
        return (step, gateway_hop(network, subnet, entry), *access_hops(network, subnet, natted=False))
    return (undecided(at, Unknown(f"what lies behind {entry.kind.replace('-', ' ')} {entry.address}")),)
