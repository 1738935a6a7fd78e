"""Values of parameters that their own declaration does not take, as CloudFormation says it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.operate.review import check_world
from stackflight.read.assembly import join_stacks
from stackflight.read.document import parse_template
from stackflight.read.manifest import Source

TEMPLATE = """\
Parameters:
  Stage: {Type: String, AllowedValues: [dev, prod], Default: dev}
  Name: {Type: String, AllowedPattern: "[a-z]+", MinLength: 3, MaxLength: 6, Default: shop}
  Copies: {Type: Number, MinValue: 1, MaxValue: 5, Default: 2}
  Zones: {Type: CommaDelimitedList, AllowedValues: [a, b, c], Default: "a, b"}
  Image: {Type: "AWS::SSM::Parameter::Value<String>", AllowedPattern: "/.*", Default: /image}
  Secret: {Type: String, NoEcho: true, MinLength: 8, Default: short}
  Worded: {Type: String, AllowedPattern: "x.*", ConstraintDescription: begins with x, Default: x1}
Resources:
  Topic: {Type: AWS::SNS::Topic}
"""


def told(**given: Any) -> list[str]:
    """What AWS says to the values."""
    world = join_stacks([Source("shop", parse_template(TEMPLATE, "shop.yaml"))], given, LocalFolder(Path("nowhere")))
    found = check_world("shop", world, SystemClock(), 0.0).findings
    return [finding.says for finding in found if finding.check == "parameter-refused"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"Stage": "qa"}, "Parameter 'Stage' must be one of [dev, prod]"),
        ({"Name": "Ab1"}, "Parameter Name failed to satisfy constraint: must match pattern [a-z]+"),
        ({"Name": "ab"}, "Parameter Name failed to satisfy constraint: must contain at least 3 characters"),
        ({"Name": "abcdefg"}, "Parameter Name failed to satisfy constraint: must contain at most 6 characters"),
        ({"Copies": "many"}, "Parameter 'Copies' must be a number."),
        ({"Copies": "0"}, "Parameter Copies failed to satisfy constraint: must be a number not less than 1"),
        ({"Copies": "5.5"}, "Parameter Copies failed to satisfy constraint: must be a number not greater than 5"),
        ({"Zones": "a,d"}, "Parameter 'Zones' must be one of [a, b, c]"),
        ({"Worded": "y"}, "Parameter Worded failed to satisfy constraint: begins with x"),
    ],
)
def test_a_value_is_refused_in_the_words_of_cloudformation(given: dict[str, str], says: str) -> None:
    assert told(**given) == [says]


def test_defaults_that_fit_and_what_is_not_known_are_silent() -> None:
    assert told() == []
    assert told(Copies="5", Zones="c", Image="elsewhere", Secret="tiny") == []
