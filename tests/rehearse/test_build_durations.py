"""The table of durations is made from measurements, a reference and priors, in this order of trust."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

import bench_eventlogs
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
    assert sources(build_durations.build([measured("A", "CREATE")], [], REFERENCE, [])) == {("A", "create"): "events"}
    assert sources(build_durations.build([], [], REFERENCE, [])) == {("A", "create"): "reference"}


def test_an_update_of_zero_and_every_deletion_of_the_reference_are_unknown() -> None:
    assert set(sources(build_durations.build([], [], REFERENCE, []))) == {("A", "create")}


def test_a_prior_gives_way_to_a_measurement_unless_it_says_that_it_replaces_it() -> None:
    kept = build_durations.build([measured("A", "CREATE")], [], [], [prior("A", "create", "")])
    replaced = build_durations.build([measured("A", "CREATE")], [], [], [prior("A", "create", "yes")])
    assert sources(kept) == {("A", "create"): "events"}
    assert sources(replaced) == {("A", "create"): "prior"}


def test_event_histories_come_before_terraform_logs_however_many_there_are() -> None:
    logs = measured("A", "CREATE", kind="measured: Terraform apply/destroy logs", n="99")
    assert sources(build_durations.build([logs, measured("A", "CREATE", n="1")], [], [], [])) == {
        ("A", "create"): "events"
    }


def test_failures_and_remarks_are_no_durations() -> None:
    rows = [measured("A", "CREATE_FAILED"), measured("A (scenario stack)", "CREATE")]
    assert build_durations.build(rows, [], [], []) == []


def quantiles(*rows: dict[str, str], samples: list[dict[str, str]] | None = None) -> list[float]:
    row = next(row for row in build_durations.build(rows, samples or [], [], []) if row["operation"] == "create")
    found: list[float] = row["quantiles"]  # type: ignore[assignment]
    return found


@pytest.mark.parametrize("n", ["1", "5", "40"])
def test_the_spread_keeps_the_median_and_the_extremes(n: str) -> None:
    found = quantiles(measured("A", "CREATE", n=n))
    assert found[2] == 5.0
    assert found[0] <= 5.0
    assert found[-1] >= 9.0
    assert found == sorted(found)


def test_the_fewer_the_samples_the_wider_the_spread() -> None:
    few, many = (quantiles(measured("A", "CREATE", n=n, min_s="4.9", max_s="5.1"))[3] for n in ("1", "40"))
    assert many < few


def test_one_far_outlier_does_not_stretch_the_ninetieth_percentile() -> None:
    assert quantiles(measured("A", "CREATE", min_s="6.2", median_s="8", max_s="229", n="41"))[3] < 15


def sample(type: str, seconds: str, source: str = "one", properties: str = "") -> dict[str, str]:
    return {
        "type": type, "operation": "CREATE", "seconds": seconds, "released_s": "", "properties": properties,
        "source": source, "date": "2025", "kind": "CloudFormation events",
    }  # fmt: skip


def test_single_samples_are_pooled_with_order_statistics_and_many_of_one_source_count_as_few() -> None:
    alone = quantiles(measured("A", "CREATE", median_s="10", min_s="9", max_s="11"))[2]
    joined = quantiles(
        measured("A", "CREATE", median_s="10", min_s="9", max_s="11"), samples=[sample("A", "40", "two")] * 50
    )[2]
    assert alone == 10.0
    assert 18 < joined < 22


def test_lower_bounds_are_no_samples_and_a_kind_of_resource_has_a_row_of_its_own() -> None:
    rows = build_durations.build(
        [],
        [sample("A", "3600", properties="often more; lower bound"), sample("AWS::RDS::DBInstance", "1000", properties="oracle-ee")],
        [],
        [],
    )  # fmt: skip
    assert [row["type"] for row in rows if row["operation"] == "create"] == ["AWS::RDS::DBInstance#oracle"]


def test_a_deletion_that_nobody_measured_takes_half_of_a_long_creation() -> None:
    rows = build_durations.build([], [sample("Slow", "400"), sample("Quick", "4")], [], [])
    assert {(row["type"], row["operation"]) for row in rows} == {
        ("Quick", "create"), ("Slow", "create"), ("Slow", "delete"),
    }  # fmt: skip


def test_an_estimate_that_adds_is_pooled_with_what_was_measured() -> None:
    [row] = build_durations.build([measured("A", "CREATE", median_s="8")], [], [], [prior("A", "create", "adds")])
    assert row["source"] == "events"
    assert 4 < row["quantiles"][2] < 8  # type: ignore[index]


def test_what_was_measured_before_aws_changed_its_handlers_gives_way_to_three_newer_ones() -> None:
    early = {**sample("A", "17", "early"), "date": "2020-03-05"}
    assert quantiles(samples=[early])[2] == 17.0
    assert quantiles(samples=[early, *[sample("A", "2", str(one)) for one in range(3)]])[2] == 2.0


def test_a_sample_whose_source_order_statistics_have_already_is_counted_once() -> None:
    counted = measured("A", "CREATE", sources="one; two")
    assert quantiles(counted, samples=[sample("A", "50", "one")]) == quantiles(counted)


def test_two_modes_that_five_sources_show_reach_the_ninetieth_percentile() -> None:
    modes = [sample("A", seconds, seconds) for seconds in ("70", "80", "85", "90", "95", "100", "900", "905")]
    assert quantiles(samples=modes)[3] >= 900


def test_a_length_with_a_balancer_s_draining_in_it_is_no_row_since_the_template_says_how_long_that_is() -> None:
    assert build_durations.build([], [sample("A", "380", properties="300 s of draining")], [], []) == []


def test_luck_is_shared_where_operations_differ_more_than_their_resources_do() -> None:
    assert bench_eventlogs.common_share([[1.0, 1.1], [5.0, 5.1], [9.0, 9.1]]) > 0.9
    assert bench_eventlogs.common_share([[1.0, 9.0], [1.1, 8.9], [0.9, 9.1]]) < 0.1


def test_order_statistics_stand_for_their_samples_evenly_ranked() -> None:
    row = measured("A", "CREATE", min_s="10", median_s="40", max_s="80")
    assert bench_eventlogs.spread_out(row, 5) == pytest.approx([10, 20, 40, 40 * 2**0.5, 80])
