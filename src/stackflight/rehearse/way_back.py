"""Rolling an update back: former properties, former copies, then the deletion of what is new."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from stackflight.model.change import Action
from stackflight.model.event import StackStatus
from stackflight.rehearse.engine import Done, NestedCall
from stackflight.rehearse.order import waits_of, waits_through
from stackflight.rehearse.progress import Progress
from stackflight.rehearse.state import Item
from stackflight.rehearse.timings import CLEAN_UP_AFTER, ROLLBACK_START
from stackflight.rehearse.wave import Wave


class WayBack:
    """The way back of one update. `broken` are the resources that could not be brought back."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.engine = progress.engine
        self.live = progress.live
        self.broken: list[str] = []
        self.reverted: set[str] = set()

    def halt(self) -> None:
        """A rollback is not interrupted."""

    def begin(self, done: Done, why: str = "", skip: Collection[str] = ()) -> None:
        """Bring everything that was begun to its former template; go on where an earlier attempt broke off."""
        live, engine, progress = self.live, self.engine, self.progress
        live.run = self
        engine.set_status(live, StackStatus.UPDATE_ROLLBACK_IN_PROGRESS, why)
        self.broken = []
        todo = [
            id
            for id in progress.begun
            if id not in self.reverted and progress.changes[id].action is Action.MODIFY and id in live.items
        ]
        for id in skip:
            self._keep(live.items[id])
            todo.remove(id)
        wave = Wave(
            engine.agenda,
            waits_through(waits_of(progress.before), todo),
            lambda id: self._revert(wave, id),
            lambda: engine.agenda.after(CLEAN_UP_AFTER, partial(self._finish, done)),
        )
        engine.agenda.after(ROLLBACK_START, wave.open)

    def follow(self, done: Done) -> None:
        """Roll a nested stack back with its parent, or report the way back that it has already taken."""
        match self.live.status:
            case StackStatus.UPDATE_ROLLBACK_COMPLETE:
                done(True, "")
            case status if status.in_progress and "ROLLBACK" in status:
                self.engine.agenda.after(1.0, partial(self.follow, done))
            case _:
                self.begin(done)

    def _keep(self, item: Item) -> None:
        """Say that a resource is back, although nothing was done to it."""
        self.reverted.add(item.id)
        item.status = "UPDATE_COMPLETE"
        self.engine.emit(self.live, item.id, item.resource.type, item.status, "", item.physical_id)

    def _revert(self, wave: Wave, id: str) -> None:
        live, item = self.live, self.live.items[id]
        ended, cause = partial(self._ended, wave, id), wave.cause.get(id, "")
        child = self.progress.children.get(id)
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
            NestedCall(self.engine, live, item, "update", child.follow_back, ended, cause)
        else:
            tried = self.progress.desired.resources.get(id)
            changed = self.progress.changes[id].properties
            self.engine.call(
                live, item, "update", ended, fault_key="rollback", cause=cause, former=tried, changed=changed
            )

    def _ended(self, wave: Wave, id: str, well: bool) -> None:
        if well:
            self.reverted.add(id)
            wave.end(id)
        else:
            self.broken.append(id)
            wave.fail(id)

    def _finish(self, done: Done) -> None:
        live, engine, progress = self.live, self.engine, self.progress
        if self.broken:
            live.run = None
            live.pending = self
            why = f"The following resource(s) failed to update: [{', '.join(self.broken)}]. "
            engine.set_status(live, StackStatus.UPDATE_ROLLBACK_FAILED, why)
            done(False, why)
            return
        live.template, live.world = progress.before, progress.before_world
        engine.set_status(live, StackStatus.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS)
        added = [live.items[id] for id in progress.begun if progress.changes[id].action is Action.ADD]
        progress.children = {}
        progress.sweep([*added, *progress.former_copies], progress.desired, partial(self._complete, done))

    def _complete(self, done: Done) -> None:
        self.progress.settle(self.progress.before)
        self.engine.set_status(self.live, StackStatus.UPDATE_ROLLBACK_COMPLETE)
        done(True, "")
