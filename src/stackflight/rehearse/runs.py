"""Creating and deleting a stack, its nested stacks included: what begins when, and what a failure sets off."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Protocol

from stackflight.model.event import STACK_TYPE, StackStatus
from stackflight.model.plan import OnFailure
from stackflight.model.template import Resource, Stack, World
from stackflight.rehearse.engine import Done, Engine, NestedCall
from stackflight.rehearse.policies import is_retained, refusal_while_used
from stackflight.rehearse.state import Item, LiveStack
from stackflight.rehearse.wave import Wave

_STAYS = {"DELETE_SKIPPED", "DELETE_FAILED"}

# Seconds, medians over public event histories (14, 9, 5, 8 and 4 operations).
CREATE_START, ROLLBACK_START, DELETE_START, CANCEL_AFTER, COMPLETE_AFTER = 2.4, 2.2, 2.0, 0.3, 1.0
FAILURE_NOTICED = 0.4


class Run(Protocol):
    """An operation at work on one stack."""

    def halt(self) -> None:
        """Stop everything in flight; nothing more is reported."""
        ...


class Cancellable(Protocol):
    """A resource being worked on."""

    def cancel(self, text: str) -> None:
        """Stop and say why."""
        ...


def waits_of(stack: Stack) -> dict[str, set[str]]:
    """Logical id -> the logical ids of the same stack that it waits for."""
    resources = stack.resources
    return {
        id: {
            edge.target.id for edge in resource.edges if edge.target.stack == stack.name and edge.target.id in resources
        }
        - {id}
        for id, resource in resources.items()
    }


def reverse(waits: Mapping[str, Collection[str]], among: Collection[str]) -> dict[str, set[str]]:
    """The order of deletion: each waits for those that needed it. Links through absent ids are followed."""
    reach: dict[str, set[str]] = {}

    def needs(id: str, seen: set[str]) -> set[str]:
        if id in reach:
            return reach[id]
        found: set[str] = set()
        for other in waits.get(id, ()):
            if other in among:
                found.add(other)
            elif other not in seen:
                seen.add(other)
                found |= needs(other, seen)
        return found

    turned: dict[str, set[str]] = {id: set() for id in among}
    for id in among:
        reach[id] = needs(id, {id})
        for other in reach[id]:
            turned[other].add(id)
    return turned


def child_stack(world: World, live: LiveStack, resource: Resource) -> Stack | None:
    """The nested stack behind a resource, where its template is known."""
    if resource.type != STACK_TYPE:
        return None
    name = f"{live.name}/{resource.address.id}"
    return next((stack for stack in world.stacks if stack.name == name), None)


def begin_child(engine: Engine, live: LiveStack, child: Stack, done: Done) -> None:
    """Start the creation of a nested stack."""
    nested = LiveStack(
        name=child.name,
        template=child,
        world=live.world,
        status=StackStatus.CREATE_IN_PROGRESS,
        parent=child.parent,
        operation=engine.identifier(child.name, "create"),
    )
    engine.stacks[child.name] = nested
    CreateRun(engine, nested, done, nested=True).begin()


def remove_child(engine: Engine, child: LiveStack, of_create: bool, done: Done) -> None:
    """Start the deletion of a nested stack."""
    if child.status is StackStatus.DELETE_COMPLETE:
        done(True, "")
    else:
        DeleteRun(engine, child, done, of_create=of_create).begin()


class CreateRun:
    """Creates the resources of a stack; on failure does what `on_failure` says."""

    def __init__(
        self,
        engine: Engine,
        live: LiveStack,
        done: Done,
        on_failure: OnFailure = OnFailure.ROLLBACK,
        timeout_seconds: float | None = None,
        nested: bool = False,
    ) -> None:
        self.engine = engine
        self.live = live
        self.done = done
        self.on_failure = on_failure
        self.timeout_seconds = timeout_seconds
        self.nested = nested
        self.failed: list[str] = []
        self.calls: dict[str, Cancellable] = {}
        self.over = False
        self.wave = Wave(engine.agenda, waits_of(live.template), self._begin, self._finish)

    def begin(self) -> None:
        """CREATE_IN_PROGRESS, and shortly after the first resources."""
        live = self.live
        live.run = self
        self.engine.set_status(live, StackStatus.CREATE_IN_PROGRESS, "User Initiated")
        self.engine.agenda.after(CREATE_START, self._open)
        if self.timeout_seconds is not None:
            self.engine.agenda.after(self.timeout_seconds, self._time_out)

    def halt(self) -> None:
        """Cancel what is in flight: the stack is to be deleted."""
        self.over = True
        for id in self.wave.halt():
            self.calls[id].cancel("Resource creation cancelled")

    def _open(self) -> None:
        if not self.over:
            self.wave.open()

    def _begin(self, id: str) -> None:
        live, resource = self.live, self.live.template.resources[id]
        item = Item(resource)
        live.items[id] = item
        child = child_stack(live.world, live, resource)
        ended, cause = partial(self._ended, id), self.wave.cause.get(id, "")
        if child is not None and (resource.address, "create") not in self.engine.faults:
            start = partial(begin_child, self.engine, live, child)
            self.calls[id] = NestedCall(self.engine, live, item, "create", start, ended, cause)
        else:
            released = partial(self.wave.release, id)
            self.calls[id] = self.engine.call(live, item, "create", ended, released, cause=cause)

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
            self._stop_failed()

    def _cancel(self) -> None:
        if self.over or self.on_failure is OnFailure.DO_NOTHING:
            return
        for id in tuple(self.wave.running):
            self.calls[id].cancel("Resource creation cancelled")
            self.failed.append(id)
        self.over = True
        why = f"The following resource(s) failed to create: [{', '.join(self.failed)}]. "
        self.engine.agenda.after(FAILURE_NOTICED, lambda: self._give_up(why))

    def _time_out(self) -> None:
        if self.over or self.failed:
            return
        self.wave.halt()
        for id in tuple(self.wave.running):
            self.calls[id].cancel("Resource creation cancelled")
            self.failed.append(id)
        self.over = True
        self._give_up("Stack creation time exceeded the specified timeout. ")

    def _give_up(self, why: str) -> None:
        live, engine = self.live, self.engine
        if self.nested or self.on_failure is OnFailure.DO_NOTHING:
            self._stop(why)
        elif self.on_failure is OnFailure.DELETE:
            DeleteRun(engine, live, self.done, of_create=True).begin(why + "Delete requested by user.")
        else:
            RollbackRun(engine, live, self.done).begin(why + "Rollback requested by user.")

    def _stop_failed(self) -> None:
        self.over = True
        self._stop(f"The following resource(s) failed to create: [{', '.join(self.failed)}]. ")

    def _stop(self, why: str) -> None:
        self.engine.set_status(self.live, StackStatus.CREATE_FAILED, why)
        self.live.run = None
        self.done(False, why)

    def _finish(self) -> None:
        self.engine.agenda.after(COMPLETE_AFTER, self._complete)

    def _complete(self) -> None:
        if self.over:
            return
        self.over = True
        live = self.live
        live.run = None
        live.stable = live.template
        self.engine.set_status(live, StackStatus.CREATE_COMPLETE)
        self.done(True, "")


class DeleteWave:
    """Deletes resources of a stack against the order of their dependencies, policies respected."""

    def __init__(
        self,
        engine: Engine,
        live: LiveStack,
        items: Iterable[Item],
        waits: Mapping[str, Collection[str]],
        done: Callable[[list[str]], None],
        retain: Collection[str] = (),
        of_create: bool = False,
        replaced: bool = False,
    ) -> None:
        self.engine = engine
        self.live = live
        self.items = {item.id: item for item in items}
        self.done = done
        self.retain = retain
        self.of_create = of_create
        self.replaced = replaced
        self.failed: list[str] = []
        order = reverse(waits, self.items)
        self.wave = Wave(engine.agenda, order, self._begin, lambda: done(self.failed))

    def open(self) -> None:
        """Begin with what nobody needs."""
        self.wave.open()

    def _begin(self, id: str) -> None:
        item, engine, live = self.items[id], self.engine, self.live
        child = engine.stacks.get(f"{live.name}/{id}") if item.resource.type == STACK_TYPE else None
        if id in self.retain or is_retained(item.resource, self.of_create, self.replaced):
            if item.physical_id:
                self._say(item, "DELETE_SKIPPED")
            self.wave.end(id)
        elif not item.physical_id:
            self._say(item, "DELETE_COMPLETE")
            self.wave.end(id)
        elif child is not None:
            start = partial(remove_child, engine, child, self.of_create)
            NestedCall(engine, live, item, "delete", start, partial(self._ended, id), self.wave.cause.get(id, ""))
        else:
            refusal = refusal_while_used(item.resource, self._kept())
            ended = partial(self._ended, id)
            engine.call(live, item, "delete", ended, cause=self.wave.cause.get(id, ""), refusal=refusal)

    def _kept(self) -> list[Resource]:
        """What stays in this stack and so keeps using others: retained, or impossible to delete."""
        return [item.resource for item in self.items.values() if item.physical_id and item.status in _STAYS]

    def _say(self, item: Item, status: str) -> None:
        item.status = status
        self.engine.emit(self.live, item.id, item.resource.type, status, "", item.physical_id)

    def _ended(self, id: str, well: bool) -> None:
        if well:
            self.wave.end(id)
        else:
            self.failed.append(id)
            self.wave.fail(id)


class RollbackRun:
    """Takes back a failed creation: everything that exists is deleted but what a policy retains."""

    def __init__(self, engine: Engine, live: LiveStack, done: Done) -> None:
        self.engine = engine
        self.live = live
        self.done = done

    def begin(self, reason: str) -> None:
        """ROLLBACK_IN_PROGRESS, and shortly after the deletions."""
        live, engine = self.live, self.engine
        live.run = self
        engine.set_status(live, StackStatus.ROLLBACK_IN_PROGRESS, reason)
        wave = DeleteWave(engine, live, live.items.values(), waits_of(live.template), self._finish, of_create=True)
        engine.agenda.after(ROLLBACK_START, wave.open)

    def halt(self) -> None:
        """A rollback is not interrupted."""

    def _finish(self, failed: list[str]) -> None:
        self.engine.agenda.after(FAILURE_NOTICED, lambda: self._end(failed))

    def _end(self, failed: list[str]) -> None:
        self.live.run = None
        why = f"The following resource(s) failed to delete: [{', '.join(failed)}]. " if failed else ""
        status = StackStatus.ROLLBACK_FAILED if failed else StackStatus.ROLLBACK_COMPLETE
        self.engine.set_status(self.live, status, why)
        self.done(False, why)


class DeleteRun:
    """Deletes a stack."""

    def __init__(
        self, engine: Engine, live: LiveStack, done: Done, retain: Collection[str] = (), of_create: bool = False
    ) -> None:
        self.engine = engine
        self.live = live
        self.done = done
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

    def halt(self) -> None:
        """A deletion is not interrupted."""

    def _finish(self, failed: list[str]) -> None:
        self.engine.agenda.after(FAILURE_NOTICED, lambda: self._end(failed))

    def _end(self, failed: list[str]) -> None:
        self.live.run = None
        why = f"The following resource(s) failed to delete: [{', '.join(failed)}]. " if failed else ""
        status = StackStatus.DELETE_FAILED if failed else StackStatus.DELETE_COMPLETE
        self.engine.set_status(self.live, status, why)
        self.done(not failed, why)
