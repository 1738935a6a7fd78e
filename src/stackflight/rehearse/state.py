"""What the simulated cloud holds: stacks and their resources as they stand at a moment. Inside of the simulator only."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol

from stackflight.model.event import Event, StackStatus
from stackflight.model.plan import ChangeSet
from stackflight.model.template import Resource, Stack, World
from stackflight.model.value import Address


class Run(Protocol):
    """An operation at work on one stack."""

    def halt(self) -> None:
        """Stop everything in flight; nothing more is reported."""
        ...


class Return(Run, Protocol):
    """The way back of a failed update. `broken` are the resources that could not be brought back."""

    broken: list[str]

    def begin(self, done: Callable[[bool, str], None], why: str = "", skip: Collection[str] = ()) -> None:
        """Set out, or go on where an earlier attempt broke off."""
        ...


class Cancellable(Protocol):
    """A resource being worked on."""

    def cancel(self, text: str) -> None:
        """Stop and say why."""
        ...


@dataclass(frozen=True, slots=True)
class Undertaking:
    """One operation on a stack: what DescribeStacks lists under LastOperations. `began` is in the cloud's seconds."""

    kind: str
    id: str
    began: float


@dataclass(slots=True)
class Item:
    """One resource of a stack. `physical_id` is empty as long as nothing exists, `made` says whether anything ever did.

    `former` is the template's resource before a running update, `former_id` the physical copy that a replacement has
    left for the clean-up; `answers` is False for a custom resource whose function cannot reply.
    """

    resource: Resource
    status: str = ""
    physical_id: str = ""
    made: bool = False
    former: Resource | None = None
    former_id: str = ""
    cancelled: bool = False

    @property
    def id(self) -> str:
        """The logical id."""
        return self.resource.address.id


@dataclass(slots=True)
class LiveStack:
    """One stack, nested ones included (`name` is then `PARENT/ID`). `template` is what it was last brought to.

    `number` tells one stack of a name from the next, `title` is the name that AWS shows (a nested stack's has a suffix).
    `created` is in seconds of the cloud's clock, `first` how many events there were before it, `history` are its own.
    `run` is the operation at work, `pending` a failed update that can still be rolled back, `lost` what exists
    physically though the stack no longer knows it.
    """

    name: str
    template: Stack
    world: World
    status: StackStatus
    parent: Address | None = None
    items: dict[str, Item] = field(default_factory=dict)
    protected: bool = False
    stable: Stack | None = None
    run: Run | None = None
    pending: Return | None = None
    lost: list[Item] = field(default_factory=list)
    operation: str = ""
    token: str = ""
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    number: str = ""
    title: str = ""
    created: float = 0.0
    first: int = 0
    history: list[Event] = field(default_factory=list)
    undertakings: list[Undertaking] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.title = self.title or self.name

    @property
    def root(self) -> str:
        """The name of the stack at the top of the family."""
        return self.name.split("/", 1)[0]

    @property
    def alive(self) -> list[Item]:
        """The resources that exist physically."""
        return [item for item in self.items.values() if item.physical_id]
