"""Updating a stack: in-place changes, replacements, the clean-up phase, and the way back if something fails."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from stackflight.model.event import STACK_TYPE, StackStatus
from stackflight.model.plan import Action, Change, OnFailure, Replacement
from stackflight.model.template import Stack, World
from stackflight.rehearse.behaviour import is_custom
from stackflight.rehearse.changes import Sides, find_changes, keeps_custom_name
from stackflight.rehearse.engine import Done, Engine, NestedCall
from stackflight.rehearse.runs import (
    CANCEL_AFTER,
    FAILURE_NOTICED,
    Cancellable,
    DeleteWave,
    begin_child,
    child_stack,
    waits_of,
)
from stackflight.rehearse.state import Item, LiveStack
from stackflight.rehearse.wave import Wave

# Seconds, medians over 64, 43 and 43 operations of public event histories.
UPDATE_START, CLEAN_UP_AFTER, CLEAN_UP_SECONDS = 3.0, 2.1, 1.6
ROLLBACK_START = 2.2


class UpdateRun:
    """Brings a stack to another template. A nested one stops before its clean-up until the parent orders it."""

    def __init__(
        self,
        engine: Engine,
        live: LiveStack,
        desired: Stack,
        world: World,
        done: Done,
        on_failure: OnFailure = OnFailure.ROLLBACK,
        nested: bool = False,
    ) -> None:
        self.engine = engine
        self.live = live
        self.done = done
        self.on_failure = on_failure
        self.nested = nested
        self.before, self.before_world = live.template, live.world
        self.desired, self.world = desired, world
        self.changes = find_changes(Sides(self.before, desired, self.before_world, world))
        self.failed: list[str] = []
        self.broken: list[str] = []
        self.reverted: set[str] = set()
        self.begun: list[str] = []
        self.calls: dict[str, Cancellable] = {}
        self.children: dict[str, UpdateRun] = {}
        self.over = False
        tasks = [id for id, change in self.changes.items() if change.action is not Action.REMOVE]
        self.wave = Wave(engine.agenda, waits_through(waits_of(desired), tasks), self._begin, self._finish)

    def begin(self) -> None:
        """UPDATE_IN_PROGRESS, and shortly after the first resources."""
        live = self.live
        live.run = self
        live.template, live.world = self.desired, self.world
        self.engine.set_status(live, StackStatus.UPDATE_IN_PROGRESS, "User Initiated")
        self.engine.agenda.after(UPDATE_START, self.wave.open)

    def halt(self) -> None:
        """Stop what is in flight."""
        self.over = True
        for id in self.wave.halt():
            self._cancel_one(id)

    def _begin(self, id: str) -> None:
        live, engine, change = self.live, self.engine, self.changes[id]
        resource = self.desired.resources[id]
        self.begun.append(id)
        ended, cause = partial(self._ended, id), self.wave.cause.get(id, "")
        child = child_stack(self.world, live, resource)
        if change.action is Action.ADD:
            item = live.items[id] = Item(resource)
            if child is not None:
                start = partial(begin_child, engine, live, child)
                self.calls[id] = NestedCall(engine, live, item, "create", start, ended, cause)
            else:
                released = partial(self.wave.release, id)
                self.calls[id] = engine.call(live, item, "create", ended, released, cause=cause)
            return
        item = live.items[id]
        item.former, item.resource = item.resource, resource
        if child is not None and (existing := engine.stacks.get(child.name)) is not None:
            start = partial(self._update_child, id, existing, child)
            self.calls[id] = NestedCall(engine, live, item, "update", start, ended, cause)
        elif self._replaces(id, change):
            self._replace(item, ended, cause)
        else:
            self.calls[id] = engine.call(live, item, "update", ended, cause=cause)

    def _replaces(self, id: str, change: Change) -> bool:
        """A custom resource keeps its physical id unless its function decides otherwise: assumed in place."""
        return change.replacement is Replacement.YES and not is_custom(self.desired.resources[id])

    def _replace(self, item: Item, ended: Callable[[bool], None], cause: str) -> None:
        live, engine = self.live, self.engine
        if item.former is not None and keeps_custom_name(item.former, item.resource):
            text = (
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {item.id} and update the stack again."
            )
            self.calls[item.id] = engine.call(live, item, "update", ended, cause=cause, refusal=text)
            return
        item.former_id, item.physical_id = item.physical_id, ""
        released = partial(self.wave.release, item.id)
        self.calls[item.id] = engine.call(live, item, "update", ended, released, cause=cause, fresh=True)

    def _update_child(self, id: str, existing: LiveStack, child: Stack, done: Done) -> None:
        existing.operation = self.engine.identifier(child.name, "update")
        run = UpdateRun(self.engine, existing, child, self.world, done, nested=True)
        self.children[id] = run
        run.begin()

    def _ended(self, id: str, well: bool) -> None:
        if self.over:
            return
        if well:
            self.wave.end(id)
        else:
            self.failed.append(id)
            if len(self.failed) == 1:
                self.wave.halt()
                self.engine.agenda.after(CANCEL_AFTER, self._cancel)
            self.wave.fail(id)
        if self.failed and self.on_failure is OnFailure.DO_NOTHING and not self.wave.running:
            self.over = True
            self.live.run = None
            self.live.pending = self
            self.engine.set_status(self.live, StackStatus.UPDATE_FAILED, self._why())
            self.done(False, self._why())

    def _cancel_one(self, id: str) -> None:
        created = self.changes[id].action is Action.ADD
        self.calls[id].cancel(f"Resource {'creation' if created else 'update'} cancelled")

    def _cancel(self) -> None:
        if self.over or self.on_failure is OnFailure.DO_NOTHING:
            return
        for id in tuple(self.wave.running):
            self._cancel_one(id)
            self.failed.append(id)
        self.over = True
        self.engine.agenda.after(FAILURE_NOTICED, self._turn_back)

    def _why(self) -> str:
        created = [id for id in self.failed if self.changes[id].action is Action.ADD]
        updated = [id for id in self.failed if id not in created]
        parts = [
            f"The following resource(s) failed to {verb}: [{', '.join(ids)}]. "
            for verb, ids in (("create", created), ("update", updated))
            if ids
        ]
        return "".join(parts)

    def _turn_back(self) -> None:
        if self.nested:
            # The parent hears of the failure while the child is already on its way back.
            self.roll_back(_ignore, self._why())
            self.done(False, self._why())
        else:
            self.roll_back(self.done, self._why())

    def _finish(self) -> None:
        self.engine.agenda.after(CLEAN_UP_AFTER, self._complete)

    def _complete(self) -> None:
        if self.over:
            return
        self.over = True
        self.engine.set_status(self.live, StackStatus.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS)
        if self.nested:
            self.done(True, "")
        else:
            self.clean_up(self.done)

    def clean_up(self, done: Done) -> None:
        """Delete what was removed or replaced, in nested stacks too, then UPDATE_COMPLETE."""
        live = self.live
        removed = [live.items[id] for id in live.items if id not in self.desired.resources]
        copies = [
            Item(item.former, item.status, item.former_id)
            for item in live.items.values()
            if item.former_id and item.former is not None
        ]
        self._sweep([*removed, *copies], self.before, partial(self._swept, done))

    def _sweep(self, items: list[Item], template: Stack, then: Callable[[], None]) -> None:
        """Delete items in the order of a template; what cannot be deleted is left and forgotten."""
        waits = {**waits_of(self.desired), **waits_of(template)}
        children = [run for run in self.children.values() if run.live.status.in_progress]
        left = [1 + len(children)]

        def one_done(*_: object) -> None:
            left[0] -= 1
            if left[0] == 0:
                self.live.lost.extend(item for item in items if item.physical_id)
                then()

        wave = DeleteWave(self.engine, self.live, items, waits, one_done, replaced=True)
        self.engine.agenda.after(CLEAN_UP_SECONDS, wave.open)
        for run in children:
            run.clean_up(partial(self._child_swept, run, one_done))

    def _child_swept(self, run: UpdateRun, then: Callable[[], None], _well: bool, _why: str) -> None:
        item = self.live.items[run.live.name.rsplit("/", 1)[1]]
        item.status = "UPDATE_COMPLETE"
        self.engine.emit(self.live, item.id, STACK_TYPE, "UPDATE_COMPLETE", "", item.physical_id)
        then()

    def _swept(self, done: Done) -> None:
        live = self.live
        self._settle(live.template)
        live.stable = live.template
        self.engine.set_status(live, StackStatus.UPDATE_COMPLETE)
        done(True, "")

    def _settle(self, template: Stack) -> None:
        """Forget the former copies, and what the template no longer has unless it could not be deleted."""
        live = self.live
        live.run = None
        live.pending = None
        live.items = {id: item for id, item in live.items.items() if id in template.resources}
        for item in live.items.values():
            item.former, item.former_id = None, ""

    def roll_back(self, done: Done, why: str = "", skip: Collection[str] = ()) -> None:
        """Bring everything that was begun to its former template, then delete what is new."""
        live, engine = self.live, self.engine
        self.over = True
        live.run = self
        engine.set_status(live, StackStatus.UPDATE_ROLLBACK_IN_PROGRESS, why)
        self.broken = []
        todo = [
            id
            for id in self.begun
            if id not in self.reverted and self.changes[id].action is Action.MODIFY and id in live.items
        ]
        for id in skip:
            self._keep(live.items[id])
            todo.remove(id)
        wave = Wave(
            engine.agenda,
            waits_through(waits_of(self.before), todo),
            lambda id: self._revert(wave, id),
            lambda: engine.agenda.after(CLEAN_UP_AFTER, partial(self._reverted_all, done)),
        )
        engine.agenda.after(ROLLBACK_START, wave.open)

    def _keep(self, item: Item) -> None:
        """Mark a skipped resource as rolled back although nothing was done to it."""
        self.reverted.add(item.id)
        item.status = "UPDATE_COMPLETE"
        self.engine.emit(self.live, item.id, item.resource.type, item.status, "", item.physical_id)

    def _revert(self, wave: Wave, id: str) -> None:
        live, item = self.live, self.live.items[id]
        ended = partial(self._reverted_one, wave, id)
        child = self.children.get(id)
        if item.former is not None and item.former_id:
            # A replacement goes back by pointing to the old copy; the new one is deleted in the clean-up.
            item.former, item.resource = item.resource, item.former
            item.former_id, item.physical_id = item.physical_id, item.former_id
            self._keep(item)
            wave.end(id)
            return
        if item.former is not None:
            item.resource = item.former
        if child is not None:
            NestedCall(self.engine, live, item, "update", child.follow_back, ended, wave.cause.get(id, ""))
            return
        self.engine.call(live, item, "update", ended, fault_key="rollback", cause=wave.cause.get(id, ""))

    def follow_back(self, done: Done) -> None:
        """Roll a nested stack back with its parent, or report the way back that it has already taken."""
        match self.live.status:
            case StackStatus.UPDATE_ROLLBACK_COMPLETE:
                done(True, "")
            case StackStatus.UPDATE_ROLLBACK_FAILED:
                self.roll_back(done)
            case status if "ROLLBACK" in status:
                self.engine.agenda.after(1.0, partial(self.follow_back, done))
            case _:
                self.roll_back(done)

    def _reverted_one(self, wave: Wave, id: str, well: bool) -> None:
        if well:
            self.reverted.add(id)
            wave.end(id)
        else:
            self.broken.append(id)
            wave.fail(id)

    def _reverted_all(self, done: Done) -> None:
        live, engine = self.live, self.engine
        if self.broken:
            live.run = None
            live.pending = self
            why = f"The following resource(s) failed to update: [{', '.join(self.broken)}]. "
            engine.set_status(live, StackStatus.UPDATE_ROLLBACK_FAILED, why)
            done(False, why)
            return
        live.template, live.world = self.before, self.before_world
        engine.set_status(live, StackStatus.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS)
        added = [live.items[id] for id in self.begun if self.changes[id].action is Action.ADD]
        copies = [
            Item(item.former, item.status, item.former_id)
            for item in live.items.values()
            if item.former_id and item.former is not None
        ]
        self.children = {}
        self._sweep([*added, *copies], self.desired, partial(self._rolled_back, done))

    def _rolled_back(self, done: Done) -> None:
        self._settle(self.before)
        self.engine.set_status(self.live, StackStatus.UPDATE_ROLLBACK_COMPLETE)
        done(True, "")


def waits_through(waits: dict[str, set[str]], tasks: Collection[str]) -> dict[str, set[str]]:
    """Who waits for whom among the tasks, links through resources without a task followed."""
    chosen = set(tasks)
    known: dict[str, set[str]] = {}

    def reach(id: str) -> set[str]:
        if id not in known:
            known[id] = set()
            for other in waits.get(id, ()):
                known[id] |= {other} if other in chosen else reach(other)
        return known[id]

    return {id: reach(id) - {id} for id in tasks}


def _ignore(_well: bool, _why: str) -> None:
    """Nobody waits for it."""
