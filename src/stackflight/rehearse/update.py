"""Updating a stack: in-place changes, replacements, the clean-up phase; the way back is in `way_back.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from stackflight.model.change import Action, Change, Replacement
from stackflight.model.event import StackStatus
from stackflight.model.plan import OnFailure
from stackflight.model.template import Stack, World
from stackflight.rehearse.attempt import Attempt
from stackflight.rehearse.changes import Sides, find_changes, keeps_custom_name
from stackflight.rehearse.create import begin_child
from stackflight.rehearse.engine import Done, Engine, NestedCall
from stackflight.rehearse.exports import find_import
from stackflight.rehearse.order import child_stack, waits_of, waits_through
from stackflight.rehearse.progress import Progress
from stackflight.rehearse.standing import KEPT, bring_back, standing
from stackflight.rehearse.state import Item, LiveStack
from stackflight.rehearse.timings import CLEAN_UP_AFTER, FAILURE_NOTICED, UPDATE_START
from stackflight.rehearse.way_back import WayBack


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
        self.nested = nested
        self.desired, self.world = desired, world
        before, before_world = standing(live, engine.stacks)
        self.changes = find_changes(Sides(before, desired, before_world, world))
        self.progress = self._progress(before, before_world)
        self.back = WayBack(self.progress)
        tasks = [id for id, change in self.changes.items() if change.action is not Action.REMOVE]
        self.attempt = Attempt(
            engine.agenda,
            waits_through(waits_of(desired), tasks),
            self._begin,
            self._finish,
            on_failure=on_failure,
            cancelled=self._cancelled,
            give_up=self._turn_back,
            stop=self._stop,
        )

    def _progress(self, before: Stack, before_world: World) -> Progress:
        """What the way back leads to: where this begins, or where what stopped at a failure had begun."""
        earlier = self.live.pending.progress if isinstance(self.live.pending, WayBack) else None
        if earlier is None:
            return Progress(self.engine, self.live, before, before_world, self.desired, self.changes)
        changes = find_changes(Sides(earlier.before, self.desired, earlier.before_world, self.world))
        return replace(earlier, desired=self.desired, changes={**earlier.changes, **changes})

    def begin(self) -> None:
        """UPDATE_IN_PROGRESS, and shortly after the first resources."""
        live = self.live
        for item in live.items.values() if live.status in KEPT else ():
            self.progress.abandon(item.resource, bring_back(item))
        live.run = self
        live.template, live.world = self.desired, self.world
        self.engine.set_status(live, StackStatus.UPDATE_IN_PROGRESS, "User Initiated")
        self.engine.agenda.after(UPDATE_START, self.attempt.open)

    def halt(self) -> None:
        """Stop what is in flight."""
        self.attempt.halt()

    def cancel(self) -> None:
        """Somebody breaks it off: what is in flight stops, and everything goes back."""
        self.attempt.halt()
        self.engine.agenda.after(FAILURE_NOTICED, self._go_back)

    def _go_back(self) -> None:
        self.engine.undertake(self.live, "ROLLBACK")
        self.back.begin(self.done, "User Initiated")

    def _begin(self, id: str) -> None:
        live, engine, change = self.live, self.engine, self.changes[id]
        resource = self.desired.resources[id]
        if id not in self.progress.begun:
            self.progress.begun.append(id)
        attempt = self.attempt
        ended, cause = partial(attempt.ended, id), attempt.wave.cause.get(id, "")
        child = child_stack(self.world, live.name, resource)
        existing = engine.stacks.get(child.name) if child is not None else None
        if change.action is Action.ADD and not (existing is not None and existing.status in KEPT):
            if (failed := live.items.get(id)) is not None:
                self.progress.abandon(failed.resource, failed.physical_id)
            item = live.items[id] = Item(resource)
            if child is not None:
                start = partial(begin_child, engine, live, child)
                attempt.calls[id] = NestedCall(engine, live, item, "create", start, ended, cause)
            else:
                released = partial(attempt.wave.release, id)
                attempt.calls[id] = engine.call(live, item, "create", ended, released, cause=cause)
            return
        item = live.items[id]
        item.former, item.resource = item.former or item.resource, resource
        if child is not None and existing is not None:
            start = partial(self._update_child, id, existing, child)
            attempt.calls[id] = NestedCall(engine, live, item, "update", start, ended, cause)
        elif self._replaces(id, change):
            self._replace(item, ended, cause)
        else:
            attempt.calls[id] = engine.call(live, item, "update", ended, cause=cause, changed=change.properties)

    def _replaces(self, id: str, change: Change) -> bool:
        """A custom resource keeps its physical id unless its function decides otherwise: assumed in place."""
        return change.replacement is Replacement.YES and not self.desired.resources[id].is_custom

    def _replace(self, item: Item, ended: Callable[[bool], None], cause: str) -> None:
        live, engine = self.live, self.engine
        if item.former is not None and keeps_custom_name(item.former, item.resource):
            text = (
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {item.id} and update the stack again."
            )
            self.attempt.calls[item.id] = engine.call(live, item, "update", ended, cause=cause, refusal=text)
            return
        if item.former_id:
            self.progress.abandon(item.former or item.resource, item.physical_id)
        item.former_id, item.physical_id = item.former_id or item.physical_id, ""
        released = partial(self.attempt.wave.release, item.id)
        self.attempt.calls[item.id] = engine.call(live, item, "update", ended, released, cause=cause, fresh=True)

    def _update_child(self, id: str, existing: LiveStack, child: Stack, done: Done) -> None:
        self.engine.undertake(existing, "UPDATE_STACK")
        # What has no state to go back to stops where it fails, until the parent is rolled back or updated again.
        on_failure = OnFailure.ROLLBACK if existing.stable is not None else OnFailure.DO_NOTHING
        run = UpdateRun(self.engine, existing, child, self.world, done, on_failure, nested=True)
        self.progress.children[id] = run
        run.begin()

    def _stop(self) -> None:
        self.live.run = None
        self.live.pending = self.back
        self.engine.set_status(self.live, StackStatus.UPDATE_FAILED, self._why())
        self.done(False, self._why())

    def _cancelled(self, id: str) -> str:
        return f"Resource {'creation' if self.changes[id].action is Action.ADD else 'update'} cancelled"

    def _why(self) -> str:
        created = [id for id in self.attempt.failed if self.changes[id].action is Action.ADD]
        updated = [id for id in self.attempt.failed if id not in created]
        parts = [
            f"The following resource(s) failed to {verb}: [{', '.join(ids)}]. "
            for verb, ids in (("create", created), ("update", updated))
            if ids
        ]
        return "".join(parts)

    def _turn_back(self) -> None:
        self.engine.undertake(self.live, "ROLLBACK")
        if self.nested:
            # The parent hears of the failure while the child is already on its way back.
            self.back.begin(_ignore, self._why())
            self.done(False, self._why())
        else:
            self.back.begin(self.done, self._why())

    def _finish(self) -> None:
        self.engine.agenda.after(CLEAN_UP_AFTER, self._complete)

    def _complete(self) -> None:
        if not self.attempt.finish():
            return
        former = replace(self.live, template=self.progress.before)
        used = find_import(former, self.desired, self.engine.stacks.values())
        if used is not None:
            why = f"Export {used[0]} cannot be deleted as it is in use by {used[1]}"
            self.engine.undertake(self.live, "ROLLBACK")
            self.back.begin(_ignore if self.nested else self.done, why)
            if self.nested:
                self.done(False, why)
            return
        self.engine.set_status(self.live, StackStatus.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS)
        if self.nested:
            self.done(True, "")
        else:
            self.clean_up(self.done)

    def clean_up(self, done: Done) -> None:
        """Delete what was removed or replaced, in nested stacks too, then UPDATE_COMPLETE."""
        live, progress = self.live, self.progress
        removed = [item for id, item in live.items.items() if id not in self.desired.resources]
        progress.sweep([*removed, *progress.former_copies], progress.before, partial(self._swept, done))

    def _swept(self, done: Done) -> None:
        live = self.live
        self.progress.settle(live.template)
        live.stable = live.template
        self.engine.set_status(live, StackStatus.UPDATE_COMPLETE)
        done(True, "")

    def follow_back(self, done: Done) -> None:
        """Roll a nested stack back with its parent."""
        self.attempt.over = True
        self.engine.undertake(self.live, "ROLLBACK")
        self.back.follow(done)


def _ignore(_well: bool, _why: str) -> None:
    """Nobody waits for it."""
