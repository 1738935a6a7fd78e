"""A run: one deployment from its first question to its end, who started it, and who holds a stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from stackflight.records import dataclass

RUNNING = "IN_PROGRESS"
NO_CHANGES = "NO_CHANGES"
DECLINED = "DECLINED"
REFUSED = "REFUSED"
FAILED = "FAILED"
LOST = "LOST"
REVERTED = "REVERTED"
NOT_BEGUN = "NOT_BEGUN"
PLANNED = "PLANNED"
"""Outcomes beside the statuses of stacks: it goes on, there was nothing to do, it was declined, it was refused before
anything was made, it broke off, nobody can tell any more, the stack is green but something else runs, nothing was ever begun, it was
planned only."""


@dataclass(frozen=True)
class Caller:
    """Whose credentials are used and where they lead. `expires` is in seconds since the epoch, None where unknown.

    `source` says where they come from, in words for people. `simulated`: nothing real is asked.
    """

    account: str
    region: str
    arn: str = ""
    source: str = ""
    expires: float | None = None
    simulated: bool = False


@dataclass(frozen=True)
class Holder:
    """Whoever holds a stack: one run, on one machine. `since` is in seconds since the epoch."""

    stack: str
    run: str
    who: str
    where: str
    since: float


@dataclass(frozen=True)
class Run:
    """One deployment. `id` is `r-` and digits, and the correlation id: it stands in the request token, in the names of
    change sets and in the session name of an assumed role.

    `stacks` are root stacks in order. Times are in seconds since the epoch. `p50` and `p90` are the rehearsed seconds.
    `outcome` is empty as long as it is under way. `arns` are those of the stacks, as far as known.
    `again_of` is the failed run of which this is another try.
    """

    id: str
    target: str
    stacks: tuple[str, ...]
    who: str
    where: str
    account: str
    region: str
    started: float
    simulated: bool = False
    template_hash: str = ""
    review: str = ""
    overrides: tuple[str, ...] = ()
    p50: float = 0.0
    p90: float = 0.0
    outcome: str = ""
    ended: float | None = None
    change_sets: Mapping[str, str] = field(default_factory=dict)
    arns: Mapping[str, str] = field(default_factory=dict)
    again_of: str = ""

    @property
    def over(self) -> bool:
        """Whether it has come to an end that will not change any more."""
        return self.outcome not in {"", RUNNING}


@dataclass(frozen=True)
class Note:
    """Something kept with a run beside its events: evidence, a change set, a diagnosis. `body` is plain data."""

    time: float
    kind: str
    body: Mapping[str, object]
