"""Every row of facts/trust.json: a role that another service may assume is found, and one that the service may is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stackflight.facts.load import Row, read_table
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Finding, Phase, Severity
from stackflight.operate.review import check_world
from stackflight.read.assembly import join_stacks
from stackflight.read.document import parse_template
from stackflight.read.manifest import Source

USES = read_table("trust")["uses"]


def _at(path: str, value: Any) -> dict[str, Any]:
    """Properties in which a value stands at a path; a list is made of one item."""
    for name in reversed(path.split(".")):
        value = {name.removesuffix("[]"): [value] if name.endswith("[]") else value}
    return dict(value)


def _found(row: Row, path: str, service: str) -> list[Finding]:
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}}}
    subject = {"Type": row["type"], "Properties": _at(path, {"Fn::GetAtt": ["Role", "Arn"]})}
    template = parse_template(json.dumps({"Resources": {"Role": role, "Subject": subject}}), "trust.json")
    world = join_stacks([Source("trust", template)], {}, LocalFolder(Path("nowhere")))
    report = check_world("trust", world, SystemClock(), 0.0)
    return [finding for finding in report.findings if finding.check == "role-cannot-be-assumed"]


@pytest.mark.parametrize("row", USES, ids=lambda row: f"{row['type']}-{row['at'][0]}")
def test_a_role_is_assumed_by_the_service_that_takes_it_and_by_no_other(row: Row) -> None:
    for path in (row["at"][0], row["at"][-1]):
        assert not [finding for one in row["service"] for finding in _found(row, path, one)]
        [finding] = _found(row, path, "workmail")
    assert finding.resources == ("Role", "Subject")
    assert (finding.severity is Severity.BLOCKING) == (row["when"] != "run") == (finding.phase is Phase.CREATE)
    assert finding.says == row.get("text", "")
