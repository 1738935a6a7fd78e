"""Workflow annotations."""

from __future__ import annotations

from sample_report import make_quiet_report, make_report

from stackflight.views.github import render_check


def test_every_finding_is_one_annotation_at_its_line() -> None:
    lines = render_check(make_report()).splitlines()

    assert len(lines) == 3
    assert lines[0].startswith(
        "::error file=shop.yaml,title=workload-cannot-reach-service,line=4::Service cannot reach"
    )
    assert lines[0].endswith("%0Afix: add a route 0.0.0.0/0 to a NAT gateway in PrivateRoutes")
    assert lines[2].startswith("::warning file=shop.yaml,title=bucket-not-empty,line=7::")


def test_percent_signs_and_line_breaks_are_escaped() -> None:
    assert "100%25,%0Aas AWS::S3::Bucket says" in render_check(make_report()).splitlines()[2]


def test_nothing_found_is_no_annotation() -> None:
    assert render_check(make_quiet_report()) == ""
