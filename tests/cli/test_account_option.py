"""`--account FILE` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

from screen import Run

from stackflight.cli.inputs import read_inputs

SECTIONS = (
    "Vpcs", "Subnets", "RouteTables", "InternetGateways", "NatGateways", "VpcEndpoints", "SecurityGroups", "NetworkAcls",
)  # fmt: skip


def test_a_snapshot_of_an_empty_account_leaves_the_question_open(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "account.json"
    file.write_text(json.dumps({name: [] for name in SECTIONS}), encoding="utf-8")
    screen = run("check", "open-inputs.yaml", "--account", str(file))
    assert screen.code == 0
    assert "1 open question" in screen.stdout


def test_an_incomplete_snapshot_names_the_commands_that_are_missing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "account.json"
    file.write_text('{"Vpcs": []}', encoding="utf-8")
    screen = run("check", "open-inputs.yaml", "--account", str(file))
    assert screen.code == 66
    assert "aws ec2 describe-subnets" in " ".join(screen.stderr.split())


def test_a_snapshot_that_is_not_there_is_unreadable_input(run: Run) -> None:
    screen = run("review", "open-inputs.yaml", "--account", "nowhere.json")
    assert screen.code == 66
    assert "there is no such file" in screen.stderr


RECORDED = Path(__file__).parent.parent / "read" / "recorded" / "account.json"


def test_another_region_than_the_snapshots_is_wrong_usage(run: Run) -> None:
    screen = run("check", "open-inputs.yaml", "--account", str(RECORDED), "--region", "us-east-1")
    assert screen.code == 64
    assert "is a snapshot of eu-central-1, and --region says us-east-1" in " ".join(screen.stderr.split())
    assert "take a snapshot of us-east-1, or leave out --region" in " ".join(screen.stderr.split())


def test_templates_go_where_the_snapshot_is_unless_told_otherwise() -> None:
    assert read_inputs([], [], None, str(RECORDED)).environment.region == "eu-central-1"
    assert read_inputs([], [], "eu-central-1", str(RECORDED)).environment.region == "eu-central-1"
    assert read_inputs([], [], None).environment.region is None


def test_a_snapshot_that_breaks_off_is_unreadable_input(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "account.json"
    file.write_text(RECORDED.read_text(encoding="utf-8")[:9000], encoding="utf-8")
    screen = run("check", "open-inputs.yaml", "--account", str(file))
    assert screen.code == 66
    assert "the snapshot breaks off" in screen.stderr
    assert "hint: write it anew" in screen.stderr
