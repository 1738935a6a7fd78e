"""Where a packet for a public address leaves a subnet -> Exit: the hops to the internet.

Longest prefix wins; a subnet without association uses the VPC's main table, which has only the local route. A NAT
gateway needs its own subnet to route to an internet gateway. Source: Amazon VPC User Guide, route tables and NAT.
"""

from __future__ import annotations

from stackflight.model.edit import Put
from stackflight.model.finding import BLOCKS, PASSES, Hop
from stackflight.model.middlebox import Flow, Middlebox
from stackflight.model.need import Placement
from stackflight.model.network import NatGateway, NatInstance, Network, RouteEntry, Subnet
from stackflight.model.value import Address, Unknown
from stackflight.records import dataclass
from stackflight.trace.default_routes import default_route, gateway_hop, route_end
from stackflight.trace.hops import undecided
from stackflight.trace.hubs import over_peering, over_transit
from stackflight.trace.middleboxes import answers_through, box_hop, box_of, edge_hops, place_of_box
from stackflight.trace.public_access import access_hops


@dataclass(frozen=True, slots=True)
class Exit:
    """The hops out of a subnet; `nat_subnet` is where a NAT gateway or `instance` stands, `via` what carries the traffic."""

    hops: tuple[Hop, ...]
    via: str = ""
    nat_subnet: Subnet | None = None
    instance: NatInstance | None = None


def find_exit(
    network: Network, subnet: Subnet, placement: Placement, workload: Address, kind: str, flow: Flow | None = None
) -> Exit:
    """Follow the default route of a subnet to the internet; a firewall on the way is asked about the `flow`."""
    found = default_route(network, subnet)
    if isinstance(found, Hop):
        return Exit((found,))
    link = (subnet.association,) if subnet.association else ()
    step = Hop(
        f"route table of {subnet.address}", PASSES, f"default route {found.address} leads to {route_end(found)}",
        relies_on=(found.address, *link),
    )  # fmt: skip
    if found.kind == "internet-gateway":
        gateway = gateway_hop(network, subnet, found)
        access = (*edge_hops(network, found.target, subnet), *access_hops(network, subnet, natted=False))
        return Exit(
            (step, gateway, *access, _public_address(subnet, placement, workload, kind)),
            f"internet gateway {route_end(found)}",
        )
    box = box_of(network, found)
    if box is not None:
        hops, place = _through_box(network, subnet, box, flow)
        public = () if place is not None else (_public_address(subnet, placement, workload, kind),)
        return Exit((step, *hops, *public), f"firewall {box.address}", place)
    if found.kind == "nat-gateway" and isinstance(found.target, Address) and found.target in network.nats:
        hops, place = through_nat(network, network.nats[found.target], flow)
        if place is not None:
            hops = (*hops, *answers_through(network, place.route_table, subnet, None))
        if place is not None and not any(hop.verdict == BLOCKS for hop in hops):
            hops = (*hops, *access_hops(network, place, natted=True, source=subnet))
        return Exit((step, *hops), f"NAT gateway {found.target}", place)
    if found.kind == "nat-gateway":
        reason = found.target if isinstance(found.target, Unknown) else Unknown(f"NAT gateway {found.target}")
        return Exit((step, undecided("NAT gateway", reason)), "NAT gateway")
    if found.kind in {"instance", "interface"}:
        return _through_instance(network, step, found)
    if found.kind == "peering":
        return Exit((step, over_peering(subnet, found)), "peering")
    if found.kind == "transit-gateway":
        return Exit((step, *over_transit(network, subnet, found, _onward)), f"transit gateway {route_end(found)}")
    behind = route_end(found) if isinstance(found.target, Address) else f"that {found.address} leads to"
    reason = Unknown(f"what lies behind the {found.kind.replace('-', ' ')} {behind}", (f"route {found.address}",))
    return Exit((step, undecided(found.kind.replace("-", " "), reason)), found.kind.replace("-", " "))


def _onward(network: Network, place: Subnet, attachment: Address) -> tuple[tuple[Hop, ...], Subnet | None]:
    """From a subnet of an attachment, whose interfaces have private addresses only."""
    found = default_route(network, place)
    if isinstance(found, RouteEntry) and found.kind == "transit-gateway":
        return (undecided("transit gateway", Unknown(f"where {found.address} leads in a circle")),), None
    exit = find_exit(network, place, Placement((), (), False), attachment, "transit gateway attachment")
    return exit.hops, exit.nat_subnet


def _public_address(subnet: Subnet, placement: Placement, workload: Address, kind: str) -> Hop:
    at = f"network interface of {workload} in {subnet.address}"
    if isinstance(placement.public_ip, Unknown):
        return undecided(at, placement.public_ip)
    if placement.public_ip:
        by = (placement.address_by,) if placement.address_by is not None else ()
        return Hop(at, PASSES, "it has a public address", relies_on=by)
    if placement.address_after is not None:
        return _address_too_late(at, placement.address_after, workload)
    given = _GIVES_ADDRESS.get(kind, "")
    moved = f"the function of {workload}" if kind == "custom resource" else str(workload)
    return Hop(
        at, BLOCKS, "it has no public address, so the internet gateway drops its packets",
        code="IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", blame=(workload,),
        remedy=f"place {moved} in subnets that route to a NAT gateway{', or ' if given else ''}{given.format(workload)}",
    )  # fmt: skip


# How a workload of a kind gets a public address; a function, a build, a rotation and a task on an instance never have one.
_GIVES_ADDRESS = {
    "ECS service": "set AssignPublicIp to ENABLED on {}",
    "scheduled task": "set AssignPublicIp to ENABLED on {}",
    "EC2 instance": "give {} a public address at launch (AssociatePublicIpAddress: true)",
    "Auto Scaling group": "give the instances of {} public addresses (AssociatePublicIpAddress: true)",
    "EKS node group": "set MapPublicIpOnLaunch on the subnets of {}",
    "Elastic Beanstalk environment": "set the option AssociatePublicIpAddress of {} to true",
}


def _address_too_late(at: str, later: Address, workload: Address) -> Hop:
    why = (
        f"it has no public address while its start script runs: {later} gives it one only after {workload} is complete, "
        f"and {workload} is complete only after the script has signalled"
    )
    return Hop(
        at, BLOCKS, why, code="IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", blame=(workload, later),
        remedy=f"give {workload} a public address at launch (AssociatePublicIpAddress: true), beside the Elastic IP",
    )  # fmt: skip


def _through_box(
    network: Network, subnet: Subnet, box: Middlebox, flow: Flow | None
) -> tuple[tuple[Hop, ...], Subnet | None]:
    """The hops through a firewall and on to the internet, and the subnet of a NAT gateway behind it."""
    hops = [box_hop(network, box, subnet, flow)]
    place = place_of_box(network, box)
    at = f"firewall {box.address}"
    if place is None or place.address == subnet.address:
        return (*hops, undecided(at, Unknown(f"which endpoint of {box.address} the route names"))), None
    if place.acl is not None:
        hops.append(
            undecided(f"network ACL of {place.address}", Unknown("which of its entries packets of others meet"))
        )
    onward = default_route(network, place)
    if isinstance(onward, Hop):
        return (*hops, onward), None
    if onward.kind == "internet-gateway":
        hops.append(gateway_hop(network, place, onward))
        return (
            *hops,
            *edge_hops(network, onward.target, subnet, box),
            *access_hops(network, place, natted=False),
        ), None
    nat = network.nats.get(onward.target) if isinstance(onward.target, Address) else None
    if nat is not None:
        far, behind = network.tell_once("way to the internet", nat, _through_nat)
        back = answers_through(network, behind.route_table, subnet, box) if behind is not None else ()
        return (*hops, *far, *back), behind
    return (
        *hops,
        undecided(at, Unknown(f"the subnet of {box.address} routes to {onward.kind} {route_end(onward)}")),
    ), None


def through_nat(network: Network, nat: NatGateway, flow: Flow | None = None) -> tuple[tuple[Hop, ...], Subnet | None]:
    """The hops of a NAT gateway to the internet, and the subnet that it stands in."""
    hops, place = network.tell_once("way to the internet", nat, _through_nat)
    onward = default_route(network, place) if place is not None else None
    box = box_of(network, onward) if isinstance(onward, RouteEntry) else None
    if place is None or box is None:
        return hops, place
    return (hops[0], *_through_box(network, place, box, flow)[0]), place


def _through_nat(network: Network, nat: NatGateway) -> tuple[tuple[Hop, ...], Subnet | None]:
    at = f"NAT gateway {nat.address}"
    if nat.subnet is None:
        return (Hop(at, PASSES, "regional NAT gateway", relies_on=(nat.address,)),), None
    if nat.public is False:
        why = "a private NAT gateway does not reach the internet"
        remedy = f"make {nat.address} a public NAT gateway with an Elastic IP"
        return (Hop(at, BLOCKS, why, code="NO_ROUTE_TO_DESTINATION", blame=(nat.address,), remedy=remedy),), None
    if isinstance(nat.subnet, Unknown) or nat.subnet not in network.subnets:
        reason = (
            nat.subnet if isinstance(nat.subnet, Unknown) else Unknown(f"{nat.subnet} is not a subnet of the template")
        )
        return (undecided(at, reason),), None
    place = network.subnets[nat.subnet]
    hops = [Hop(at, PASSES, f"in {place.address}", relies_on=(nat.address,))]
    onward = default_route(network, place)
    if isinstance(onward, Hop):
        hops.append(
            onward if onward.verdict != BLOCKS else _misplaced(nat, place, "has no route to an internet gateway")
        )
        return tuple(hops), place
    if onward.kind == "internet-gateway":
        hops += [gateway_hop(network, place, onward), *edge_hops(network, onward.target, place)]
        link = (place.association,) if place.association else ()
        hops[0] = Hop(at, PASSES, hops[0].why, relies_on=(nat.address, onward.address, *link))
    elif onward.kind == "nat-gateway":
        hops.append(_misplaced(nat, place, f"routes to NAT gateway {route_end(onward)}, not to an internet gateway"))
    else:
        hops.append(undecided(at, Unknown(f"the subnet of {nat.address} routes to {onward.kind} {route_end(onward)}")))
    return tuple(hops), place


def _misplaced(nat: NatGateway, place: Subnet, why: str) -> Hop:
    return Hop(
        f"route table of {place.address}", BLOCKS, f"{nat.address} stands in {place.address}, which {why}",
        code="NO_ROUTE_TO_DESTINATION", blame=(nat.address,),
        remedy=f"put {nat.address} into a public subnet, one whose default route leads to an internet gateway",
    )  # fmt: skip


def _through_instance(network: Network, step: Hop, route: RouteEntry) -> Exit:
    at = f"{route.kind} {route_end(route)}"
    instance = network.instances.get(route.target) if isinstance(route.target, Address) else None
    place = network.subnets.get(instance.subnet) if instance and isinstance(instance.subnet, Address) else None
    if instance is None or place is None:
        return Exit((step, undecided(at, Unknown(f"whether {route_end(route)} forwards packets"))), f"NAT {at}")
    if instance.forwards is False:
        block = Hop(
            at, BLOCKS, f"{instance.address} keeps its source/destination check, so it drops what it should forward",
            code="ENI_SOURCE_DEST_CHECK_RESTRICTION", blame=(instance.address,),
            remedy=f"set SourceDestCheck to false on {instance.address}",
            fixes=((Put(instance.address, ("SourceDestCheck",), False),),),
        )  # fmt: skip
        return Exit((step, block), f"NAT {at}")
    onward = default_route(network, place)
    if isinstance(onward, Hop):
        return Exit((step, onward), f"NAT {at}", place)
    public = instance.public_ip
    if isinstance(public, Unknown):
        public = place.map_public_ip or public
    forwards = Hop(
        at, PASSES, "a NAT instance without source/destination check", relies_on=(instance.address, onward.address)
    )
    hops = (
        step,
        forwards,
        gateway_hop(network, place, onward),
        _public_address(place, Placement((), (), public), instance.address, "EC2 instance"),
    )
    return Exit(hops, f"NAT instance {instance.address}", place, instance)
