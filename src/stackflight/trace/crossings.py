"""A flow and the network ACLs on its way -> the hops where one of them stops it or may stop it.

ACLs are stateless: the request and the answer, which goes to an ephemeral port, are asked on their own at every subnet
that they enter or leave. Source: Amazon VPC User Guide, network ACLs, ephemeral ports.
"""

from __future__ import annotations

from collections.abc import Iterable

from stackflight.model.finding import Hop
from stackflight.model.network import Network, Subnet
from stackflight.model.ranges import SERVING, Blocks, Ports
from stackflight.model.value import Unknown
from stackflight.trace.entries import EPHEMERAL, acl_allows, spans
from stackflight.trace.hops import filter_hop

_Crossing = tuple[Subnet, str, Ports, Blocks | None]


def acl_pair(
    network: Network, subnet: Subnet, port: int | Unknown, back: Ports, blocks: Blocks | None = SERVING
) -> list[Hop]:
    """The two crossings at the source's subnet: the request out, the answer in to one of the `back` ports."""
    return _stops(network, ((subnet, "egress", _ports(port), blocks), (subnet, "ingress", back, blocks)))


def acls_of_nat(network: Network, place: Subnet, subnet: Subnet, port: int, back: Ports) -> list[Hop]:
    """The four crossings at the subnet of a NAT gateway or instance; the gateway has ports of its own."""
    inner = _addresses(subnet)
    return _stops(
        network,
        (
            (place, "ingress", _ports(port), inner),
            (place, "egress", _ports(port), SERVING),
            (place, "ingress", EPHEMERAL, SERVING),
            (place, "egress", back, inner),
        ),
    )


def acls_between(
    network: Network, near: Subnet, far: Subnet, port: int | Unknown, ports: Ports = EPHEMERAL
) -> list[Hop]:
    """The four crossings between two subnets of the same or of peered VPCs."""
    there, back = _addresses(far), _addresses(near)
    return _stops(
        network,
        (
            (near, "egress", _ports(port), there),
            (far, "ingress", _ports(port), back),
            (far, "egress", ports, back),
            (near, "ingress", ports, there),
        ),
    )


def acls_translated(
    network: Network, near: Subnet | None, place: Subnet, far: Subnet, port: int | Unknown, back: Ports
) -> list[Hop]:
    """The crossings between a subnet, that of a NAT gateway, and a far one; without `near` those behind the gateway alone."""
    hops = [] if place.address == far.address else acls_between(network, place, far, port)
    if near is None or near.address == place.address:
        return hops
    there, own = _addresses(far), _addresses(near)
    return [
        *_stops(network, ((near, "egress", _ports(port), there), (near, "ingress", back, there))),
        *_stops(network, ((place, "ingress", _ports(port), own), (place, "egress", back, own))),
        *hops,
    ]


def _stops(network: Network, crossings: Iterable[_Crossing]) -> list[Hop]:
    hops = []
    for subnet, direction, ports, blocks in crossings:
        answer = acl_allows(network, subnet, direction, "tcp", ports, blocks)
        if answer.allowed is not True:
            side, way = ("outbound", "to") if direction == "egress" else ("inbound", "from")
            peers = "0.0.0.0/0" if blocks is None or blocks == SERVING else " and ".join(map(str, blocks))
            remedy = f"let {subnet.acl} allow {side} tcp {spans(ports)} {way} {peers}" + _number(answer.before)
            hops.append(filter_hop(f"network ACL of {subnet.address}", answer, "SUBNET_ACL_RESTRICTION", remedy))
    return hops


def _number(before: int | None) -> str:
    """Entries are asked in the order of their numbers, so one behind a denial changes nothing."""
    if before is None:
        return ""
    return f" with a rule number below {before}" if before > 1 else f", and remove its entry {before}"


def _ports(port: int | Unknown) -> Ports:
    return ((port, port),) if isinstance(port, int) else ((0, 65535),)


def _addresses(subnet: Subnet) -> Blocks | None:
    return None if isinstance(subnet.cidr, Unknown) else (subnet.cidr,)
