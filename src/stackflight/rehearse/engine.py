"""What all operations of the simulated cloud share: the agenda, the record of events and spans, handler calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from stackflight.model.estimate import Span
from stackflight.model.event import STACK_TYPE, Event, StackStatus
from stackflight.model.template import Resource
from stackflight.model.value import Address
from stackflight.rehearse.behaviour import Act, Behaviour, Fault
from stackflight.rehearse.chance import draw_identifier
from stackflight.rehearse.clock import Agenda
from stackflight.rehearse.physical import physical_id
from stackflight.rehearse.state import Item, LiveStack, Undertaking
from stackflight.rehearse.timings import CHILD_START, POLL_SECONDS

_DEEDS = {"create": "created", "update": "updated", "delete": "deleted"}

Done = Callable[[bool, str], None]
"""Told when an operation on a stack is over: whether it went well, and why not."""

Faults = Mapping[tuple[Address, str], Fault]
"""How operations ("create", "update", "delete", "rollback") of resources fail."""


class Engine:
    """The simulated service. `record` off skips events and spans, which makes repeated runs fast.

    `first_failure` is when the first resource failed, seconds; None as long as none has. `ended` counts the ends of operations.
    """

    def __init__(self, behaviour: Behaviour, faults: Faults, record: bool = True) -> None:
        self.agenda = Agenda()
        self.behaviour = behaviour
        self.faults = faults
        self.record = record
        self.stacks: dict[str, LiveStack] = {}
        self.former: list[LiveStack] = []
        self.events: list[Event] = []
        self.spans: list[Span] = []
        self.first_failure: float | None = None
        self.ended = 0
        self._made = 0

    def identifier(self, *names: str) -> str:
        """A suffix that is new within this cloud."""
        self._made += 1
        return draw_identifier(self.behaviour.seed, str(self._made), *names) if self.record else "X"

    def undertake(self, live: LiveStack, kind: str, identifier: str = "", token: str | None = None) -> str:
        """Enter an operation (one of the service model's OperationType); what happens from now on belongs to it.

        Without a token it is a part of the one before, as a rollback is, and bears that one's.
        """
        identifier = identifier or self.identifier(live.name, kind)
        if kind != "CREATE_CHANGESET":
            live.operation = identifier
            live.token = live.token if token is None else token
        live.undertakings.append(Undertaking(kind, identifier, self.agenda.now))
        return identifier

    def place(self, live: LiveStack) -> LiveStack:
        """Put a new stack in; a deleted one of its name is remembered as former."""
        if self.record and live.name in self.stacks:
            self.former.append(self.stacks[live.name])
        live.first = len(self.events)
        live.number = self.identifier(live.name, "number")
        live.created = self.agenda.now
        self.stacks[live.name] = live
        return live

    def set_status(self, live: LiveStack, status: StackStatus, reason: str = "") -> None:
        """Move a stack to a status and say so."""
        live.status = status
        self.ended += not status.in_progress
        self.emit(live, live.name, STACK_TYPE, status, reason, live.name)

    def emit(
        self, live: LiveStack, resource: str, type: str, status: str, reason: str, physical_id: str, detail: str = ""
    ) -> None:
        """Append an event."""
        if self.record:
            said = (live.name, resource, type, status, reason, physical_id, live.operation, detail)
            root = self.stacks.get(live.root, live)
            event = Event(self.agenda.now, *said, id=str(len(self.events) + 1), token=root.token)
            self.events.append(event)
            live.history.append(event)

    def call(
        self,
        live: LiveStack,
        item: Item,
        operation: str,
        done: Callable[[bool], None],
        released: Callable[[], None] | None = None,
        fault_key: str = "",
        cause: str = "",
        fresh: bool = False,
        refusal: str = "",
        former: Resource | None = None,
        changed: tuple[str, ...] = (),
    ) -> Call:
        """Start a handler call. `fresh`: an update that makes a new physical resource (replacement).

        `refusal` makes it fail at once; `fault_key` names the faults to heed where that is not the operation; `former` is
        what an update comes from, where that is not the item's, `changed` the properties that it is about.
        """
        fault = self.faults.get((item.resource.address, fault_key or operation))
        if refusal:
            fault = Fault(refusal)
        played = "create" if fresh else operation
        before = (former or item.former) if played == "update" else None
        act = self.behaviour.act(item.resource, played, fault, before, changed if played == "update" else ())
        call = Call(self, live, item, operation, act, done, released, cause, fresh)
        call.start()
        return call


class Work:
    """Something being done to one resource: its statuses, its cancellation, its span."""

    def __init__(self, engine: Engine, live: LiveStack, item: Item, operation: str, cause: str) -> None:
        self.engine = engine
        self.live = live
        self.item = item
        self.operation = operation
        self.verb = operation.upper()
        self.cause = cause
        self.alive = True
        self.began = engine.agenda.now
        self.let_go: float | None = None

    def say(self, state: str, reason: str = "", detail: str = "") -> None:
        """Move the resource to a status and say so."""
        item, resource = self.item, self.item.resource
        item.status = f"{self.verb}_{state}"
        self.engine.emit(self.live, item.id, resource.type, item.status, reason, item.physical_id, detail)

    def cancel(self, text: str) -> None:
        """Stop: another resource has failed."""
        self.alive = False
        self.item.cancelled = True
        self.say("FAILED", text)
        self.note("cancelled", text)

    def make(self) -> None:
        """From now on the resource exists; where nobody listens, under its logical id."""
        resource, live = self.item.resource, self.live
        self.item.made = True
        if not self.engine.record:
            self.item.physical_id = resource.address.id
            return
        suffix = self.engine.identifier(live.name, resource.address.id)
        self.item.physical_id = physical_id(resource, live.title, suffix, live.template.environment)

    def initiate(self) -> None:
        """The resource exists, and it is said."""
        if self.alive:
            self.make()
            self.say("IN_PROGRESS", "Resource creation Initiated")

    def close(self, text: str | None) -> bool:
        """The last status of the resource; failed where there is a text. Returns whether it went well."""
        self.alive = False
        if text is None:
            self.say("COMPLETE")
            if self.operation == "delete":
                self.item.physical_id = ""
        else:
            self.say("FAILED", text)
            if self.engine.first_failure is None:
                self.engine.first_failure = self.engine.agenda.now
        self.note("done" if text is None else "failed", text or "")
        return text is None

    def note(self, outcome: str, reason: str) -> None:
        """Record the span."""
        engine = self.engine
        if engine.record:
            engine.spans.append(
                Span(
                    stack=self.live.name,
                    resource=self.item.id,
                    type=self.item.resource.type,
                    operation=self.operation,
                    start=self.began,
                    end=engine.agenda.now,
                    outcome=outcome,
                    released=self.let_go,
                    cause=self.cause,
                    reason=reason,
                )
            )


class Call(Work):
    """One handler at work on one resource."""

    def __init__(
        self,
        engine: Engine,
        live: LiveStack,
        item: Item,
        operation: str,
        act: Act,
        done: Callable[[bool], None],
        released: Callable[[], None] | None,
        cause: str,
        fresh: bool,
    ) -> None:
        super().__init__(engine, live, item, operation, cause)
        self.act = act
        self.done = done
        self.on_release = released
        self.fresh = fresh

    def start(self) -> None:
        """Say IN_PROGRESS and enter what follows into the agenda."""
        reason = "Requested update requires the creation of a new physical resource; hence creating one."
        self.say("IN_PROGRESS", reason if self.fresh else "")
        after, act = self.engine.agenda.after, self.act
        if self.operation == "create" or self.fresh:
            if act.initiated is not None:
                after(act.initiated, self.initiate)
            elif act.exists:
                self.make()
            if act.released is not None:
                after(act.released, self._release)
        after(act.seconds, self._end)

    def _release(self) -> None:
        if self.alive:
            self.say("IN_PROGRESS", "Eventual consistency check initiated", "CONFIGURATION_COMPLETE")
            self.let_go = self.engine.agenda.now
            if self.on_release is not None:
                self.on_release()

    def _end(self) -> None:
        if self.alive:
            self.done(self.close(self.act.text))


class NestedCall(Work):
    """A nested stack as a resource of its parent: it ends when the child has, seen at the parent's next look.

    `start` begins the child's operation and takes what to call at its end.
    """

    def __init__(
        self,
        engine: Engine,
        live: LiveStack,
        item: Item,
        operation: str,
        start: Callable[[Done], None],
        done: Callable[[bool], None],
        cause: str,
    ) -> None:
        super().__init__(engine, live, item, operation, cause)
        self.done = done
        self._start = start
        self.say("IN_PROGRESS")
        if operation == "create":
            engine.agenda.after(CHILD_START, self.initiate)
        engine.agenda.after(CHILD_START, self._begin)

    def _begin(self) -> None:
        if self.alive:
            self._start(self._child_ended)

    def _child_ended(self, well: bool, why: str) -> None:
        if not self.alive:
            return
        wait = POLL_SECONDS * self.engine.behaviour.luck(self.item.resource, f"{self.operation} seen")
        child = f"Embedded stack {self.live.name}/{self.item.id} was not successfully {_DEEDS[self.operation]}"
        middle = ". Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason: " if self.operation == "update" else ": "
        self.engine.agenda.after(wait, lambda: self._end(None if well else f"{child}{middle}{why}"))

    def _end(self, text: str | None) -> None:
        if self.alive:
            self.done(self.close(text))
