"""The plugin in a real synthesis: findings at the construct and the line, one acknowledgement for one workload."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from stackflight.cli.main import main

APP = textwrap.dedent(
    """
    import sys
    import aws_cdk as cdk
    from aws_cdk import aws_ec2 as ec2, aws_lambda as lambda_
    from stackflight.cdk import Stackflight, record_sources

    record_sources()
    app = cdk.App(outdir="cdk.out")
    cdk.Validations.of(app).add_plugins(Stackflight(["--rules", "own"]))
    stack = cdk.Stack(app, "Shop")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=1, nat_gateways=0, subnet_configuration=[
        ec2.SubnetConfiguration(name="app", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)])
    def function(name, service):
        return lambda_.Function(stack, name, runtime=lambda_.Runtime.PYTHON_3_13, handler="index.handler", vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            code=lambda_.Code.from_inline(f"import boto3\\nc = boto3.client('{service}')\\ndef handler(e, c): pass\\n"))
    api = function("Api", "ssm")
    work = function("Work", "sqs")
    if "acknowledge" in sys.argv:
        cdk.Validations.of(api).acknowledge(
            cdk.Acknowledgment(id="stackflight::workload-cannot-reach-service", reason="not used yet"))
    app.synth()
    """
)
LINE_OF_API = 1 + next(number for number, line in enumerate(APP.splitlines()) if "return lambda_.Function" in line)


def synthesise(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "app.py").write_text(APP, encoding="utf-8")
    quiet = {
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    }
    return subprocess.run(
        [sys.executable, "app.py", *arguments],
        cwd=folder,
        env={**os.environ, **quiet},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_synthesis_fails_with_the_findings_at_construct_and_line(tmp_path: Path) -> None:
    """Audit, rows 8 and section 4."""
    done = synthesise(tmp_path)
    report = json.loads((tmp_path / "cdk.out" / "validation-report.json").read_text(encoding="utf-8"))
    told = json.dumps(report)

    assert done.returncode != 0
    assert "workload-cannot-reach-service" in told
    assert f"app.py:{LINE_OF_API}: Api and Work cannot reach ssm and sqs" in told
    assert "Shop/Api/Resource" in told
    assert "Shop/Work/Resource" in told


@pytest.mark.slow
def test_an_acknowledgement_silences_one_workload_in_the_synthesis_and_in_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Audit, rows 2 and 31."""
    done = synthesise(tmp_path, "acknowledge")
    monkeypatch.chdir(tmp_path)
    code = main(["check", "--rules", "own", "--format", "json", "cdk.out"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    counted = [finding for finding in findings if "ignored" not in finding]
    left_out = [finding for finding in findings if "ignored" in finding]

    assert done.returncode != 0
    assert code == 10
    assert [finding["message"].split(" cannot")[0][:4] for finding in counted] == ["Work"]
    assert [finding["ignored"] for finding in left_out] == ["not used yet"]
    assert counted[0]["where"]["source"] == {"file": "app.py", "line": LINE_OF_API}
