"""`--account FILE` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

from screen import Run

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
