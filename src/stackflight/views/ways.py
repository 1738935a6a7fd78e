"""Reaches -> who reaches what by which way: what goes alike stands together, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from stackflight.model.finding import BLOCKS, PASSES, Verdict
from stackflight.model.need import Reach, ResourceTarget
from stackflight.views.names import Rename
from stackflight.views.paper import one_line

_WORST = (Verdict.NO, Verdict.INTERMITTENT, Verdict.UNKNOWN, Verdict.YES)


@dataclass(frozen=True)
class Wish:
    """Targets that are wanted for the same purposes; "call" goes without saying."""

    targets: tuple[str, ...]
    purposes: tuple[str, ...]

    @property
    def text(self) -> str:
        """`ecr.api and s3 (pull its image)`."""
        purposes = [purpose for purpose in self.purposes if purpose != "call"]
        return enumerate_names(self.targets) + (f" ({'; '.join(purposes)})" if purposes else "")


@dataclass(frozen=True)
class Step:
    """One hop of a way as it is drawn: what it says ("passes", "blocks", "unknown"), where, and why."""

    verdict: str
    at: str
    why: str


@dataclass(frozen=True)
class Way:
    """How some targets are reached, or what keeps them from being reached; `stations` are what the traffic passes.

    `trail` is the path of one of them, hop by hop, the worst of its places; `because` is why they are needed, and where
    that was seen.
    """

    verdict: Verdict
    stations: tuple[str, ...]
    text: str
    wishes: tuple[Wish, ...]
    trail: tuple[Step, ...] = ()
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Party:
    """Workloads, each with its kind, that need the same and reach it by the same ways; several stacks may call one alike."""

    members: tuple[tuple[str, str], ...]
    ways: tuple[Way, ...]

    @property
    def named(self) -> dict[tuple[str, str], str]:
        """The members once each, with how they are called: `Worker (19 stacks)` for those that stacks call alike."""
        times = Counter(self.members)
        return {one: f"{one[0]} ({times[one]} stacks)" if times[one] > 1 else one[0] for one in times}


@dataclass(frozen=True, order=True)
class _Row:
    rank: int
    text: str
    stations: tuple[str, ...]
    target: str
    purpose: str


def find_parties(reaches: Iterable[Reach], rename: Rename) -> list[Party]:
    """All workloads, in the order in which their needs were found."""
    rows: dict[tuple[str, str, str], dict[_Row, Reach]] = {}
    for reach in reaches:
        workload = reach.need.workload
        member = (workload.address.stack, rename(one_line(workload.title)), workload.kind)
        rows.setdefault(member, {}).setdefault(_row(reach, rename), reach)
    alike: dict[frozenset[_Row], list[tuple[str, str, str]]] = {}
    for member, needed in rows.items():
        alike.setdefault(frozenset(needed), []).append(member)
    return [
        Party(tuple((title, kind) for _, title, kind in members), tuple(_ways(rows[members[0]], rename)))
        for members in alike.values()
    ]


def gather_ways(ways: Iterable[Way]) -> list[Way]:
    """Ways of one kind as one, for a small screen: `3 interface endpoints` instead of the name of each."""
    kinds: dict[tuple[Verdict, str, bool], list[Way]] = {}
    for way in ways:
        counted = way.verdict is Verdict.YES and len(way.stations) == 1 and not way.text.startswith("inside")
        kind = way.text.rpartition(" ")[0] if counted else ""
        kinds.setdefault((way.verdict, kind or way.text, bool(kind)), []).append(way)
    return [
        _joined(f"{len(alike)} {kind}s" if counted else kind, alike) if len(alike) > 1 else alike[0]
        for (_, kind, counted), alike in kinds.items()
    ]


def _joined(text: str, ways: Sequence[Way]) -> Way:
    purposes: dict[str, tuple[str, ...]] = {}
    for wish in (wish for way in ways for wish in way.wishes):
        for target in wish.targets:
            purposes[target] = tuple(dict.fromkeys((*purposes.get(target, ()), *wish.purposes)))
    stations = tuple(station for way in ways for station in way.stations)
    because = tuple(dict.fromkeys(reason for way in ways for reason in way.because))
    trail = ways[0].trail if len(ways) == 1 else ()
    return Way(ways[0].verdict, stations, text, tuple(_grouped(purposes)), trail, because)


def enumerate_names(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _row(reach: Reach, rename: Rename) -> _Row:
    target, purpose = reach.need.target, reach.need.purpose
    if isinstance(target, ResourceTarget):
        purpose = purpose.removesuffix(f" {target.address.id}")
    elif purpose == f"call {target.title}":
        purpose = "call"
    stations = _stations(reach)
    return _Row(
        _WORST.index(reach.verdict),
        _clean(_answer(reach, stations), rename),
        tuple(_clean(station, rename) for station in stations),
        _clean(target.title, rename),
        _clean(purpose, rename),
    )


def _clean(text: str, rename: Rename) -> str:
    return one_line(rename(text))


def _stations(reach: Reach) -> tuple[str, ...]:
    if reach.verdict is Verdict.YES:
        passed = dict.fromkeys(route.via for route in reach.routes if route.via)
        return tuple(passed) or ((reach.via,) if reach.via else ())
    hops = reach.worst.hops if reach.worst else ()
    blocking = [hop.at for hop in hops if hop.verdict == BLOCKS] if reach.verdict is not Verdict.UNKNOWN else []
    return tuple((blocking or [hop.at for hop in hops if hop.verdict != PASSES])[:1])


def _answer(reach: Reach, stations: tuple[str, ...]) -> str:
    where = f" at {stations[0]}" if stations else ""
    match reach.verdict:
        case Verdict.YES if not stations:
            return "reached"
        case Verdict.YES:
            return stations[0] if len(stations) == 1 else f"{stations[0]} and {len(stations) - 1} more"
        case Verdict.NO:
            return f"stopped{where}"
        case Verdict.INTERMITTENT:
            return f"not always, stopped{where}" if where else "not always"
        case Verdict.UNKNOWN:
            return _open_answer(reach)


def _open_answer(reach: Reach) -> str:
    stopping = [hop for hop in (reach.worst.hops if reach.worst else ()) if hop.verdict != "passes"]
    decided = dict.fromkeys(name for hop in stopping for name in hop.decided_by)
    if decided:
        return f"open, decided by {', '.join(decided)}"
    return f"open, {stopping[0].why}" if stopping else "open"


def _ways(rows: Mapping[_Row, Reach], rename: Rename) -> Iterator[Way]:
    def way(row: _Row) -> tuple[int, bool, str, tuple[str, ...]]:
        return (row.rank, not row.text.startswith("inside"), row.text, row.stations)

    ordered = sorted(rows, key=lambda row: (way(row), row))
    for (rank, _, text, stations), group in groupby(ordered, key=way):
        members = list(group)
        hops = worst.hops if (worst := rows[members[0]].worst) is not None else ()
        trail = tuple(Step(hop.verdict, _clean(hop.at, rename), _clean(hop.why, rename)) for hop in hops)
        because = tuple(dict.fromkeys(_clean(rows[row].need.evidence, rename) for row in members))
        yield Way(_WORST[rank], stations, text, tuple(_wishes(members)), trail, because)


def _wishes(rows: Iterable[_Row]) -> Iterator[Wish]:
    purposes: dict[str, tuple[str, ...]] = {}
    for row in rows:
        purposes[row.target] = (*purposes.get(row.target, ()), row.purpose)
    yield from _grouped(purposes)


def _grouped(purposes: Mapping[str, tuple[str, ...]]) -> Iterator[Wish]:
    alike: dict[tuple[str, ...], list[str]] = {}
    for target, wanted in purposes.items():
        alike.setdefault(wanted, []).append(target)
    for purpose, targets in alike.items():
        # Targets that are only called need no brackets, so they need not share them either.
        groups = [[target] for target in targets] if purpose == ("call",) else [targets]
        yield from (Wish(tuple(group), purpose) for group in groups)
