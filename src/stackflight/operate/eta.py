"""World + what usually takes how long + events -> what works, how far it is, and how long it still takes.

The estimate is corrected with every event: what is over counts with the time at which it ended, what works with its usual
duration or, past that, with what it has already taken, and what waits follows those it waits for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from stackflight.model.change import Action, Change
from stackflight.model.event import Event
from stackflight.model.moment import Progress, Working
from stackflight.model.template import Resource, World
from stackflight.model.value import Address
from stackflight.rehearse.durations import standard_durations
from stackflight.rehearse.lengths import find_length
from stackflight.rehearse.order import waits_of

Usual: TypeAlias = Callable[[Resource, str, Collection[str], Mapping[Address, Resource]], tuple[float, float]]
"""Resource, operation, the properties that an update is about and all resources -> the seconds that half and that nine of
ten take."""

_OPERATIONS = {Action.ADD: "create", Action.MODIFY: "update", Action.REMOVE: "delete"}
_GOING = "_IN_PROGRESS"
_CONFIGURED = "CONFIGURATION_COMPLETE"


@dataclass
class _Step:
    """One resource to be worked on."""

    stack: str
    resource: str
    type: str
    operation: str
    usual: float
    slow: float
    needs: tuple[tuple[str, str], ...]
    start: float | None = None
    end: float | None = None


class Eta:
    """The steps of all root stacks of a run. Times are the clock's, seconds."""

    def __init__(self, world: World, roots: Mapping[str, Iterable[str]], usual: Usual, began: float) -> None:
        self._world = world
        self._roots = {name: tuple(before) for name, before in roots.items()}
        self._usual = usual
        self._began = began
        self._steps: dict[tuple[str, str], _Step] = {}
        self._back: set[str] = set()
        self._working: dict[tuple[str, str], Working] = {}
        self._ended: dict[str, float] = {}
        self._through = 0
        for stack in world.stacks:
            if stack.name.split("/")[0] in self._roots:
                self._enter(stack.name, dict.fromkeys(stack.resources, "create"))

    def plan(self, stack: str, changes: Sequence[Change]) -> None:
        """Only what a change set names is worked on; what is nested is new where its resource is."""
        if stack not in self._roots:
            return
        for key in [key for key in self._steps if key[0] == stack]:
            del self._steps[key]
        changed = {change.resource: change.properties for change in changes}
        self._enter(stack, {change.resource: _OPERATIONS[change.action] for change in changes}, changed)
        for change in changes:
            child = f"{stack}/{change.resource}"
            if change.action is not Action.ADD and any(one.name == child for one in self._world.stacks):
                for key in [key for key in self._steps if key[0] == child]:
                    del self._steps[key]

    def leave(self, stack: str) -> None:
        """Nothing is to be done to a root stack."""
        for key in [key for key in self._steps if key[0].split("/")[0] == stack]:
            del self._steps[key]

    def hear(self, event: Event, now: float) -> None:
        """Take one event that was read at a time of the clock."""
        root = event.stack.split("/")[0]
        if event.of_stack:
            if "ROLLBACK" in event.status:
                self._back.add(root)
            if event.stack == root and not event.status.endswith(_GOING):
                self._ended[root] = now
            return
        key = (event.stack, event.resource)
        step = self._steps.get(key)
        operation = event.status.partition("_")[0].lower()
        if event.status.endswith(_GOING):
            if step is not None and step.operation == operation and step.start is None:
                step.start = event.time
            if key not in self._working or self._working[key].operation != operation:
                self._working[key] = self._at_work(event, operation, step)
            if event.detailed_status == _CONFIGURED:
                self._working[key] = replace(self._working[key], settling=True)
        else:
            self._through += self._working.pop(key, None) is not None
            if step is not None and step.end is None:
                step.end = event.time

    def look(self, now: float) -> Progress:
        """The whole at a time of the clock."""
        working = tuple(replace(one, seconds=max(now - one.seconds, 0.0)) for one in self._working.values())
        done = sum(step.end is not None for step in self._steps.values()) if self._roots else self._through
        left = None if self._back or not self._roots else self._left(now)
        slow = left * self._ratio() if left is not None else None
        counts: dict[str, tuple[int, int]] = {}
        for step in self._steps.values():
            over, steps = counts.get(step.stack, (0, 0))
            counts[step.stack] = (over + (step.end is not None), steps + 1)
        back = tuple(sorted(self._back - self._ended.keys()))
        return Progress(now - self._began, done, len(self._steps), working, left, slow, counts, back)

    def _at_work(self, event: Event, operation: str, step: _Step | None) -> Working:
        """Kept with the time of its start in the place of its seconds."""
        usual, slow = (step.usual, step.slow) if step is not None and step.operation == operation else (0.0, 0.0)
        if slow == 0.0:
            found = next((one for one in self._world.stacks if one.name == event.stack), None)
            resource = found.resources.get(event.resource) if found is not None else None
            resource = resource or Resource(Address(event.stack, event.resource), event.type, {})
            if operation in {"create", "update", "delete"} and event.type:
                usual, slow = self._usual(resource, operation, (), self._world.resources)
        return Working(event.stack, event.resource, event.type, operation, event.time, usual, slow)

    def _enter(self, name: str, operations: Mapping[str, str], changed: Mapping[str, Collection[str]] = {}) -> None:
        stack = self._world.stack(name)
        waits = waits_of(stack)
        for id, operation in operations.items():
            resource = stack.resources.get(id)
            if resource is None:
                self._steps[name, id] = _Step(name, id, "", operation, 5.0, 30.0, ())
                continue
            usual, slow = self._usual(resource, operation, changed.get(id, ()), self._world.resources)
            needs = tuple((name, other) for other in waits.get(id, ()) if other in operations)
            self._steps[name, id] = _Step(name, id, resource.type, operation, usual, slow, needs)

    def _left(self, now: float) -> float:
        """Seconds until the last step of the last stack ends."""
        ends: dict[str, float] = {}
        for root, before in self._roots.items():
            start = max((ends.get(other, now) for other in before), default=now)
            ends[root] = self._ended[root] if root in self._ended else self._end_of(root, max(start, now), now)
        return max(0.0, max(ends.values(), default=now) - now)

    def _end_of(self, root: str, start: float, now: float) -> float:
        known: dict[tuple[str, str], float] = {}
        todo = [key for key in self._steps if key[0].split("/")[0] == root]
        while todo:
            key = todo[-1]
            if key in known:
                todo.pop()
                continue
            step = self._steps[key]
            missing = [other for other in self._before(step) if other in self._steps and other not in known]
            if missing and len(todo) < 10 * len(self._steps):
                todo += missing
                continue
            ready = max((known[other] for other in self._before(step) if other in known), default=start)
            known[key] = self._end(step, max(ready, start), now)
            todo.pop()
        return max(known.values(), default=start)

    def _before(self, step: _Step) -> tuple[tuple[str, str], ...]:
        """What a step waits for; what is nested waits for what its parent's resource waits for."""
        if "/" not in step.stack:
            return step.needs
        parent, _, id = step.stack.rpartition("/")
        holder = self._steps.get((parent, id))
        return step.needs + (self._before(holder) if holder is not None else ())

    @staticmethod
    def _end(step: _Step, ready: float, now: float) -> float:
        if step.end is not None:
            return step.end
        if step.start is None:
            return ready + step.usual
        if now - step.start < step.usual:
            return step.start + step.usual
        # Past its median: what is left of the slow ones, never less than a tenth of what it has taken.
        return now + max(0.1 * (now - step.start), 0.5 * (step.start + step.slow - now), 1.0)

    def _ratio(self) -> float:
        open_steps = [step for step in self._steps.values() if step.end is None and step.usual > 0]
        if not open_steps:
            return 1.0
        longest = max(open_steps, key=lambda step: step.usual)
        return max(1.0, min(longest.slow / longest.usual, 3.0))


def usual_from_table(learnt: Mapping[tuple[str, str], Sequence[float]] = {}) -> Usual:
    """Usual durations from the table of the rehearsal, and from a ledger's where it has seen a type three times.

    `learnt` gives the seconds seen by type and operation.
    """
    table = standard_durations().with_learnt(learnt)

    def usual(
        resource: Resource, operation: str, changed: Collection[str], around: Mapping[Address, Resource]
    ) -> tuple[float, float]:
        duration, added = find_length(table, resource, operation, changed=changed, around=around)
        return table.seconds(duration, 0.5) + added, table.seconds(duration, 0.9) + added

    return usual
