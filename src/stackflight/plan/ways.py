"""Two networks and the answers in them -> the ways that open and those that close.

Three things are compared: whether what each workload must reach is reached, whom each security group lets in, and
where the default route of each subnet leads. Of groups and subnets that are new, only what comes from addresses counts:
everything else about them is new anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stackflight.model.difference import Way
from stackflight.model.finding import Verdict
from stackflight.model.need import Reach
from stackflight.model.network import Group, Network, Rule, ServiceList
from stackflight.model.ranges import Block
from stackflight.model.template import World
from stackflight.model.value import Address, Unknown
from stackflight.records import dataclass

_LEADS = {"internet-gateway": "an internet gateway", "nat-gateway": "a NAT gateway", "instance": "an instance", "transit-gateway": "a transit gateway", "egress-only": "an egress-only gateway"}  # fmt: skip


@dataclass(frozen=True)
class Side:
    """One of the two: its world, its network, and what was asked in it."""

    world: World
    network: Network
    reaches: Sequence[Reach]


def find_ways(old: Side, new: Side) -> tuple[tuple[Way, ...], tuple[Way, ...]]:
    """The ways opened and the ways closed."""
    opened = [*_needs(old, new), *_admitted(old, new), *_routes(old, new)]
    closed = [*_needs(new, old, lost=True), *_admitted(new, old, lost=True), *_routes(new, old, lost=True)]
    return tuple(dict.fromkeys(opened)), tuple(dict.fromkeys(closed))


def _needs(old: Side, new: Side, *, lost: bool = False) -> Iterator[Way]:
    """What is reached in the new world and was asked for, and not reached, in the old one."""
    before = {_need(reach): reach for reach in old.reaches}
    for reach in new.reaches:
        was = before.get(_need(reach))
        if reach.verdict is Verdict.YES and was is not None and was.verdict is not Verdict.YES:
            need = reach.need
            worst = was.worst
            blocked = next((hop.at for hop in worst.hops if hop.verdict == "blocks"), "") if worst else ""
            yield Way(need.workload.title, need.target.title, need.purpose, blocked if lost else reach.via)


def _need(reach: Reach) -> tuple[str, str, str]:
    return reach.need.workload.address.id, reach.need.target.title, reach.need.purpose


def _admitted(old: Side, new: Side, *, lost: bool = False) -> Iterator[Way]:
    """Whom a group lets in that it did not let in before."""
    before = {address.id: group for address, group in old.network.groups.items()}
    users = _users(new.world)
    for address, group in new.network.groups.items():
        was = before.get(address.id)
        if lost and was is None:
            continue
        for rule in group.ingress:
            if isinstance(rule.peer, Unknown) or rule.exists is not True or (was and _covered(rule, was)):
                continue
            if was is None and not isinstance(rule.peer, Block) and rule.peer != "ipv6":
                continue
            yield Way(_peer(rule, users), _names(address, users), _ports(rule), f"group {address.id}")


def _covered(rule: Rule, group: Group) -> bool:
    return any(_covers(other, rule) for other in group.ingress)


def _covers(wide: Rule, narrow: Rule) -> bool:
    """Whether one rule lets in all that another one does."""
    if isinstance(wide.peer, Block) and isinstance(narrow.peer, Block):
        same = narrow.peer.subnet_of(wide.peer)
    elif isinstance(wide.peer, Address) and isinstance(narrow.peer, Address):
        same = wide.peer.id == narrow.peer.id
    else:
        same = wide.peer == narrow.peer
    if not same or wide.protocol not in {narrow.protocol, "-1", "all"}:
        return False
    if isinstance(wide.ports, Unknown) or isinstance(narrow.ports, Unknown):
        return wide.ports == narrow.ports
    return wide.ports[0] <= narrow.ports[0] and narrow.ports[1] <= wide.ports[1]


def _peer(rule: Rule, users: dict[str, list[str]]) -> str:
    match rule.peer:
        case Block() as block:
            return "the internet" if block.prefixlen == 0 else str(block)
        case Address() as address:
            return _names(address, users)
        case ServiceList() as service:
            return str(service)
        case "ipv6":
            return "IPv6 addresses"
        case _:
            return str(rule.peer)


def _ports(rule: Rule) -> str:
    protocol = "all traffic" if rule.protocol in {"-1", "all"} else str(rule.protocol)
    if isinstance(rule.ports, Unknown) or protocol == "all traffic":
        return protocol
    low, high = rule.ports
    if (low, high) == (0, 65535):
        return f"{protocol}, all ports"
    return f"{protocol} {low}" if low == high else f"{protocol} {low}-{high}"


def _users(world: World) -> dict[str, list[str]]:
    """Group -> who stands behind it: whoever refers to it and is no rule or group."""
    found: dict[str, list[str]] = {}
    for address, resources in world.referrers.items():
        names = [world.title(one.address) for one in resources if "SecurityGroup" not in one.type]
        if names:
            found[address.id] = names
    return found


def _names(address: Address, users: dict[str, list[str]]) -> str:
    names = users.get(address.id, [])
    if not names:
        return f"group {address.id}"
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _routes(old: Side, new: Side, *, lost: bool = False) -> Iterator[Way]:
    """Where a subnet's default route leads that led elsewhere before."""
    before = {address.id: _way_out(old.network, address) for address in old.network.subnets}
    for address in new.network.subnets:
        now, was = _way_out(new.network, address), before.get(address.id, "none" if not lost else None)
        if address.id in before and now in _LEADS and was is not None and now != was:
            yield Way(new.world.title(address), "the internet", "its default route", _LEADS[now])


def _way_out(network: Network, subnet: Address) -> str:
    table = network.subnets[subnet].route_table
    if not isinstance(table, Address):
        return "none"
    kinds = [entry.kind for entry in network.routes.get(table, ()) if isinstance(entry.destination, Block) and entry.destination.prefixlen == 0]  # fmt: skip
    return kinds[0] if kinds else "none"
