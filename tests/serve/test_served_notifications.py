"""Whoever is told elsewhere: a webhook on loopback, by apprise, through whole lives of deployments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from served_account import Account
from served_templates import QUEUE, TOPIC
from wire_desk import FLAGS, OpenDesk

from stackflight.local.home import state_folder
from stackflight.local.ledger import LocalLedger
from stackflight.local.lock import LocalLock
from stackflight.model.run import Holder

# apprise is of others, and warns of its own when it is loaded.
pytestmark = [pytest.mark.xdist_group("serve"), pytest.mark.filterwarnings("ignore::DeprecationWarning")]


class Webhook(BaseHTTPRequestHandler):
    """Takes messages, but for the first `down`, which it refuses."""

    got: ClassVar[list[tuple[str, str]]] = []
    down: ClassVar[int] = 0

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        up = type(self).down <= 0
        type(self).down -= 1
        if up:
            self.got.append((told["title"], told["message"]))
        self.send_response(200 if up else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def webhook() -> Iterator[str]:
    Webhook.got, Webhook.down = [], 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Webhook) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"json://127.0.0.1:{server.server_port}"
        server.shutdown()


def stack_of(account: Account) -> str:
    return str(account.cloudformation.list_stacks()["StackSummaries"][0]["StackId"])


def test_a_failure_and_credentials_that_end_are_told_with_the_run_and_the_console(
    open_desk: OpenDesk, webhook: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk("Queue=no more queues@20", speed=20.0)
    weather = desk.account.weather

    def expire(sleeps: int) -> None:
        if sleeps == 0:
            weather.expire = 0.0
        if sleeps == 6:
            weather.expire = None
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIANEWNEWNEWNEWNEWN")

    desk.once_running(expire)
    Webhook.down = 1
    assert desk("deploy", desk.write("app.json", {"Queue": QUEUE, "Topic": TOPIC}), "--notify", webhook, *FLAGS) == 1
    [run] = LocalLedger(state_folder()).runs()
    home = "https://us-east-1.console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks/events?stackId="
    titles = [title for title, _ in Webhook.got]
    paused = titles.index("Paused")
    assert "(1 messages could not be sent: Deploying " in Webhook.got[0][1]
    assert titles[paused + 1] == "Going on"
    failed = next(number for number, title in enumerate(titles) if title.startswith("Queue failed after"))
    assert "no more queues" in Webhook.got[failed][1]
    assert titles[-1].startswith("Not deployed: ")
    assert all(run.id in body for _, body in Webhook.got)
    assert all(home + stack_of(desk.account) in body for _, body in Webhook.got[failed:])


def test_who_is_refused_or_comes_to_nothing_is_told_before_the_command_ends(open_desk: OpenDesk, webhook: str) -> None:
    desk = open_desk()
    file = desk.write("app.json", {"Queue": QUEUE})
    lock = LocalLock(state_folder(), "123456789012", "us-east-1")
    front = Holder("app", "r-7", "paul", "a runner", 0.0)
    assert lock.take(front) is None
    assert desk("deploy", file, "--notify", webhook, *FLAGS) == 2
    assert Webhook.got == [("Refused: app is held", "app is held by r-7 of paul: nothing known")]
    lock.release(front)
    missing = desk.write("app.json", {"Queue": QUEUE}, Parameters={"Size": {"Type": "String"}})
    assert desk("deploy", missing, "--notify", webhook, *FLAGS) != 0
    title, body = Webhook.got[-1]
    assert title.startswith("Not deployed: ")
    assert "Size" in body
    assert LocalLedger(state_folder()).runs()[0].id in body
