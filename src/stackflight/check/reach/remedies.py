"""Reaches with one cause -> the steps that open their paths, alternatives behind "or"."""

from __future__ import annotations

from collections.abc import Iterable

from stackflight.check.case import listed
from stackflight.model.edit import Edit, Fix
from stackflight.model.finding import BLOCKS, Hop
from stackflight.model.need import InternetTarget, Reach, ServiceTarget
from stackflight.model.services import GATEWAY_SERVICES, INTERNET_ONLY
from stackflight.patterns import compile_later

# Where the workload itself is what has to move or change, it stands before the table that lacks the route.
_WORKLOAD_FIRST = {"NO_ROUTE_TO_DESTINATION", "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", "VPC_DNS_ATTRIBUTES"}


def remedy_of(reaches: list[Reach], hops: list[Hop], path: tuple[Hop, ...]) -> str:
    """What to change, one step behind the other; every alternative has to suffice by itself."""
    steps = _together([hop.remedy for hop in hops if hop.remedy])
    services = [reach.need.target.service for reach in reaches if isinstance(reach.need.target, ServiceTarget)]
    if services and any(hop.code in _WORKLOAD_FIRST for hop in hops):
        near = [hop.remedy for hop in path if hop.verdict != BLOCKS and hop.remedy]
        interface = [name for name in dict.fromkeys(services) if name not in GATEWAY_SERVICES | INTERNET_ONLY]
        gateway = [name for name in dict.fromkeys(services) if name in GATEWAY_SERVICES]
        parts = []
        if interface:
            parts.append(f"interface endpoints with private DNS for {listed(interface, 12)}")
        if gateway:
            parts.append(f"a gateway endpoint for {listed(gateway)} on {_tables(hops)}")
        steps += [f"or {step}" for step in near] or ([f"or add {' and '.join(parts)}"] if _captured(reaches) else [])
    targets = [reach.need.target for reach in reaches]
    instead = [target.instead for target in targets if isinstance(target, InternetTarget) and target.instead]
    if len(instead) == len(targets) and any(hop.code in _WORKLOAD_FIRST for hop in hops):
        steps.append(f"or {instead[0]}")
    return "; ".join(dict.fromkeys(steps))


def fixes_of(hops: list[Hop], path: tuple[Hop, ...]) -> list[Fix]:
    """What would open the paths: every hop that blocks, or one that could carry them instead."""
    found: list[Fix] = []
    if hops and all(hop.fixes for hop in hops):
        for pick in (0, -1):
            found.append(_once(edit for hop in hops for edit in hop.fixes[pick]))
    return [*found, *(fix for hop in path if hop.verdict != BLOCKS for fix in hop.fixes)]


def _once(edits: Iterable[Edit]) -> Fix:
    found: list[Edit] = []
    for edit in edits:
        if edit not in found:
            found.append(edit)
    return tuple(found)


_PLACED = compile_later(r"place (.+) in subnets that route to a NAT gateway(, or .+)?")


def _together(steps: list[str]) -> list[str]:
    """One step for all workloads that have to move."""
    found = {match[1]: match[2] or "" for step in steps if (match := _PLACED.fullmatch(step))}
    named = {name: ways for name, ways in found.items() if not name.startswith("the function of ")}
    moved = named or found
    if len(found) < 2:
        return steps
    ways = ", or give each of them a public address" if all(moved.values()) else ""
    step = f"place {listed(moved, len(moved))} in subnets that route to a NAT gateway{ways}"
    return [step, *(item for item in steps if not _PLACED.fullmatch(item))]


def _captured(reaches: list[Reach]) -> bool:
    """Whether endpoints alone would do: for services of the own Region over IPv4, and for nothing else beside them."""
    if any(route.via == "IPv6" for reach in reaches for route in reach.routes):
        return False
    return all(
        isinstance(target, ServiceTarget) and target.service not in INTERNET_ONLY and target.region is None
        for target in (reach.need.target for reach in reaches)
    )


def _tables(hops: list[Hop]) -> str:
    """The route tables that the other remedies have named, if they have."""
    named = {hop.blame for hop in hops if hop.at.startswith("route table")}
    return "those route tables" if len(named) > 1 else "that route table" if named else "the subnets' route table"
