"""The verb price: exit codes, the JSON that programs read, limits in every verb that holds them, profiles of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from screen import Run

SHOP = ("--param", "Size=t3.small", "../shops/shop.yaml")


def test_the_json_is_what_the_contract_says(run: Run) -> None:
    bill = json.loads(run("price", "--format", "json", *SHOP).stdout)

    assert (bill["schema"], bill["currency"], bill["unpriced"]) == ("stackflight.price/1", "USD", [])
    assert set(bill["monthly"]) == {"fixed", "usage", "total"}
    wanted = {"resource", "type", "item", "unit", "quantity", "unit_price", "monthly", "basis", "price_date"}
    assert all(wanted <= set(line) for line in bill["lines"])
    assert round(sum(line["monthly"] for line in bill["lines"]), 2) == bill["monthly"]["total"]
    assert {line["basis"] for line in bill["lines"]} == {"fixed", "assumed"}


def test_what_has_no_price_is_listed_by_type(run: Run) -> None:
    bill = json.loads(run("price", "--format", "json", "../shops/shop.yaml").stdout)

    assert bill["unpriced"] == ["AWS::EC2::Instance"]


def test_several_targets_are_one_object_a_line(run: Run) -> None:
    lines = run("price", "--format", "json", "../shops/shop.yaml", "sound.yaml").stdout.splitlines()

    assert [json.loads(line)["target"] for line in lines] == ["../shops/shop.yaml", "sound.yaml"]


@pytest.mark.parametrize("verb", ["price", "review", "rehearse"])
@pytest.mark.parametrize(("limit", "code"), [("--max-monthly=1", 10), ("--max-monthly=9000", 0), ("--max-duration=1s", 10), ("--max-duration=5h", 0), ("--max-duration=300", 64), ("--max-monthly=-1", 64)])  # fmt: skip
def test_a_limit_holds_in_every_verb(verb: str, limit: str, code: int, run: Run) -> None:
    assert run(verb, limit, *SHOP).code == code


@pytest.mark.parametrize("limit", ["--max-monthly=1", "--max-duration=1s"])
def test_a_deployment_above_a_limit_is_not_begun(
    limit: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    screen = run("deploy", "--simulate", "--yes", "--rules", "own", limit, *SHOP)

    assert screen.code == 10
    assert "-above-limit" in screen.stdout
    assert "nothing was made" in screen.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("users = -1", "gives users = -1"),
        ("uzers = 1", "did you mean users"),
        ("users = ", "this is no TOML"),
        ("users = nan", "gives users"),
        ('base = "huge"', "there is no usage profile huge"),
        ("users = true", "gives users = True"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(text: str, said: str, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "use.toml"
    file.write_text(text, encoding="utf-8")
    screen = run("price", "--usage", str(file), *SHOP)

    assert screen.code in {64, 66}
    assert screen.stdout == ""
    assert said in screen.stderr


def test_the_bill_goes_into_a_file(run: Run, tmp_path: Path) -> None:
    screen = run("price", "--output", str(tmp_path / "bill.md"), "--format", "markdown", *SHOP)

    assert (screen.code, screen.stdout) == (0, "")
    assert (tmp_path / "bill.md").read_text(encoding="utf-8").startswith("### stackflight price: ../shops/shop.yaml\n")


def test_one_target_that_cannot_be_read_does_not_keep_the_others(run: Run) -> None:
    screen = run("price", "nowhere.yaml", *SHOP)

    assert screen.code == 66
    assert screen.stdout.startswith("../shops/shop.yaml  ")


def test_the_bill_is_part_of_the_json_of_a_review(run: Run) -> None:
    review = json.loads(run("review", "--format", "json", *SHOP).stdout)

    assert review["price"]["schema"] == "stackflight.price/1"
