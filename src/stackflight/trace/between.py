"""Two subnets of different VPCs -> the hop that joins them: peering or a transit gateway, both ways.

Peering joins two VPCs and never leads on; a transit gateway looks a packet up in the table of the attachment that it came
by. Sources: Amazon VPC Peering Guide (unsupported configurations); Amazon VPC Transit Gateways guide (route tables,
Availability Zones, security group referencing).
"""

from __future__ import annotations

from stackflight.model.finding import BLOCKS, PASSES, Hop
from stackflight.model.network import Network, RouteEntry, Subnet
from stackflight.model.ranges import Block
from stackflight.model.transit import TransitAttachment
from stackflight.model.value import Address, Unknown, Zone
from stackflight.trace.hops import undecided

TO_INTERNET = {"internet-gateway", "nat-gateway", "egress-only"}


def look_up(network: Network, subnet: Subnet, block: Block) -> RouteEntry | Unknown | None:
    """The route of a subnet for a block of private addresses outside its VPC; longest prefix, doubts first."""
    table = subnet.route_table
    if isinstance(table, Unknown):
        return table
    entries = network.routes.get(table, ()) if table is not None else ()
    found: RouteEntry | None = None
    for entry in (*entries, *network.loose_routes):
        if entry.kind in TO_INTERNET and not (isinstance(entry.destination, Block) and entry.exists is True):
            continue
        if entry.destination == "ipv6":
            continue
        if not isinstance(entry.destination, Block) or isinstance(entry.exists, Unknown):
            return Unknown(f"whether {entry.address} leads to {block}")
        if block.subnet_of(entry.destination):
            if found is None or _length(entry) > _length(found):
                found = entry
        elif block.overlaps(entry.destination):
            return Unknown(f"{entry.address} leads to part of {block}")
    return found


def _length(entry: RouteEntry) -> int:
    return entry.destination.prefixlen if isinstance(entry.destination, Block) else -1


def way_between(network: Network, near: Subnet, far: Subnet) -> Hop:
    """The hop that answers for the way from one subnet to another VPC's, and back."""
    there, back = _one_way(network, near, far), _one_way(network, far, near)
    return there if there.verdict != PASSES else back if back.verdict != PASSES else there


def _one_way(network: Network, near: Subnet, far: Subnet) -> Hop:
    at = f"route from {near.address}"
    if isinstance(far.cidr, Unknown):
        return undecided(at, far.cidr)
    entry = look_up(network, near, far.cidr)
    if isinstance(entry, Unknown):
        return undecided(at, entry)
    if entry is None or entry.kind in TO_INTERNET:
        return _no_way(network, near, far)
    if entry.kind == "peering" and isinstance(entry.target, Address) and entry.target in network.peerings:
        peering = network.peerings[entry.target]
        ends = {peering.requester, peering.accepter}
        if any(isinstance(end, Unknown) for end in ends):
            return undecided(at, Unknown(f"what {peering.address} joins"))
        if ends == {near.vpc, far.vpc}:
            return Hop(at, PASSES, f"peering {peering.address}", relies_on=(entry.address, peering.address))
        return Hop(
            at, BLOCKS, f"{entry.address} leads over {peering.address}, which does not join {near.vpc} with {far.vpc}, and "
            "peering never leads on", code="NO_ROUTE_TO_DESTINATION", blame=(entry.address,),
            remedy=f"peer {near.vpc} with {far.vpc} and route {far.cidr} over that connection",
        )  # fmt: skip
    if entry.kind == "transit-gateway" and isinstance(entry.target, Address) and isinstance(far.vpc, Address):
        found = transit_way(network, near, entry, far.cidr)
        if isinstance(found, Hop):
            return found
        if found.vpc == far.vpc:
            return Hop(at, PASSES, f"transit gateway {entry.target}", relies_on=(entry.address, found.address))
        return undecided(at, Unknown(f"where {found.address} leads"))
    return undecided(at, Unknown(f"what lies behind {entry.kind.replace('-', ' ')} {entry.address}"))


def _no_way(network: Network, near: Subnet, far: Subnet) -> Hop:
    at, table = f"route from {near.address}", near.route_table
    peers = (item for item in network.peerings.values() if {item.requester, item.accepter} == {near.vpc, far.vpc})
    joint = next(peers, None)
    blamed = table if isinstance(table, Address) else near.address
    if joint is not None:
        what = f"route to {far.cidr} over {joint.address}"
        return Hop(
            at, BLOCKS, f"{blamed} has no {what}", code="NO_ROUTE_TO_DESTINATION", blame=(blamed,),
            remedy=f"add a {what} to {table or f'a route table of {near.address}'}",
        )  # fmt: skip
    hub = _shared_hub(network, near, far)
    if hub is not None:
        what = f"route to {far.cidr} over {hub}"
        return Hop(
            at, BLOCKS, f"{blamed} has no {what}", code="NO_ROUTE_TO_DESTINATION", blame=(blamed,),
            remedy=f"add a {what} to {table or f'a route table of {near.address}'}",
        )  # fmt: skip
    return Hop(
        at, BLOCKS, f"{near.address} is in {near.vpc}, {far.address} in {far.vpc}, and no route leads there",
        code="NO_ROUTE_TO_DESTINATION", blame=tuple(item for item in (table,) if isinstance(item, Address)),
        remedy=f"put both into one VPC, or peer {near.vpc} with {far.vpc} and add routes on both sides",
    )  # fmt: skip


def _shared_hub(network: Network, near: Subnet, far: Subnet) -> Address | None:
    """A transit gateway that both VPCs are attached to."""
    hubs: list[set[Address]] = [
        {item.gateway for item in network.transit.attachments if item.vpc == vpc and isinstance(item.gateway, Address)}
        for vpc in (near.vpc, far.vpc)
    ]
    return next(iter(sorted(hubs[0] & hubs[1], key=str)), None)


def transit_way(network: Network, subnet: Subnet, entry: RouteEntry, block: Block) -> TransitAttachment | Hop:
    """The attachment that a transit gateway hands a subnet's packets to, or the hop that says why it hands them to none."""
    assert isinstance(entry.target, Address)
    gateway, transit = entry.target, network.transit
    at = f"transit gateway {gateway}"
    if gateway not in transit.gateways or not isinstance(subnet.vpc, Address):
        return undecided(at, Unknown(f"what lies behind the transit gateway {gateway}", (f"resource {gateway}",)))
    own = transit.attachment_of(subnet.vpc, gateway)
    unsure = [
        item for item in transit.attachments if isinstance(item.vpc, Unknown) or isinstance(item.gateway, Unknown)
    ]
    if own is None and unsure:
        return undecided(at, Unknown(f"what {unsure[0].address} attaches"))
    if own is None:
        return _dropped(at, f"{subnet.vpc} is not attached to it", gateway, f"attach {subnet.vpc} to {gateway}")
    if isinstance(own.exists, Unknown):
        return undecided(at, own.exists)
    if _zone_missing(network, own, subnet):
        why = f"{own.address} has no subnet in the zone of {subnet.address}"
        return Hop(
            at, BLOCKS, why, code="TGW_ATTACH_VPC_AZ_RESTRICTION", blame=(own.address,),
            remedy=f"add a subnet of the zone of {subnet.address} to {own.address}",
        )  # fmt: skip
    table = transit.table_of(own)
    if isinstance(table, Unknown):
        return undecided(at, table)
    if table is None:
        return Hop(
            at, BLOCKS, f"{own.address} is associated with no route table", blame=(own.address,),
            code="TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION", remedy=f"associate {own.address} with a route table of {gateway}",
        )  # fmt: skip
    return _in_table(network, gateway, table, block)


def _zone_missing(network: Network, attachment: TransitAttachment, subnet: Subnet) -> bool:
    places = [network.subnets.get(item) if isinstance(item, Address) else None for item in attachment.subnets]
    zones = [place.zone if place is not None else Unknown("its zone") for place in places]
    alike = all(isinstance(zone, Zone) for zone in (subnet.zone, *zones))
    alike = alike or all(isinstance(zone, str) for zone in (subnet.zone, *zones))
    return alike and bool(zones) and subnet.zone not in zones


def _in_table(network: Network, gateway: Address, table: Address, block: Block) -> TransitAttachment | Hop:
    """Longest prefix; of two alike the static route stands before the propagated one."""
    transit, at = network.transit, f"transit gateway {gateway}"
    found: list[tuple[int, int, TransitAttachment | None]] = []
    by_address = {item.address: item for item in transit.attachments}
    for route in transit.routes.get(table, ()):
        if isinstance(route.destination, Unknown) or isinstance(route.exists, Unknown):
            return undecided(at, Unknown(f"whether {route.address} leads to {block}"))
        if block.subnet_of(route.destination):
            target = by_address.get(route.attachment) if isinstance(route.attachment, Address) else None
            if route.attachment is not None and target is None:
                return undecided(at, Unknown(f"what lies behind {route.address}"))
            found.append((route.destination.prefixlen, 1, target))
    for item in transit.attachments:
        fills = transit.fills(item, table) if item.gateway == gateway or (item.address, table) in transit.propagations else False  # fmt: skip
        vpc = network.vpcs.get(item.vpc) if isinstance(item.vpc, Address) else None
        blocks = vpc.cidrs if vpc is not None else ()
        if isinstance(fills, Unknown) or (fills and (vpc is None or not vpc.cidrs_complete)):
            return undecided(at, fills if isinstance(fills, Unknown) else Unknown(f"what {item.address} propagates"))
        found += [(cidr.prefixlen, 0, item) for cidr in blocks if fills and block.subnet_of(cidr)]
    if not found:
        unsure = [item for item in transit.attachments if isinstance(item.gateway, Unknown)]
        if transit.loose is not None or unsure:
            return undecided(at, transit.loose or Unknown(f"what {unsure[0].address} is attached to"))
        if _elsewhere(network, block):
            return undecided(at, Unknown(f"what leads to {block} and is attached to {gateway} from outside", (f"resource {gateway}",)))  # fmt: skip
        named = table if table != gateway else f"the default route table of {gateway}"
        return _dropped(at, f"{named} has no route to {block}", gateway, f"add a route to {block} to {named}")
    best = max(found, key=lambda item: item[:2])[2]
    return best if best is not None else _dropped(at, f"a blackhole route drops what goes to {block}", gateway, f"remove the blackhole route for {block}")  # fmt: skip


def _elsewhere(network: Network, block: Block) -> bool:
    """Whether addresses lie in no VPC that is known: a VPN, Direct Connect or another VPC may bring them at any time."""
    return block.prefixlen > 0 and not any(block.overlaps(cidr) for vpc in network.vpcs.values() for cidr in vpc.cidrs)


def _dropped(at: str, why: str, gateway: Address, remedy: str) -> Hop:
    return Hop(at, BLOCKS, why, code="TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT", blame=(gateway,), remedy=remedy)


def groups_known_across(network: Network, near: Subnet, far: Subnet, *, inbound: bool) -> bool | Unknown:
    """Whether a rule of one VPC may name groups of the other: over peering; over a transit gateway inbound, if enabled."""
    if near.vpc == far.vpc:
        return True
    for peering in network.peerings.values():
        if {peering.requester, peering.accepter} == {near.vpc, far.vpc}:
            return peering.references
    for gateway in network.transit.gateways.values():
        ends = [network.transit.attachment_of(vpc, gateway.address) for vpc in (near.vpc, far.vpc) if isinstance(vpc, Address)]  # fmt: skip
        if len(ends) == 2 and all(ends):
            flags = [gateway.group_references, *(item.group_references for item in ends if item is not None)]
            unknown = next((flag for flag in flags if isinstance(flag, Unknown)), None)
            return unknown if unknown is not None else inbound and all(flags)
    return Unknown("how the two VPCs are joined")
