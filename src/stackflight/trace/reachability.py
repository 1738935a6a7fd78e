"""Needs and Network -> Reach: each need answered over every place that either end may have.

A name that an interface endpoint with private DNS captures goes to that endpoint from every subnet of the VPC, NAT
or not; a gateway endpoint serves the route tables it names; everything else takes the default route.
"""

from __future__ import annotations

from dataclasses import replace

from stackflight.model.aliases import AliasTarget
from stackflight.model.finding import BLOCKS, PASSES, Hop, Verdict
from stackflight.model.floating import FloatingTarget
from stackflight.model.loops import LoopTarget
from stackflight.model.need import (
    AddressTarget,
    ClientsTarget,
    FromLattice,
    InternetTarget,
    LatticeTarget,
    LinkTarget,
    Need,
    Reach,
    ResourceTarget,
    Route,
    ServiceTarget,
)
from stackflight.model.network import Network, Subnet
from stackflight.model.ranges import PUBLIC
from stackflight.model.value import Address, Unknown
from stackflight.trace.addresses import to_private_address
from stackflight.trace.admission import admission_hops
from stackflight.trace.arrivals import comparable, from_clients, over_link, zone_hop
from stackflight.trace.default_routes import default_route
from stackflight.trace.filters import Remote, groups_allow
from stackflight.trace.floating import to_floating
from stackflight.trace.hops import for_all, undecided, verdict_of
from stackflight.trace.inside6 import to_inside
from stackflight.trace.lattice import from_lattice, to_lattice
from stackflight.trace.loops import back_to_itself
from stackflight.trace.paths import (
    Source,
    inside_path,
    target_interfaces,
)
from stackflight.trace.private_names import acceptance
from stackflight.trace.redirections import redirection_hops
from stackflight.trace.services import dns_hop, doubted, route_from, to_internet, to_service


def answer_needs(network: Network, needs: tuple[Need, ...]) -> tuple[Reach, ...]:
    """Answer every need."""
    return tuple(_answer(network, need) for need in needs)


def _answer(network: Network, need: Need) -> Reach:
    if isinstance(need.target, ClientsTarget):
        found = tuple(from_clients(network, need, need.target))
        return Reach(need, for_all([route.verdict for route in found]), found)
    if isinstance(need.target, LoopTarget):
        way = back_to_itself(need, need.target)
        return Reach(need, way.verdict, (way,))
    if isinstance(need.target, FromLattice):
        found = tuple(from_lattice(network, need, need.target))
        return Reach(need, for_all([route.verdict for route in found]), found)
    if need.workload.placement.outside and isinstance(need.target, ResourceTarget):
        hop = _from_outside(network, need, need.target)
        return Reach(need, verdict_of((hop,)), (Route("outside any VPC", verdict_of((hop,)), (hop,)),))
    routes: list[Route] = []
    for source in _sources(network, need):
        match need.target:
            case ServiceTarget():
                routes.append(to_service(network, source, need.target))
            case InternetTarget(host, port, six, admission):
                way = to_internet(network, source, host, port, six=six)
                hops = (*way.hops, *admission_hops(network, source, admission))
                routes.append(replace(way, hops=hops, verdict=verdict_of(hops)) if hops != way.hops else way)
            case AddressTarget():
                hops = to_private_address(network, source, need.target)
                routes.append(route_from(source, hops, "private address"))
            case ResourceTarget():
                routes += _to_resource(network, source, need.target)
    if network.opaque:
        routes = [_unless_opaque(network, need, route) for route in routes]
    if need.doubt is not None:
        routes = [_open(route, need.doubt) for route in routes]
    via = ", ".join(dict.fromkeys(route.via for route in routes if route.via))
    return Reach(need, for_all([route.verdict for route in routes]), tuple(routes), via)


def _unless_opaque(network: Network, need: Need, route: Route) -> Route:
    """A path is open only where everything on it was understood."""
    vpcs = [network.vpc_of(subnet) for subnet in need.workload.placement.subnets]
    doubt = next((network.opaque[vpc] for vpc in vpcs if vpc is not None and vpc in network.opaque), None)
    if doubt is None or route.verdict is not Verdict.YES:
        return route
    return Route(route.origin, Verdict.UNKNOWN, (*route.hops, undecided("VPC", doubt)), route.via)


def _open(route: Route, doubt: Unknown) -> Route:
    """A path that may not be taken at all: that it is closed proves nothing."""
    if route.verdict is Verdict.YES:
        return route
    hops = tuple(doubted(hop) for hop in route.hops)
    return Route(route.origin, Verdict.UNKNOWN, (undecided("way", doubt), *hops), route.via)


def _from_outside(network: Network, need: Need, target: ResourceTarget) -> Hop:
    """A workload without interfaces in a VPC against something inside one, whose public address needs a way in."""
    at = f"network interface of {need.workload.address}"
    remedy = f"give {need.workload.address} a way into that VPC with a group that {target.address} lets in"
    if need.workload.kind == "Lambda function":
        remedy = f"give {need.workload.address} a VpcConfig with subnets of that VPC and a group that {target.address} lets in"
    if need.workload.kind == "web function":
        remedy = f"give {need.workload.address} an AWS::Lambda::NetworkConnector in that VPC with a group that {target.address} lets in"
    if need.workload.kind == "App Runner service":
        remedy = f"give {need.workload.address} an AWS::AppRunner::VpcConnector in that VPC with a group that {target.address} lets in"
    why = f"it runs outside any VPC, and {target.address} has private addresses only"
    closed = Hop(at, BLOCKS, why, code="DISCONNECTED_VPCS", blame=(need.workload.address,), remedy=remedy)
    if target.public is False:
        return closed
    places = [network.subnets.get(item) if isinstance(item, Address) else None for item in target.placement.subnets]
    if places and all(place is not None and _off_the_internet(network, place) for place in places):
        return replace(
            closed, why=f"it runs outside any VPC, and no subnet of {target.address} has a way in from the internet"
        )
    answers = [groups_allow(network, groups, "ingress", target.transport, target.port, Remote(PUBLIC)) for _, groups in target_interfaces(network, target)]  # fmt: skip
    for answer in answers:
        if answer.allowed is False:
            return replace(closed, why=f"it runs outside any VPC, and {answer.why}")
    if isinstance(target.public, Unknown):
        return undecided(at, target.public)
    if (
        answers
        and all(answer.allowed is True for answer in answers)
        and all(_on_the_internet(network, item) for item in places)
    ):
        return Hop(at, PASSES, f"every public address is let in to {target.address}")
    return undecided(at, Unknown(f"whether {target.address} lets the public addresses of the service in"))


def _off_the_internet(network: Network, place: Subnet) -> bool:
    found = default_route(network, place)
    return found.verdict == BLOCKS if isinstance(found, Hop) else found.kind not in {"internet-gateway", "endpoint"}


def _on_the_internet(network: Network, place: Subnet | None) -> bool:
    """Whether a subnet surely has a way in from the internet and no network ACL of its own."""
    if place is None or place.acl is not None or place.exists is not True:
        return False
    found = default_route(network, place)
    return not isinstance(found, Hop) and found.kind == "internet-gateway" and isinstance(found.target, Address)


def _sources(network: Network, need: Need) -> list[Source]:
    placement = need.workload.placement
    found = []
    for item in placement.subnets or (Unknown(f"the subnets of {need.workload.address}"),):
        subnet: Subnet | Unknown
        if isinstance(item, Unknown):
            subnet = item
        else:
            subnet = network.subnets.get(item) or Unknown(
                f"{item} is not a subnet of the template", (f"resource {item}",)
            )
        found.append(Source(subnet, placement, need.workload.address, need.workload.kind))
    return found


def _to_resource(network: Network, source: Source, target: ResourceTarget) -> list[Route]:
    if target.transport == "any":
        over_tcp, over_udp = (_to_resource(network, source, replace(target, transport=name)) for name in ("tcp", "udp"))
        return [_either(one, other) for one, other in zip(over_tcp, over_udp, strict=True)]
    interfaces = target_interfaces(network, target)
    if isinstance(target, LatticeTarget):
        return [route_from(source, to_lattice(network, source, target), "VPC Lattice")]
    if isinstance(target, FloatingTarget):
        return [route_from(source, to_floating(network, source, target), "a floating address")]
    if isinstance(target, LinkTarget):
        return [route_from(source, over_link(network, source, target), f"endpoint {target.link}")]
    if target.kind == "file system":
        same = _mounts_in_zone(network, source, target)
        if isinstance(same, Hop):
            return [route_from(source, (same,), "")]
        interfaces = [(subnet, groups) for subnet, groups in interfaces if subnet in same] or interfaces
    dns = (
        *_name_hop(source, target),
        *_mount_name_hop(network, source, target),
        *acceptance(network, target),
        *_listens_hop(target),
    )
    if isinstance(target, AliasTarget):
        dns = (*dns, *redirection_hops(network, source, target))
    routes = []
    for subnet, groups in interfaces:
        if isinstance(source.subnet, Subnet) and source.subnet.native6 is not False and target.placement.filtered:
            routes.append(route_from(source, (*dns, *to_inside(network, source, subnet, groups, target)), "NAT64"))
            continue
        hops = inside_path(
            network,
            source,
            subnet,
            groups,
            target.port,
            str(target.address),
            target.transport,
            target.placement.filtered,
        )
        zones = zone_hop(network, source, subnet) if target.kind == "target" else ()
        routes.append(route_from(source, (*dns, *zones, *hops), "inside the VPC"))
    return routes


def _either(over_tcp: Route, over_udp: Route) -> Route:
    """A way over TCP, unless only one over UDP is open, which may be the one that is meant."""
    if over_tcp.verdict is not Verdict.NO or over_udp.verdict is Verdict.NO:
        return over_tcp
    return _open(over_tcp, Unknown("whether UDP is spoken there, which is let in"))


def _listens_hop(target: ResourceTarget) -> tuple[Hop, ...]:
    """A port on which nothing answers."""
    if not target.listens or not isinstance(target.port, int) or target.port in target.listens:
        return ()
    ports = " and ".join(map(str, target.listens))
    why = f"{target.address} listens on {ports}, and {target.port} is called"
    code = "ELBV2_LISTENER_PORT_RESTRICTION" if target.kind == "load balancer" else "TARGET_PORT_RESTRICTION"
    remedy = f"call port {target.listens[0]} of {target.address}, or let it listen on {target.port}"
    return (Hop(f"port of {target.address}", BLOCKS, why, code=code, blame=(target.address,), remedy=remedy),)


def _name_hop(source: Source, target: ResourceTarget) -> tuple[Hop, ...]:
    """A name of a private namespace, which the resolver of its own VPC knows."""
    homes = target.named_in
    if not homes or source.vpc is None or source.vpc in homes:
        return ()
    home = homes[0]
    why = f"the name of {target.address} exists in {home}, and {source.workload} asks in {source.vpc}"
    there = "give the service a VPC ingress connection for" if target.kind == "endpoint" else "make the namespace in"
    return (
        Hop(
            f"DNS of {source.vpc}", BLOCKS, why, code="DNS_NAME_SHADOWED", blame=(source.workload,),
            remedy=f"{there} {source.vpc}, or place {source.workload} in {home}",
        ),
    )  # fmt: skip


def _mount_name_hop(network: Network, source: Source, target: ResourceTarget) -> tuple[Hop, ...]:
    """ECS mounts a file system by its name, which resolves only with the VPC's resolver switched on."""
    vpc = network.vpcs.get(source.vpc) if source.vpc else None
    if target.kind != "file system" or vpc is None:
        return ()
    dns = dns_hop(network, source, f"the name of {target.address}")
    return (dns,) if dns else ()


def _mounts_in_zone(network: Network, source: Source, target: ResourceTarget) -> list[Subnet | Unknown] | Hop:
    """The mount targets that the file system's name resolves to: those in the client's own zone."""
    subnets = [subnet for subnet, _ in target_interfaces(network, target)]
    if not target.placement.subnets:
        return Hop(
            f"file system {target.address}", BLOCKS, "it has no mount target", code="UNKNOWN_DESTINATION",
            blame=(target.address,), remedy=f"add an AWS::EFS::MountTarget for {target.address} in every zone that uses it",
        )  # fmt: skip
    own = source.subnet
    if isinstance(own, Unknown) or any(isinstance(subnet, Unknown) for subnet in subnets):
        return subnets
    known = [subnet for subnet in subnets if isinstance(subnet, Subnet)]
    if any(subnet.address == own.address for subnet in known):
        return [subnet for subnet in known if subnet.address == own.address]
    zones = [subnet.zone for subnet in known]
    if not comparable([own.zone, *zones]):
        return list(known)
    same = [subnet for subnet in known if subnet.zone == own.zone]
    if same:
        return list(same)
    return Hop(
        f"file system {target.address}", BLOCKS, f"it has no mount target in the zone of {own.address}",
        code="UNKNOWN_DESTINATION", blame=(target.address,),
        remedy=f"add an AWS::EFS::MountTarget for {target.address} in the zone of {own.address}",
    )  # fmt: skip
