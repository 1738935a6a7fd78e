"""Creating a stack, its nested stacks included: what begins when, and what a failure sets off."""

from __future__ import annotations

from functools import partial

from stackflight.model.event import StackStatus
from stackflight.model.plan import OnFailure
from stackflight.model.template import Stack
from stackflight.model.value import known_int
from stackflight.rehearse.attempt import Attempt
from stackflight.rehearse.delete import DeleteRun, RollbackRun
from stackflight.rehearse.engine import Done, Engine, NestedCall
from stackflight.rehearse.order import child_stack, waits_of
from stackflight.rehearse.state import Item, LiveStack
from stackflight.rehearse.timings import COMPLETE_AFTER, CREATE_START


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
        self.attempt = Attempt(
            engine.agenda,
            waits_of(live.template),
            self._begin,
            self._finish,
            on_failure=on_failure,
            cancelled=lambda _: "Resource creation cancelled",
            give_up=lambda: self._give_up(self._why()),
            stop=lambda: self._stop(self._why()),
        )

    def begin(self) -> None:
        """CREATE_IN_PROGRESS, and shortly after the first resources."""
        live = self.live
        live.run = self
        self.engine.set_status(live, StackStatus.CREATE_IN_PROGRESS, "User Initiated")
        self.engine.agenda.after(CREATE_START, self.attempt.open)
        if self.timeout_seconds is not None:
            self.engine.agenda.after(self.timeout_seconds, self._time_out)

    def halt(self) -> None:
        """Cancel what is in flight: the stack is to be deleted."""
        self.attempt.halt()

    def _begin(self, id: str) -> None:
        live, resource = self.live, self.live.template.resources[id]
        item = Item(resource)
        live.items[id] = item
        child = child_stack(live.world, live.name, resource)
        attempt = self.attempt
        ended, cause = partial(attempt.ended, id), attempt.wave.cause.get(id, "")
        if child is not None and (resource.address, "create") not in self.engine.faults:
            start = partial(begin_child, self.engine, live, child)
            attempt.calls[id] = NestedCall(self.engine, live, item, "create", start, ended, cause)
        else:
            released = partial(attempt.wave.release, id)
            attempt.calls[id] = self.engine.call(live, item, "create", ended, released, cause=cause)

    def _why(self) -> str:
        return f"The following resource(s) failed to create: [{', '.join(self.attempt.failed)}]. "

    def _time_out(self) -> None:
        if not self.attempt.over and not self.attempt.failed:
            self.attempt.fail_all()
            self._give_up("Stack creation time exceeded the specified timeout. ")

    def _give_up(self, why: str) -> None:
        live, engine = self.live, self.engine
        if self.nested or self.on_failure is OnFailure.DO_NOTHING:
            self._stop(why)
        elif self.on_failure is OnFailure.DELETE:
            DeleteRun(engine, live, self.done, of_create=True).begin(why + "Delete requested by user.")
        else:
            engine.undertake(live, "ROLLBACK")
            RollbackRun(engine, live, self.done).begin(why + "Rollback requested by user.")

    def _stop(self, why: str) -> None:
        self.engine.set_status(self.live, StackStatus.CREATE_FAILED, why)
        self.live.run = None
        self.done(False, why)

    def _finish(self) -> None:
        self.engine.agenda.after(COMPLETE_AFTER, self._complete)

    def _complete(self) -> None:
        if not self.attempt.finish():
            return
        live = self.live
        live.run = None
        live.stable = live.template
        self.engine.set_status(live, StackStatus.CREATE_COMPLETE)
        self.done(True, "")


def begin_child(engine: Engine, live: LiveStack, child: Stack, done: Done) -> None:
    """Start the creation of a nested stack."""
    nested = LiveStack(
        name=child.name,
        template=child,
        world=live.world,
        status=StackStatus.CREATE_IN_PROGRESS,
        parent=child.parent,
        title=live.items[child.name.rsplit("/", 1)[1]].physical_id,
    )
    engine.place(nested)
    engine.undertake(nested, "CREATE_STACK")
    minutes = known_int(live.template.resources[child.name.rsplit("/", 1)[1]].get("TimeoutInMinutes"))
    timeout_seconds = minutes * 60.0 if minutes else None
    CreateRun(engine, nested, done, timeout_seconds=timeout_seconds, nested=True).begin()
