"""The resources of one operation in flight, until all have ended or the first failure has cancelled the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from stackflight.model.plan import OnFailure
from stackflight.rehearse.clock import Agenda
from stackflight.rehearse.state import Cancellable
from stackflight.rehearse.timings import CANCEL_AFTER, FAILURE_NOTICED
from stackflight.rehearse.wave import Wave


class Attempt:
    """A wave of calls to resources that is over at its first failure.

    `begin` starts one resource, `done` is called when all are well, `cancelled` names the event of one that is cut short.
    After a failure nothing new begins; with DO_NOTHING what runs may end and `stop` follows, else it is cancelled
    and `give_up` follows.
    """

    def __init__(
        self,
        agenda: Agenda,
        waits: Mapping[str, Collection[str]],
        begin: Callable[[str], None],
        done: Callable[[], None],
        *,
        on_failure: OnFailure,
        cancelled: Callable[[str], str],
        give_up: Callable[[], None],
        stop: Callable[[], None],
    ) -> None:
        self._agenda = agenda
        self._keeps = on_failure is OnFailure.DO_NOTHING
        self._cancelled = cancelled
        self._give_up = give_up
        self._stop = stop
        self.wave = Wave(agenda, waits, begin, done)
        self.calls: dict[str, Cancellable] = {}
        self.failed: list[str] = []
        self.over = False

    def open(self) -> None:
        """Begin with what waits for nobody."""
        if not self.over:
            self.wave.open()

    def ended(self, id: str, well: bool) -> None:
        """A resource is through."""
        if self.over:
            return
        if well:
            self.wave.end(id)
        else:
            self.failed.append(id)
            if len(self.failed) == 1:
                self.wave.halt()
                self._agenda.after(CANCEL_AFTER, self._cancel)
            self.wave.fail(id)
        if self.failed and self._keeps and not self.wave.running:
            self.over = True
            self._stop()

    def halt(self) -> None:
        """Cut short what runs and hear of nothing more."""
        self.over = True
        for id in self.wave.halt():
            self.calls[id].cancel(self._cancelled(id))

    def fail_all(self) -> None:
        """As halt, and what runs counts as failed."""
        self.failed.extend(self.wave.running)
        self.halt()

    def finish(self) -> bool:
        """Whether this was the end of it; False where it was over before."""
        was_over, self.over = self.over, True
        return not was_over

    def _cancel(self) -> None:
        if not self.over and not self._keeps:
            self.fail_all()
            self._agenda.after(FAILURE_NOTICED, self._give_up)
