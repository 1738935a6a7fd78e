"""A view that sends messages, in a thread of its own: whatever a service does, nobody waits for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from queue import SimpleQueue
from threading import Thread

from stackflight.errors import WrongUsage
from stackflight.local.slack import Slack, read_slack
from stackflight.model.moment import Attached, Began, Ended, Happened, Moment, Progress, Refused
from stackflight.model.run import Run

Send = Callable[[str, str], bool]
"""Sends a title and a text; False where that did not work."""

Render = Callable[[Moment, Run | None], tuple[str, str] | None]
"""The title and the text of a moment; None where it is worth no message."""

_LAST_WAIT_SECONDS = 15.0


class Notifier:
    """Sends what `render` makes of moments. Progress is sent once in `every_seconds` at most, never where that is 0.

    `revise` sends progress, where that may take the place of the progress before. What could not be sent is summed up in the
    next message that can.
    """

    def __init__(self, send: Send, render: Render, every_seconds: float, revise: Send | None = None) -> None:
        self._send = send
        self._revise = revise or send
        self._render = render
        self._every_seconds = every_seconds
        self._last = 0.0
        self._run: Run | None = None
        self._missed: list[str] = []
        self._queue: SimpleQueue[tuple[Send, str, str] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, daemon=True)
        self._thread.start()

    def show(self, moment: Moment) -> None:
        """Queue the message of a moment."""
        self._learn(moment)
        if isinstance(moment, Progress):
            if not self._every_seconds or moment.seconds - self._last < self._every_seconds:
                return
            self._last = moment.seconds
        notice = self._render(moment, self._run)
        if notice is not None:
            self._queue.put((self._revise if isinstance(moment, Progress) else self._send, *notice))
        if isinstance(moment, (Ended, Refused)):
            self.close()

    def _learn(self, moment: Moment) -> None:
        """Which run is told of, and where its stacks are: that is known once they are there."""
        if isinstance(moment, (Began, Attached)):
            self._run = moment.run
        if isinstance(moment, Happened) and self._run is not None:
            event, arns = moment.event, self._run.arns
            if event.stack_id and event.stack in self._run.stacks and event.stack not in arns:
                self._run = replace(self._run, arns={**arns, event.stack: event.stack_id})

    def close(self) -> None:
        """Let what is queued go out, for a short while."""
        self._queue.put(None)
        self._thread.join(_LAST_WAIT_SECONDS)

    def _work(self) -> None:
        while (notice := self._queue.get()) is not None:
            send, title, body = notice
            if self._missed:
                body += f"\n({len(self._missed)} messages could not be sent: {'; '.join(self._missed[-5:])})"
            if _attempt(send, title, body):
                self._missed.clear()
            else:
                self._missed.append(title)


def open_senders(urls: Sequence[str]) -> tuple[Send, Send]:
    """What sends a new message to all, and what sends progress: to Slack, by a bot, in the place of the one before.

    Raises WrongUsage where apprise is needed and not installed, or an address is none.
    """
    channels = {url: read_slack(url) for url in urls}
    slack = [one for one in channels.values() if one is not None]
    others = [_open_apprise(urls, channels)] if None in channels.values() else []
    return _to_all([*(one.send for one in slack), *others]), _to_all([*(one.revise for one in slack), *others])


def _to_all(senders: Sequence[Send]) -> Send:
    """Sends to each, whatever becomes of the others; it worked where all did."""

    def send(title: str, body: str) -> bool:
        worked = [_attempt(one, title, body) for one in senders]
        return all(worked)

    return send


def _attempt(send: Send, title: str, body: str) -> bool:
    try:
        return send(title, body)
    except Exception:  # a service may do whatever it likes; no address of it is ever shown
        return False


def _open_apprise(urls: Sequence[str], channels: Mapping[str, Slack | None]) -> Send:
    try:
        from apprise import Apprise
    except ImportError:
        raise WrongUsage(
            "--notify needs apprise, which is not installed", hint="pip install 'stackflight[notify]'"
        ) from None
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it would print addresses with their secrets
    service = Apprise()
    for number, url in enumerate(urls, start=1):
        if channels[url] is None and not service.add(url):
            raise WrongUsage(
                f"address {number} of --notify is none that apprise knows",
                hint="see the list of services: apprise --help",
            )
    return lambda title, body: bool(service.notify(title=title, body=body))
