"""What a name stands alone in: an account, a parent, a version, or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from judging import judge_world

from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Severity
from stackflight.model.template import World
from stackflight.operate.updates import judge_update
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template

RECIPE = {"Name": "golden", "Version": "1.0.0", "ParentImage": "ami-1", "Components": []}
PROFILE = {"ClusterName": "a", "FargateProfileName": "p", "PodExecutionRoleArn": "arn:aws:iam::1:role/r", "Selectors": [{"Namespace": "n"}]}  # fmt: skip
LINK = {"Name": "inner", "SubnetIds": ["subnet-1", "subnet-2"]}


def world(id: str, type: str, properties: dict[str, Any]) -> World:
    text = json.dumps({"Resources": {id: {"Type": type, "Properties": properties}}})
    return join_stacks([Source("stack", parse_template(text, "a.json"))], {}, LocalFolder(Path("nowhere")))


@pytest.mark.parametrize(
    ("type", "old", "changes", "severity"),
    [
        ("AWS::ImageBuilder::ImageRecipe", RECIPE, {"ParentImage": "ami-2"}, Severity.BLOCKING),
        ("AWS::ImageBuilder::ImageRecipe", RECIPE, {"ParentImage": "ami-2", "Version": "1.0.1"}, None),
        ("AWS::ImageBuilder::ImageRecipe", {**RECIPE, "Version": "1.0.x"}, {"ParentImage": "ami-2"}, None),
        ("AWS::EKS::FargateProfile", PROFILE, {"Selectors": [{"Namespace": "m"}]}, Severity.BLOCKING),
        ("AWS::EKS::FargateProfile", PROFILE, {"ClusterName": "b"}, None),
        ("AWS::ApiGatewayV2::VpcLink", LINK, {"SubnetIds": ["subnet-3", "subnet-4"]}, Severity.WARNING),
    ],
)
def test_a_replaced_resource_needs_its_name_where_that_stands_alone(
    type: str, old: dict[str, Any], changes: dict[str, Any], severity: Severity | None
) -> None:
    before, after = world("Subject", type, old), world("Subject", type, {**old, **changes})

    found = [item.severity for item in judge_update(judge_world(after).case, before) if item.check == "named-resource-replaced"]  # fmt: skip

    assert found == ([severity] if severity else [])
