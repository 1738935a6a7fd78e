"""Every case of tests/worlds: templates that only together are bad are found out, their fixed twins left in peace."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Severity
from stackflight.model.template import Environment
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from worlds import WorldCase, read_worlds

each_case = pytest.mark.parametrize("case", read_worlds(), ids=str)


@each_case
def test_the_bad_templates_are_found_out_on_a_resource_to_blame(case: WorldCase) -> None:
    found = [finding for finding in case.judge("bad").findings if finding.check == case.check]
    assert {(finding.resources[0], finding.severity.value) for finding in found} <= {
        (blamed, case.severity) for blamed in case.blame
    }
    assert found
    assert all(finding.where.line and finding.remedy for finding in found)


@each_case
def test_the_fixed_templates_are_left_in_peace(case: WorldCase) -> None:
    found = case.judge("fixed").findings
    assert not [finding for finding in found if finding.severity is not Severity.NOTE or finding.check == case.check]


@pytest.mark.parametrize(
    ("homes", "severity"),
    [
        ((Environment("111122223333", "eu-central-1"), Environment("111122223333", "eu-central-1")), Severity.BLOCKING),
        ((Environment(), Environment()), Severity.WARNING),
        ((Environment("111122223333", "eu-central-1"), Environment("111122223333", "eu-west-1")), None),
    ],
)
def test_an_export_is_surely_taken_twice_only_in_one_known_place(
    homes: tuple[Environment, Environment], severity: Severity | None
) -> None:
    assert taken_twice(homes) == ([severity] if severity else [])


def test_an_export_that_a_condition_decides_is_not_surely_taken_twice() -> None:
    home = Environment("111122223333", "eu-central-1")
    assert taken_twice((home, home), "Condition: Wanted") == [Severity.WARNING]


def taken_twice(homes: tuple[Environment, Environment], condition: str = "") -> list[Severity]:
    text = f"""
Parameters:
  Wish: {{Type: String}}
Conditions:
  Wanted: !Equals [!Ref Wish, "yes"]
Resources:
  Topic: {{Type: AWS::SNS::Topic}}
Outputs:
  Topic:
    {condition}
    Value: !Ref Topic
    Export: {{Name: EventsTopic}}
"""
    template = parse_template(text, "t.yaml")
    sources = [Source(f"stack{number}", template, environment=home) for number, home in enumerate(homes)]
    world = join_stacks(sources, {}, LocalFolder(Path("nowhere")))
    found = check_world("t", world, SystemClock(), 0.0).findings
    return [finding.severity for finding in found if finding.check == "export-taken-twice"]
