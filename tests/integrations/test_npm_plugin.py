"""The CDK's own command with both plugins: `cdk synth` fails at the construct and the line, or for one workload less."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from test_cdk_plugin import APP, LINE_OF_API

from librechat_aws.errors import ToolMissingError
from librechat_aws.npm import find_node, install_packages

PLUGIN = Path(__file__).parents[2] / "integrations" / "cdk"
PACKAGES = ("aws-cdk@2.1148.1", "aws-cdk-lib@2.275.0", "constructs@10.8.1", "tsx@4.20.6")
APPS = Path(__file__).parent / "apps"
PLUGGED = """\
from stackflight.cdk import Stackflight, record_sources
record_sources()
app = cdk.App()
cdk.Validations.of(app).add_plugins(Stackflight(["--rules", "own"]))
"""
PLUGGED_TS = """\
import { Stackflight } from "@stackflight/cdk";
const app = new cdk.App();
cdk.Validations.of(app).addPlugins(new Stackflight({ command: [process.env.ENGINE!, "-m", "stackflight"], arguments: ["--rules", "own"] }));
"""
SHOP = """\
const cdk = require("aws-cdk-lib");
const ec2 = require("aws-cdk-lib/aws-ec2");
const lambda = require("aws-cdk-lib/aws-lambda");
const { Stackflight } = require("@stackflight/cdk");

const app = new cdk.App();
cdk.Validations.of(app).addPlugins(new Stackflight({ command: [process.env.ENGINE, "-m", "stackflight"], arguments: ["--rules", "own"] }));
const stack = new cdk.Stack(app, "Shop");
const subnets = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };
const vpc = new ec2.Vpc(stack, "Vpc", { maxAzs: 1, natGateways: 0, subnetConfiguration: [{ name: "app", ...subnets }] });
const make = (name, service) =>
  new lambda.Function(stack, name, {
    runtime: lambda.Runtime.PYTHON_3_13, handler: "index.handler", vpc, vpcSubnets: subnets,
    code: lambda.Code.fromInline(`import boto3\\nc = boto3.client('${service}')\\ndef handler(e, c): pass\\n`),
  });
const api = make("Api", "ssm");
make("Work", "sqs");
if (app.node.tryGetContext("acknowledge"))
  cdk.Validations.of(api).acknowledge({ id: "stackflight::workload-cannot-reach-service", reason: "not used yet" });
"""
LINE_OF_FUNCTIONS = 1 + next(number for number, line in enumerate(SHOP.splitlines()) if "new lambda.Function" in line)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this module's own with the CDK, its command and the plugin; skipped where npm cannot be reached."""
    folder = tmp_path_factory.mktemp("npm-plugin")
    try:
        install_packages(folder, PACKAGES)
    except ToolMissingError as error:
        pytest.skip(str(error))
    shutil.copytree(PLUGIN, folder / "node_modules" / "@stackflight" / "cdk")
    (folder / "shop.js").write_text(SHOP, encoding="utf-8")
    (folder / "app.py").write_text(APP.replace('outdir="cdk.out"', ""), encoding="utf-8")
    return folder


def written(project: Path, name: str, plugin: str, *changes: tuple[str, str]) -> Callable[[str], int]:
    """A stranger's app beside the others, with the plugin and these changes; the answer finds the line of a text in it."""
    text = (APPS / f"{name}.txt").read_text(encoding="utf-8")
    for old, new in (("app = cdk.App()\n", plugin), ("const app = new cdk.App();\n", plugin), *changes):
        text = text.replace(old, new, 1)
    (project / name).write_text(text, encoding="utf-8")
    return lambda sought: 1 + next(number for number, line in enumerate(text.splitlines()) if sought in line)


def synthesise(project: Path, app: str, *arguments: str, fails: bool = True) -> str:
    """What `cdk synth` says; that it fails, or does not, is asserted."""
    node = find_node()
    command = [str(node), "node_modules/aws-cdk/bin/cdk", "synth", "--quiet", "--app", app, *arguments]
    environment = {**os.environ, "ENGINE": sys.executable, "HOME": str(project), "CDK_DISABLE_CLI_TELEMETRY": "1"}
    environment["PATH"] = f"{node.parent}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_the_package_for_npm_fails_a_synthesis_at_the_line_and_one_acknowledgement_silences_one_workload(
    project: Path,
) -> None:
    """Audit, rows 2, 8 and 9, and section 4."""
    said = synthesise(project, "node shop.js")
    assert f"shop.js:{LINE_OF_FUNCTIONS}:" in said
    assert "Api and Work cannot reach ssm and sqs" in said
    assert "Shop/Api/Resource" in said
    assert "Shop/Work/Resource" in said
    assert "natGateways: 1" in said
    assert "Acknowledge with 'stackflight::workload-cannot-reach-service'" in said

    acknowledged = synthesise(project, "node shop.js", "--context", "acknowledge=1")
    assert "Work cannot reach sqs" in acknowledged
    assert "Shop/Work/Resource" in acknowledged
    assert "Shop/Api/Resource" not in acknowledged


@pytest.mark.slow
def test_the_plugin_for_python_fails_the_same_command(project: Path) -> None:
    """Audit, row 8 and section 4: the line of an app in Python is that of the finding, the construct that of the CDK."""
    said = synthesise(project, f"{sys.executable} app.py")
    report = json.loads((project / "cdk.out" / "validation-report.json").read_text(encoding="utf-8"))
    assert f"app.py:{LINE_OF_API}: Api and Work cannot reach ssm and sqs" in said
    assert "Shop/Api/Resource" in json.dumps(report)


@pytest.mark.slow
def test_a_strangers_app_fails_at_the_construct_and_one_acknowledgement_leaves_the_others(project: Path) -> None:
    """An API, a function and a migration in isolated subnets."""
    line_of = written(project, "orders.py", PLUGGED)
    said = synthesise(project, f"{sys.executable} orders.py")
    assert f"orders.py:{line_of('fn = lambda_.Function')}: Handler cannot reach dynamodb and ssm" in said
    assert f"orders.py:{line_of('cdk.CustomResource')}: MigrateResource and Migrate cannot reach secretsmanager" in said
    assert {"Orders/Handler/Resource", "Orders/Migrate/Resource"} <= set(said.split())

    accept = 'cdk.Validations.of(fn).acknowledge(cdk.Acknowledgment(id="stackflight::workload-cannot-reach-service", reason="later"))'
    line = "        table.grant_read_write_data(fn)"
    written(project, "orders.py", PLUGGED, (line, f"        {accept}\n{line}"))
    acknowledged = synthesise(project, f"{sys.executable} orders.py")
    assert "Handler cannot reach" not in acknowledged
    assert "MigrateResource and Migrate cannot reach secretsmanager" in acknowledged


@pytest.mark.slow
def test_a_workload_of_another_stack_than_the_group_is_named_where_it_is_made(project: Path) -> None:
    """Three stacks: the rule that lacks belongs to one of them, and the service that suffers to another."""
    line_of = written(project, "web.py", PLUGGED)
    said = synthesise(project, f"{sys.executable} web.py")
    [cache] = [part for part in said.split("\n\n") if "Service cannot reach Cache:6379" in part]
    assert "web-app/Service/Service" in cache
    assert "CacheSg: connections.allow_from(Service, ec2.Port.tcp(6379))" in cache
    assert f"web.py:{line_of('service = ecs.FargateService')}: Service cannot reach public.ecr.aws" in said


@pytest.mark.slow
def test_what_only_warns_does_not_fail_a_strangers_app_in_typescript(project: Path) -> None:
    line_of = written(project, "shop.ts", PLUGGED_TS)
    said = synthesise(project, "node node_modules/tsx/dist/cli.mjs shop.ts", fails=False)
    [database] = [part for part in said.split("\n\n") if "Web/Service cannot reach Db:5432" in part]
    assert f"shop.ts:{line_of('ApplicationLoadBalancedFargateService')}:" in database
    assert "Db: connections.allowFrom(Web/Service, ec2.Port.tcp(5432))" in database
