"""The table of durations is made from measurements, a reference and priors, in this order of trust."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

import build_durations


def measured(type: str, operation: str, **changed: str) -> dict[str, str]:
    row = {
        "type": type,
        "operation": operation,
        "n": "9",
        "min_s": "4",
        "median_s": "5",
        "max_s": "9",
        "median_s_to_consistency_check": "",
        "kind": "measured: CloudFormation event logs",
        "sources": "",
    }
    return {**row, **changed}


def prior(type: str, operation: str, replaces: str) -> dict[str, str]:
    return {
        "type": type, "operation": operation, "p10_s": "1", "p50_s": "2", "p90_s": "3", "max_s": "9",
        "released_s": "", "replaces": replaces, "why": "because",
    }  # fmt: skip


REFERENCE = [{"resource_type": "A", "create_s": "7", "update_s": "0", "delete_s": "1"}]


def sources(rows: list[build_durations.Row]) -> dict[tuple[object, object], object]:
    return {(row["type"], row["operation"]): row["source"] for row in rows}


def test_what_was_measured_comes_before_the_reference_and_the_reference_before_nothing() -> None:
    assert sources(build_durations.build([measured("A", "CREATE")], REFERENCE, [])) == {("A", "create"): "events"}
    assert sources(build_durations.build([], REFERENCE, [])) == {("A", "create"): "reference"}


def test_an_update_of_zero_and_every_deletion_of_the_reference_are_unknown() -> None:
    assert set(sources(build_durations.build([], REFERENCE, []))) == {("A", "create")}


def test_a_prior_gives_way_to_a_measurement_unless_it_says_that_it_replaces_it() -> None:
    kept = build_durations.build([measured("A", "CREATE")], [], [prior("A", "create", "")])
    replaced = build_durations.build([measured("A", "CREATE")], [], [prior("A", "create", "yes")])
    assert sources(kept) == {("A", "create"): "events"}
    assert sources(replaced) == {("A", "create"): "prior"}


def test_event_histories_come_before_terraform_logs_however_many_there_are() -> None:
    logs = measured("A", "CREATE", kind="measured: Terraform apply/destroy logs", n="99")
    assert sources(build_durations.build([logs, measured("A", "CREATE", n="1")], [], [])) == {("A", "create"): "events"}


def test_failures_and_remarks_are_no_durations() -> None:
    rows = [measured("A", "CREATE_FAILED"), measured("A (scenario stack)", "CREATE")]
    assert build_durations.build(rows, [], []) == []


@pytest.mark.parametrize(("n", "least"), [(1, 5.0), (5, 4.0), (40, 4.0)])
def test_the_spread_keeps_the_median_and_widens_where_samples_are_few(n: int, least: float) -> None:
    quantiles = build_durations.spread(4.0, 5.0, 9.0, n)
    assert quantiles[2] == 5.0
    assert quantiles[0] <= least
    assert quantiles[-1] >= 9.0
    assert quantiles == sorted(quantiles)


def test_one_far_outlier_does_not_stretch_the_ninetieth_percentile() -> None:
    assert build_durations.spread(6.2, 8.0, 229.0, 41)[3] < 15
