"""Real processes, really killed, and fifty at once: against the endpoint in a process of its own."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from served_templates import QUEUE, text

from stackflight.local.ledger import LocalLedger

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kills")]

COMMAND = (sys.executable, "-m", "stackflight")
NAT = {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": "subnet-12345678"}}
DATABASE = {
    "Type": "AWS::RDS::DBInstance",
    "Properties": {
        "DBInstanceClass": "db.t3.medium", "Engine": "postgres", "AllocatedStorage": "20", "MasterUsername": "shop",
        "ManageMasterUserPassword": True,
    },
}  # fmt: skip
KILLS = int(os.environ.get("STACKFLIGHT_KILLS", "20"))


@pytest.fixture
def speed() -> str:
    return "40"


@pytest.fixture
def environment(speed: str, tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """What the commands see, with an endpoint that runs while the test does."""
    serve = [*COMMAND, "serve", "--port", "0", "--speed", speed]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as endpoint:
        assert endpoint.stdout is not None
        url = endpoint.stdout.readline().split()[-1]
        yield {
            "PATH": os.environ["PATH"], "HOME": str(tmp_path), "STACKFLIGHT_HOME": str(tmp_path / "state"),
            "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "AKIATESTTESTTESTTEST", "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }  # fmt: skip
        endpoint.terminate()


def deploy(file: Path, stack: str) -> list[str]:
    return [*COMMAND, "deploy", str(file), "--stack", stack, "--yes", "--no-standard-rules"]


def client_of(environment: Mapping[str, str], service: str) -> Any:
    return boto3.client(
        service, endpoint_url=environment["AWS_ENDPOINT_URL"], region_name="us-east-1",
        aws_access_key_id="AKIATESTTESTTESTTEST", aws_secret_access_key="secret",
    )  # fmt: skip


def event_ids(environment: Mapping[str, str], stack: str) -> list[str]:
    pages = client_of(environment, "cloudformation").get_paginator("describe_stack_events").paginate(StackName=stack)
    events = [event for page in pages for event in page["StackEvents"]][::-1]
    return [event["EventId"] for event in events if event["ResourceStatus"] != "REVIEW_IN_PROGRESS"]


def test_a_killed_deployment_is_watched_to_its_end_without_a_gap_and_locks_nobody_out(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "app.json"
    file.write_text(text({"Queue": QUEUE, "Nat": NAT}))
    luck = random.Random(7)
    begun = 0
    for number in range(KILLS):
        stack = f"app{number}"
        with subprocess.Popen(
            deploy(file, stack), env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        ) as process:
            time.sleep(luck.uniform(0.5, 8.0))
            process.kill()
        ledger = LocalLedger(tmp_path / "state")
        runs = ledger.runs(stack)
        if runs and not runs[0].over:
            watch = subprocess.run(
                [*COMMAND, "watch", runs[0].id, "--format", "json"],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            end = json.loads(watch.stdout.splitlines()[-1])
            assert end["outcome"] in {"CREATE_COMPLETE", "NOT_BEGUN"}, watch.stderr
            if end["outcome"] == "CREATE_COMPLETE":
                begun += 1
                kept = [event.id for event in ledger.events(runs[0].id) if event.status != "REVIEW_IN_PROGRESS"]
                assert kept == event_ids(environment, stack)
        again = subprocess.run(deploy(file, stack), env=environment, capture_output=True, text=True, check=False)
        assert again.returncode == 0, again.stderr
    assert begun > 0


@pytest.mark.parametrize("speed", ["1"])
def test_of_fifty_deployers_at_once_exactly_one_deploys(environment: Mapping[str, str], tmp_path: Path) -> None:
    file = tmp_path / "app.json"
    file.write_text(text({"Database": DATABASE}))
    command = [*deploy(file, "app"), "--detach"]
    started = [
        subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        for _ in range(50)
    ]
    said = [process.communicate()[1] for process in started]
    codes = [process.returncode for process in started]
    assert sorted(codes) == [2] * 49 + [3], [text for code, text in zip(codes, said, strict=True) if code not in {2, 3}]
    begun = [run for run in LocalLedger(tmp_path / "state").runs("app") if run.change_sets]
    assert len(begun) == 1


@pytest.mark.parametrize("speed", ["1"])
def test_of_fifty_machines_at_once_exactly_one_deploys_where_they_share_a_bucket(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "app.json"
    file.write_text(text({"Database": DATABASE}))
    client_of(environment, "s3").create_bucket(Bucket="ours")
    command = [*deploy(file, "app"), "--lock-bucket", "ours", "--detach"]
    homes = [tmp_path / f"machine-{number}" for number in range(50)]
    started = [
        subprocess.Popen(
            command,
            env={**environment, "STACKFLIGHT_HOME": str(home)},
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        for home in homes
    ]
    said = [process.communicate()[1] for process in started]
    codes = [process.returncode for process in started]
    assert sorted(codes) == [2] * 49 + [3], [text for code, text in zip(codes, said, strict=True) if code not in {2, 3}]
    begun = [run for home in homes for run in LocalLedger(home).runs("app") if run.change_sets]
    assert len(begun) == 1


def test_ctrl_c_leaves_what_runs_and_says_how_to_come_back(environment: Mapping[str, str], tmp_path: Path) -> None:
    file = tmp_path / "app.json"
    file.write_text(text({"Nat": NAT}))
    with subprocess.Popen(
        deploy(file, "app"),
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "CREATE_IN_PROGRESS" in line:
                break
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 3
    run = LocalLedger(tmp_path / "state").runs("app")[0]
    assert f"stackflight watch {run.id}" in said
    assert (
        subprocess.run([*COMMAND, "watch", run.id], env=environment, capture_output=True, check=False).returncode == 0
    )
