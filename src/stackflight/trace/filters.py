"""Security groups against one flow -> Answer: allowed, denied or not decidable.

Security groups are stateful and only allow; a flow needs egress at its source and ingress at its destination.
Source: Amazon VPC User Guide.
"""

from __future__ import annotations

from stackflight.model.need import ServiceTarget, choices
from stackflight.model.network import Group, Network, Rule, ServiceList
from stackflight.model.ranges import (
    Block,
    Blocks,
    subtract_block,
)
from stackflight.model.value import Address, Unknown, Value, known_int
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class Remote:
    """The other end of a flow: its possible addresses (None: unknown) and the groups its interfaces carry.

    `service` is the service whose public addresses they are, which a list of AWS's may hold.
    """

    blocks: Blocks | None
    groups: frozenset[Address] = frozenset()
    groups_known: bool = True
    service: ServiceTarget | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """`allowed` is True, False, or None where the templates do not decide it; `before` is the number of the entry of a
    network ACL that denies it, below which another would have to stand."""

    allowed: bool | None
    why: str
    blame: tuple[Address, ...] = ()
    relies_on: tuple[Address, ...] = ()
    decided_by: tuple[str, ...] = ()
    partly: bool = False
    before: int | None = None


def groups_allow(
    network: Network,
    groups: tuple[Address | Unknown, ...],
    direction: str,
    transport: str,
    port: int | Unknown,
    remote: Remote,
) -> Answer:
    """Whether the union of an interface's groups lets the flow out ("egress") or in ("ingress")."""
    if isinstance(port, Unknown) and port.candidates:
        numbers = [item for item in port.candidates if isinstance(item, int)]
        each = [groups_allow(network, groups, direction, transport, item, remote) for item in numbers]
        if len(numbers) == len(port.candidates) and all(answer.allowed is True for answer in each):
            relied = dict.fromkeys(item for answer in each for item in answer.relies_on)
            return Answer(True, "its rules allow each of the ports", relies_on=tuple(relied))
    known = [network.groups[group] for group in groups if isinstance(group, Address) and group in network.groups]
    foreign = [group for group in groups if not (isinstance(group, Address) and group in network.groups)]
    doubts: list[Unknown] = [
        group if isinstance(group, Unknown) else Unknown(f"the rules of {group}", (f"resource {group}",))
        for group in foreign
    ]
    left, relies_on = remote.blocks, []
    for group in known:
        if direction == "egress" and group.egress_default and not group.egress:
            return Answer(True, f"{group.address} allows all outbound traffic by default", relies_on=(group.address,))
        every = group.egress if direction == "egress" else group.ingress
        for rule in group.rules_for(direction, remote.groups) if remote.groups_known else every:
            match = matches(rule, transport, port)
            if match is None:
                continue
            covers = _covers(rule, remote)
            if match is True and covers is True and rule.exists is True:
                return Answer(True, f"{group.address} allows it", relies_on=(group.address, rule.address))
            if covers is False:
                continue
            if match is True and rule.exists is True and isinstance(rule.peer, Block) and left is not None:
                left = subtract_block(left, rule.peer)
                relies_on.append(rule.address)
                if not left:
                    return Answer(True, "its rules together allow it", relies_on=tuple(relies_on))
            doubts.append(_doubt(rule, match, covers))
        doubts.extend(_group_doubts(group, direction))
    if doubts:
        decided = tuple(dict.fromkeys(name for doubt in doubts for name in doubt.decided_by))
        return Answer(None, f"it hangs on {doubts[0].why}", decided_by=decided)
    return _denied(known, direction, transport, port, left != remote.blocks)


def as_meant(answer: Answer) -> Answer:
    """A rule for a managed prefix list, which is known by its id alone, is taken to be for the list that is meant."""
    open_ = answer.allowed is None and "prefix list" in answer.why
    return Answer(True, "a rule for a prefix list lets it in", relies_on=answer.blame) if open_ else answer


def _denied(known: list[Group], direction: str, transport: str, port: int | Unknown, partly: bool) -> Answer:
    names = " and ".join(str(group.address) for group in known) or "no security group"
    wanted = spoken(transport, port)
    side = "to that address" if direction == "egress" else "from there"
    rules = [rule for group in known for rule in (group.egress if direction == "egress" else group.ingress)]
    telling = [rule for rule in rules if not _is_placeholder(rule)]
    shown = dict.fromkeys(_describe(rule, direction) for rule in telling[:3])
    allows = f"it allows {'; '.join(shown)}" + (" and more" if len(telling) > 3 else "")
    why = f"no {direction} rule of {names} allows {wanted} {side} ({allows if shown else 'it allows nothing'})"
    return Answer(False, why, blame=tuple(group.address for group in known), partly=partly)


def spoken(transport: str, port: int | Unknown) -> str:
    """A protocol and port in words: "tcp 5432", "tcp 9092 or 9094" where it is one of several, else "tcp"."""
    if isinstance(port, int):
        return f"{transport} {port}"
    return f"{transport} {choices(port)}".strip()


def _is_placeholder(rule: Rule) -> bool:
    """The rule that CDK writes for "nothing goes out": one address that nobody has."""
    return isinstance(rule.peer, Block) and str(rule.peer) == "255.255.255.255/32"


def _describe(rule: Rule, direction: str) -> str:
    protocol = rule.protocol if isinstance(rule.protocol, str) else "some protocol"
    ports = "some port" if isinstance(rule.ports, Unknown) else "-".join(str(end) for end in dict.fromkeys(rule.ports))
    plain = protocol.startswith("icmp") or rule.ports == (0, 65535)
    what = "everything" if protocol == "-1" else f"all {protocol}" if plain else f"{protocol} {ports}"
    peer = rule.peer.why if isinstance(rule.peer, Unknown) else rule.peer
    return f"{what} {'to' if direction == 'egress' else 'from'} {peer}"


def matches(rule: Rule, transport: str, port: int | Unknown) -> bool | Unknown | None:
    """True: the rule speaks of this protocol and port; None: it does not; Unknown: it may."""
    if isinstance(rule.protocol, Unknown):
        return rule.protocol
    if rule.protocol not in {"-1", transport}:
        return None
    if rule.protocol == "-1" or rule.ports == (0, 65535):
        return True
    if isinstance(rule.ports, Unknown):
        return True if rule.ports == port else rule.ports
    if isinstance(port, Unknown):
        return _match_any(rule.ports, port)
    return True if rule.ports[0] <= port <= rule.ports[1] else None


def _match_any(ports: tuple[int, int], port: Unknown) -> bool | Unknown | None:
    """A port that is one of several known ones, or any of a range."""
    ranges = [limits for item in port.candidates if (limits := _limits(item)) is not None]
    if ranges and not any(low <= ports[1] and ports[0] <= high for low, high in ranges):
        return None
    return True if ranges and all(ports[0] <= low and high <= ports[1] for low, high in ranges) else port


def _limits(candidate: Value) -> tuple[int, int] | None:
    """The range of a candidate: a port, or a list of its two ends."""
    ends = candidate if isinstance(candidate, list) else [candidate, candidate]
    low, high = (known_int(end) for end in ends)
    return (low, high) if low is not None and high is not None else None


def _covers(rule: Rule, remote: Remote) -> bool | Unknown:
    peer = rule.peer
    if isinstance(peer, Unknown):
        return peer
    if isinstance(peer, str):
        return False
    if isinstance(peer, ServiceList):
        return _listed(peer, remote)
    if isinstance(peer, Address):
        if peer in remote.groups:
            return True
        return False if remote.groups_known else Unknown("the groups of the other end are not all known")
    if peer.prefixlen == 0:
        return True
    if remote.blocks is None:
        return Unknown("the addresses of the other end are not known")
    if all(block.subnet_of(peer) for block in remote.blocks):
        return True
    if any(block.overlaps(peer) for block in remote.blocks):
        return Unknown(f"{peer} covers only part of the addresses of the other end")
    return False


def _listed(peer: ServiceList, remote: Remote) -> bool | Unknown:
    """Whether a list of AWS's addresses, which exists in its own Region only, holds those of the other end."""
    if remote.service is None:
        return False if remote.blocks else Unknown("the addresses of the other end are not known")
    if peer.service != remote.service.service:
        return False
    region = remote.service.region
    return region if isinstance(region, Unknown) else region is None or region == peer.region


def _doubt(rule: Rule, match: bool | Unknown, covers: bool | Unknown) -> Unknown:
    for reason in (rule.exists, match, covers):
        if isinstance(reason, Unknown):
            return reason
    return Unknown(f"the rule {rule.address} covers only part of it")


def _group_doubts(group: Group, direction: str) -> list[Unknown]:
    doubts = [group.incomplete] if group.incomplete else []
    if direction == "egress" and group.egress_default and group.egress:
        doubts.append(Unknown(f"whether {group.address} keeps its default egress rule beside stand-alone ones"))
    return doubts
