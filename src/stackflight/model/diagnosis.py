"""What a failed deployment suffers from: the one failure that caused the others, why, and what to do.

`Cause` is an entry of the catalogue (`diagnose/causes`), `Diagnosis` what is said of one deployment.
"""

from __future__ import annotations

from enum import StrEnum

from stackflight.model.event import Event
from stackflight.model.evidence import Evidence
from stackflight.records import dataclass


class Outcome(StrEnum):
    """What became of a deployment, as far as the text tells."""

    FAILED = "failed"
    HEALTHY = "healthy"
    IN_PROGRESS = "in_progress"
    CANNOT_TELL = "cannot_tell"


class Confidence(StrEnum):
    """How sure a diagnosis is of its cause."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Retry(StrEnum):
    """Whether the same deployment, started again unchanged, can succeed."""

    NO = "no"
    YES = "yes"
    SOMETIMES = "sometimes"


@dataclass(frozen=True)
class Cause:
    """One way to fail, as the catalogue knows it.

    `patterns` are AWS's words with `…` for what varies and `{name}` for what is to be taken out; one of them has to
    match, and none of `unless`. `weak` are patterns too, of words that other troubles can have as well: they never make certain. `types` are resource types (or beginnings, `AWS::RDS::*`) that it is limited to,
    `codes` handler error codes that are enough by themselves. `rank` orders causes that match the same text:
    "narrow" before "special" before "general" before "wrapper" before "code". `at_best` is the highest confidence that its text alone can give. `happens`,
    `verify` and `remedies` hold placeholders (`{resource}`, `{stack}`, `{region}`, and whatever the pattern took out).
    """

    id: str
    family: str
    service: str
    title: str
    happens: str
    remedies: tuple[str, ...]
    verify: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    rank: str = "special"
    at_best: Confidence = Confidence.HIGH
    retry: Retry = Retry.NO
    retry_why: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """One resource that failed by itself. `time` is as shown to people; `cause` is the id of its cause, if known."""

    resource: str
    type: str
    reason: str
    time: str
    stack: str = ""
    status: str = ""
    cause: str = ""


@dataclass(frozen=True)
class Denial:
    """An IAM refusal taken apart: who may not do what on what, and which kind of policy says so.

    `policy` is "identity-based", "permissions boundary", "service control", "resource control", "session",
    "resource-based", "VPC endpoint" or empty where AWS does not say; `explicit` tells a Deny from a missing Allow.
    `statement` is the smallest statement that would allow it, as JSON, empty where an Allow does not help.
    """

    principal: str
    action: str
    resource: str
    policy: str
    explicit: bool
    statement: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """The answer.

    `missing` says what the text lacks and where it can still be read, best first. `later` are failures of the way back
    and of clean-up, which are consequences. `advice` is what the stack's status allows now. `timeline` are the events that matter.
    """

    source: str
    outcome: Outcome
    explanation: str
    root: Failure | None = None
    cause: Cause | None = None
    confidence: Confidence = Confidence.LOW
    retry: Retry = Retry.SOMETIMES
    retry_why: str = ""
    remedies: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
    also_failed: tuple[Failure, ...] = ()
    later: tuple[Failure, ...] = ()
    cascade: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    alternatives: tuple[Cause, ...] = ()
    missing: tuple[str, ...] = ()
    denial: Denial | None = None
    stack: str = ""
    status: str = ""
    advice: tuple[str, ...] = ()
    timeline: tuple[Event, ...] = ()
    notes: tuple[str, ...] = ()
