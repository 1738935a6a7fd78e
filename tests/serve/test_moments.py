"""What clients are told of time: an event that becomes due while a call reads has its moment too."""

from __future__ import annotations

from pathlib import Path

from served_templates import QUEUE, text

from stackflight.local.folder import LocalFolder
from stackflight.model.plan import CreateStack
from stackflight.model.template import Environment
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.rehearse.behaviour import Behaviour
from stackflight.rehearse.clock import VirtualClock
from stackflight.rehearse.simulator import SimulatedCloud
from stackflight.serve.failures import Failures
from stackflight.serve.realm import Pace, Realm


class Alone:
    """An account with no other service."""

    def follow(self, *_: object) -> None:
        """Nothing to do."""


def test_an_event_that_becomes_due_while_a_call_reads_has_its_moment() -> None:
    clock = VirtualClock()
    failures = Failures(())
    cloud = SimulatedCloud(clock, Behaviour(), failures)
    realm = Realm(Environment("123456789012", "us-east-1"), cloud, failures, Alone(), Pace(0.0, 1.0))  # type: ignore[arg-type]
    template = parse_template(text({"Queue": QUEUE}), "app.json")
    cloud.start(CreateStack("app", join_stacks([Source("app", template)], {}, LocalFolder(Path("nowhere")))))
    realm.catch_up()
    known = len(cloud.engine.events)
    clock.sleep(600.0)
    cloud.finished("")

    late = cloud.engine.events[-1]
    assert len(cloud.engine.events) > known
    assert realm.moment_of(late).timestamp() >= late.time
