"""What a rehearsal tells: spans of time, the critical path, what is left behind, and the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from stackflight.model.event import Event
from stackflight.model.finding import Finding, Question
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """One handler call on one resource, seconds since the start of the rehearsal.

    `operation` is "create", "update" or "delete"; `outcome` "done", "failed", "cancelled" or "skipped". `released` is
    when dependents could start, where that was before the end; `cause` the resource that was waited for last.
    """

    stack: str
    resource: str
    type: str
    operation: str
    start: float
    end: float
    outcome: str
    released: float | None = None
    cause: str = ""
    reason: str = ""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds at the median and at the ninetieth percentile of `runs` simulated runs."""

    p50: float
    p90: float
    runs: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """What has to be in the account before the stacks are begun: assets that are uploaded, images that are built and pushed.

    `is_cdk`: the CDK's own stack takes them in, which has to be there first.
    """

    files: int = 0
    bytes: int = 0
    images: int = 0
    is_cdk: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """Something that is waited for outside the stacks: seconds of half and of nine of ten, None where nobody can tell.

    `once`: it is done before the first deployment only, and is not counted.
    """

    what: str
    p50: float | None
    p90: float | None
    why: str = ""
    once: bool = False


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that outlives the operation. `blocks`: why the next attempt would stumble over it, or empty."""

    stack: str
    resource: str
    type: str
    why: str
    blocks: str = ""


@dataclass(frozen=True, slots=True)
class Saving:
    """What would shorten the deployment, and by how many seconds at the median."""

    resources: tuple[str, ...]
    seconds: float
    advice: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a rehearsal fails: the first failure, and the finding that predicted it (None for an injected one)."""

    stack: str
    resource: str
    type: str
    time: float
    reason: str
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Recovery:
    """What happens if one resource fails: the status at the end, how long the way back takes, what stays."""

    stack: str
    resource: str
    type: str
    outcome: str
    failed_at: float
    rollback_seconds: float
    leftovers: tuple[Leftover, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit on the whole (a CI job's, a credential's) against the estimate, all in seconds."""

    seconds: float
    p50: float
    p90: float
    share_within: float


@dataclass(frozen=True, slots=True)
class Race:
    """An order that nothing ensures, and in how many of `runs` simulated runs the resource started too early."""

    finding: Finding
    lost: int
    runs: int


@dataclass(frozen=True)
class Rehearsal:
    """A deployment played in virtual time.

    `events` and `spans` are those of one run, the one whose length is nearest to the median. `outcomes` counts the
    final statuses of all runs. `sources` counts where the durations of the resources come from. `needs` tells for a
    stack's resource what it waits for in the same stack. `also_blocking` are the other blocking findings: those that
    the next attempt would meet, and those of the time when the stack is green. `concurrency` is how many root stacks
    were at work at a time. `questions` are what the templates leave open: a good end hangs on their answers. `unseen` are
    resources whose work the templates do not show, so that every length is a lower bound. `races` are the orders of which
    `check` warns, played. `around` is what is waited for outside the stacks; the estimate does not count it, `whole` does.
    """

    target: str
    outcome: str
    estimate: Estimate
    events: tuple[Event, ...]
    spans: tuple[Span, ...]
    critical_path: tuple[Span, ...]
    rollback_seconds: float | None
    leftovers: tuple[Leftover, ...]
    savings: tuple[Saving, ...]
    cause: Cause | None
    budget: Budget | None
    recoveries: tuple[Recovery, ...]
    outcomes: Mapping[str, int]
    sources: Mapping[str, int]
    seed: int
    needs: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    also_blocking: tuple[Finding, ...] = ()
    concurrency: int = 1
    questions: tuple[Question, ...] = ()
    unseen: tuple[str, ...] = ()
    races: tuple[Race, ...] = ()
    around: tuple[Around, ...] = ()

    @property
    def whole(self) -> Estimate:
        """What somebody waits from the command to its end, seconds; without what nobody can tell."""
        counted = [one for one in self.around if not one.once]
        half, most = (sum(getattr(one, name) or 0.0 for one in counted) for name in ("p50", "p90"))
        return Estimate(self.estimate.p50 + half, self.estimate.p90 + most, self.estimate.runs)

    @property
    def whole_is_open(self) -> bool:
        """Whether what somebody waits is a lower bound."""
        return bool(self.unseen) or any(one.p50 is None for one in self.around if not one.once)

    @property
    def at_least(self) -> str:
        """ "at least " before a length that is a lower bound, else nothing."""
        return "at least " if self.unseen else ""

    @property
    def is_good(self) -> bool:
        """Whether the deployment comes to a good end, as far as is known."""
        return self.cause is None

    @property
    def proviso(self) -> str:
        """On what a good end hangs, in words; empty where on nothing."""
        number = len(self.questions)
        if not number or not self.is_good:
            return ""
        return "if 1 open question is answered yes" if number == 1 else f"if {number} open questions are answered yes"

    @property
    def pace(self) -> str:
        """How many of several root stacks were at work at a time, in words; empty for a single one."""
        roots = {event.stack.split("/")[0] for event in self.events}
        if len(roots) < 2:
            return ""
        return "one stack after the other" if self.concurrency == 1 else f"up to {self.concurrency} stacks at a time"

    @property
    def seconds(self) -> float:
        """The length of the run that is shown."""
        return self.events[-1].time if self.events else 0.0
