"""Stacks -> held for one run, all or none; who has them where that cannot be, and waiting until it can."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from stackflight.errors import StackHeld
from stackflight.model.event import Event, StackStatus
from stackflight.model.moment import Freed, Held, Said
from stackflight.model.run import DECLINED, NO_CHANGES, PLANNED, REFUSED, Holder, Run
from stackflight.operate.follow import GOOD
from stackflight.ports import Clock, Cloud, Ledger, Lock, View

LOOK_SECONDS = 5.0


@contextmanager
def hold(
    lock: Lock,
    ledger: Ledger,
    clock: Clock,
    view: View,
    holders: Sequence[Holder],
    wait_seconds: float,
    waited: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Hold all stacks while the block runs. Waits at most `wait_seconds` for others; `waited` is called after a wait.

    Raises StackHeld, with who has it, since when and how far, where the time is over.
    """
    deadline = clock.now() + wait_seconds
    announced = ""
    while (held := _take_all(lock, holders)) is not None:
        moment = tell_holder(held, ledger, clock.now(), waiting=clock.now() < deadline)
        if not moment.waiting:
            view.show(moment)
            raise StackHeld(_message(moment, clock.now()), hint=_hint(moment, wait_seconds))
        if announced != held.run:
            announced = held.run
            view.show(moment)
        clock.sleep(min(LOOK_SECONDS, max(deadline - clock.now(), 0.0)))
    try:
        if announced:
            view.show(_tell_end(announced, ledger))
            waited()
        yield
    finally:
        for holder in holders:
            lock.release(holder)


def _tell_end(id: str, ledger: Ledger) -> Freed:
    """How the run in front has ended, and what failed in it, as far as this ledger knows it."""
    run = ledger.run(id)
    if run is None or not run.over:
        return Freed(f"{id} has let go; it is our turn")
    if run.outcome in GOOD or run.outcome in {NO_CHANGES, DECLINED, PLANNED, REFUSED}:
        return Freed(f"{id} has let go: {run.outcome}; it is our turn")
    told = [note.body for note in ledger.notes(id) if note.kind == "diagnosis"][-1:]
    why = next((f": {body.get('resource')}: {body.get('reason')}" for body in told if body.get("reason")), "")
    return Freed(f"the run in front, {id}, has failed, {run.outcome}{why}; it is our turn", "warning")


def _take_all(lock: Lock, holders: Sequence[Holder]) -> Holder | None:
    """All, in one order for everybody so that two never wait for each other, or none.

    Where one is somebody's, the others are listened to as well: an owner that is silent is so on all its stacks at once.
    """
    ordered = sorted(holders, key=lambda one: one.stack)
    for number, holder in enumerate(ordered):
        other = lock.take(holder)
        if other is not None:
            for one in ordered[:number]:
                lock.release(one)
            for one in ordered[number + 1 :]:
                lock.listen(one.stack)
            return other
    return None


def tell_holder(holder: Holder, ledger: Ledger, now: float, waiting: bool) -> Held:
    """Who has a stack, how far the run is, and how long it still takes, as far as this ledger knows it."""
    run = ledger.run(holder.run) if holder.run else None
    if run is None:
        return Held(holder, waiting)
    events = ledger.events(run.id)
    return Held(holder, waiting, _progress(events), _remaining(run, events, now), run)


def await_rest(
    stacks: Iterable[str], cloud: Cloud, ledger: Ledger, clock: Clock, view: View, run: Run, wait_seconds: float
) -> bool:
    """Wait at most `wait_seconds` until CloudFormation is at work on none of the stacks; whether there was a wait.

    The work is that of a run that let go of its lock (detached, or its process has ended), or of somebody who takes none.
    Raises StackHeld, with whose it is as far as the ledger knows, where the time is over.
    """
    deadline, waited = clock.now() + wait_seconds, False
    while found := next(
        ((one, status) for one in stacks if (status := cloud.status(one)) and status.in_progress), None
    ):
        waiting = clock.now() < deadline
        held = _tell_work(*found, ledger, clock.now(), run.id, waiting)
        said = f"something is at work on {found[0]}: it is {found[1]}"
        if not waiting or not waited:
            view.show(held or Said(said + ("; waiting for its end" if waiting else ""), "warning"))
        if not waiting:
            follow = f"follow it: stackflight watch {found[0]}"
            raise StackHeld(
                _message(held, clock.now()) if held else said, hint=_hint(held, wait_seconds) if held else follow
            )
        waited = True
        clock.sleep(min(LOOK_SECONDS, max(deadline - clock.now(), 0.0)))
    return waited


def _tell_work(stack: str, status: StackStatus, ledger: Ledger, now: float, own: str, waiting: bool) -> Held | None:
    run = next((one for one in ledger.runs(stack) if not one.over and not one.simulated and one.id != own), None)
    if run is None:
        return None
    events = ledger.events(run.id)
    holder = Holder(stack, run.id, run.who, run.where, run.started)
    return Held(holder, waiting, _progress(events) if events else f"it is {status}", _remaining(run, events, now), run)


def _progress(events: Sequence[Event]) -> str:
    state: dict[tuple[str, str], str] = {}
    for event in events:
        if not event.of_stack:
            state[event.stack, event.resource] = event.status
    if not state:
        return "nothing begun yet"
    working = [name for (_, name), status in state.items() if status.endswith("_IN_PROGRESS")]
    done = len(state) - len(working)
    told = f"{done} {'resource' if done == 1 else 'resources'} done"
    if not working:
        return told
    more = f" and {len(working) - 2} more" if len(working) > 2 else ""
    return f"{told}, {', '.join(working[:2])}{more} at work"


def _remaining(run: Run, events: Sequence[Event], now: float) -> float | None:
    if not run.p50:
        return None
    # The simulated cloud's own time; it may pass faster than ours.
    spent = events[-1].time - events[0].time if run.simulated and events else now - run.started
    return max(run.p50 - spent, 0.0)


def _message(held: Held, now: float) -> str:
    one = held.holder
    minutes = max(now - one.since, 0.0) / 60
    since = f"since {minutes:.0f} minutes" if minutes >= 1 else "since less than a minute"
    facts = [f"{one.stack} is held by {one.run or 'a run'} of {one.who} on {one.where}, {since}"]
    if held.progress:
        facts.append(held.progress)
    if held.remaining is not None:
        facts.append(f"about {max(round(held.remaining / 60), 1)} min left")
    return "; ".join(facts)


def _hint(held: Held, wait_seconds: float) -> str:
    run = held.holder.run
    follow = f"follow it: stackflight watch {run}" if run else f"follow it: stackflight watch {held.holder.stack}"
    return follow + (", or wait for its end: --wait 40m" if not wait_seconds else "")
