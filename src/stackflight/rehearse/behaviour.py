"""Resource + operation -> how CloudFormation's handler plays it: when it begins, releases dependents, ends, and fails.

What is specific to a type lives here and in `failures.py`. Rules and sources: docs/concepts/rehearsal.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field

from stackflight.model.template import Resource
from stackflight.model.value import Address, as_dict, render
from stackflight.records import dataclass
from stackflight.rehearse.chance import draw_in_run
from stackflight.rehearse.durations import Duration, DurationTable, standard_durations
from stackflight.rehearse.iso import iso_seconds
from stackflight.rehearse.lengths import find_length

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
    former: Resource | None
    duration: Duration
    added: float
    most: float


@dataclass(frozen=True)
class Behaviour:
    """The durations of one run: `luck` draws from `seed` and `run`; run -1 takes every median.

    `instant` are resources that are to take no time, for trying out what they cost; `given` are lengths that somebody
    knows better, seconds; `around` is where the resources are found that others name; `works` names the row of the table
    for custom resources that take the time of something else.
    """

    table: DurationTable = field(default_factory=standard_durations)
    seed: int = 0
    run: int = MEDIAN
    instant: frozenset[Address] = frozenset()
    given: Mapping[Address, float] = field(default_factory=dict)
    around: Mapping[Address, Resource] = field(default_factory=dict)
    works: Mapping[Address, str] = field(default_factory=dict)
    _plans: dict[tuple[int, str, int, tuple[str, ...]], _Plan] = field(default_factory=dict, repr=False, compare=False)

    def act(
        self,
        resource: Resource,
        operation: str,
        fault: Fault | None = None,
        former: Resource | None = None,
        changed: tuple[str, ...] = (),
    ) -> Act:
        """Play `operation` ("create", "update" or "delete") of a resource, failing as `fault` says.

        `former` is what the resource was before an update, `changed` the properties that it is about.
        """
        plan = self._plan(resource, operation, former, changed)
        duration = plan.duration
        seconds = min(self.table.seconds(duration, self.luck(resource, operation)) + plan.added, plan.most)
        seconds = self.given.get(resource.address, seconds)
        if resource.address in self.instant:
            seconds = min(seconds, 1.0)
        initiated = seconds if resource.is_custom else min(_INITIATION_SECONDS, seconds * 0.5)
        if fault is not None:
            end = fault.seconds if fault.seconds is not None else min(seconds, 2.0)
            if fault.silent:
                return Act(end, None, None, fault.text, exists=True)
            # What the service refuses at once never exists, so nothing of it has to be deleted.
            lasts = fault.seconds is not None and end > _INITIATION_SECONDS
            begun = end if resource.is_custom else _INITIATION_SECONDS if lasts else None
            early = duration.released if operation == "create" and fault.seconds is not None else None
            return Act(end, begun, early if early is not None and early < end else None, fault.text)
        released = duration.released
        if operation != "create" or released is None or released >= seconds:
            return Act(seconds, initiated)
        return Act(seconds, min(initiated, released), released)

    def _plan(self, resource: Resource, operation: str, former: Resource | None, changed: tuple[str, ...]) -> _Plan:
        """What all runs have in common; it keeps the resources, so that their numbers are nobody else's."""
        key = (id(resource), operation, id(former), changed)
        plan = self._plans.get(key)
        if plan is None:
            duration, added = find_length(self.table, resource, operation, former, changed, self.around, self.works)
            most = policy_timeout(resource) if operation == "create" else None
            plan = _Plan(resource, former, duration, added, math.inf if most is None else most)
            self._plans[key] = plan
        return plan

    def luck(self, resource: Resource, operation: str) -> float:
        """The probability at which this resource's duration is read: in part its own, in part that of the whole run."""
        if self.run == MEDIAN:
            return 0.5
        return draw_in_run(self.seed, self.run, resource.address.stack, resource.address.id, operation)


def policy_timeout(resource: Resource) -> float | None:
    """The time-out of a CreationPolicy's signal, seconds; CloudFormation's default is PT5M."""
    signal = as_dict(as_dict(resource.attributes.get("CreationPolicy")).get("ResourceSignal"))
    return iso_seconds(render(signal.get("Timeout", "PT5M"))) if signal else None
