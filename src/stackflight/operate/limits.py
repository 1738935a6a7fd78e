"""Bill, estimate and limits -> findings where a limit is exceeded. They block, as anything does that somebody has ruled out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackflight.check.check import BLOCKING, Check
from stackflight.model.bill import Bill
from stackflight.model.estimate import Rehearsal
from stackflight.model.finding import Certainty, Finding, Severity
from stackflight.model.limits import Limits
from stackflight.model.report import CheckReport
from stackflight.model.template import Where, World

PRICE = Check(
    "price-above-limit",
    found_when="a month costs more than `--max-monthly` or `[limits]` allow",
    explains="The total of `stackflight price` with the usage profile that was asked for is held against the limit, in "
    "`price`, `review`, `rehearse` and `deploy`. What has no price is not in it, and is named.",
    may=(BLOCKING,),
)
DURATION = Check(
    "duration-above-limit",
    found_when="nine of ten rehearsed deployments do not end within `--max-duration` or `[limits]`",
    explains="The ninetieth percentile of the simulated runs is held against the limit, in `price`, `review`, `rehearse` and "
    "`deploy`. Where the templates do not show how long something takes, nobody can say that the limit holds, and "
    "that is a finding as well.",
    may=(BLOCKING,),
)
ABOUT_LIMITS = (PRICE, DURATION)
"""What is found here, where bill and rehearsal are known."""


def find_exceeded(
    world: World, limits: Limits, bill: Bill | None = None, rehearsal: Rehearsal | None = None
) -> tuple[Finding, ...]:
    """`price-above-limit` and `duration-above-limit`, where one is."""
    return (*_price(world, limits, bill), *_duration(world, limits, rehearsal))


def add_exceeded(report: CheckReport, limits: Limits, bill: Bill | None, rehearsal: Rehearsal | None) -> CheckReport:
    """The report with what exceeds a limit among its findings."""
    found = find_exceeded(report.world, limits, bill, rehearsal)
    if not found:
        return report
    return replace(report, findings=tuple(sorted((*report.findings, *found), key=lambda one: one.rank)))


def _price(world: World, limits: Limits, bill: Bill | None) -> Iterator[Finding]:
    if limits.monthly is None or bill is None or bill.total <= limits.monthly:
        return
    dearest = sorted(bill.charges, key=lambda one: -one.monthly)[:3]
    names = list(dict.fromkeys(one.resource for one in dearest))
    cheaper = f"; {bill.thrifts[0].advice} would save {bill.thrifts[0].monthly:,}" if bill.thrifts else ""
    unsaid = f"; {len(bill.unpriced)} more have no price here" if bill.unpriced else ""
    yield _finding(
        world,
        PRICE,
        tuple(names),
        f"a month costs {bill.total:,} USD, which is more than the {limits.monthly:,} that it may{unsaid}",
        f"the dearest are {', '.join(names)}{cheaper}; or raise --max-monthly",
    )


def _duration(world: World, limits: Limits, rehearsal: Rehearsal | None) -> Iterator[Finding]:
    if limits.seconds is None or rehearsal is None or rehearsal.estimate.runs == 0:
        return
    late = rehearsal.whole.p90 > limits.seconds
    if not late and not rehearsal.whole_is_open:
        return
    path = [span.resource for span in sorted(rehearsal.critical_path, key=lambda span: -span.seconds)]
    names = tuple(dict.fromkeys(name for name in path if name not in {stack.name for stack in world.stacks}))[:3]
    nine = f"one of ten deployments takes longer than {_minutes(rehearsal.whole.p90)}"
    message = f"{nine}, and it may take {_minutes(limits.seconds)}"
    if not late:
        what = ", ".join(rehearsal.unseen[:3]) or "the building of images"
        message = f"whether it ends within {_minutes(limits.seconds)} cannot be said: how long {what} takes is not in the templates"
    remedy = f"the longest steps are {', '.join(names)}; or raise --max-duration" if names else "raise --max-duration"
    yield _finding(
        world,
        DURATION,
        names,
        message,
        remedy if late else "say how long with --duration RESOURCE=7m",
    )


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _finding(world: World, check: Check, resources: tuple[str, ...], message: str, remedy: str) -> Finding:
    stacks = [stack for stack in world.stacks if any(id in stack.resources for id in resources)] or list(world.stacks)
    stack = stacks[0] if stacks else None
    return Finding(
        check=check.id,
        severity=Severity.BLOCKING,
        certainty=Certainty.PROVED,
        stack=stack.name if stack else "",
        resources=resources,
        where=Where(stack.template.file if stack else "-"),
        message=message,
        remedy=remedy,
    )
