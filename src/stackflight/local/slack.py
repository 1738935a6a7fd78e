"""Messages to one channel of Slack by a bot's token, of which the one on progress is written anew in its place.

An incoming webhook cannot change what it has sent; only the Web API can. Source: https://docs.slack.dev/reference/methods,
chat.postMessage and chat.update.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote
from urllib.request import Request, urlopen

from stackflight.patterns import compile_later

_API = "https://slack.com/api"
_ADDRESS = compile_later(r"slack://(?P<token>xox[a-z]-[^/@?#]+)/(?P<channel>[^/?]+)/?")
_PATIENCE_SECONDS = 10.0


class Slack:
    """One channel. Whatever fails raises OSError or ValueError, or is answered False."""

    def __init__(self, token: str, channel: str, api: str = _API) -> None:
        self._token = token
        self._channel = channel
        self._api = api
        self._progress: dict[str, str] = {}
        """Which message tells of the progress: its channel's id and its time stamp."""

    def send(self, title: str, body: str) -> bool:
        """A new message."""
        return bool(self._call("chat.postMessage", title, body, {"channel": self._channel}).get("ok"))

    def revise(self, title: str, body: str) -> bool:
        """The message on progress, in the place of the one before; a new one where there is none, or it may not be changed."""
        if self._progress and self._call("chat.update", title, body, self._progress).get("ok"):
            return True
        answer = self._call("chat.postMessage", title, body, {"channel": self._channel})
        if answer.get("ok"):
            self._progress = {"channel": str(answer.get("channel", "")), "ts": str(answer.get("ts", ""))}
        return bool(answer.get("ok"))

    def _call(self, method: str, title: str, body: str, where: dict[str, str]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json; charset=utf-8"}
        data = json.dumps({**where, "text": f"*{title}*\n{body}"}).encode()
        with urlopen(Request(f"{self._api}/{method}", data, headers), timeout=_PATIENCE_SECONDS) as answer:
            read = json.load(answer)
        return read if isinstance(read, dict) else {}


def read_slack(address: str) -> Slack | None:
    """`slack://xoxb-…/CHANNEL` (`#name` or an id); None for every other address, webhooks of Slack among them."""
    match = _ADDRESS.fullmatch(address)
    return Slack(match["token"], unquote(match["channel"])) if match is not None else None
