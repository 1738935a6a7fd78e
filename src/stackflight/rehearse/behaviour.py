"""Resource + operation -> how CloudFormation's handler plays it: when it begins, releases dependents, ends, and fails.

What is specific to a type lives here and in `failures.py`. Rules and sources: docs/concepts/rehearsal.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stackflight.model.template import Resource
from stackflight.model.value import Address, as_dict, as_list, dig, known_flag, known_text, render
from stackflight.rehearse.chance import draw
from stackflight.rehearse.durations import Duration, DurationTable, standard_durations

STACK = "AWS::CloudFormation::Stack"
_INITIATION_SECONDS = 1.0  # median of 523 events "Resource creation Initiated"
MEDIAN = -1
"""The number of the run in which everything takes its median."""


@dataclass(frozen=True, slots=True)
class Act:
    """One handler call. Seconds count from its IN_PROGRESS event.

    `initiated` is when "Resource creation Initiated" is said (None: never), `released` when dependents may start
    (None: when it ends), `text` the reason of a failure (None: success), `exists` whether something physical is there
    though creation was never announced (a custom resource that does not answer).
    """

    seconds: float
    initiated: float | None
    released: float | None = None
    text: str | None = None
    exists: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """How one operation of a resource ends otherwise than well: after `seconds` (None: at once), with `text`.

    `silent`: the resource answers nothing; it exists physically and its deletion is answered neither.
    """

    text: str
    seconds: float | None = None
    silent: bool = False


@dataclass(frozen=True, slots=True)
class _Plan:
    resource: Resource
    duration: Duration
    waits: float | None


@dataclass(frozen=True)
class Behaviour:
    """The durations of one run: `luck` draws from `seed` and `run`; run -1 takes every median.

    `instant` are resources that are to take no time, for trying out what they cost; `given` are lengths that somebody
    knows better, seconds.
    """

    table: DurationTable = field(default_factory=standard_durations)
    seed: int = 0
    run: int = MEDIAN
    instant: frozenset[Address] = frozenset()
    given: Mapping[Address, float] = field(default_factory=dict)
    _plans: dict[tuple[int, str], _Plan] = field(default_factory=dict, repr=False, compare=False)

    def act(self, resource: Resource, operation: str, fault: Fault | None = None) -> Act:
        """Play `operation` ("create", "update" or "delete") of a resource, failing as `fault` says."""
        plan = self._plan(resource, operation)
        duration, waits = plan.duration, plan.waits
        seconds = self.table.seconds(duration, self.luck(resource, operation))
        seconds = self.given.get(resource.address, seconds)
        if resource.address in self.instant:
            seconds = min(seconds, 1.0)
        if waits is not None:
            seconds = max(seconds, waits)
        initiated = seconds if resource.is_custom else min(_INITIATION_SECONDS, seconds * 0.5)
        if fault is not None:
            end = fault.seconds if fault.seconds is not None else min(seconds, 2.0)
            if fault.silent:
                return Act(end, None, None, fault.text, exists=True)
            begun = end if resource.is_custom else _INITIATION_SECONDS if end > _INITIATION_SECONDS else None
            early = duration.released if operation == "create" and fault.seconds is not None else None
            return Act(end, begun, early if early is not None and early < end else None, fault.text)
        released = duration.released
        if operation != "create" or released is None or released >= seconds or waits is not None:
            return Act(seconds, initiated)
        return Act(seconds, min(initiated, released), released)

    def _plan(self, resource: Resource, operation: str) -> _Plan:
        """What all runs have in common; it keeps the resource, so that its number is nobody else's."""
        plan = self._plans.get((id(resource), operation))
        if plan is None:
            duration = self.table.find(resource.type, variant_of(resource), operation)
            plan = _Plan(resource, duration, awaited_seconds(resource) if operation == "create" else None)
            self._plans[id(resource), operation] = plan
        return plan

    def luck(self, resource: Resource, operation: str) -> float:
        """The probability at which this resource's duration is read."""
        if self.run == MEDIAN:
            return 0.5
        return draw(self.seed, str(self.run), resource.address.stack, resource.address.id, operation)


def variant_of(resource: Resource) -> str:
    """The name of the variant that the durations tell apart; empty for the plain type."""
    match resource.type:
        case "AWS::EC2::VPCEndpoint":
            kind = known_text(resource.get("VpcEndpointType")) or "Gateway"
            return "gateway" if kind == "Gateway" else "interface"
        case "AWS::Lambda::Function":
            return "vpc" if as_list(dig(resource.properties, "VpcConfig", "SubnetIds")) else ""
        case "AWS::RDS::DBInstance":
            if resource.get("DBClusterIdentifier") is not None:
                return "cluster-member"
            return "multi-az" if known_flag(resource.get("MultiAZ"), False) is True else ""
        case "AWS::RDS::DBCluster":
            return "serverless" if resource.get("ServerlessV2ScalingConfiguration") is not None else ""
        case _:
            return ""


def awaited_seconds(resource: Resource) -> float | None:
    """How long a resource waits for signals that the template does not send itself; None where it waits for none.

    An Auto Scaling group or instance with a CreationPolicy is assumed to signal three minutes after its start.
    """
    signals = dig(resource.attributes.get("CreationPolicy"), "ResourceSignal")
    if signals is None or resource.type not in {"AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::Instance"}:
        return None
    return min(180.0, policy_timeout(resource) or 180.0)


def policy_timeout(resource: Resource) -> float | None:
    """The time-out of a CreationPolicy's signal, seconds; CloudFormation's default is PT5M."""
    signal = as_dict(as_dict(resource.attributes.get("CreationPolicy")).get("ResourceSignal"))
    return iso_seconds(render(signal.get("Timeout", "PT5M"))) if signal else None


def iso_seconds(text: str) -> float | None:
    """Seconds of an ISO 8601 duration of hours, minutes and seconds ("PT1H30M"); None where it is none."""
    if not text.startswith("PT"):
        return None
    total, digits = 0.0, ""
    for char in text[2:]:
        if char.isdigit() or char == ".":
            digits += char
        elif char in "HMS" and digits:
            total += float(digits) * {"H": 3600, "M": 60, "S": 1}[char]
            digits = ""
        else:
            return None
    return total if not digits else None
