"""Network ACL entries against one crossing of a subnet's border -> Answer.

ACLs are stateless: each crossing is asked on its own; the entry with the lowest number that speaks of a packet decides,
and what no entry speaks of is denied. Source: Amazon VPC User Guide, network ACLs.
"""

from __future__ import annotations

from stackflight.model.network import AclEntry, Network, Subnet
from stackflight.model.ranges import (
    EVERYWHERE,
    Block,
    Blocks,
    Ports,
    overlap_blocks,
    overlap_ports,
    subtract_block,
    subtract_ports,
)
from stackflight.model.value import Address, Unknown
from stackflight.trace.filters import Answer

EPHEMERAL: Ports = ((1024, 65535),)
"""Return ports of load balancers, NAT gateways and functions."""

_BY_DEFAULT = Answer(True, "the default network ACL allows everything")


def acl_allows(
    network: Network, subnet: Subnet, direction: str, transport: str, ports: Ports, blocks: Blocks | None
) -> Answer:
    """Whether the ACL of a subnet lets traffic cross; `ports` are the destination ports of the crossing."""
    if subnet.acl is None:
        return _BY_DEFAULT
    if isinstance(subnet.acl, Unknown):
        return Answer(None, f"it hangs on {subnet.acl.why}", decided_by=subnet.acl.decided_by)
    entries = network.acls.get(subnet.acl)
    if entries is None:
        return Answer(None, f"the entries of {subnet.acl} are not part of the template")
    return _judge_entries(subnet.acl, entries, direction == "egress", transport, ports, blocks or EVERYWHERE)


def _judge_entries(
    acl: Address, entries: tuple[AclEntry, ...], egress: bool, transport: str, ports: Ports, blocks: Blocks
) -> Answer:
    doubt = next((item for entry in entries for item in _entry_unknowns(entry)), None)
    if doubt is not None:
        return Answer(None, f"it hangs on {doubt.why}", decided_by=doubt.decided_by)
    number = {"tcp": "6", "udp": "17"}.get(transport, transport)
    pieces: list[tuple[Blocks, Ports]] = [(blocks, ports)]
    allowed = False
    denials: list[AclEntry] = []
    relies_on: list[Address] = []
    for entry in sorted(entries, key=_number):
        if (
            entry.egress is not egress
            or entry.protocol not in {"-1", number, transport}
            or isinstance(entry.block, str)
        ):
            continue
        assert isinstance(entry.block, Block) and isinstance(entry.ports, tuple)
        if not any(_meets(entry.block, entry.ports, area, span) for area, span in pieces):
            continue
        if entry.allow is True:
            allowed = True
            relies_on.append(entry.address)
        else:
            denials.append(entry)
        pieces = [rest for area, span in pieces for rest in _without(entry.block, entry.ports, area, span)]
    if denials:
        return _acl_denies(
            acl, denials[0], allowed, _parted(denials, blocks) or any(area != blocks for area, _ in pieces)
        )
    if not pieces:
        return Answer(True, f"{acl} allows it", relies_on=tuple(relies_on))
    side = "outbound" if egress else "inbound"
    if allowed and any(area != blocks for area, _ in pieces):
        return Answer(None, f"{acl} allows it {side} for part of the addresses only")
    what = f"{transport} {spans(ports)}" + (
        ", which answers come to"
        if ports[0][0] >= EPHEMERAL[0][0] and len(ports) == 1 and ports[0][0] != ports[0][1]
        else ""
    )
    return Answer(False, f"{acl} has no {side} entry that allows {what}", blame=(acl,), partly=allowed)


def _parted(denials: list[AclEntry], blocks: Blocks) -> bool:
    """Whether denials are about part of the addresses only."""
    return any(isinstance(entry.block, Block) and bool(subtract_block(blocks, entry.block)) for entry in denials)


def spans(ports: Ports) -> str:
    """Port ranges in words: "443", "1024-65535"."""
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in ports)


def _meets(block: Block, ports: tuple[int, int], area: Blocks, span: Ports) -> bool:
    return bool(overlap_blocks(area, block) and overlap_ports(span, ports))


def _without(block: Block, ports: tuple[int, int], area: Blocks, span: Ports) -> list[tuple[Blocks, Ports]]:
    """What is left of a piece of traffic, addresses and ports, beside what an entry speaks of."""
    if not _meets(block, ports, area, span):
        return [(area, span)]
    pieces = ((subtract_block(area, block), span), (overlap_blocks(area, block), subtract_ports(span, ports)))
    return [(addresses, left) for addresses, left in pieces if addresses and left]


def _acl_denies(acl: Address, entry: AclEntry, allowed: bool, for_some: bool) -> Answer:
    """What an entry denies; where others allow the rest, some of the packets pass."""
    side = "outbound" if entry.egress is True else "inbound"
    if for_some and allowed:
        return Answer(None, f"entry {entry.number} of {acl} denies it {side} for part of the addresses")
    why = f"entry {entry.number} of {acl} denies it {side}"
    number = entry.number if isinstance(entry.number, int) else None
    return Answer(False, why, blame=(entry.address, acl), partly=allowed, before=number)


def _entry_unknowns(entry: AclEntry) -> list[Unknown]:
    values = (entry.number, entry.egress, entry.allow, entry.protocol, entry.block, entry.ports, entry.exists)
    return [value for value in values if isinstance(value, Unknown)]


def _number(entry: AclEntry) -> int:
    return entry.number if isinstance(entry.number, int) else 0
