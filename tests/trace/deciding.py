"""One template, two deciders: where the tracer is sure, every packet of the simulator has to agree."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packets import BACK_PORTS, FAR, NotKnown, Packets, Place, places
from packets6 import FAR6, TRANSLATED, calls_lattice, comes_from_lattice, gets_out
from random_networks import random_template

from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Verdict
from stackflight.model.need import (
    FromLattice,
    InternetTarget,
    LatticeTarget,
    Need,
    Reach,
    ResourceTarget,
    ServiceTarget,
)
from stackflight.model.network import Network
from stackflight.model.value import Address
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.read.needs import find_needs
from stackflight.read.network import build_network
from stackflight.trace.reachability import answer_needs

Decider = Callable[[Network], Packets]


@dataclass
class Tally:
    """What was compared: templates, verdicts, constructs, and the disagreements in words."""

    templates: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    constructs: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)


def compare(text: str, decider: Decider = Packets) -> tuple[list[str], list[str]]:
    """The verdicts of the tracer, and where the simulator contradicts one."""
    world = join_stacks([Source("w", parse_template(text, "w.json"))], {}, LocalFolder(Path("nowhere")))
    network = build_network(world)
    simulator = decider(network)
    verdicts, wrong = [], []
    for reach in answer_needs(network, find_needs(world, network).needs):
        verdicts.append(reach.verdict.value)
        try:
            packets = outcomes(simulator, reach.need)
        except NotKnown:
            continue
        if contradicts(reach.verdict, packets):
            wrong.append(f"{reach.need.workload.address.id} to {reach.need.target.title}: {_said(reach)}, of {len(packets)} packets {sum(packets)} pass")  # fmt: skip
    return verdicts, wrong


def contradicts(verdict: Verdict, packets: list[bool]) -> bool:
    """YES says that all pass, NO that none does, INTERMITTENT that some do and some do not."""
    match verdict:
        case Verdict.YES:
            return not all(packets)
        case Verdict.NO:
            return any(packets)
        case Verdict.INTERMITTENT:
            return all(packets) and bool(packets)
        case Verdict.UNKNOWN:
            return False


def _said(reach: Reach) -> str:
    worst = reach.worst
    hops = [hop for hop in (worst.hops if worst else ()) if hop.verdict != "passes"]
    return f"{reach.verdict.value} ({hops[0].why if hops else reach.via})"


def outcomes(simulator: Packets, need: Need) -> list[bool]:
    """Every packet that stands for the need: each place, address and port of the answer."""
    found: list[bool] = []
    simulator.host = _host(need)
    backs = return_ports(simulator.network)
    if isinstance(need.target, FromLattice):
        assert isinstance(need.target.port, int)
        return [answer for target in targets(simulator.network, need.target) for answer in comes_from_lattice(simulator, target, need.target.port)]  # fmt: skip
    for source in sources(simulator.network, need):
        for back in backs:
            match need.target:
                case LatticeTarget(address=address, port=int() as port):
                    found += calls_lattice(simulator, source, address, port, back)
                case ResourceTarget(port=int() as port):
                    found += [simulator.connects(source, target, port, back) for target in targets(simulator.network, need.target)]  # fmt: skip
                case ServiceTarget(dual=True):
                    found += either_way(simulator, source, need, back)
                case ServiceTarget(service=service):
                    found += [answer for ip in FAR for answer in simulator.calls(source, service, ip, back)]
                case InternetTarget(host=host, six=six) if six or source.subnet.native6 is True:
                    found += over_six(simulator, source, need, host, back)
                case _:
                    assert isinstance(source.subnet.vpc, Address)
                    named = simulator.network.vpcs[source.subnet.vpc].dns_support is True
                    found += [named and simulator.gets_out(source, ip, 443, back) for ip in FAR]
    return found


def _host(need: Need) -> str:
    """The name that is called; that of a service in some Region."""
    match need.target:
        case ServiceTarget(service=service):
            return f"{service}.eu-west-1.amazonaws.com"
        case InternetTarget(host=host):
            return host
    return ""


def over_six(simulator: Packets, source: Place, need: Need, host: str, back: int) -> list[bool]:
    """A host called over IPv6: by its own address, or by a translated one where it has IPv4 addresses only."""
    named = _resolves(simulator, source)
    bare = source.subnet.native6 is True
    if bare and host != "github.com":
        raise NotKnown
    if bare and source.subnet.dns64 is not True:
        return [False]
    six = bare or need.workload.placement.six is True
    return [named and gets_out(simulator, source, six, ip, 443, back) for ip in (TRANSLATED if bare else FAR6)]


def either_way(simulator: Packets, source: Place, need: Need, back: int) -> list[bool]:
    """A name with addresses of both kinds: one of the two ways is enough."""
    named, six = _resolves(simulator, source), need.workload.placement.six is True
    four = all(simulator.gets_out(source, ip, 443, back) for ip in FAR)
    return [named and (four or gets_out(simulator, source, six, ip, 443, back)) for ip in FAR6]


def _resolves(simulator: Packets, source: Place) -> bool:
    assert isinstance(source.subnet.vpc, Address)
    return simulator.network.vpcs[source.subnet.vpc].dns_support is True


def return_ports(network: Network) -> list[int]:
    """Ports that stand for all that an answer may come to: either side of every border that an ACL draws."""
    borders = {*BACK_PORTS}
    for entries in network.acls.values():
        for entry in entries:
            if isinstance(entry.ports, tuple):
                low, high = entry.ports
                borders |= {low - 1, low, high, high + 1}
    return sorted(port for port in borders if 1024 <= port <= 65535)


def sources(network: Network, need: Need) -> list[Place]:
    placement = need.workload.placement
    groups = tuple(item for item in placement.groups if isinstance(item, Address))
    subnets = [network.subnets[item] for item in placement.subnets if isinstance(item, Address)]
    return [place for subnet in subnets for place in places(subnet, groups, placement.public_ip is True)]


def targets(network: Network, target: ResourceTarget) -> list[Place]:
    groups = tuple(item for item in target.placement.groups if isinstance(item, Address))
    subnets = [network.subnets[item] for item in target.placement.subnets if isinstance(item, Address)]
    return [place for subnet in subnets for place in places(subnet, groups)]


def run(seeds: range, decider: Decider = Packets, stop: bool = False) -> Tally:
    """Compare the networks of some seeds."""
    tally = Tally()
    for seed in seeds:
        text, used = random_template(seed)
        verdicts, wrong = compare(text, decider)
        tally.templates += 1
        tally.verdicts.update(verdicts)
        tally.constructs.update(used)
        tally.disagreements += [f"seed {seed}: {item}" for item in wrong]
        if stop and wrong:
            break
    return tally


def shrink(text: str, decider: Decider = Packets) -> str:
    """The smallest template on which the two still disagree, resource by resource."""
    body: dict[str, Any] = json.loads(text)
    changed = True
    while changed:
        changed = False
        for name in list(body["Resources"]):
            smaller = {"Resources": {key: item for key, item in body["Resources"].items() if key != name}}
            try:
                wrong = compare(json.dumps(smaller), decider)[1]
            except (KeyError, AssertionError, ValueError):
                continue
            if wrong:
                body, changed = smaller, True
    return json.dumps(body, indent=1)
