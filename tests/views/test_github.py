"""Workflow annotations."""

from __future__ import annotations

from sample_report import make_quiet_report, make_report

from stackflight.errors import UnreadableInput
from stackflight.views.github import render_check, render_errors


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


def test_properties_are_escaped_and_named_as_in_the_repository() -> None:
    [first, *_] = render_check(make_report(), lambda file: f"my stacks, 100%: {file}").splitlines()

    assert first.startswith(
        "::error file=my stacks%2C 100%25%3A shop.yaml,title=workload-cannot-reach-service,line=4::"
    )


def test_a_target_that_could_not_be_judged_is_an_annotation() -> None:
    errors = [UnreadableInput("not valid YAML", file="half.yaml", line=3, hint="mend it"), UnreadableInput("no app")]

    assert render_errors(errors).splitlines() == [
        "::error file=half.yaml,title=not judged,line=3::not valid YAML%0Ahint: mend it",
        "::error title=not judged::no app",
    ]
