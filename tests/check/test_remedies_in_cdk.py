"""Remedies in the words of the CDK: for apps, in their language, and for nobody else. Audit, row 9."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Finding
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.read.manifest import read_assembly

TESTS = Path(__file__).parents[1]


def of_app(template: Path, folder: Path, program: str) -> tuple[Finding, ...]:
    """What is found in a template as the stack of a CDK app, whose constructs are called like its resources."""
    body = parse_template(template.read_text(encoding="utf-8"), template.name).body
    told = {
        f"/Shop/{id}": [
            {"type": "aws:cdk:logicalId", "data": id},
            {"type": "stackflight:source", "data": f"/app/{program}:7"},
        ]
        for id in body["Resources"]
    }
    artifact = {
        "type": "aws:cloudformation:stack",
        "properties": {"templateFile": "Shop.template.json"},
        "metadata": told,
    }
    (folder / "Shop.template.json").write_text(json.dumps(body), encoding="utf-8")
    manifest = {"version": "48.0.0", "artifacts": {"Shop": artifact}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    opened = LocalFolder(folder)
    return check_world("", join_stacks(read_assembly(opened, "/app"), {}, opened), SystemClock(), 0.0).findings


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("app.py", "Db: connections.allow_from(Fn, ec2.Port.tcp(5432))"),
        ("bin/app.ts", "Db: connections.allowFrom(Fn, ec2.Port.tcp(5432))"),
    ],
)
def test_a_closed_port_is_opened_by_a_connection(program: str, expected: str, tmp_path: Path) -> None:
    found = of_app(TESTS / "corpus" / "sg-db-wrong-port" / "bad.yaml", tmp_path, program)
    assert [finding.in_cdk for finding in found if finding.check == "database-unreachable"] == [expected]


def test_a_missing_way_out_is_a_nat_gateway_with_its_subnets_or_endpoints(tmp_path: Path) -> None:
    found = of_app(TESTS / "cli" / "templates" / "two-functions.yaml", tmp_path, "app.py")
    [remedy] = [finding.in_cdk for finding in found if "Run" in finding.resources]
    assert remedy == (
        "the Vpc: nat_gateways=1, and subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS for the workload's subnets; "
        'or add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3); '
        'and add_interface_endpoint("Secretsmanager", service=ec2.InterfaceVpcEndpointAwsService("secretsmanager"))'
    )


def test_a_missing_order_is_a_dependency(tmp_path: Path) -> None:
    found = of_app(TESTS / "corpus" / "ord-lambda-efs-mount-target" / "bad.yaml", tmp_path, "bin/app.ts")
    [remedy] = [finding.in_cdk for finding in found if finding.check == "mount-target-not-ready"]
    assert "node.addDependency(" in remedy


def test_a_template_that_no_app_made_is_mended_in_cloudformation() -> None:
    file = TESTS / "corpus" / "sg-db-wrong-port" / "bad.yaml"
    world = join_stacks(
        [Source("app", parse_template(file.read_text("utf-8"), "bad.yaml"))], {}, LocalFolder(file.parent)
    )
    assert {finding.in_cdk for finding in check_world("", world, SystemClock(), 0.0).findings} == {""}
