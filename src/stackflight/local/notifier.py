"""A view that sends messages, in a thread of its own: whatever a service does, nobody waits for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread

from stackflight.errors import WrongUsage
from stackflight.model.moment import Began, Ended, Moment, Progress
from stackflight.model.run import Run

Send = Callable[[str, str], bool]
"""Sends a title and a text; False where that did not work."""

Render = Callable[[Moment, Run | None], tuple[str, str] | None]
"""The title and the text of a moment; None where it is worth no message."""

_LAST_WAIT_SECONDS = 15.0


class Notifier:
    """Sends what `render` makes of moments. Progress is sent once in `every_seconds` at most, never where that is 0.

    What could not be sent is summed up in the next message that can.
    """

    def __init__(self, send: Send, render: Render, every_seconds: float) -> None:
        self._send = send
        self._render = render
        self._every_seconds = every_seconds
        self._last = 0.0
        self._run: Run | None = None
        self._missed: list[str] = []
        self._queue: SimpleQueue[tuple[str, str] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, daemon=True)
        self._thread.start()

    def show(self, moment: Moment) -> None:
        """Queue the message of a moment."""
        if isinstance(moment, Began):
            self._run = moment.run
        if isinstance(moment, Progress):
            if not self._every_seconds or moment.seconds - self._last < self._every_seconds:
                return
            self._last = moment.seconds
        notice = self._render(moment, self._run)
        if notice is not None:
            self._queue.put(notice)
        if isinstance(moment, Ended):
            self.close()

    def close(self) -> None:
        """Let what is queued go out, for a short while."""
        self._queue.put(None)
        self._thread.join(_LAST_WAIT_SECONDS)

    def _work(self) -> None:
        while (notice := self._queue.get()) is not None:
            title, body = notice
            if self._missed:
                body += f"\n({len(self._missed)} messages could not be sent: {'; '.join(self._missed[-5:])})"
            if self._try(title, body):
                self._missed.clear()
            else:
                self._missed.append(title)

    def _try(self, title: str, body: str) -> bool:
        try:
            return self._send(title, body)
        except Exception:  # a service may do whatever it likes; no address of it is ever shown
            return False


def open_sender(urls: Sequence[str]) -> Send:
    """Sends by apprise. Raises WrongUsage where it is not installed, or an address is none."""
    try:
        from apprise import Apprise
    except ImportError:
        raise WrongUsage(
            "--notify needs apprise, which is not installed", hint="pip install 'stackflight[notify]'"
        ) from None
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it would print addresses with their secrets
    service = Apprise()
    for number, url in enumerate(urls, start=1):
        if not service.add(url):
            raise WrongUsage(
                f"address {number} of --notify is none that apprise knows",
                hint="see the list of services: apprise --help",
            )
    return lambda title, body: bool(service.notify(title=title, body=body))
