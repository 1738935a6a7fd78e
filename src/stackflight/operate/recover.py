"""A stack that takes no deployment -> one that does: what the table of statuses says, done, followed, and its data guarded."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stackflight.errors import OperationRefused
from stackflight.model.event import START, Event, StackStatus
from stackflight.model.moment import Loss
from stackflight.model.plan import ContinueRollback, DeleteStack, Operation, RollbackStack
from stackflight.model.stack_state import stack_states
from stackflight.operate.follow import Hear, Pace, follow
from stackflight.plan.loss import stateful_types
from stackflight.ports import Clock, Cloud
from stackflight.records import dataclass

DELETE, ROLL_BACK, CONTINUE = "delete", "roll back", "continue the rollback"
_CREATED = frozenset({"CREATE_COMPLETE", "CREATE_FAILED"})
_SAID = {DELETE: "it is deleted", ROLL_BACK: "it is rolled back", CONTINUE: "its rollback is continued"}
_QUESTIONS = {
    DELETE: "delete {stack}?", ROLL_BACK: "roll {stack} back?", CONTINUE: "continue the rollback of {stack}?",
}  # fmt: skip


@dataclass(frozen=True)
class Recovery:
    """What is to be done to a stack. `kept` are resources that it left behind on purpose, `losses` the data that goes."""

    stack: str
    status: StackStatus
    deed: str
    kept: tuple[str, ...]
    losses: tuple[Loss, ...]

    @property
    def sentence(self) -> str:
        """For whoever has to agree."""
        said = f"{self.stack} is {self.status}. {stack_states()[self.status].meaning} To go on, {_SAID[self.deed]}"
        if self.kept:
            said += f"; it left behind, and their names may be in the way: {', '.join(self.kept)}"
        return said + "."

    @property
    def question(self) -> str:
        """To be answered by yes or no."""
        return _QUESTIONS[self.deed].format(stack=self.stack)


def plan_recovery(cloud: Cloud, stack: str) -> Recovery | None:
    """What the stack's status asks for; None where it takes a deployment as it is, or nothing can be done."""
    status = cloud.status(stack)
    deed = stack_states()[status].recover if status is not None else ""
    if status is None or not deed:
        return None
    events = cloud.events(stack, START)
    last, never = _last_events(events), _never_made(events)
    kept = tuple(event.resource for event in last if event.status == "DELETE_SKIPPED")
    owned = last if deed == DELETE or status is StackStatus.CREATE_FAILED else _added(cloud, stack, last)
    holding = [event for event in owned if (event.stack, event.resource) not in never]
    losses = () if deed == CONTINUE else _losses(holding)
    return Recovery(stack, status, deed, kept, losses)


def carry_out_recovery(recovery: Recovery, cloud: Cloud, clock: Clock, pace: Pace, hear: Hear, token: str) -> None:
    """Do it and follow it to its end. Raises OperationRefused where the stack still takes no deployment."""

    def begin(cloud: Cloud, _: str) -> bool:
        cloud.start(_operation(recovery, token))
        return True

    follow(cloud, clock, {recovery.stack: set()}, begin, pace, hear)
    status = cloud.status(recovery.stack)
    if status is not None and stack_states()[status].recover:
        raise OperationRefused(
            f"{recovery.stack} could not be brought back: it is {status} now",
            hint=" ".join(stack_states()[status].advice(recovery.stack)),
        )


def _operation(recovery: Recovery, token: str) -> Operation:
    make: Callable[..., Operation] = {DELETE: DeleteStack, ROLL_BACK: RollbackStack, CONTINUE: ContinueRollback}[
        recovery.deed
    ]
    return make(recovery.stack, token=token)


def _last_events(events: Sequence[Event]) -> list[Event]:
    """The last event of each resource."""
    last = {(event.stack, event.resource): event for event in events if not event.of_stack}
    return list(last.values())


def _never_made(events: Sequence[Event]) -> set[tuple[str, str]]:
    """The resources whose creation has failed, of which nothing can hold data."""
    made = {(event.stack, event.resource): event.status for event in events if event.status in _CREATED}
    return {key for key, status in made.items() if status == "CREATE_FAILED"}


def _added(cloud: Cloud, stack: str, last: Sequence[Event]) -> list[Event]:
    """Those of them that were made since the last operation was begun."""
    since = cloud.events(stack, cloud.before_operation(stack))
    made = {(event.stack, event.resource) for event in since if event.status == "CREATE_COMPLETE"}
    return [event for event in last if (event.stack, event.resource) in made]


def _losses(events: Sequence[Event]) -> tuple[Loss, ...]:
    gone = ("DELETE_COMPLETE", "DELETE_SKIPPED")
    return tuple(
        Loss(event.stack, event.resource, event.type, "deleted")
        for event in events
        if event.type in stateful_types() and event.physical_id and event.status not in gone
    )
