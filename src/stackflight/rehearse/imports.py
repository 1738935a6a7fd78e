"""Taking into a stack what exists already: nothing is made, its tags are applied, and nobody else owns it any more.

Texts and times: a public history of an import. Source: CloudFormation User Guide, import AWS resources into a stack.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from stackflight.model.event import StackStatus
from stackflight.model.template import World
from stackflight.rehearse.engine import Engine
from stackflight.rehearse.state import Item, LiveStack
from stackflight.rehearse.timings import COMPLETE_AFTER, IMPORT_SECONDS, IMPORT_START, IMPORT_TAGS_SECONDS


class ImportRun:
    """One import. `imports` are physical ids by logical id. It cannot fail: whether they exist was asked before."""

    def __init__(self, engine: Engine, live: LiveStack, world: World, imports: Mapping[str, str]) -> None:
        self.engine = engine
        self.live = live
        self.world = world
        self.imports = imports
        self.alive = True

    def begin(self) -> None:
        """IMPORT_IN_PROGRESS, and shortly after the resources, all at once."""
        live, after = self.live, self.engine.agenda.after
        live.run = self
        live.template, live.world = self.world.stack(live.name), self.world
        self.engine.set_status(live, StackStatus.IMPORT_IN_PROGRESS, "User Initiated")
        steps = (
            ("IMPORT_IN_PROGRESS", "Resource import started.", IMPORT_START),
            ("IMPORT_COMPLETE", "Resource import completed.", IMPORT_SECONDS),
            ("UPDATE_IN_PROGRESS", "Apply stack-level tags to imported resource if applicable.", IMPORT_SECONDS),
            ("UPDATE_COMPLETE", "", IMPORT_TAGS_SECONDS),
        )
        seconds = 0.0
        for status, reason, waited in steps:
            seconds += waited
            after(seconds, partial(self._say, status, reason))
        after(seconds + COMPLETE_AFTER, self._complete)

    def halt(self) -> None:
        """Nothing more is reported."""
        self.alive = False

    def _say(self, status: str, reason: str) -> None:
        for id, physical_id in self.imports.items() if self.alive else ():
            resource = self.live.template.resources[id]
            if id not in self.live.items:
                _let_go(self.engine, resource.type, physical_id)
                self.live.items[id] = Item(resource, physical_id=physical_id, made=True)
            self.live.items[id].status = status
            self.engine.emit(self.live, id, resource.type, status, reason, physical_id)

    def _complete(self) -> None:
        if self.alive:
            self.live.run = None
            self.live.stable = self.live.template
            self.engine.set_status(self.live, StackStatus.IMPORT_COMPLETE)


def _let_go(engine: Engine, type: str, physical_id: str) -> None:
    """Stacks that had left it behind have nothing to do with it any more."""
    for live in (*engine.former, *engine.stacks.values()):
        live.lost = [item for item in live.lost if (item.resource.type, item.physical_id) != (type, physical_id)]
        for item in live.items.values() if live.status is StackStatus.DELETE_COMPLETE else ():
            if (item.resource.type, item.physical_id) == (type, physical_id):
                item.physical_id = ""
