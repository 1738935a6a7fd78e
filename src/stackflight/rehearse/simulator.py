"""Operations -> events in virtual time: CloudFormation behind the `Cloud` port, without AWS.

The behaviour is written down in docs/concepts/rehearsal.md, with its sources and with what is not modelled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from stackflight.errors import NothingToDo, OperationRefused
from stackflight.model.deployed import Deployed, Owned
from stackflight.model.event import START, Cursor, Event, StackStatus
from stackflight.model.plan import (
    LEGAL,
    CancelUpdate,
    ChangeSet,
    ContinueRollback,
    CreateChangeSet,
    CreateStack,
    DeleteChangeSet,
    DeleteStack,
    ExecuteChangeSet,
    OnFailure,
    Operation,
    RollbackStack,
    SetTerminationProtection,
    UpdateStack,
)
from stackflight.model.template import World
from stackflight.model.value import Address
from stackflight.ports import Clock, Cloud
from stackflight.rehearse.behaviour import Behaviour, Fault
from stackflight.rehearse.change_sets import compute_change_set, differs, refuse_cycles, refuse_other_types
from stackflight.rehearse.clock import VirtualClock
from stackflight.rehearse.create import CreateRun
from stackflight.rehearse.delete import DeleteRun
from stackflight.rehearse.engine import Engine
from stackflight.rehearse.exports import find_import
from stackflight.rehearse.imports import ImportRun
from stackflight.rehearse.inventory import take_inventory
from stackflight.rehearse.physical import physical_id
from stackflight.rehearse.settle import outputs_of
from stackflight.rehearse.standing import KEPT, refuse_to_turn_back
from stackflight.rehearse.state import Item, LiveStack
from stackflight.rehearse.touch import touch
from stackflight.rehearse.update import UpdateRun


class SimulatedCloud:
    """A CloudFormation that runs on a virtual clock. Deterministic: same operations, seed and faults, same events."""

    def __init__(
        self,
        clock: Clock,
        behaviour: Behaviour | None = None,
        faults: Mapping[tuple[Address, str], Fault] | None = None,
        record: bool = True,
    ) -> None:
        self.clock = clock
        self.engine = Engine(behaviour or Behaviour(), {} if faults is None else faults, record)

    def start(self, operation: Operation) -> str:
        """Begin an operation and return its OperationId. Raises OperationRefused where it is not legal."""
        self._catch_up()
        live = self.engine.stacks.get(operation.stack)
        status = None if live is None or live.status is StackStatus.DELETE_COMPLETE else live.status
        if not isinstance(operation, LEGAL.get(status, ())):
            raise OperationRefused(
                f"Stack:{operation.stack} is in {status or 'no'} state and can not be changed by "
                f"{type(operation).__name__}",
                hint="wait for the running operation, or see which operations the status allows",
            )
        if live is not None:
            refuse_to_turn_back(live, operation)
        if isinstance(operation, UpdateStack) and live is not None:
            self._refuse_update(live, operation.world)
        identifier = self.engine.identifier(operation.stack, type(operation).__name__)
        match operation:
            case CreateStack():
                self._create(operation, identifier)
            case CreateChangeSet():
                self._review(live if status is not None else None, operation, identifier)
            case UpdateStack() if live is not None:
                self._update(live, operation, identifier)
            case ExecuteChangeSet() if live is not None:
                self._execute(live, operation, identifier)
            case DeleteStack() if live is not None:
                self._delete(live, operation, identifier)
            case RollbackStack() if live is not None:
                self.engine.undertake(live, "ROLLBACK", identifier, operation.token)
                self._roll_back(live)
            case ContinueRollback() if live is not None:
                self._continue(live, operation, identifier)
            case CancelUpdate() | DeleteChangeSet() | SetTerminationProtection() if live is not None:
                touch(live, operation)
        return identifier

    def change_set(self, stack: str, name: str) -> ChangeSet | None:
        """A change set as computed; None where there is none of this name."""
        live = self.engine.stacks.get(stack)
        return live.change_sets.get(name) if live is not None else None

    def adopt(self, stack: str, world: World) -> None:
        """Take a root stack, with what is nested in it, as deployed long ago: CREATE_COMPLETE, without any event."""
        for template in world.stacks:
            if template.name == stack or template.name.startswith(f"{stack}/"):
                live = LiveStack(template.name, template, world, StackStatus.CREATE_COMPLETE, template.parent)
                live.stable = template
                for id, resource in template.resources.items():
                    suffix = self.engine.identifier(template.name, id)
                    name = physical_id(resource, live.title, suffix, template.environment)
                    live.items[id] = Item(resource, "CREATE_COMPLETE", name, made=True)
                self.engine.stacks[template.name] = live

    def status(self, stack: str) -> StackStatus | None:
        """The stack's status now; None where no such stack exists or it is gone."""
        self._catch_up()
        live = self.engine.stacks.get(stack)
        return None if live is None or live.status is StackStatus.DELETE_COMPLETE else live.status

    def describe(self, stack: str) -> Deployed | None:
        """The stack as it stands; None where no such stack exists or it is gone."""
        status = self.status(stack)
        if status is None:
            return None
        live = self.engine.stacks[stack]
        well = "COMPLETE" in status and status is not StackStatus.ROLLBACK_COMPLETE
        outputs = outputs_of(live, self.engine.stacks) if well else {}
        values = dict.fromkeys(live.template.parameters, "****")
        return Deployed(stack, status, "", "", outputs, values, protected=live.protected, operation=live.operation)

    def owned(self, stack: str) -> Sequence[Owned]:
        """The resources of a stack and of those nested in it; none where no such stack exists or it is gone."""
        return take_inventory(stack, self.engine.stacks) if self.status(stack) is not None else ()

    def events(self, stack: str, after: Cursor = START) -> Sequence[Event]:
        """The events of a stack and of those nested in it, oldest first, from a cursor on."""
        self._catch_up()
        read = {name: int(id) for name, id in after.newest.items()}
        live = self.engine.stacks.get(stack)
        return [
            event
            for event in self.engine.events[live.first if live is not None else 0 :]
            if (event.stack == stack or event.stack.startswith(f"{stack}/"))
            and int(event.id) > read.get(event.stack, 0)
        ]

    def latest(self, stack: str) -> Cursor:
        """The cursor behind everything that the stack has to tell so far."""
        return START.past(self.events(stack))

    def before_operation(self, stack: str) -> Cursor:
        """The cursor before the first event of what was last begun on the stack."""
        events = self.events(stack)
        begun = [number for number, event in enumerate(events) if event.stack == stack and event.begins]
        return START.past(events[: begun[-1]]) if begun else START

    def finished(self, stack: str) -> bool:
        """Whether nothing is in progress for the stack."""
        self._catch_up()
        live = self.engine.stacks.get(stack)
        return live is None or not live.status.in_progress

    def next_in(self) -> float | None:
        """Seconds until the next thing happens; None where nothing is due."""
        due = self.engine.agenda.next_time
        return None if due is None else due - self.clock.now()

    def advance(self) -> bool:
        """Let time pass until the next thing happens. Returns whether anything was due."""
        seconds = self.next_in()
        if seconds is None:
            return False
        self.clock.sleep(seconds)
        self._catch_up()
        return True

    def advance_to_end(self) -> None:
        """Let time pass until an operation ends, or nothing is due."""
        engine, ended = self.engine, self.engine.ended
        while engine.ended == ended and engine.agenda.step():
            pass
        self.clock.sleep(engine.agenda.now - self.clock.now())

    def settle(self) -> None:
        """Let time pass until nothing is in progress anywhere."""
        while self.advance():
            pass

    def _catch_up(self) -> None:
        self.engine.agenda.run(self.clock.now())

    def _create(self, operation: CreateStack, identifier: str) -> None:
        live = self._shell(operation.stack, operation.world)
        self.engine.undertake(live, "CREATE_STACK", identifier, operation.token)
        live.protected = operation.termination_protection
        CreateRun(self.engine, live, _nothing, operation.on_failure, operation.timeout_seconds).begin()

    def _shell(self, name: str, world: World) -> LiveStack:
        refuse_cycles(world, name)
        live = LiveStack(name, world.stack(name), world, StackStatus.CREATE_IN_PROGRESS)
        return self.engine.place(live)

    def _review(self, live: LiveStack | None, operation: CreateChangeSet, identifier: str) -> None:
        if live is None:
            live = self._shell(operation.stack, operation.world)
            live.operation, live.token = identifier, operation.token
            self.engine.set_status(live, StackStatus.REVIEW_IN_PROGRESS, "User Initiated")
        if operation.name in live.change_sets:
            raise OperationRefused(f"ChangeSet {operation.name} already exists", hint="choose another name")
        live.change_sets[operation.name] = compute_change_set(live, operation, self.engine.stacks)
        self.engine.undertake(live, "CREATE_CHANGESET", identifier)

    def _execute(self, live: LiveStack, operation: ExecuteChangeSet, identifier: str) -> None:
        change_set = live.change_sets.get(operation.name)
        if change_set is None:
            raise OperationRefused(f"ChangeSet [{operation.name}] does not exist", hint="create it first")
        if change_set.execution != "AVAILABLE" or change_set.world is None:
            raise OperationRefused(
                f"ChangeSet [{operation.name}] cannot be executed in its current status of [{change_set.status}]",
                hint=change_set.reason or "create a new one",
            )
        live.change_sets.clear()
        kind = "UPDATE" if change_set.kind == "IMPORT" else change_set.kind  # there is no other OperationType for it
        self.engine.undertake(live, f"{kind}_STACK", identifier, operation.token)
        if change_set.kind == "IMPORT":
            ImportRun(self.engine, live, change_set.world, change_set.imports).begin()
        elif change_set.kind == "CREATE":
            live.protected = live.protected or operation.termination_protection
            CreateRun(self.engine, live, _nothing, operation.on_failure, operation.timeout_seconds).begin()
        else:
            self._begin_update(live, change_set.world, operation.on_failure)

    def _refuse_update(self, live: LiveStack, world: World) -> None:
        refuse_cycles(world, live.name)
        refuse_other_types(live, world, self.engine.stacks)
        if not differs(live, world, self.engine.stacks) and live.status not in KEPT:
            raise NothingToDo("No updates are to be performed.", hint="the stack is as the template wants it")

    def _update(self, live: LiveStack, operation: UpdateStack, identifier: str) -> None:
        self.engine.undertake(live, "UPDATE_STACK", identifier, operation.token)
        self._begin_update(live, operation.world, operation.on_failure)

    def _begin_update(self, live: LiveStack, world: World, on_failure: OnFailure) -> None:
        UpdateRun(self.engine, live, world.stack(live.name), world, _nothing, on_failure).begin()

    def _roll_back(self, live: LiveStack) -> None:
        if live.pending is not None and live.stable is not None:
            live.pending.begin(_nothing, "User Initiated")
        else:
            DeleteRun(self.engine, live, _nothing, of_create=True).begin()

    def _continue(self, live: LiveStack, operation: ContinueRollback, identifier: str) -> None:
        pending = live.pending
        if pending is None:
            return
        for id in operation.skip:
            if id not in pending.broken:
                raise OperationRefused(
                    f"The following resources can't be skipped: [{id}]",
                    hint="skip only what is UPDATE_FAILED because the rollback failed",
                )
        self.engine.undertake(live, "CONTINUE_ROLLBACK", identifier, operation.token)
        pending.begin(_nothing, "User Initiated", operation.skip)

    def _delete(self, live: LiveStack, operation: DeleteStack, identifier: str) -> None:
        if live.protected:
            raise OperationRefused(
                f"Stack [{live.name}] cannot be deleted while TerminationProtection is enabled",
                hint="disable it in a separate step first",
            )
        used = find_import(live, None, self.engine.stacks.values())
        if used is not None:
            raise OperationRefused(
                f"Delete canceled. Cannot delete export {used[0]} as it is in use by {used[1]}.",
                hint="update or delete the importing stack first",
            )
        if operation.retain and live.status is not StackStatus.DELETE_FAILED:
            raise OperationRefused(
                f"Invalid operation on stack [{live.name}]. When you delete a stack, specify which resources to retain "
                "only when the stack is in the DELETE_FAILED state.",
                hint="delete without retaining first",
            )
        self.engine.undertake(live, "DELETE_STACK", identifier, operation.token)
        DeleteRun(self.engine, live, _nothing, operation.retain).begin()


if TYPE_CHECKING:
    _CLOUD: type[Cloud] = SimulatedCloud
    _CLOCK: type[Clock] = VirtualClock


def _nothing(_well: bool, _why: str) -> None:
    """A root stack reports to nobody."""
