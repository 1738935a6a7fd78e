"""Without a terminal nothing is silent for a minute, whatever it waits for."""

from __future__ import annotations

from stackflight.cli.heartbeat import Heartbeat
from stackflight.model.moment import Held, Moment, Paused, Progress, Resumed, Working
from stackflight.model.run import Holder
from stackflight.views.paper import Paper

LOOK = Progress(60.0, 3, 9, (Working("app", "Nat", "AWS::EC2::NatGateway", "create", 40.0, 100.0, 110.0),), 70.0, 90.0)


def said_in(minutes: int, *moments: Moment) -> list[str]:
    """What is said while nothing happens, looked at every two seconds."""
    now, lines = [0.0], list[str]()
    heart = Heartbeat(lines.append, Paper(100), lambda: now[0])
    for moment in moments:
        heart.hear(moment)
    heart._over.set()  # its own thread looks on real seconds
    for _ in range(minutes * 30):
        now[0] += 2.0
        heart.beat()
    return lines


def test_while_a_resource_works_how_far_it_is_by_now() -> None:
    first, second, *_ = said_in(3, LOOK)
    assert first.startswith("   1:56")
    assert "3 of 9 steps done" in first
    assert second.startswith("   2:52")


def test_while_nobody_answers_for_how_long() -> None:
    assert said_in(2, LOOK, Paused("AWS does not answer")) == [
        "still paused, 0:56 by now: AWS does not answer",
        "still paused, 1:52 by now: AWS does not answer",
    ]


def test_while_another_run_holds_the_stack_which() -> None:
    held = Held(Holder("app", "r-7", "maria", "desk", 0.0), waiting=True)
    assert said_in(1, held) == ["still waiting for r-7, 0:56 by now"]


def test_after_a_pause_the_work_is_told_again() -> None:
    assert "3 of 9 steps" in said_in(1, LOOK, Paused("gone"), Resumed(5.0))[0]


def test_before_anything_is_known_that_it_lives() -> None:
    assert said_in(2) == ["still at work", "still at work"]
