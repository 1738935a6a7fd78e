"""CheckReport -> one screen: what was read, who must reach what and how each goes, the findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from stackflight.model.finding import Verdict
from stackflight.model.need import Reach, ResourceTarget
from stackflight.model.report import CheckReport
from stackflight.views.names import Rename, read_names
from stackflight.views.paper import Paper, count, printable
from stackflight.views.terminal import render_findings, render_questions, summary

_WORST = (Verdict.NO, Verdict.INTERMITTENT, Verdict.UNKNOWN, Verdict.YES)


@dataclass(frozen=True)
class _Row:
    """One line of a workload's table."""

    verdict: Verdict
    target: str
    purpose: str
    answer: str


def render_review(report: CheckReport, paper: Paper) -> str:
    """The whole review of one target."""
    rename = read_names(report.world)
    blocks = [list(_read(report, paper)), *_workloads(report.reaches, rename, paper)]
    blocks += [*render_findings(report.findings, rename, paper), *render_questions(report.questions, rename, paper)]
    return "\n\n".join(["\n".join(block) for block in blocks] + [summary(report, paper)])


def _read(report: CheckReport, paper: Paper) -> Iterator[str]:
    stacks = report.world.stacks
    workloads = {reach.need.workload.address for reach in report.reaches}
    size = [count(len(stacks), "stack"), count(len(report.world.resources), "resource")]
    size += [count(len(workloads), "workload"), count(len(report.reaches), "need")]
    yield f"{paper.paint(printable(report.target), 'title')}  {', '.join(size)}"
    width = max((len(stack.name) for stack in stacks), default=0)
    for stack in stacks:
        region = stack.environment.region or "any Region"
        yield printable(f"  {stack.name.ljust(width)}  {count(len(stack.resources), 'resource')}, {region}")


def _workloads(reaches: tuple[Reach, ...], rename: Rename, paper: Paper) -> Iterator[list[str]]:
    families: dict[tuple[str, str], list[_Row]] = {}
    for reach in reaches:
        workload = reach.need.workload
        key = (rename(printable(workload.title)), workload.kind)
        families.setdefault(key, []).append(_row(reach, rename))
    column = min(max((len(row.target) for rows in families.values() for row in rows), default=0), 40)
    for (title, kind), rows in families.items():
        yield [f"{paper.paint(title, 'title')}  {kind}", *_table(rows, column, paper)]


def _row(reach: Reach, rename: Rename) -> _Row:
    target = reach.need.target
    purpose = reach.need.purpose
    if isinstance(target, ResourceTarget):
        purpose = purpose.removesuffix(f" {target.address.id}")
    elif purpose == f"call {target.title}":
        purpose = "call"
    return _Row(reach.verdict, *(printable(rename(text)) for text in (target.title, purpose, _answer(reach))))


def _answer(reach: Reach) -> str:
    stopping = [hop for hop in (reach.worst.hops if reach.worst else ()) if hop.verdict != "passes"]
    match reach.verdict:
        case Verdict.YES:
            return reach.via if reach.via.startswith("inside") else f"via {reach.via}" if reach.via else "yes"
        case Verdict.NO:
            return f"no, stopped at {stopping[0].at}" if stopping else "no"
        case Verdict.INTERMITTENT:
            return f"not always: stopped at {stopping[0].at}" if stopping else "not always"
        case Verdict.UNKNOWN:
            decided = [name for hop in stopping for name in hop.decided_by]
            return f"open: {', '.join(dict.fromkeys(decided)) or stopping[0].why}" if stopping else "open"


def _table(rows: list[_Row], column: int, paper: Paper) -> Iterator[str]:
    """What goes the same way stands together, the worst first."""

    def way(row: _Row) -> tuple[int, str]:
        return (_WORST.index(row.verdict), row.answer)

    for _, group in groupby(sorted(rows, key=way), key=way):
        alike = list(group)
        yield from paper.labelled(f"  {paper.mark(alike[0].verdict)} ", alike[0].answer, indent=4)
        purposes: dict[str, list[str]] = {}
        for row in sorted(alike, key=lambda row: row.target):
            purposes.setdefault(row.target, []).append(row.purpose)
        for target, wanted in purposes.items():
            text = ", ".join(dict.fromkeys(wanted))
            yield from paper.labelled(f"      {target.ljust(column)}  ", text, indent=column + 8)
