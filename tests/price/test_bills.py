"""Bills worked out by hand against what the meters say, line by line and to the cent."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from bill_files import FOLDER, NAMES, bill_of, lines_of, read_bill

sys.path.insert(0, str(FOLDER))
from work_out import BILLS, HEAD, read_prices, work_out


@pytest.mark.parametrize("name", NAMES)
def test_a_bill_is_what_was_worked_out_by_hand(name: str) -> None:
    bill = bill_of((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    lines, total = read_bill(name)

    assert lines_of(bill) == lines
    assert bill.total == total
    assert bill.unpriced == ()


def test_there_are_enough_bills_and_each_is_worked_out_anew() -> None:
    prices = read_prices()
    written = {name: (FOLDER / f"{name}.csv").read_text(encoding="utf-8").splitlines()[1:] for name in BILLS}
    worked = {name: work_out(rows, prices) for name, rows in BILLS.items()}

    assert len(NAMES) >= 25
    assert len(HEAD) == 8
    assert {name: [row[-1] for row in rows] for name, rows in worked.items()} == {
        name: [line.rpartition(",")[2] for line in lines] for name, lines in written.items()
    }


def test_the_arithmetic_knows_nothing_of_the_meters() -> None:
    for name in ("work_out.py", "preset_rows.py"):
        assert "stackflight" not in Path(FOLDER / name).read_text(encoding="utf-8")


def test_what_scales_has_a_range_and_everything_else_has_none() -> None:
    scaled = bill_of((FOLDER / "fargate-arm-scaled.yaml").read_text(encoding="utf-8"))
    still = bill_of((FOLDER / "fargate.yaml").read_text(encoding="utf-8"))

    assert [str(amount) for amount in (scaled.least, scaled.total, scaled.most)] == ["32.49", "64.97", "194.91"]
    assert still.least == still.total == still.most
