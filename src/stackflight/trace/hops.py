"""Answers -> hops of a path, and hops -> a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from stackflight.model.edit import Fix, open_group
from stackflight.model.finding import BLOCKS, PASSES, UNDECIDED, Hop, Verdict
from stackflight.model.value import Address, Unknown
from stackflight.trace.filters import Answer


def undecided(at: str, reason: Unknown | str) -> Hop:
    """A hop that the templates do not decide."""
    if isinstance(reason, str):
        return Hop(at, UNDECIDED, reason)
    return Hop(at, UNDECIDED, f"not decidable: {reason.why}", decided_by=reason.decided_by)


def filter_hop(at: str, answer: Answer, code: str, remedy: str, fixes: Callable[[], tuple[Fix, ...]] = tuple) -> Hop:
    """A security group's or ACL's answer as a hop; `fixes` are asked for where it blocks.

    A partly allowed port range blocks some of the packets.
    """
    if answer.allowed is True:
        return Hop(at, PASSES, answer.why, relies_on=answer.relies_on)
    if answer.allowed is None:
        return Hop(at, UNDECIDED, answer.why, decided_by=answer.decided_by)
    return Hop(
        at,
        BLOCKS,
        answer.why + (", for part of the ports" if answer.partly and code == "SUBNET_ACL_RESTRICTION" else ""),
        code="REMAP_EPHEMERAL_PORT" if answer.partly and code == "SUBNET_ACL_RESTRICTION" else code,
        blame=answer.blame,
        remedy=remedy,
        fixes=fixes(),
    )


def opening(
    groups: Iterable[Address | Unknown],
    inbound: bool,
    transport: str,
    port: int | Unknown,
    peers: Iterable[Address | Unknown | str],
) -> tuple[Fix, ...]:
    """What would open the first of the groups for the first of the peers; nothing where one of them is not known."""
    group, peer = next(iter(groups), None), next(iter(peers), None)
    if not isinstance(group, Address) or not isinstance(port, int) or peer is None or isinstance(peer, Unknown):
        return ()
    return open_group(group, inbound, transport, port, peer)


def verdict_of(hops: Iterable[Hop]) -> Verdict:
    """NO where a hop blocks, else UNKNOWN where one is undecided, else YES; only partly blocked: INTERMITTENT."""
    blocking = [hop for hop in hops if hop.verdict == BLOCKS]
    if blocking:
        partly = all(hop.code == "REMAP_EPHEMERAL_PORT" for hop in blocking)
        return Verdict.INTERMITTENT if partly else Verdict.NO
    return Verdict.UNKNOWN if any(hop.verdict == UNDECIDED for hop in hops) else Verdict.YES


def for_all(verdicts: list[Verdict]) -> Verdict:
    """Over placements that may all be chosen: all work, none works, some work, or undecided."""
    kinds = set(verdicts)
    if not kinds:
        return Verdict.UNKNOWN
    if kinds == {Verdict.YES} or kinds == {Verdict.NO}:
        return kinds.pop()
    if Verdict.UNKNOWN not in kinds or Verdict.INTERMITTENT in kinds:
        return Verdict.INTERMITTENT
    if Verdict.NO in kinds and Verdict.YES in kinds:
        return Verdict.INTERMITTENT
    return Verdict.UNKNOWN
