"""cdk-nag and the CDK's own template validation over the presets and the choices that add resources."""

import json
from pathlib import Path

import pytest

from librechat_aws.accepted import ACCEPTED, reason_for
from librechat_aws.presets import PRESETS
from librechat_aws.resolve import resolve
from librechat_aws.settings import read_request

pytestmark = pytest.mark.xdist_group("cdk")

DEPLOYMENTS = [
    *((preset,) for preset in PRESETS),
    ("standard-dev", "entry=cloudfront", "egress=nat-instance", "images=private-ecr"),
    ("standard-dev", "documents=documentdb-serverless", "egress=endpoints", "search=true"),
    ("production-ec2", "documents=documentdb", "rag=false", "cache=valkey", "images=private-ecr"),
    ("minimal-dev", "rag=true", "postgres=container"),
]


def test_every_finding_is_fixed_or_has_a_reason_and_every_reason_a_finding(tmp_path: Path) -> None:
    from aws_cdk import Validations
    from cdk_nag import AwsSolutionsChecks

    from librechat_aws.app import build_app

    used, open_findings = set(), set()
    for number, (preset, *overrides) in enumerate(DEPLOYMENTS):
        folder = tmp_path / str(number)
        app = build_app(resolve(read_request(preset, overrides)), str(folder), validate=True)
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
        with pytest.raises(RuntimeError, match="ValidationFailed"):
            app.synth()
        for rule, path in _findings(folder / "validation-report.json"):
            row = reason_for(rule, path)
            used.add(row) if row else open_findings.add((rule, path))
    assert open_findings == set()
    assert [row for row in ACCEPTED if row not in used] == []


def _findings(report: Path) -> set[tuple[str, str]]:
    return {
        (violation["ruleName"], construct["constructPath"])
        for plugin in json.loads(report.read_text())["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    }
