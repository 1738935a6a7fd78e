"""What a check says: the finding with its proof and its remedy, and the question it cannot answer."""

from __future__ import annotations

from enum import StrEnum

from stackflight.model.edit import Fix
from stackflight.model.template import Path, Where
from stackflight.model.value import Address
from stackflight.records import dataclass


class Verdict(StrEnum):
    """Whether something can reach what it needs. INTERMITTENT: some but not all placements or ports work."""

    YES = "yes"
    NO = "no"
    INTERMITTENT = "intermittent"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """BLOCKING: the deployment or the workload cannot succeed. WARNING: it may not. NOTE: worth knowing."""

    BLOCKING = "blocking"
    WARNING = "warning"
    NOTE = "note"


class Certainty(StrEnum):
    """PROVED: follows from the templates alone. POSSIBLE: hangs on something they do not say."""

    PROVED = "proved"
    POSSIBLE = "possible"


class Phase(StrEnum):
    """When it goes wrong."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    RUN = "run"


class Consequence(StrEnum):
    """How the deployment experiences it, for the rehearsal.

    FAILS: the resource fails at once. TIMES_OUT: it answers nothing until its time-out. UNSTABLE: it starts, never
    becomes healthy, and fails after its retries or circuit breaker. NONE: the stack itself stays green.
    """

    FAILS = "fails"
    TIMES_OUT = "times-out"
    UNSTABLE = "unstable"
    NONE = "none"


PASSES, BLOCKS, UNDECIDED = "passes", "blocks", "unknown"


@dataclass(frozen=True, slots=True)
class Hop:
    """One station of a path: `verdict` is PASSES, BLOCKS or UNDECIDED.

    `relies_on` are the resources that have to exist for the hop to pass, `blame` those to change where it blocks,
    `code` is AWS's explanation code (VPC Reachability Analyzer) or one of our own. `fixes` are what would open it, any of them.
    """

    at: str
    verdict: str
    why: str
    code: str = ""
    blame: tuple[Address, ...] = ()
    relies_on: tuple[Address, ...] = ()
    decided_by: tuple[str, ...] = ()
    remedy: str = ""
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong. `resources` names the one to change first, then all that are involved.

    `struck` is the resource whose creation suffers and `consequence` how, which the rehearsal acts out. `workloads` are
    those that share the cause, where a finding speaks of several; `causes` what has to change for all of them. `says` is
    how AWS puts it, where that is known. `in_cdk` is the remedy in the CDK's words, where a CDK app made the resource,
    `in_settings` what its settings have to do with it, where it is an app that people only set; `evidence` is why somebody
    needs what does not work, and where that was seen, a sentence each. `at` leads from the first resource to the property that is
    wrong, ("Properties", "Cpu"), empty where none is. `fixes` are changes that may mend it, the best one first; who writes one judges the result before.
    """

    check: str
    severity: Severity
    certainty: Certainty
    stack: str
    resources: tuple[str, ...]
    where: Where
    message: str
    remedy: str
    phase: Phase = Phase.CREATE
    path: tuple[Hop, ...] = ()
    code: str = ""
    struck: tuple[Address, ...] = ()
    consequence: Consequence = Consequence.NONE
    workloads: tuple[Address, ...] = ()
    causes: tuple[Address, ...] = ()
    says: str = ""
    evidence: tuple[str, ...] = ()
    in_cdk: str = ""
    in_settings: str = ""
    fixes: tuple[Fix, ...] = ()
    at: Path = ()

    @property
    def remedies(self) -> tuple[tuple[str, str], ...]:
        """What mends it, in each language that there is: a label and the text."""
        told = (("fix", self.remedy), ("in CDK", self.in_cdk), ("setting", self.in_settings))
        return tuple((label, text) for label, text in told if text)

    @property
    def rank(self) -> tuple[int, str, int]:
        """Sorts findings: blocking first, then stack by stack in template order."""
        return (list(Severity).index(self.severity), self.stack, self.where.line or 0)


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the templates leave open, and the inputs that would decide it; `hint` says how to give them."""

    question: str
    resources: tuple[str, ...]
    decided_by: tuple[str, ...]
    stack: str = ""
    hint: str = ""
