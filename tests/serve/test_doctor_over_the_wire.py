"""`doctor` as a user runs it: nothing is made, AWS is asked through boto3, and no secret is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from served_templates import QUEUE
from test_deploying_over_the_wire import assembly, bootstrap
from wire_desk import OpenDesk

pytestmark = pytest.mark.xdist_group("serve")


def _points(told: str) -> dict[str, dict[str, object]]:
    return {point["name"]: point for point in json.loads(told)["points"]}


def test_an_account_that_is_prepared_and_one_that_is_not(open_desk: OpenDesk, tmp_path: Path) -> None:
    desk = open_desk()
    out = assembly(tmp_path)
    assert desk("doctor", out, "--format", "json") == 10
    missing = _points(desk.told)["bootstrap us-east-1"]
    assert (missing["state"], missing["mend"]) == ("missing", "npx cdk bootstrap aws://123456789012/us-east-1")
    bootstrap(desk)
    assert desk("doctor", out, "--format", "json") == 0
    found = _points(desk.told)
    assert found["bootstrap us-east-1"]["said"] == "version 30, and 6 is needed"
    assert str(found["role"]["said"]).endswith("may be taken")
    assert "123456789012" in str(found["caller"]["said"])
    assert found["endpoint"]["said"] == f"AWS is played by {desk.account.url}"
    assert found["clock"]["state"] == "ok"
    assert "secret" not in desk.said
    assert not (tmp_path / "state").exists()


def test_without_credentials_that_is_said_and_stands_in_the_way_of_a_target_alone(
    open_desk: OpenDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk()
    file = desk.write("app.json", {"Queue": QUEUE})
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    assert desk("doctor") == 0
    assert "could be had that nothing here needs" in desk.told
    assert desk("doctor", "--live") == 10
    assert desk("doctor", file) == 10
    assert "aws configure sso" in desk.told
    assert desk("doctor", file, "--profile", "nobody") == 10
    assert "nobody" in desk.told


def test_a_broken_settings_file_a_newer_ledger_and_an_app_without_assembly_are_told(
    open_desk: OpenDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    desk = open_desk()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stackflight.toml").write_text("regoin = 1\n")
    (tmp_path / "cdk.json").write_text("{}")
    (tmp_path / "state").mkdir()
    with sqlite3.connect(tmp_path / "state" / "ledger.sqlite") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    assert desk("doctor", ".", "--format", "json") == 10
    found = _points(desk.told)
    assert "stackflight.toml:1" in str(found["stackflight.toml"]["said"])
    assert "its form is 99" in str(found["ledger"]["said"])
    assert found["assembly"]["mend"] == "npx cdk synth"
    assert "CDK CLI" in found
    assert desk("doctor", "nowhere.yaml") == 66
    assert desk("doctor", "a.yaml", "b.yaml") == 64


def test_a_stage_says_for_which_account_and_where_the_ledger_lies(
    open_desk: OpenDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk()
    monkeypatch.chdir(tmp_path)
    text = 'region = "eu-west-1"\nledger = "kept"\n[stage.production]\naccount_id = "111122223333"\n'
    (tmp_path / "stackflight.toml").write_text(text)
    assert desk("doctor", "--stage", "production", "--format", "json") == 10
    found = _points(desk.told)
    assert "stackflight.toml is for 111122223333" in str(found["account"]["said"])
    assert found["Region"]["said"] == "eu-west-1"
    assert str(tmp_path / "kept") in str(found["ledger"]["said"])
    assert desk("doctor", "--stage", "nowhere") == 64
    assert not (tmp_path / "kept").exists()
