"""Clouds of several Regions -> one: each root stack is asked for where it goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stackflight.model.deployed import Deployed, Owned
from stackflight.model.event import START, Cursor, Event, StackStatus
from stackflight.model.plan import ChangeSet, Operation
from stackflight.ports import Cloud


class RoutedCloud:
    """`route` gives the cloud of a root stack."""

    def __init__(self, route: Callable[[str], Cloud]) -> None:
        self._route = route

    def start(self, operation: Operation) -> str:
        """Begin an operation."""
        return self._of(operation.stack).start(operation)

    def status(self, stack: str) -> StackStatus | None:
        """The stack's status now."""
        return self._of(stack).status(stack)

    def describe(self, stack: str) -> Deployed | None:
        """The stack as it stands."""
        return self._of(stack).describe(stack)

    def owned(self, stack: str) -> Sequence[Owned]:
        """The resources of the stack and of those nested in it."""
        return self._of(stack).owned(stack)

    def change_set(self, stack: str, name: str) -> ChangeSet | None:
        """A change set as computed so far."""
        return self._of(stack).change_set(stack, name)

    def events(self, stack: str, after: Cursor = START) -> Sequence[Event]:
        """The events from a cursor on."""
        return self._of(stack).events(stack, after)

    def latest(self, stack: str) -> Cursor:
        """The cursor behind everything so far."""
        return self._of(stack).latest(stack)

    def before_operation(self, stack: str) -> Cursor:
        """The cursor before what was last begun."""
        return self._of(stack).before_operation(stack)

    def finished(self, stack: str) -> bool:
        """Whether nothing is in progress for the stack."""
        return self._of(stack).finished(stack)

    def _of(self, stack: str) -> Cloud:
        return self._route(stack.split("/", maxsplit=1)[0])
