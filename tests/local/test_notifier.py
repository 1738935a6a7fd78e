"""Messages to elsewhere: what they say, how often, and that nobody ever waits for them or fails because of them."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event as Signal
from threading import Thread
from typing import ClassVar

from stackflight.local.notifier import Notifier
from stackflight.local.slack import Slack, read_slack
from stackflight.model.event import Event
from stackflight.model.moment import Attached, Began, Ended, FirstFailure, Held, Late, Moment, Progress, Said, Working
from stackflight.model.run import Holder, Run
from stackflight.operate.diagnose import diagnose_events
from stackflight.views.notice import render_notice, render_summary

RUN = Run("r-7", "app.yaml", ("app",), "maria", "desk", "111122223333", "eu-central-1", 0.0, p50=600)
WORKING = Working("app", "Db", "AWS::RDS::DBInstance", "create", 400.0, 300.0, 350.0)


def progress(seconds: float) -> Progress:
    return Progress(seconds, 3, 9, (WORKING,), 120.0, 240.0)


def render(moment: Moment, run: Run | None) -> tuple[str, str] | None:
    notice = render_notice(moment, run)
    return (notice.title, notice.body) if notice is not None else None


class Box:
    """A service that takes messages while it is up."""

    def __init__(self) -> None:
        self.up = True
        self.got: list[tuple[str, str]] = []

    def send(self, title: str, body: str) -> bool:
        if not self.up:
            raise ConnectionError("https://hooks.example/secret")
        self.got.append((title, body))
        return True


def test_the_beginning_the_first_failure_with_its_cause_and_the_end_are_told_with_the_run() -> None:
    box = Box()
    notifier = Notifier(box.send, render, 300)
    failed = Event(
        10.0, "app", "Files", "AWS::S3::Bucket", "CREATE_FAILED", "API: s3:CreateBucket Access Denied", id="1"
    )
    diagnosis = diagnose_events([failed], "r-7", simulated=True)
    notifier.show(Began(RUN))
    notifier.show(Said("nothing to tell"))
    notifier.show(FirstFailure(failed, 10.0, diagnosis))
    notifier.show(Ended(RUN, 40.0, failure=failed, diagnosis=diagnosis))
    titles = [title for title, _ in box.got]
    assert titles == ["Deploying app.yaml", "Files failed after 0:10", "Not deployed: app.yaml"]
    assert all("r-7" in body for _, body in box.got)
    assert "lacks a permission" in box.got[1][1]


def test_what_gets_slower_than_usual_is_told_at_once_with_the_run_also_by_who_only_watches_it() -> None:
    box = Box()
    notifier = Notifier(box.send, render, 0)
    notifier.show(Attached(RUN))
    notifier.show(Late(WORKING, 400.0))
    notifier.close()
    home = "https://eu-central-1.console.aws.amazon.com/cloudformation/home?region=eu-central-1#/stacks"
    told = f"6:40 by now, usually 5:00, nine of ten 5:50\nr-7 {home}?filteringText=app"
    assert box.got == [("Db is slower than usual", told)]


def test_who_is_refused_or_waits_is_told_whose_run_it_is() -> None:
    box = Box()
    notifier = Notifier(box.send, render, 0)
    for waiting in (False, True):
        notifier.show(Held(Holder("app", "r-3", "paul", "a runner", 0.0), waiting, "2 resources done", 90.0))
    notifier.close()
    said = "app is held by r-3 of paul: 2 resources done, about 1:30 left"
    assert box.got == [("Refused: app is held", said), ("Waiting for app", said)]


def test_progress_is_told_seldom_with_what_is_slower_than_usual() -> None:
    box = Box()
    notifier = Notifier(box.send, render, 300)
    for seconds in range(0, 1000, 10):
        notifier.show(progress(float(seconds)))
    notifier.close()
    assert len(box.got) == 3
    assert "slower than usual: Db" in box.got[0][1]


def test_without_an_interval_progress_is_never_told() -> None:
    box = Box()
    notifier = Notifier(box.send, render, 0)
    notifier.show(progress(5000.0))
    notifier.close()
    assert box.got == []


def test_what_could_not_be_sent_is_summed_up_later_and_no_address_is_shown() -> None:
    box = Box()
    box.up = False
    sent = Signal()

    def send(title: str, body: str) -> bool:
        try:
            return box.send(title, body)
        finally:
            sent.set()

    notifier = Notifier(send, render, 300)
    notifier.show(Began(RUN))
    sent.wait()
    box.up = True
    notifier.show(Ended(RUN, 40.0))
    [(_, body)] = box.got
    assert "1 messages could not be sent: Deploying app.yaml" in body
    assert "hooks.example" not in body


def test_the_summary_of_a_job_says_how_it_ended_and_what_to_do() -> None:
    failed = Event(
        10.0, "app", "Files", "AWS::S3::Bucket", "CREATE_FAILED", "API: s3:CreateBucket Access Denied", id="1"
    )
    text = render_summary(Ended(RUN, 40.0, failure=failed, diagnosis=diagnose_events([failed], "r-7", simulated=True)))
    assert "lacks a permission" in text
    assert "run `r-7`" in text


class FakeSlack(BaseHTTPRequestHandler):
    """Takes messages as the Web API does, on loopback."""

    calls: ClassVar[list[tuple[str, dict[str, str]]]] = []
    refused: ClassVar[set[str]] = set()

    def do_POST(self) -> None:
        method = self.path.rpartition("/")[2]
        self.calls.append((method, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
        kept = self.headers["Authorization"] == "Bearer xoxb-1" and method not in self.refused
        answer = {"ok": kept, "channel": "C7", "ts": f"{len(self.calls)}.5"}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_progress_takes_the_place_of_the_progress_before_in_slack() -> None:
    FakeSlack.calls, FakeSlack.refused = [], set()
    with ThreadingHTTPServer(("127.0.0.1", 0), FakeSlack) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        slack = Slack("xoxb-1", "#deployments", f"http://127.0.0.1:{server.server_port}")
        notifier = Notifier(slack.send, render, 300, slack.revise)
        notifier.show(Began(RUN))
        for seconds in (400.0, 800.0):
            notifier.show(progress(seconds))
        notifier.show(Ended(RUN, 900.0))
        FakeSlack.refused = {"chat.update"}
        assert slack.revise("Later", "and no longer to be changed")
        server.shutdown()
    told = [(method, call["channel"], call.get("ts")) for method, call in FakeSlack.calls]
    assert told == [
        ("chat.postMessage", "#deployments", None),
        ("chat.postMessage", "#deployments", None),
        ("chat.update", "C7", "2.5"),
        ("chat.postMessage", "#deployments", None),
        ("chat.update", "C7", "2.5"),
        ("chat.postMessage", "#deployments", None),
    ]


def test_a_bot_of_slack_is_told_from_a_webhook() -> None:
    assert read_slack("slack://xoxb-1-2/%23deployments") is not None
    assert read_slack("slack://xoxb-1-2/#deployments") is not None
    assert read_slack("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7/") is None
