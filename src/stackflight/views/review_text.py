"""CheckReport -> one screen: what was read, who must reach what and how each goes, the findings."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from stackflight.model.finding import Hop, Verdict
from stackflight.model.need import Reach
from stackflight.model.report import CheckReport
from stackflight.views.paper import Paper, count, printable
from stackflight.views.terminal import render_findings, render_questions, summary

_WORDS = {Verdict.YES: "yes", Verdict.NO: "no", Verdict.INTERMITTENT: "partly", Verdict.UNKNOWN: "open"}
_WORST = (Verdict.NO, Verdict.INTERMITTENT, Verdict.UNKNOWN, Verdict.YES)


def render_review(report: CheckReport, paper: Paper) -> str:
    """The whole review of one target."""
    blocks = [list(_read(report, paper)), *_workloads(report.reaches, paper)]
    blocks += [*render_findings(report.findings, paper), *render_questions(report.questions, paper)]
    return "\n\n".join(["\n".join(block) for block in blocks] + [summary(report, paper)])


def _read(report: CheckReport, paper: Paper) -> Iterator[str]:
    stacks = report.world.stacks
    workloads = {reach.need.workload.address for reach in report.reaches}
    size = [count(len(stacks), "stack"), count(len(report.world.resources), "resource")]
    size += [count(len(workloads), "workload"), count(len(report.reaches), "need")]
    yield paper.paint(printable(report.target), "title") + "  " + ", ".join(size)
    width = max((len(stack.name) for stack in stacks), default=0)
    for stack in stacks:
        region = stack.environment.region or "any Region"
        yield printable(f"  {stack.name.ljust(width)}  {count(len(stack.resources), 'resource')}, {region}")


def _workloads(reaches: tuple[Reach, ...], paper: Paper) -> Iterator[list[str]]:
    column = min(max((len(reach.need.target.title) for reach in reaches), default=0), 32)
    for _, group in groupby(
        sorted(reaches, key=lambda reach: reach.need.workload.address), key=lambda reach: reach.need.workload.address
    ):
        family = list(group)
        workload = family[0].need.workload
        title = paper.paint(printable(workload.title), "title")
        yield [f"{title}  {workload.kind}", *_needs(family, column, paper)]


def _needs(reaches: list[Reach], column: int, paper: Paper) -> Iterator[str]:
    ordered = sorted(reaches, key=lambda reach: (_WORST.index(reach.verdict), reach.need.target.title, reach.via))
    for (verdict, target, via), group in groupby(
        ordered, key=lambda reach: (reach.verdict, reach.need.target.title, reach.via)
    ):
        alike = list(group)
        purposes = ", ".join(dict.fromkeys(reach.need.purpose for reach in alike))
        how = f"via {via}" if via and verdict is Verdict.YES else _obstacle(alike[0])
        yield from _need(verdict, printable(target), f"{how}  {purposes}" if how else purposes, column, paper)


def _need(verdict: Verdict, target: str, text: str, column: int, paper: Paper) -> Iterator[str]:
    indent = 4 + 8 + column + 2
    first, *rest = paper.wrap(text, indent)
    word = paper.paint(_WORDS[verdict].ljust(6), verdict)
    yield f"  {paper.mark(verdict)} {word}  {target.ljust(column)}  {first}".rstrip()
    for line in rest:
        yield " " * indent + line


def _obstacle(reach: Reach) -> str:
    worst = reach.worst
    stopping = [hop for hop in worst.hops if hop.verdict != "passes"] if worst else []
    return _short(stopping[0]) if stopping else reach.via


def _short(hop: Hop) -> str:
    return f"{hop.at}: {hop.why}"
