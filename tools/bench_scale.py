"""Simulates one account in which 200 pipelines deploy 1,000 stacks, through one shared ledger and one limit of reads.

    .venv/bin/python tools/bench_scale.py [PIPELINES] [STACKS]

Everything is seeded, on a virtual clock. How stacks run comes from rehearsals of LibreChat's three stacks with different luck; how we look, back
off, lock and keep is the code that does so. Assumed, and printed: the account's limit of reads (CloudFormation tells none; five a second
were measured by users, aws-sam-cli#2671), pipelines that begin within five minutes, and 150 of 1,000 deployments on 20 stacks that many share.
Prices: Amazon S3 pricing, us-east-1, S3 Standard: USD 0.005 for 1,000 PUT, 0.0004 for 1,000 GET.
"""

from __future__ import annotations

import heapq
import random
import sys
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

from stackflight.aws.lock import BEAT_SECONDS
from stackflight.cli.targets import Targets
from stackflight.local.clock import SystemClock
from stackflight.model.estimate import Span
from stackflight.model.moment import Progress, Working
from stackflight.model.template import Environment
from stackflight.operate.holding import LOOK_SECONDS as LOCK_LOOK_SECONDS
from stackflight.operate.pace import Rhythm, Strain
from stackflight.operate.patience import back_off
from stackflight.operate.rehearse import RehearsalOptions, rehearse

PUT, GET = 0.005 / 1000, 0.0004 / 1000
_START_SECONDS, _SHARED_STACKS, _SHARED_PARTS = 300.0, 20, 0.15
_POLL_SECONDS, _POLL_TRIES = 2.0, 7
_CHANGE_SET_LOOKS, _NOTES = 5, 8
_LUCKS = 6

Wait = Generator[float, None, None]


@dataclass(frozen=True)
class Course:
    """How one stack runs: its steps, and when it is over."""

    steps: tuple[Span, ...]
    seconds: float


@dataclass
class Account:
    """A bucket of tokens for reads, `rate` a second; locks; and what was counted."""

    rate: float
    now: float = 0.0
    tokens: float = 0.0
    filled: float = 0.0
    reads: int = 0
    throttled: int = 0
    puts: int = 0
    gets: int = 0
    given_up: int = 0
    holders: set[int] = field(default_factory=set)
    late: list[float] = field(default_factory=list)
    queued: list[float] = field(default_factory=list)

    def ask(self) -> bool:
        """One read; False where it is throttled."""
        self.reads += 1
        self.tokens = min(self.tokens + (self.now - self.filled) * self.rate, max(self.rate, 1.0))
        self.filled = self.now
        if self.tokens < 1.0:
            self.throttled += 1
            return False
        self.tokens -= 1.0
        return True


def patient_read(account: Account, luck: random.Random, strain: Strain) -> Wait:
    """One of ours: asked again, however often."""
    if (seconds := strain.take(account.now)) > 0.0:
        yield seconds
    tries = 0
    while not (heard := account.ask()):
        tries += 1
        strain.heed(not heard)
        yield back_off(tries, luck.random) + strain.take(account.now)
    strain.heed(False)


def deploy(account: Account, stack: int, course: Course, luck: random.Random) -> Wait:
    """Lock, change set, look until it is over, release: one deployment of ours."""
    came = account.now
    account.puts += 1
    while stack in account.holders:
        yield LOCK_LOOK_SECONDS
        account.puts += 1
        account.gets += 1
    account.holders.add(stack)
    if account.now > came:
        account.queued.append(account.now - came)
    strain = Strain()
    for _ in range(_CHANGE_SET_LOOKS):
        yield from patient_read(account, luck, strain)
        yield 2.0
    account.gets += 1  # whether the lock is still ours
    began = account.now
    rhythm = Rhythm(lambda: _progress(course, account.now - began), luck.random, strain)
    seen = 0
    while True:
        yield from patient_read(account, luck, strain)
        told = sum((step.start <= account.now - began) + (step.end <= account.now - began) for step in course.steps)
        account.puts += told > seen
        seen = told
        if account.now - began >= course.seconds:
            break
        yield rhythm()
    yield from patient_read(account, luck, strain)  # the status, then everything once more
    yield from patient_read(account, luck, strain)
    account.late.append(account.now - began - course.seconds)
    account.puts += _NOTES + int((account.now - began) // BEAT_SECONDS) + 1
    account.holders.discard(stack)


def poll(account: Account, stack: int, course: Course, luck: random.Random) -> Wait:  # noqa: ARG001
    """A client that polls every two seconds and gives up after seven throttled tries, waiting 1, 2, 4, 8, then 15 seconds."""
    began = account.now
    while True:
        tries = 0
        while not account.ask():
            tries += 1
            if tries > _POLL_TRIES:
                account.given_up += 1
                return
            yield min(2.0 ** (tries - 1), 15.0)
        if account.now - began >= course.seconds:
            account.late.append(account.now - began - course.seconds)
            return
        yield _POLL_SECONDS


def _progress(course: Course, at: float) -> Progress:
    working = tuple(
        Working(one.stack, one.resource, one.type, one.operation, at - one.start, one.end - one.start, 1.5 * (one.end - one.start))
        for one in course.steps
        if one.start <= at < one.end
    )  # fmt: skip
    return Progress(at, 0, len(course.steps), working)


def play(client: object, rate: float, pipelines: int, stacks: int, courses: Sequence[Course]) -> Account:
    """All pipelines to their end."""
    luck, account = random.Random(1), Account(rate)

    def pipeline(number: int) -> Wait:
        yield luck.random() * _START_SECONDS
        for job in range(number, stacks, pipelines):
            shared = luck.random() < _SHARED_PARTS
            stack = luck.randrange(_SHARED_STACKS) if shared else _SHARED_STACKS + job
            yield from client(account, stack, courses[job % len(courses)], luck)  # type: ignore[operator]

    agenda: list[tuple[float, int, Wait]] = [(0.0, number, pipeline(number)) for number in range(pipelines)]
    count = pipelines
    while agenda:
        account.now, _, work = heapq.heappop(agenda)
        seconds = next(work, None)
        if seconds is not None:
            count += 1
            heapq.heappush(agenda, (account.now + seconds, count, work))
    return account


def read_courses() -> list[Course]:
    """LibreChat's stacks, each with different luck."""
    with Targets(lambda _: None, SystemClock()) as opener:
        world = opener.open("librechat:standard-dev").resolve({}, Environment(region="eu-central-1"), {})
    courses = []
    for seed in range(_LUCKS):
        spans = rehearse(world, (), RehearsalOptions(seed=seed, runs=1)).spans
        for name in dict.fromkeys(span.stack.split("/")[0] for span in spans):
            own = [span for span in spans if span.stack.split("/")[0] == name]
            start = min(span.start for span in own)
            steps = tuple(
                Span(one.stack, one.resource, one.type, one.operation, one.start - start, one.end - start, one.outcome) for one in own
            )  # fmt: skip
            courses.append(Course(steps, max(step.end for step in steps)))
    return courses


def tell(name: str, account: Account, deployments: int) -> str:
    """One line."""
    late = quantiles(account.late, n=20) if len(account.late) > 1 else [0.0] * 19
    said = (
        f"{name}, {account.rate:g} reads/s: over after {account.now / 60:.0f} min, {account.reads} reads, "
        f"{account.throttled / account.reads:.1%} throttled, end seen {median(account.late or [0.0]):.0f} s late "
        f"(95 %: {late[-1]:.0f} s), {account.given_up} of {deployments} given up"
    )
    if account.puts:
        waits = account.queued or [0.0]
        cost = account.puts * PUT + account.gets * GET
        said += (
            f"; {len(account.queued)} queued for {median(waits) / 60:.0f} min (longest {max(waits) / 60:.0f}); "
            f"bucket: {account.puts} PUT, {account.gets} GET, USD {cost:.2f}"
        )
    return said


def main() -> int:
    """Print a line for each client and limit."""
    pipelines, stacks = (int(text) for text in (sys.argv[1:] + ["200", "1000"][len(sys.argv) - 1 :])[:2])
    courses = read_courses()
    lengths = [course.seconds / 60 for course in courses]
    sys.stdout.write(
        f"{stacks} deployments by {pipelines} pipelines; one takes {median(lengths):.0f} min ({min(lengths):.0f} to {max(lengths):.0f})\n"
    )
    for rate in (5.0, 10.0, 2.0):
        sys.stdout.write(tell("stackflight", play(deploy, rate, pipelines, stacks, courses), stacks) + "\n")
        sys.stdout.write(tell("polling every 2 s", play(poll, rate, pipelines, stacks, courses), stacks) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
