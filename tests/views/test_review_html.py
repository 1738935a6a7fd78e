"""The page of a review: whole, safe, and nothing of the report left out."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from sample_report import make_findings, make_quiet_report, make_report

from stackflight.model.finding import Hop
from stackflight.model.ignore import IgnoredFinding
from stackflight.model.report import CheckReport
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.views import review_html
from stackflight.views.picture import render_picture
from stackflight.views.ways import Party, Way, Wish, find_parties


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _page(report: CheckReport) -> str:
    return review_html.render_review(report, rehearse(report.world, report.findings, RehearsalOptions(runs=3)))


def _parse(page: str) -> _Tags:
    tags = _Tags()
    tags.feed(page)
    return tags


@pytest.mark.parametrize("make", [make_report, make_quiet_report])
def test_the_page_is_whole_and_loads_nothing(make: type[CheckReport]) -> None:
    page = _page(make())
    tags = _parse(page)

    assert tags.open == []
    assert not tags.attributes & {"src", "href", "srcset", "action"}
    assert not re.search(r"https?:|@import|url\(", page)


def test_every_workload_target_finding_and_question_is_on_the_page() -> None:
    report = make_report()
    page = _page(report)

    for reach in report.reaches:
        assert reach.need.workload.title in page
        assert reach.need.target.title in page
    assert "Service cannot reach ecr.api" in page
    assert "NO_ROUTE_TO_DESTINATION" in page
    assert "add a route 0.0.0.0/0 to a NAT gateway in PrivateRoutes" in page
    assert all(question.question in page for question in report.questions)


def test_ignored_findings_are_shown_with_their_reason() -> None:
    left_out = IgnoredFinding(make_findings()[2], "the bucket is emptied by hand")

    assert "the bucket is emptied by hand" in _page(replace(make_report(), ignored=(left_out,)))


def test_what_a_template_says_cannot_break_out_of_the_page() -> None:
    report = make_report()
    evil = "</script><img src=x onerror=alert(1)>"
    hop = Hop(evil, "blocks", evil, code=evil)
    finding = replace(report.findings[0], message=evil, remedy=evil, path=(hop,))
    [reach, *rest] = report.reaches
    need = replace(reach.need, purpose=evil, workload=replace(reach.need.workload, label=evil))
    made = replace(report, target=evil, findings=(finding,), reaches=(replace(reach, need=need), *rest))

    assert "img" not in _parse(_page(made)).seen


def test_the_picture_has_a_box_for_each_workload_way_and_target() -> None:
    parties = find_parties(make_report().reaches, lambda text: text)
    drawn = "\n".join(render_picture(parties))

    assert drawn.count('<g class="node') == 2 + 5 + 6
    assert drawn.count("<path") == 5 + 6


def test_a_picture_that_no_eye_could_follow_is_left_out() -> None:
    wishes = tuple(Wish((f"service-{number}",), ("call",)) for number in range(61))
    party = Party((("Run", "Lambda function"),), (Way(make_report().reaches[0].verdict, (), "stopped", wishes),))

    assert list(render_picture([party])) == []
    assert list(render_picture([])) == []


def test_each_way_is_drawn_with_its_hops_and_the_reason_stands_beside_it() -> None:
    report = make_report()
    page = _page(report)
    shown = next(reach for reach in report.reaches if reach.worst is not None and len(reach.worst.hops) > 1)

    assert '<ol class="trail">' in page
    assert all(f">{hop.at}</li>" in page for hop in shown.worst.hops)
    assert f"because {shown.need.evidence}"[:20] in page
