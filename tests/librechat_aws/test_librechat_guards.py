"""Everything that judges a template, over every preset and the choices that change what is deployed.

The result is a page of the reference, docs/reference/librechat-matrix.md, written anew by `make golden`.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from librechat_aws.accepted import ACCEPTED, Accepted, reason_for
from librechat_aws.presets import PRESETS
from librechat_aws.resolve import resolve
from librechat_aws.settings import read_request
from stackflight.local.clock import SystemClock
from stackflight.local.folder import LocalFolder
from stackflight.model.finding import Severity
from stackflight.operate.review import check_world
from stackflight.read.assembly import join_stacks, read_assembly

pytestmark = pytest.mark.xdist_group("cdk")

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "librechat-matrix.md"
CERTIFICATE = "certificate_arn=arn:aws:acm:{}:123456789012:certificate/0a1b2c3d"
VPC = (
    "vpc_id=vpc-0a1b2c3d4e5f60718",
    'vpc_zones=["eu-west-1a","eu-west-1b"]',
    'public_subnet_ids=["subnet-0a1b2c3d4e5f60711","subnet-0a1b2c3d4e5f60712"]',
    'app_subnet_ids=["subnet-0a1b2c3d4e5f60713","subnet-0a1b2c3d4e5f60714"]',
    'data_subnet_ids=["subnet-0a1b2c3d4e5f60715","subnet-0a1b2c3d4e5f60716"]',
)
EXTERNAL = (
    "documents=external",
    "mongo_uri_secret_arn=arn:aws:secretsmanager:eu-west-1:123456789012:secret:uri-AbCdEf",
)
ZONE = ("hosted_zone_id=Z0123456789ABC", "hosted_zone_name=example.com")
# preset, overrides
DEPLOYMENTS: list[tuple[str, ...]] = [
    *((preset,) for preset in PRESETS),
    *(("minimal-dev", "mode=ecs", "documents=documentdb", f"egress={way}") for way in ("nat-gateway", "endpoints")),
    ("standard-dev", "mode=ec2"),
    ("full-dev", "mode=ec2", "documents=mongodb", "postgres=container", "cache=none"),
    ("production-ecs", "mode=ec2"),
    ("standard-dev", "egress=endpoints"),
    ("standard-dev", "egress=nat-instance"),
    ("minimal-dev", "egress=endpoints"),
    ("minimal-dev", "egress=nat-gateway", "rag=true", "postgres=container"),
    ("standard-dev", "entry=cloudfront", "images=private-ecr"),
    ("standard-dev", "entry=https", "domain=chat.example.com", CERTIFICATE.format("eu-west-1"), *ZONE),
    ("production-ec2", "domain=chat.example.com", CERTIFICATE.format("us-east-1"), *ZONE),
    ("standard-dev", "documents=documentdb-serverless", "postgres=aurora-serverless"),
    ("standard-dev", *EXTERNAL),
    ("minimal-dev", *EXTERNAL, "rag=true", "search=true"),
    ("production-ecs", *EXTERNAL, "cache=none", "tasks_min=1", "tasks_max=1", "postgres=rds"),
    ("standard-dev", "rag=false", "cache=none"),
    ("standard-dev", "search=true", "customer_managed_key=true"),
    ("production-ec2", "documents=documentdb", "rag=false", "cache=valkey", "images=private-ecr"),
    ("enterprise", "egress=endpoints", "alarm_email=ops@example.com", "monthly_budget_usd=5000"),
    ("standard-dev", *VPC),
    ("minimal-dev", *VPC),
    ("production-ec2", *VPC, "documents=documentdb-serverless"),
    ("enterprise", *VPC, "entry=https", "domain=chat.example.com", CERTIFICATE.format("eu-west-1")),
]


@dataclass(frozen=True)
class Row:
    """One line of the page."""

    deployment: str
    resources: int
    blocking: int
    preflight: int
    open_findings: int
    accepted: int
    same_twice: bool

    def cells(self) -> str:
        same = "yes" if self.same_twice else "NO"
        numbers = (self.resources, self.blocking, self.preflight, self.open_findings, self.accepted)
        return f"| {self.deployment} | {' | '.join(map(str, numbers))} | {same} |"


def test_every_deployment_passes_every_judge(tmp_path: Path, request: pytest.FixtureRequest, synthesise) -> None:
    used: set[Accepted] = set()
    rows, complaints = [], []
    for number, (preset, *overrides) in enumerate(DEPLOYMENTS):
        row, found = _judge(synthesise(preset, *overrides).folder, tmp_path / str(number), (preset, *overrides), used)
        rows.append(row)
        complaints += [f"{row.deployment}: {complaint}" for complaint in found]
    assert not complaints, "\n".join(complaints)
    assert [row for row in ACCEPTED if row not in used] == []
    if request.config.getoption("--update-golden"):
        PAGE.write_text(_page(rows), "utf-8")
    assert PAGE.read_text("utf-8") == _page(rows), "run 'make golden' and look at the difference"


def test_a_setting_that_a_service_rejects_is_heard_of(tmp_path: Path) -> None:
    from aws_cdk import App, CfnResource, Stack
    from cdk_preflight import Preflight

    app = App(outdir=str(tmp_path), analytics_reporting=False, builtin_cloud_formation_validation=False)
    rule = {"GroupId": "sg-0a1b2c3d4e5f60718", "IpProtocol": "-1", "CidrIp": "10.0.0.0/8", "Description": "It's ours"}
    CfnResource(Stack(app, "App"), "Rule", type="AWS::EC2::SecurityGroupIngress", properties=rule)
    Preflight.apply(app)
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    assert _findings(tmp_path / "validation-report.json") == {("pf-ec2-sg-rule-description", "App/Rule")}


def _judge(first: Path, second: Path, deployment: tuple[str, ...], used: set[Accepted]) -> tuple[Row, list[str]]:
    from aws_cdk import Validations
    from cdk_nag import AwsSolutionsChecks
    from cdk_preflight import Preflight

    from librechat_aws.app import build_app

    preset, *overrides = deployment
    guarded = build_app(resolve(read_request(preset, overrides)), str(second), validate=True)
    Validations.of(guarded).add_plugins(AwsSolutionsChecks(guarded))
    Preflight.apply(guarded)
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        guarded.synth()
    found = _findings(second / "validation-report.json")

    assembly, clock = LocalFolder(first), SystemClock()
    report = check_world("librechat", join_stacks(read_assembly(assembly), {}, assembly), clock, clock.now())
    blocking = [finding.message for finding in report.findings if finding.severity is Severity.BLOCKING]
    warnings = {
        (finding.check, finding.where.construct.removesuffix("/Resource") if finding.where else "")
        for finding in report.findings
        if finding.severity is Severity.WARNING
    }
    explained = {finding: reason_for(*finding) for finding in found | warnings}
    used |= {row for row in explained.values() if row}
    unexplained = [f"{rule} at {path}" for (rule, path), row in explained.items() if row is None]
    templates = [sorted(folder.glob("*.template.json")) for folder in (first, second)]
    row = Row(
        deployment=" ".join([f"`{preset}`", *(f"`{_short(override)}`" for override in overrides)]),
        resources=sum(len(json.loads(path.read_text())["Resources"]) for path in templates[0]),
        blocking=len(blocking),
        preflight=sum(rule.startswith("pf-") for rule, _ in found),
        open_findings=len(unexplained),
        accepted=len(explained) - len(unexplained),
        same_twice=[path.read_bytes() for path in templates[0]] == [path.read_bytes() for path in templates[1]],
    )
    complaints = blocking + unexplained
    return row, complaints + ([] if row.same_twice else ["two syntheses differ"])


def _findings(report: Path) -> set[tuple[str, str]]:
    return {
        (violation["ruleName"], construct["constructPath"])
        for plugin in json.loads(report.read_text())["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    }


def _short(override: str) -> str:
    key, _, value = override.partition("=")
    return override if len(value) < 26 else f"{key}=…"


def _page(rows: list[Row]) -> str:
    head = """# LibreChat on AWS: what judges every deployment

Generated by `make golden`; the tests compare it. Each line is one deployment, synthesised twice without credentials.
*blocking* are the blocking findings of `stackflight check`, *preflight* all those of cdk-preflight's rules: settings
that a service rejects. *open* are the warnings of `stackflight check` and the findings of cdk-preflight, of cdk-nag
(AwsSolutions) and of the CDK's own template validation that are neither fixed nor explained; *explained* ones have
their reason in `src/librechat_aws/accepted.py`.

| deployment | resources | blocking | preflight | open | explained | twice the same |
|---|---|---|---|---|---|---|
"""
    return head + "\n".join(row.cells() for row in rows) + "\n"
