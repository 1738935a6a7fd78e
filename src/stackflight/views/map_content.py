"""CheckReport -> what is drawn of a network: VPCs with bands of subnets, who stands in them, gateways, what lies outside, lines.

Nothing here has a place yet: `map_layout` gives it one, `map_mermaid` needs none. Workloads of one kind that stand in the same
subnets and reach the same by the same ways are one box, so that hundreds of resources stay a picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from stackflight.model.finding import BLOCKS, Finding, Verdict
from stackflight.model.need import Placement, Reach, ResourceTarget, ServiceTarget
from stackflight.model.network import Network
from stackflight.model.ranges import Block
from stackflight.model.report import CheckReport
from stackflight.model.value import Address, Unknown, Zone
from stackflight.views.names import Rename, read_names
from stackflight.views.paper import one_line

OUTSIDE = ""
"""The band of what stands in no subnet."""
_WAYS_OUT = {"internet-gateway": "public", "nat-gateway": "by NAT", "instance": "by a NAT instance", "transit-gateway": "by a transit gateway"}  # fmt: skip
_RANK = {Verdict.NO: 0, Verdict.INTERMITTENT: 1, Verdict.UNKNOWN: 2, Verdict.YES: 3}


@dataclass(frozen=True)
class Band:
    """Subnets of one sort: one for each zone, their names and blocks; `out` says where their default route leads."""

    id: str
    vpc: str
    title: str
    out: str
    cells: tuple[tuple[str, str, str], ...]
    """Zone, name and block of each subnet."""


@dataclass(frozen=True)
class Node:
    """A box. `role` is "workload", "store", "gateway", "service" or "internet"; `band` where it stands, `names` who it is."""

    id: str
    role: str
    title: str
    kind: str
    band: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """Traffic between two boxes. `owner` is the workload that it belongs to; `why` and `anchor` of one that does not get through."""

    start: str
    end: str
    verdict: Verdict
    owner: str
    what: str = ""
    why: str = ""
    anchor: str = ""


@dataclass
class Map:
    """Everything that is drawn."""

    target: str
    vpcs: dict[str, str] = field(default_factory=dict)
    bands: dict[str, Band] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return not self.nodes


def anchor_of(finding: Finding, findings: Sequence[Finding]) -> str:
    """The id of a finding on a page: its number among all of them."""
    return f"finding-{next((number for number, one in enumerate(findings, start=1) if one is finding), 0)}"


def draw_map(report: CheckReport) -> Map:
    """The picture of a report; empty where no network is known."""
    return _Cartographer(report).draw()


class _Cartographer:
    def __init__(self, report: CheckReport) -> None:
        self.report = report
        self.network = report.network or Network()
        self.rename: Rename = read_names(report.world)
        self.map = Map(report.target)
        self.band_of: dict[Address, str] = {}
        self.by_title: dict[str, str] = {}
        self.boxes: dict[tuple[str, str], str] = {}

    def draw(self) -> Map:
        self._bands()
        self._workloads()
        self._stores()
        self._gateways()
        for reach in sorted(self.report.reaches, key=lambda reach: _RANK[reach.verdict]):
            self._line(reach)
        self.map.lines = join_lines(self.map.lines)
        return self.map

    def _bands(self) -> None:
        grouped: dict[tuple[Address, str, str], list[Address]] = {}
        for address, subnet in self.network.subnets.items():
            if isinstance(subnet.vpc, Address):
                stem = _stem(self.report.world.title(address))
                grouped.setdefault((subnet.vpc, _way_out(self.network, address), stem), []).append(address)
        order = list(_WAYS_OUT.values())
        for (vpc, out, stem), members in sorted(grouped.items(), key=lambda item: (item[0][0], order.index(item[0][1]) if item[0][1] in order else 9)):  # fmt: skip
            self.map.vpcs.setdefault(str(vpc.id), self._vpc_title(vpc))
            id = f"b{len(self.map.bands)}"
            self.band_of |= dict.fromkeys(members, id)
            self.map.bands[id] = Band(id, vpc.id, one_line(stem.rstrip("/").rpartition("/")[2] or stem), out, tuple(sorted(self._cell(one) for one in members)))  # fmt: skip

    def _vpc_title(self, vpc: Address) -> str:
        blocks = self.network.vpcs[vpc].cidrs if vpc in self.network.vpcs else ()
        return one_line(f"{self.report.world.title(vpc)} {', '.join(map(str, blocks))}".strip())

    def _cell(self, address: Address) -> tuple[str, str, str]:
        subnet = self.network.subnets[address]
        match subnet.zone:
            case Zone(_, index):
                zone = f"zone {index + 1}"
            case str():
                zone = subnet.zone
            case _:
                zone = "a zone"
        block = str(subnet.cidr) if isinstance(subnet.cidr, Block) else ""
        return zone, one_line(self.report.world.title(address)), block

    def _workloads(self) -> None:
        alike: dict[tuple[object, ...], list[Reach]] = {}
        wants: dict[Address, set[tuple[str, str, str]]] = {}
        for reach in self.report.reaches:
            wants.setdefault(reach.need.workload.address, set()).add(
                (reach.need.target.title, reach.verdict, reach.via)
            )
        for reach in self.report.reaches:
            workload = reach.need.workload
            key = (workload.kind, self._band(workload.placement), frozenset(wants[workload.address]))
            alike.setdefault(key, []).append(reach)
        for (kind, band, _), reaches in alike.items():
            titles = dict.fromkeys(self._say(reach.need.workload.title) for reach in reaches)
            node = self._add("workload", tuple(titles), str(kind), str(band))
            for reach in reaches:
                self.boxes[(reach.need.workload.address.stack, reach.need.workload.address.id)] = node.id

    def _stores(self) -> None:
        for reach in self.report.reaches:
            target = reach.need.target
            if not isinstance(target, ResourceTarget):
                continue
            key = (target.address.stack, target.address.id)
            if key not in self.boxes:
                title = self._say(target.label or self.report.world.title(target.address))
                self.boxes[key] = self._add("store", (title,), target.kind, self._band(target.placement)).id

    def _gateways(self) -> None:
        for address, nat in self.network.nats.items():
            band = self.band_of.get(nat.subnet, OUTSIDE) if isinstance(nat.subnet, Address) else OUTSIDE
            self._station(address, "NAT gateway", band)
        for address, instance in self.network.instances.items():
            band = self.band_of.get(instance.subnet, OUTSIDE) if isinstance(instance.subnet, Address) else OUTSIDE
            self._station(address, "NAT instance", band)
        for endpoint in self.network.endpoints:
            service = "" if isinstance(endpoint.service, Unknown) else f" {endpoint.service.rpartition('.')[2]}"
            self._station(endpoint.address, f"{'interface' if endpoint.interface is True else 'gateway'} endpoint{service}", OUTSIDE)  # fmt: skip
        for vpc in self.network.vpcs.values():
            for gateway, _ in vpc.internet_gateways:
                self._station(gateway, "internet gateway", OUTSIDE)

    def _station(self, address: Address, kind: str, band: str) -> None:
        title = self._say(self.report.world.title(address))
        if title not in self.by_title:
            self.by_title[title] = self._add("gateway", (title,), kind, band).id

    def _add(self, role: str, names: tuple[str, ...], kind: str, band: str) -> Node:
        first = names[0]
        title = first if len(names) == 1 else f"{first} and {len(names) - 1} more"
        node = Node(f"n{len(self.map.nodes)}", role, title, kind, band, names)
        self.map.nodes[node.id] = node
        return node

    def _say(self, text: str) -> str:
        return one_line(self.rename(text))

    def _band(self, placement: Placement) -> str:
        if placement.outside:
            return OUTSIDE
        for subnet in placement.subnets:
            if isinstance(subnet, Address) and subnet in self.band_of:
                return self.band_of[subnet]
        return OUTSIDE

    def _line(self, reach: Reach) -> None:
        need = reach.need
        owner = self.boxes[(need.workload.address.stack, need.workload.address.id)]
        end = self._end(reach)
        purpose = need.purpose.removeprefix(f"call {need.target.title}")
        what = self._say(f"{need.target.title}, to {purpose}" if purpose else need.target.title)
        if reach.verdict is Verdict.YES:
            vias = dict.fromkeys(route.via for route in reach.routes if route.via) or {reach.via: None}
            for station in dict.fromkeys(map(self._by, vias)):
                stops = [owner, *([station] if station and station not in {owner, end} else []), end]
                pairs = [pair for pair in pairwise(stops) if pair[0] != pair[1]]
                self.map.lines += [Line(start, stop, reach.verdict, owner, what) for start, stop in pairs]
            return
        hops = [hop for hop in (reach.worst.hops if reach.worst else ()) if hop.verdict != "passes"]
        blocked = next((hop for hop in hops if hop.verdict == BLOCKS), hops[0] if hops else None)
        why = self._say(f"{blocked.at}: {blocked.why}") if blocked else ""
        self.map.lines.append(Line(owner, end, reach.verdict, owner, what, why, self._anchor(reach)))

    def _by(self, via: str) -> str | None:
        title = self._say(via)
        return next((node for name, node in self.by_title.items() if title == name or title.endswith(f" {name}")), None)

    def _end(self, reach: Reach) -> str:
        target = reach.need.target
        if isinstance(target, ResourceTarget):
            return self.boxes[(target.address.stack, target.address.id)]
        title = self._say(target.title)
        role = "service" if isinstance(target, ServiceTarget) else "internet"
        key = ("", title)
        if key not in self.boxes:
            self.boxes[key] = self._add(role, (title,), "AWS service" if role == "service" else "on the internet", OUTSIDE).id  # fmt: skip
        return self.boxes[key]

    def _anchor(self, reach: Reach) -> str:
        need = reach.need
        told = [one for one in self.report.findings if one.path and (need.workload.address in one.workloads or need.workload.address.id in one.resources)]  # fmt: skip
        named = [one for one in told if need.target.title in one.message] or told
        return anchor_of(named[0], self.report.findings) if named else ""


def join_lines(lines: Iterable[Line]) -> list[Line]:
    """Lines between the same boxes with the same verdict as one that says all of it."""
    merged: dict[tuple[str, str, Verdict, str], list[Line]] = {}
    for line in lines:
        merged.setdefault((line.start, line.end, line.verdict, line.owner), []).append(line)
    return [_joined(alike) for alike in merged.values()]


def _joined(alike: Sequence[Line]) -> Line:
    first = alike[0]
    what = "; ".join(dict.fromkeys(line.what for line in alike))
    why = "; ".join(dict.fromkeys(line.why for line in alike if line.why))
    return Line(first.start, first.end, first.verdict, first.owner, what, why, first.anchor)


def _stem(title: str) -> str:
    """A subnet's name without what tells it from those of other zones: a number, or a letter at the end of a word.

    A logical id that the CDK made ends in eight digits of its path's hash.
    """
    named = re.sub(r"(Subnet)?[0-9A-F]{8}$", "", title.removesuffix("/Subnet")) or title
    return re.sub(r"\d+|(?<=[a-z0-9_-])[A-F](?=$|[A-Z_/-])", "", named)


def _way_out(network: Network, subnet: Address) -> str:
    table = network.subnets[subnet].route_table
    if not isinstance(table, Address):
        return "" if table is None else "open"
    kinds = [entry.kind for entry in network.routes.get(table, ()) if isinstance(entry.destination, Block) and entry.destination.prefixlen == 0]  # fmt: skip
    return _WAYS_OUT.get(kinds[0], kinds[0]) if kinds else "no way out"


def names_of(nodes: Iterable[Node]) -> Iterator[str]:
    """All names on the picture."""
    for node in nodes:
        yield from node.names
