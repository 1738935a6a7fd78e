"""World -> start scripts, and the parts of texts that are known."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.outcome import At
from stackflight.model.template import Resource
from stackflight.model.value import Text, Value


def start_scripts(case: Case) -> Iterator[tuple[Resource, Value, At]]:
    for kind in ("AWS::EC2::Instance", "AWS::AutoScaling::LaunchConfiguration"):
        for resource in case.world.of_type(kind):
            yield resource, resource.get("UserData"), ("UserData",)
    for resource in case.world.of_type("AWS::EC2::LaunchTemplate"):
        yield resource, resource.get("LaunchTemplateData", "UserData"), ("LaunchTemplateData", "UserData")


def known_part(value: Value) -> str:
    """The parts of a text that are known."""
    if isinstance(value, Text):
        return "".join(part for part in value.parts if isinstance(part, str))
    return value if isinstance(value, str) else ""
