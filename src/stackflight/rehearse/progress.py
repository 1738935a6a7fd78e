"""An update under way: both templates, the changes, how far it has come, and the deletion of what is left over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from stackflight.model.change import Change
from stackflight.model.event import STACK_TYPE
from stackflight.model.template import Resource, Stack, World
from stackflight.rehearse.delete import DeleteWave
from stackflight.rehearse.engine import Done, Engine
from stackflight.rehearse.order import waits_of
from stackflight.rehearse.state import Item, LiveStack
from stackflight.rehearse.timings import CLEAN_UP_SECONDS


class ChildUpdate(Protocol):
    """The update of a nested stack, as its parent's sees it."""

    live: LiveStack

    def clean_up(self, done: Done) -> None:
        """Delete what was removed or replaced."""
        ...

    def follow_back(self, done: Done) -> None:
        """Go back with the parent."""
        ...


@dataclass
class Progress:
    """What the way forth and the way back of one update share. `begun` are the resources touched, in order."""

    engine: Engine
    live: LiveStack
    before: Stack
    before_world: World
    desired: Stack
    changes: dict[str, Change]
    begun: list[str] = field(default_factory=list)
    children: dict[str, ChildUpdate] = field(default_factory=dict)
    abandoned: list[Item] = field(default_factory=list)
    """Copies that failed attempts have left and that neither way needs."""

    @property
    def former_copies(self) -> list[Item]:
        """What replacements have left, each with the template's resource that it was made from."""
        former = [
            Item(item.former, item.status, item.former_id, made=True)
            for item in self.live.items.values()
            if item.former_id and item.former is not None
        ]
        return [*former, *self.abandoned]

    def abandon(self, resource: Resource, physical_id: str) -> None:
        """A copy is left, to be deleted with what else is left over."""
        if physical_id:
            self.abandoned.append(Item(resource, "UPDATE_FAILED", physical_id, made=True))

    def sweep(self, items: list[Item], template: Stack, then: Callable[[], None]) -> None:
        """Delete items in the order of a template, in nested stacks too; what cannot be deleted is left and lost."""
        waits = {**waits_of(self.desired), **waits_of(template)}
        children = [child for child in self.children.values() if child.live.status.in_progress]
        left = [1 + len(children)]

        def one_done(*_: object) -> None:
            left[0] -= 1
            if left[0] == 0:
                self.live.lost.extend(item for item in items if item.physical_id)
                then()

        replaced = {item.id for item in self.former_copies}
        wave = DeleteWave(self.engine, self.live, items, waits, one_done, replaced=replaced)
        self.engine.agenda.after(CLEAN_UP_SECONDS, wave.open)
        for child in children:
            child.clean_up(partial(self._child_swept, child, one_done))

    def _child_swept(self, child: ChildUpdate, then: Callable[[], None], _well: bool, _why: str) -> None:
        item = self.live.items[child.live.name.rsplit("/", 1)[1]]
        item.status = "UPDATE_COMPLETE"
        self.engine.emit(self.live, item.id, STACK_TYPE, "UPDATE_COMPLETE", "", item.physical_id)
        then()

    def settle(self, template: Stack) -> None:
        """Nothing runs any more: the stack is what the template says."""
        live = self.live
        live.run = None
        live.pending = None
        live.items = {id: item for id, item in live.items.items() if id in template.resources}
        for item in live.items.values():
            item.former, item.former_id = None, ""
