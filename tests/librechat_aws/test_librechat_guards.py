"""Everything that judges a template, over every preset and the choices that change what is deployed.

The same judges go over every value of every key with `make matrix`: docs/reference/librechat-matrix.md.
"""

import sys
from pathlib import Path

import pytest

from librechat_aws.accepted import ACCEPTED, Accepted
from librechat_aws.presets import PRESETS
from librechat_aws.request import read_request
from librechat_aws.resolve import resolve
from stackflight.local.standard_rules import load_standard_rules

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
from matrix_judge import Verdict, as_promised, findings_of, judge
from matrix_values import EXTERNAL, HERE, IN_VIRGINIA, VPC, ZONE

pytestmark = pytest.mark.xdist_group("judges")

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
    ("standard-dev", "entry=cloudfront", "images=private-ecr", "cognito=true", "mail_from=chat@example.com"),
    ("standard-dev", "entry=https", "domain=chat.example.com", HERE, *ZONE, "admin_domain=admin.example.com"),
    ("production-ec2", "domain=chat.example.com", IN_VIRGINIA, *ZONE),
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
    ("enterprise", *VPC, "entry=https", "domain=chat.example.com", HERE),
]


@pytest.mark.slow
def test_every_deployment_passes_every_judge(tmp_path: Path, golden, synthesise) -> None:
    used: set[Accepted] = set()
    rows, complaints = [], []
    for number, (preset, *overrides) in enumerate(DEPLOYMENTS):
        config = resolve(read_request(preset, overrides))
        folder = synthesise(preset, *overrides).folder
        verdict = judge(config, folder, tmp_path / str(number), load_standard_rules())
        rows.append(_row((preset, *overrides), verdict))
        complaints += [f"{rows[-1]}: {complaint}" for complaint in as_promised(config, verdict)]
        used |= verdict.accepted
    assert not complaints, "\n".join(complaints)
    assert [row for row in ACCEPTED if row not in used] == []
    golden("librechat/judged.md", "\n".join([*_HEAD, *rows]) + "\n")


def test_a_setting_that_a_service_rejects_is_heard_of(tmp_path: Path) -> None:
    from aws_cdk import App, CfnResource, Stack
    from cdk_preflight import Preflight

    app = App(outdir=str(tmp_path), analytics_reporting=False, builtin_cloud_formation_validation=False)
    rule = {"GroupId": "sg-0a1b2c3d4e5f60718", "IpProtocol": "-1", "CidrIp": "10.0.0.0/8", "Description": "It's ours"}
    CfnResource(Stack(app, "App"), "Rule", type="AWS::EC2::SecurityGroupIngress", properties=rule)
    Preflight.apply(app)
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    assert findings_of(tmp_path / "validation-report.json") == {("pf-ec2-sg-rule-description", "App/Rule")}


_HEAD = (
    "| deployment | resources | blocking | preflight | unexplained | explained | twice the same |",
    "|---|---|---|---|---|---|---|",
)


def _row(deployment: tuple[str, ...], verdict: Verdict) -> str:
    preset, *overrides = deployment
    numbers = (
        verdict.resources,
        len(verdict.blocking),
        verdict.preflight,
        len(verdict.unexplained),
        verdict.explained,
    )
    name = " ".join([f"`{preset}`", *(f"`{_short(override)}`" for override in overrides)])
    return f"| {name} | {' | '.join(map(str, numbers))} | {'NO' if verdict.differing else 'yes'} |"


def _short(override: str) -> str:
    key, _, value = override.partition("=")
    return override if len(value) < 26 else f"{key}=…"
