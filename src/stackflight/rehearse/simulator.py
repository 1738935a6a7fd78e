"""Operations -> events in virtual time: CloudFormation behind the `Cloud` port, without AWS.

The behaviour is written down in docs/concepts/rehearsal.md, with its sources and with what is not modelled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stackflight.errors import OperationRefused
from stackflight.model.event import Event, StackStatus
from stackflight.model.graph import Graph
from stackflight.model.plan import (
    LEGAL,
    CreateStack,
    DeleteStack,
    Operation,
    SetTerminationProtection,
)
from stackflight.model.template import World
from stackflight.model.value import Address
from stackflight.rehearse.behaviour import Behaviour, Fault
from stackflight.rehearse.clock import VirtualClock
from stackflight.rehearse.engine import Engine
from stackflight.rehearse.runs import CreateRun, DeleteRun
from stackflight.rehearse.state import LiveStack


class SimulatedCloud:
    """A CloudFormation that runs on a virtual clock. Deterministic: same operations, seed and faults, same events."""

    def __init__(
        self,
        clock: VirtualClock,
        behaviour: Behaviour | None = None,
        faults: Mapping[tuple[Address, str], Fault] | None = None,
        record: bool = True,
    ) -> None:
        self.clock = clock
        self.engine = Engine(behaviour or Behaviour(), faults or {}, record)

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
        identifier = self.engine.identifier(operation.stack, type(operation).__name__)
        match operation:
            case CreateStack():
                self._create(operation, identifier)
            case DeleteStack() if live is not None:
                self._delete(live, operation, identifier)
            case SetTerminationProtection() if live is not None:
                live.protected = operation.enabled
        return identifier

    def status(self, stack: str) -> StackStatus | None:
        """The stack's status now; None where no such stack exists or it is gone."""
        self._catch_up()
        live = self.engine.stacks.get(stack)
        return None if live is None or live.status is StackStatus.DELETE_COMPLETE else live.status

    def events(self, stack: str, after: int = 0) -> Sequence[Event]:
        """The events so far of a stack and of those nested in it, oldest first, without the first `after`."""
        self._catch_up()
        family = [event for event in self.engine.events if event.stack == stack or event.stack.startswith(f"{stack}/")]
        return family[after:]

    def finished(self, stack: str) -> bool:
        """Whether nothing is in progress for the stack."""
        self._catch_up()
        live = self.engine.stacks.get(stack)
        return live is None or not live.status.in_progress

    def advance(self) -> bool:
        """Let time pass until the next thing happens. Returns whether anything was due."""
        due = self.engine.agenda.next_time
        if due is None:
            return False
        self.clock.sleep(due - self.clock.now())
        self._catch_up()
        return True

    def settle(self) -> None:
        """Let time pass until nothing is in progress anywhere."""
        while self.advance():
            pass

    def _catch_up(self) -> None:
        self.engine.agenda.run(self.clock.now())

    def _create(self, operation: CreateStack, identifier: str) -> None:
        refuse_cycles(operation.world, operation.stack)
        template = operation.world.stack(operation.stack)
        live = LiveStack(
            name=operation.stack,
            template=template,
            world=operation.world,
            status=StackStatus.CREATE_IN_PROGRESS,
            protected=operation.termination_protection,
            operation=identifier,
        )
        self.engine.stacks[operation.stack] = live
        CreateRun(self.engine, live, _nothing, operation.on_failure, operation.timeout_seconds).begin()

    def _delete(self, live: LiveStack, operation: DeleteStack, identifier: str) -> None:
        if live.protected:
            raise OperationRefused(
                f"Stack [{live.name}] cannot be deleted while TerminationProtection is enabled",
                hint="disable it in a separate step first",
            )
        if operation.retain and live.status is not StackStatus.DELETE_FAILED:
            raise OperationRefused(
                f"Invalid operation on stack [{live.name}]. When you delete a stack, specify which resources to retain "
                "only when the stack is in the DELETE_FAILED state.",
                hint="delete without retaining first",
            )
        live.operation = identifier
        DeleteRun(self.engine, live, _nothing, operation.retain).begin()


def refuse_cycles(world: World, stack: str) -> None:
    """Raise OperationRefused where resources of a stack wait for one another."""
    for cycle in Graph.of(world).find_cycles():
        if any(address.stack == stack or address.stack.startswith(f"{stack}/") for address in cycle):
            names = ", ".join(address.id for address in cycle)
            raise OperationRefused(
                f"Circular dependency between resources: [{names}]", hint="break the circle of references"
            )


def _nothing(_well: bool, _why: str) -> None:
    """A root stack reports to nobody."""
