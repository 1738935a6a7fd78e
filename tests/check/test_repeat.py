"""Two syntheses of one input: what differs is a finding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stackflight.check.template.synthesis import find_differences
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Finding, Severity
from stackflight.model.template import World
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template


def world(resources: dict[str, Any]) -> World:
    template = parse_template(json.dumps({"Resources": resources}), "t.json")
    return join_stacks([Source("s", template)], {}, LocalFolder(Path("nowhere")))


def bucket(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::S3::Bucket", "Properties": properties}


def differences(one: dict[str, Any], two: dict[str, Any]) -> list[Finding]:
    return list(find_differences(world(one), world(two)))


def test_equal_syntheses_are_silent_whatever_their_order() -> None:
    one = {"A": bucket(BucketName="a"), "B": bucket()}
    assert not differences(one, dict(reversed(one.items())))


@pytest.mark.parametrize(
    ("one", "two", "severity"),
    [
        ({"A": bucket(BucketName="a-1")}, {"A": bucket(BucketName="a-2")}, Severity.BLOCKING),
        ({"A1": bucket()}, {"A2": bucket()}, Severity.BLOCKING),
        (
            {"A": bucket(Tags=[{"Key": "Date", "Value": "1"}])},
            {"A": bucket(Tags=[{"Key": "Date", "Value": "2"}])},
            Severity.WARNING,
        ),
    ],
)
def test_a_name_that_changes_loses_what_the_resource_holds(
    one: dict[str, Any], two: dict[str, Any], severity: Severity
) -> None:
    (finding,) = differences(one, two)
    assert (finding.check, finding.severity) == ("synthesis-not-repeatable", severity)


def test_the_resource_that_took_the_place_is_named() -> None:
    (finding,) = differences({"A1": bucket()}, {"A2": bucket()})
    assert "A2 stands in its place" in finding.message
