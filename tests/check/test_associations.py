"""Associations of State Manager: what runs on an instance comes from Systems Manager, and some keep the stack waiting."""

from __future__ import annotations

from typing import Any

import pytest
from districts import group, machine
from towns import Town, blocking, ref, town

from stackflight.model.finding import Phase

BY_ID = [{"Key": "InstanceIds", "Values": [ref("Box")]}]
BY_TAG = [{"Key": "tag:Role", "Values": ["web"]}]


def ordered(targets: list[dict[str, Any]], nat: bool = False, **given: Any) -> Town:
    """A box in private subnets and an association with it."""
    built = town(nat=nat)
    group(built, "BoxSg")
    machine(built, ud="#!/bin/bash\n", signal=False)
    built.set("Box", Tags=[{"Key": "Role", "Value": "web"}])
    properties = {"Name": "AWS-RunShellScript", "Targets": targets, **given}
    return built.add("Orders", "AWS::SSM::Association", **properties)


def told(built: Town) -> list[tuple[str, Phase]]:
    return [(item.message.partition(":")[0], item.phase) for item in blocking(built.judge())]


def test_an_instance_that_takes_commands_needs_systems_manager() -> None:
    """One that only bears the tag may come later; one that is named keeps an association waiting that waits at all."""
    said = "Box cannot reach ssm (take its commands)"

    assert told(ordered(BY_TAG, WaitForSuccessTimeoutSeconds=300)) == [(said, Phase.RUN)]
    assert told(ordered(BY_ID)) == [(said, Phase.RUN)]
    [finding] = blocking(ordered(BY_ID, WaitForSuccessTimeoutSeconds=300).judge())
    assert (finding.phase, [address.id for address in finding.struck]) == (Phase.CREATE, ["Orders"])


@pytest.mark.parametrize(
    "built",
    [
        pytest.param(ordered(BY_ID, nat=True), id="a way out"),
        pytest.param(ordered([{"Key": "tag:Role", "Values": ["database"]}]), id="of others"),
        pytest.param(ordered(BY_ID, Name="AWS-RestartEC2Instance"), id="an automation"),
        pytest.param(ordered(BY_ID, AutomationTargetParameterName="InstanceId"), id="an automation by its parameter"),
    ],
)
def test_associations_that_need_no_way_from_the_instance(built: Town) -> None:
    assert told(built) == []
