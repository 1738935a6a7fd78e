"""Deleting: a stack, or what a failed creation has made; policies, protection and what is still used respected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import ClassVar

from stackflight.model.ending import is_retained, refusal_while_used
from stackflight.model.event import STACK_TYPE, StackStatus
from stackflight.model.template import Resource
from stackflight.rehearse.engine import Done, Engine, NestedCall
from stackflight.rehearse.order import reverse, waits_of
from stackflight.rehearse.state import Item, LiveStack
from stackflight.rehearse.timings import DELETE_START, FAILURE_NOTICED, ROLLBACK_START
from stackflight.rehearse.wave import Wave


class DeleteWave:
    """Deletes resources of a stack against the order of their dependencies, policies respected.

    `replaced` are those of which a former copy goes: there UpdateReplacePolicy counts.
    """

    def __init__(
        self,
        engine: Engine,
        live: LiveStack,
        items: Iterable[Item],
        waits: Mapping[str, Collection[str]],
        done: Callable[[list[str]], None],
        retain: Collection[str] = (),
        of_create: bool = False,
        replaced: Collection[str] = (),
    ) -> None:
        self.engine = engine
        self.live = live
        self.items = {item.id: item for item in items}
        self.done = done
        self.retain = retain
        self.of_create = of_create
        self.replaced = replaced
        self.failed: list[str] = []
        self.kept: list[Resource] = []  # what stays, retained or impossible to delete, and so keeps using others
        order = reverse(waits, self.items)
        self.wave = Wave(engine.agenda, order, self._begin, lambda: done(self.failed))

    def open(self) -> None:
        """Begin with what nobody needs."""
        self.wave.open()

    def _begin(self, id: str) -> None:
        item, engine, live = self.items[id], self.engine, self.live
        child = engine.stacks.get(f"{live.name}/{id}") if item.resource.type == STACK_TYPE else None
        if id in self.retain or is_retained(item.resource, self.of_create, id in self.replaced):
            if item.physical_id:
                self.kept.append(item.resource)
                self._say(item, "DELETE_SKIPPED")
            self.wave.end(id)
        elif not item.physical_id:
            self._say(item, "DELETE_COMPLETE")
            self.wave.end(id)
        elif child is not None:
            start = partial(remove_child, engine, child, self.of_create)
            NestedCall(engine, live, item, "delete", start, partial(self._ended, id), self.wave.cause.get(id, ""))
        else:
            refusal = refusal_while_used(item.resource, self.kept)
            ended = partial(self._ended, id)
            engine.call(live, item, "delete", ended, cause=self.wave.cause.get(id, ""), refusal=refusal)

    def _say(self, item: Item, status: str) -> None:
        item.status = status
        self.engine.emit(self.live, item.id, item.resource.type, status, "", item.physical_id)

    def _ended(self, id: str, well: bool) -> None:
        if well:
            self.wave.end(id)
        else:
            self.failed.append(id)
            self.kept.append(self.items[id].resource)
            self.wave.fail(id)


class _Removal:
    """Deletes what is there of a stack; nothing interrupts it."""

    complete: ClassVar[StackStatus]
    incomplete: ClassVar[StackStatus]
    succeeds: ClassVar[bool]

    def __init__(self, engine: Engine, live: LiveStack, done: Done) -> None:
        self.engine = engine
        self.live = live
        self.done = done

    def halt(self) -> None:
        """A removal is not interrupted."""

    def _finish(self, failed: list[str]) -> None:
        self.engine.agenda.after(FAILURE_NOTICED, lambda: self._end(failed))

    def _end(self, failed: list[str]) -> None:
        self.live.run = None
        why = f"The following resource(s) failed to delete: [{', '.join(failed)}]. " if failed else ""
        self.engine.set_status(self.live, self.incomplete if failed else self.complete, why)
        self.done(self.succeeds and not failed, why)


class RollbackRun(_Removal):
    """Takes back a failed creation: everything that exists is deleted but what a policy retains."""

    complete = StackStatus.ROLLBACK_COMPLETE
    incomplete = StackStatus.ROLLBACK_FAILED
    succeeds = False

    def begin(self, reason: str) -> None:
        """ROLLBACK_IN_PROGRESS, and shortly after the deletions."""
        live, engine = self.live, self.engine
        live.run = self
        engine.set_status(live, StackStatus.ROLLBACK_IN_PROGRESS, reason)
        wave = DeleteWave(engine, live, live.items.values(), waits_of(live.template), self._finish, of_create=True)
        engine.agenda.after(ROLLBACK_START, wave.open)


class DeleteRun(_Removal):
    """Deletes a stack."""

    complete = StackStatus.DELETE_COMPLETE
    incomplete = StackStatus.DELETE_FAILED
    succeeds = True

    def __init__(
        self, engine: Engine, live: LiveStack, done: Done, retain: Collection[str] = (), of_create: bool = False
    ) -> None:
        super().__init__(engine, live, done)
        self.retain = retain
        self.of_create = of_create

    def begin(self, reason: str = "User Initiated") -> None:
        """DELETE_IN_PROGRESS; an unfinished creation is cancelled first."""
        live, engine = self.live, self.engine
        if live.run is not None:
            live.run.halt()
        live.run = self
        engine.set_status(live, StackStatus.DELETE_IN_PROGRESS, reason)
        left = [item for item in live.items.values() if not item.status.startswith("DELETE_COMPLETE")]
        wave = DeleteWave(
            engine, live, left, waits_of(live.template), self._finish, retain=self.retain, of_create=self.of_create
        )
        engine.agenda.after(DELETE_START, wave.open)


def remove_child(engine: Engine, child: LiveStack, of_create: bool, done: Done) -> None:
    """Start the deletion of a nested stack."""
    if child.status is StackStatus.DELETE_COMPLETE:
        done(True, "")
    else:
        DeleteRun(engine, child, done, of_create=of_create).begin()
