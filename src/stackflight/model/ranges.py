"""Sets of ports and of IPv4 addresses, with the subtraction that proofs need."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TypeAlias

Ports: TypeAlias = tuple[tuple[int, int], ...]
"""Sorted, disjoint, inclusive ranges."""

Block: TypeAlias = ipaddress.IPv4Network
Blocks: TypeAlias = tuple[Block, ...]

EVERYWHERE: Blocks = (ipaddress.IPv4Network("0.0.0.0/0"),)

# RFC 1918, RFC 6598, loopback, link-local, multicast and reserved space: no public service answers there.
_NOT_PUBLIC = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.168.0.0/16", "224.0.0.0/3",
    )
)  # fmt: skip


def subtract_ports(ports: Ports, taken: tuple[int, int]) -> Ports:
    """What is left of a port set after a range is taken out."""
    left: list[tuple[int, int]] = []
    low, high = taken
    for start, end in ports:
        if end < low or start > high:
            left.append((start, end))
            continue
        if start < low:
            left.append((start, low - 1))
        if end > high:
            left.append((high + 1, end))
    return tuple(left)


def overlap_ports(ports: Ports, other: tuple[int, int]) -> Ports:
    """The part of a port set that lies in a range."""
    low, high = other
    return tuple((max(start, low), min(end, high)) for start, end in ports if start <= high and end >= low)


def subtract_block(blocks: Blocks, taken: Block) -> Blocks:
    """What is left of an address set after a block is taken out."""
    left: list[Block] = []
    for block in blocks:
        if not block.overlaps(taken):
            left.append(block)
        elif taken.prefixlen > block.prefixlen:
            left.extend(block.address_exclude(taken))
    return tuple(left)


def overlap_blocks(blocks: Blocks, other: Block) -> Blocks:
    """The part of an address set that lies in a block."""
    return tuple((block if block.prefixlen >= other.prefixlen else other) for block in blocks if block.overlaps(other))


def public_part(blocks: Iterable[Block]) -> Blocks:
    """The publicly routable part of an address set."""
    left: Blocks = tuple(blocks)
    for taken in _NOT_PUBLIC:
        left = subtract_block(left, taken)
    return left


PUBLIC: Blocks = public_part(EVERYWHERE)

SERVING: Blocks = PUBLIC
"""The public addresses from which somebody may answer: without those for examples (RFC 5737) and measurements (RFC 2544)."""
for _taken in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15"):
    SERVING = subtract_block(SERVING, ipaddress.IPv4Network(_taken))
