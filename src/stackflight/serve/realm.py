"""One Region of one account: the simulated cloud, and what its stacks were sent that a simulation does not need."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from stackflight.model.change import Replacement
from stackflight.model.event import Event, StackStatus
from stackflight.model.plan import ChangeSet
from stackflight.model.template import Environment, Resource, World
from stackflight.model.value import Address, Value, render
from stackflight.rehearse.failures import handler_text
from stackflight.rehearse.leftovers import custom_name
from stackflight.rehearse.physical import stack_arn
from stackflight.rehearse.settle import settle
from stackflight.rehearse.simulator import SimulatedCloud
from stackflight.rehearse.state import LiveStack
from stackflight.rehearse.update import UpdateRun
from stackflight.serve.desired import Desired, Surroundings
from stackflight.serve.failures import Failures
from stackflight.serve.refusals import Refusal, no_stack
from stackflight.serve.stack_policy import find_denial


class Neighbours(Protocol):
    """The account's other services, as far as CloudFormation needs them."""

    def fetch(self, url: str) -> str | None:
        """The text of an object in S3 by its URL; None where there is none."""
        ...

    def parameter(self, name: str) -> str | None:
        """The value of an SSM parameter; None where there is none."""
        ...

    def holds_objects(self, bucket: str) -> bool:
        """Whether a bucket is not empty."""
        ...

    def exists(self, type: str, physical_id: str) -> bool:
        """Whether a service holds something that no stack has made."""
        ...

    def follow(self, type: str, physical_id: str, properties: Mapping[str, Value], deed: str) -> None:
        """A simulated resource was made ("create"), changed or deleted: do the same where clients will look for it."""
        ...


@dataclass
class Proposal:
    """A change set as clients see it. `ready` is when it stops being CREATE_IN_PROGRESS, in the cloud's seconds."""

    id: str
    name: str
    kind: str
    desired: Desired
    request: Mapping[str, Any]
    set: ChangeSet
    created: float
    ready: float
    executed: bool = False
    problems: tuple[Any, ...] = ()
    parent: Proposal | None = None
    """Of a nested stack's: the one of its parent."""

    @property
    def root(self) -> Proposal:
        """The one that was asked for, which alone is executed and deleted."""
        return self.parent.root if self.parent is not None else self


@dataclass
class Record:
    """What a stack was sent: all that it was to be brought to, its change sets, its policy."""

    live: LiveStack
    sent: list[Desired] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    policy: str = ""
    policy_now: str = ""
    """The policy for the update under way, which may be another one."""
    timeout_minutes: int | None = None
    kept_by_on_failure: bool = False
    """Whether it was created with OnFailure=DO_NOTHING: what that leaves takes no update."""
    drift_checks: dict[str, float] = field(default_factory=dict)
    """When drift was looked for, by the id of the detection."""

    @property
    def desired(self) -> Desired | None:
        """What the stack is brought to now; after a rollback what it was before. None for a nested stack."""
        playing = self.live.template.template
        return next((one for one in reversed(self.sent) if one.template is playing), None)

    @property
    def gone(self) -> bool:
        """Whether it can only be found by its id."""
        return self.live.status is StackStatus.DELETE_COMPLETE


class Realm:
    """The stacks of one Region. `origin` is when the cloud's clock stood at zero, seconds since the epoch."""

    def __init__(
        self, environment: Environment, cloud: SimulatedCloud, failures: Failures, neighbours: Neighbours, pace: Pace
    ) -> None:
        self.environment = environment
        self.cloud = cloud
        self.failures = failures
        self.neighbours = neighbours
        self.pace = pace
        self.tokens: dict[str, tuple[str, str]] = {}
        self._records: dict[int, Record] = {}
        self._told: list[float] = []
        self._shells: dict[str, LiveStack] = {}
        failures.obstacle = self._obstacle

    @property
    def engine_stacks(self) -> Mapping[str, LiveStack]:
        """The newest stack of every name, nested ones by `PARENT/ID`."""
        return self.cloud.engine.stacks

    @property
    def now(self) -> float:
        """The cloud's seconds."""
        return self.cloud.clock.now()

    def moment(self, seconds: float) -> datetime:
        """What clients are told for a moment of the cloud's clock."""
        return datetime.fromtimestamp(self.pace.origin + seconds / self.pace.speed, UTC)

    def catch_up(self) -> None:
        """Let happen what is due, and do to the account's other services what was done to resources."""
        self.cloud.finished("")
        events = self.cloud.engine.events
        while len(self._told) < len(events):
            event = events[len(self._told)]
            seconds = self.pace.origin + event.time / self.pace.speed
            apart = 0.001 if self.failures.hook_behind(event) is None else 0.003  # its hook's events stand before it
            self._told.append(max(seconds, self._told[-1] + apart) if self._told else seconds)
            self._follow(event)

    def moment_of(self, event: Event) -> datetime:
        """What clients are told for an event: whole milliseconds, no two alike, since they put events in order by it.

        A call may see an event that became due while it was read.
        """
        if int(event.id) > len(self._told):
            self.catch_up()
        return datetime.fromtimestamp(self._told[int(event.id) - 1], UTC)

    def moment_before(self, event: Event, milliseconds: int) -> datetime:
        """What clients are told for what led to an event."""
        return self.moment_of(event) - timedelta(milliseconds=milliseconds)

    def _follow(self, event: Event) -> None:
        verb, _, state = event.status.rpartition("_")
        if state != "COMPLETE" or verb not in {"CREATE", "UPDATE", "DELETE"} or not event.physical_id:
            return
        live = self.engine_stacks.get(event.stack)
        item = live.items.get(event.resource) if live is not None else None
        if live is not None and item is not None:
            settled = {
                name: settle(value, live, self.engine_stacks) for name, value in item.resource.properties.items()
            }
            self.neighbours.follow(event.type, event.physical_id, settled, verb.lower())

    def is_taken(self, resource: Resource) -> bool:
        """Whether something of its type exists, retained perhaps, under the name that the template gives it."""
        name = custom_name(resource)
        return bool(name) and any(
            item.physical_id and custom_name(item.resource) == name
            for live in (*self.cloud.engine.former, *self.engine_stacks.values())
            for item in (*live.items.values(), *live.lost)
            if item.resource.type == resource.type
        )

    def _obstacle(self, address: Address, operation: str) -> str:
        """Why a resource cannot be made (a name in use), updated (a stack policy) or deleted (a bucket in use)."""
        if operation == "create":
            return self._taken(address)
        if operation == "update":
            return self._denied(address)
        live = self.engine_stacks.get(address.stack)
        item = live.items.get(address.id) if live is not None else None
        if (
            item is None
            or item.resource.type != "AWS::S3::Bucket"
            or not self.neighbours.holds_objects(item.physical_id)
        ):
            return ""
        said = "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
        return handler_text(f"{said} (Service: S3, Status Code: 409, Request ID: simulated)", "GeneralServiceException")

    def _denied(self, address: Address) -> str:
        live = self.engine_stacks.get(address.stack)
        if live is None or not isinstance(live.run, UpdateRun) or address.id not in live.run.changes:
            return ""
        change = live.run.changes[address.id]
        replaces = change.replacement is Replacement.YES
        return find_denial(self.record(live).policy_now, address.id, change.type, replaces)

    def _taken(self, address: Address) -> str:
        live = self.engine_stacks.get(address.stack)
        item = live.items.get(address.id) if live is not None else None
        if item is None or not self.is_taken(item.resource):
            return ""
        type, name = item.resource.type, custom_name(item.resource)
        return handler_text(f"Resource of type '{type}' with identifier '{name}' already exists.", "AlreadyExists")

    def record(self, live: LiveStack) -> Record:
        """What is known of a stack beyond the simulation."""
        return self._records.setdefault(id(live), Record(live))

    def nested(self, path: str) -> LiveStack | None:
        """A nested stack that is there, or was opened for its change set alone."""
        live = self.engine_stacks.get(path)
        return live if live is not None and live.status is not StackStatus.DELETE_COMPLETE else self._shells.get(path)

    def open_shell(self, path: str, world: World) -> LiveStack:
        """An empty stack in review for the change set of a nested one that is to be created. Source: User Guide, change sets for nested stacks."""
        parent, _, id = path.rpartition("/")
        above = self.nested(parent)
        title = f"{above.title if above is not None else parent}-{id}-{new_id()[:13].upper().replace('-', '')}"
        shell = LiveStack(path, world.stack(path), world, StackStatus.REVIEW_IN_PROGRESS, title=title, created=self.now)
        shell.number = f"review-{len(self._shells)}-{new_id()[:8]}"
        self._shells[path] = shell
        return shell

    def _open_shells(self) -> list[LiveStack]:
        """Those whose change set is still there."""
        roots = {name for name, live in self.engine_stacks.items() if live.status is not StackStatus.DELETE_COMPLETE}
        return [one for one in self._shells.values() if one.root in roots and self.record(one).proposals]

    def records(self) -> Iterator[Record]:
        """All stacks, the newest first, deleted ones included."""
        everything = [*self.cloud.engine.former, *self.engine_stacks.values(), *self._open_shells()]
        for live in sorted(everything, key=lambda one: one.created, reverse=True):
            yield self.record(live)

    def stack_id(self, live: LiveStack) -> str:
        """The stack's ARN."""
        return stack_arn(live.title, live.number, self.environment)

    def find(self, name: str) -> Record | None:
        """A stack by its name, or by its id, by which a deleted one is found too."""
        for record in self.records():
            if name.startswith("arn:"):
                if self.stack_id(record.live) == name:
                    return record
            elif record.live.title == name and not record.gone:
                return record
        return None

    def need(self, name: str, refusal: Refusal | None = None) -> Record:
        """The stack. Raises Refusal where there is none."""
        found = self.find(name)
        if found is None:
            raise refusal or no_stack(name)
        return found

    def around(self) -> Surroundings:
        """What a template can refer to."""
        exports: dict[str, Value] = {}
        for live in self.engine_stacks.values():
            if live.status is not StackStatus.DELETE_COMPLETE:
                exports.update(live.template.exports)
        return Surroundings(self.neighbours.fetch, self.neighbours.parameter, exports, self.environment)

    def prepare(self, world: World) -> None:
        """Tell the simulation how resources of a world fail."""
        self.failures.expect(world)

    def text(self, value: Value, live: LiveStack) -> str:
        """A value as text."""
        return render(settle(value, live, self.engine_stacks))


@dataclass(frozen=True)
class Pace:
    """How the cloud's time runs: `speed` of its seconds in one real second, from `origin` (seconds since the epoch)."""

    origin: float
    speed: float


def new_id() -> str:
    """An id that nothing else has."""
    return str(uuid.uuid4())
