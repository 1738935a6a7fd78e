"""The tree of what works: what is late first, what is nested below its stack, and every line fits its screen."""

from __future__ import annotations

import pytest

from stackflight.model.moment import Progress, Working
from stackflight.views.live_tree import render_tree
from stackflight.views.paper import Paper

WORKING = (
    Working("app", "Database", "AWS::RDS::DBInstance", "create", 125.0, 340.0, 700.0),
    Working("app", "Nat", "AWS::EC2::NatGateway", "create", 151.0, 100.0, 110.0),
    Working("app", "Service", "AWS::ECS::Service", "update", 20.0, 90.0, 240.0, settling=True),
    Working("app", "Child", "AWS::CloudFormation::Stack", "create", 30.0, 0.0, 0.0),
    Working("app/Child", "QueueWithAVeryLongNameThatFitsNoColumn", "AWS::SQS::Queue", "create", 12.0, 0.0, 0.0),
)
LOOK = Progress(160.0, 12, 61, WORKING, 550.0, 860.0, {"app": (12, 48), "app/Child": (0, 13)})


def test_at_eighty_columns_types_are_shown_and_what_is_late_comes_first() -> None:
    assert render_tree(LOOK, Paper(80), 12) == [
        "   2:40  ━╌╌╌╌╌╌╌╌╌  12 of 61 steps · about 9:10 left, 14:20 if slow",
        "app  12 of 48",
        "├ Nat                 EC2::NatGateway            2:31 of 1:40  slower than usual",
        "├ Database            RDS::DBInstance            2:05 of 5:40  ━━━╌╌╌╌╌╌╌",
        "└ Service             ECS::Service           ~   0:20 of 1:30  settling",
        "  Child  0 of 13",
        "  └ QueueWithAVeryLo… SQS::Queue                         0:12  ╌╌╌╌╌╌╌╌╌╌",
    ]


def test_at_sixty_columns_types_make_room() -> None:
    assert render_tree(LOOK, Paper(60), 12)[2:5] == [
        "├ Nat                        2:31 of 1:40  slower than usual",
        "├ Database                   2:05 of 5:40  ━━━╌╌╌╌╌╌╌",
        "└ Service                ~   0:20 of 1:30  settling",
    ]


@pytest.mark.parametrize("width", [60, 72, 80, 100, 120])
@pytest.mark.parametrize("unicode", [True, False])
def test_no_line_is_longer_than_the_screen_is_wide(width: int, unicode: bool) -> None:
    lines = render_tree(LOOK, Paper(width, unicode=unicode), 20)
    assert all(len(line) <= width for line in lines)
    assert unicode or all(line.isascii() for line in lines[1:])


def test_between_two_looks_the_clocks_go_on() -> None:
    head, _, nat, *_ = render_tree(LOOK, Paper(80), 12, passed=30.0)
    assert "3:10" in head
    assert "about 8:40 left" in head
    assert "3:01 of 1:40" in nat


def test_what_does_not_fit_is_counted() -> None:
    many = tuple(Working("app", f"Queue{n}", "AWS::SQS::Queue", "create", 1.0, 20.0, 30.0) for n in range(40))
    lines = render_tree(Progress(1.0, 0, 40, many, 20.0, 30.0), Paper(80), 10)
    assert len(lines) == 10
    assert "and 33 more" in lines[-1]


def test_a_way_back_is_said_and_nothing_is_promised() -> None:
    look = Progress(400.0, 12, 61, WORKING[:1], None, None, {"app": (12, 48)}, ("app",))
    assert "on the way back" in render_tree(look, Paper(80), 12)[0]
    assert "left" not in render_tree(look, Paper(80), 12)[0]


def test_where_nobody_knows_the_whole_only_what_is_done_is_counted() -> None:
    head = render_tree(Progress(10.0, 3, 0, WORKING[:1]), Paper(80), 12)[0]
    assert head == "   0:10  3 steps done"
