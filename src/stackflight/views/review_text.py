"""CheckReport and Rehearsal -> one screen: what was read, who must reach what and how each goes, the findings."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.bill import Bill
from stackflight.model.estimate import Rehearsal
from stackflight.model.event import STACK_TYPE
from stackflight.model.finding import BLOCKS, PASSES, UNDECIDED, Verdict
from stackflight.model.report import CheckReport
from stackflight.views.names import Rename, read_names
from stackflight.views.paper import Paper, clock_text, count, one_line
from stackflight.views.price_text import money, regions_of
from stackflight.views.rehearsal_text import outcome_role
from stackflight.views.terminal import render_findings, render_questions, summary
from stackflight.views.ways import Party, Way, find_parties, gather_ways

_LABEL = 11


def render_review(
    report: CheckReport, paper: Paper, rehearsal: Rehearsal | None = None, bill: Bill | None = None
) -> str:
    """The whole review of one target."""
    rename = read_names(report.world)
    parties = find_parties(report.reaches, rename)
    blocks = [list(_read(report, paper)), *(list(_party(party, paper)) for party in parties)]
    blocks += [*render_findings(report.findings, rename, paper), *render_questions(report.questions, rename, paper)]
    if bill is not None:
        blocks.append(list(_priced(bill, paper)))
    if rehearsal is not None:
        blocks.append(list(_rehearsed(rehearsal, rename, paper)))
    return "\n\n".join("\n".join(block) for block in [*blocks, [summary(report, paper)]])


def _read(report: CheckReport, paper: Paper) -> Iterator[str]:
    """What the target consists of, and the stacks of each Region on a line."""
    stacks = report.world.stacks
    workloads = {reach.need.workload.address for reach in report.reaches}
    size = [count(len(stacks), "stack"), count(len(report.world.resources), "resource")]
    size += [count(len(workloads), "workload"), count(len(report.reaches), "need")]
    first, *rest = _listed(size)
    yield from paper.fill([paper.paint(one_line(report.target), "title"), f" {first}", *rest], hang=2)
    regions: dict[str, list[str]] = {}
    for stack in stacks:
        held = len(stack.resources)
        shown = regions.setdefault(stack.environment.region or "any Region", [])
        shown.append(f"{one_line(stack.name)} ({held if shown else count(held, 'resource')})")
    for region, names in regions.items():
        yield from paper.fill([f"  {region}:", *_listed(names)], hang=4)


def _party(party: Party, paper: Paper) -> Iterator[str]:
    kinds = {kind for _, kind in party.members}
    if len(kinds) == 1:
        titles = [paper.paint(name, "title") for name in party.named.values()]
        *kind, plural = (*kinds, "s" if len(party.members) > 1 else "")
        yield from paper.fill([*_listed(titles), f" {kind[0]}{plural}"], hang=2)
    else:
        members = [f"{paper.paint(name, 'title')} ({kind})" for (_, kind), name in party.named.items()]
        yield from paper.fill(_listed(members), hang=2)
    for way in gather_ways(party.ways):
        wishes = _listed([wish.text for wish in way.wishes])
        yield from paper.fill([f"  {paper.mark(way.verdict)}", *f"{way.text}:".split(" "), *wishes], hang=6)
        if way.verdict is not Verdict.YES:
            yield from _trail(way, paper)


def _trail(way: Way, paper: Paper) -> Iterator[str]:
    """The hops in a line, up to what stops the packet: the one that is drawn stands for all that go alike."""
    line, open_end = ("─", "┄") if paper.unicode else ("-", "...")
    ends = [index for index, step in enumerate(way.trail) if step.verdict != PASSES]
    shown = way.trail[: ends[-1] + 1] if ends else way.trail
    drawn = [f"{line} {paper.mark(_VERDICTS[step.verdict])} {step.at}" for step in shown]
    if len(drawn) > 1:
        target = way.wishes[0].targets[0] if way.wishes else ""
        yield from paper.fill([f"      {drawn[0]}", *drawn[1:], f"{open_end} {target}"], hang=8)


_VERDICTS = {PASSES: Verdict.YES, BLOCKS: Verdict.NO, UNDECIDED: Verdict.UNKNOWN}


def _listed(names: list[str]) -> list[str]:
    return [f"{name}," for name in names[:-1]] + names[-1:]


def _priced(bill: Bill, paper: Paper) -> Iterator[str]:
    """What a month costs, and what of it for what."""
    facts = [
        f"{money(bill.fixed)} of it regardless of use",
        f"{money(bill.usage_total)} by use ({one_line(bill.usage)})",
    ]
    if bill.most > bill.total:
        facts.append(f"up to {money(bill.most)} as it scales")
    facts.append(", ".join(f"{name} {money(amount)}" for name, amount in list(bill.by_purpose.items())[:4]))
    if bill.unpriced:
        facts.append(f"{count(len(bill.unpriced), 'resource')} without a price")
    facts.append(regions_of(bill))
    head = paper.paint("a month", "quiet") + "    " + paper.paint(f"{money(bill.total)} USD", "title") + ";"
    yield from paper.fill([head, *"; ".join(facts).split(" ")], hang=_LABEL)


def _rehearsed(rehearsal: Rehearsal, rename: Rename, paper: Paper) -> Iterator[str]:
    """How the deployment would go, and which step takes longest."""
    estimate, cause = rehearsal.estimate, rehearsal.cause
    facts = [rehearsal.pace] if rehearsal.pace else []
    facts.append(f"half of {estimate.runs} simulated runs end within {rehearsal.at_least}{clock_text(estimate.p50)}")
    facts.append(f"nine of ten within {rehearsal.at_least}{clock_text(estimate.p90)}")
    steps = [span for span in rehearsal.spans if span.type != STACK_TYPE]
    if cause is not None:
        facts.append(f"{rename(cause.resource)} fails at {clock_text(cause.time)}")
    elif steps:
        longest = max(steps, key=lambda span: span.seconds)
        facts.append(f"the longest step is {rename(longest.resource)} with {clock_text(longest.seconds)}")
    words = [*"; ".join(facts).replace("; nine", ", nine").split(" ")]
    head = paper.paint("rehearsed", "quiet") + "  " + paper.paint(rehearsal.outcome, outcome_role(rehearsal))
    head += f" {rehearsal.proviso};" if rehearsal.proviso else ";"
    yield from paper.fill([head, *words], hang=_LABEL)
