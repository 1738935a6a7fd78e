"""Reaches with one cause -> the sentence of their finding, its remedy and its evidence."""

from __future__ import annotations

from stackflight.check.case import listed
from stackflight.model.finding import (
    Hop,
    Verdict,
)
from stackflight.model.need import ClientsTarget, Need, Reach


def evidence_of(reaches: list[Reach]) -> list[str]:
    """Why each workload needs its targets; the workload is named where there are several."""
    several = len({reach.need.workload.address for reach in reaches}) > 1
    return [
        f"{reach.need.workload.title}: {reach.need.evidence}" if several else reach.need.evidence for reach in reaches
    ]


def message_of(reaches: list[Reach], hops: list[Hop]) -> str:
    names = listed(_callers(reach.need) for reach in reaches)
    targets = _targets([reach.need for reach in reaches])
    verb = "cannot always reach" if reaches[0].verdict is Verdict.INTERMITTENT else "cannot reach"
    reasons = "; ".join(dict.fromkeys(hop.why for hop in hops[:3]))
    return f"{names} {verb} {targets}: {reasons}"


def _callers(need: Need) -> str:
    entry = isinstance(need.target, ClientsTarget) and need.target.kind == "entry"
    return "clients on the internet" if entry else need.workload.title


def _targets(needs: list[Need]) -> str:
    """Targets with what they are needed for, one purpose together; last those whose name says what for."""
    titles: dict[str, list[str]] = {}
    plain: list[str] = []
    for need in needs:
        title = need.target.title
        (plain if need.purpose == f"call {title}" else titles.setdefault(need.purpose, [])).append(title)
    return listed([*(f"{listed(names, 8)} ({purpose})" for purpose, names in titles.items()), *plain], 8)
