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
from stackflight.operate.known_checks import known_checks
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.views import review_html


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in {"meta", "br", "wbr", "input"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes |= {name for name, _ in attrs}

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
    assert not tags.attributes & {"src", "srcset", "action"}
    assert all(link.startswith("#") and link[1:] in tags.ids for link in tags.links)
    assert len(tags.ids) == len(set(tags.ids))
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


def test_every_finding_has_an_anchor_of_its_own() -> None:
    report = make_report()

    assert {f"finding-{number}" for number in range(1, len(report.findings) + 1)} <= set(_parse(_page(report)).ids)


def test_a_finding_leads_to_what_its_check_means_and_that_to_the_documents_of_aws() -> None:
    report = make_report()
    rehearsal = rehearse(report.world, report.findings, RehearsalOptions(runs=3))
    known = known_checks()
    tags = _parse(review_html.render_review(report, rehearsal, known=known))
    ours = {finding.check for finding in report.findings if finding.check in known}

    assert ours
    assert {f"#check-{id}" for id in ours} <= set(tags.links)
    assert {f"check-{id}" for id in ours} <= set(tags.ids)
    outside = {link for link in tags.links if not link.startswith("#")}
    assert outside == {address for id in ours for address in known[id].sources}


def test_the_verdict_stands_at_the_top_in_one_sentence() -> None:
    assert '<p class="verdict bad" role="status"><strong>Not yet: ' in _page(make_report())
    assert '<p class="verdict good" role="status"><strong>Nothing is found' in _page(make_quiet_report())


def test_each_way_is_drawn_with_its_hops_and_the_reason_stands_beside_it() -> None:
    report = make_report()
    page = _page(report)
    shown = next(reach for reach in report.reaches if reach.worst is not None and len(reach.worst.hops) > 1)

    assert '<ol class="trail">' in page
    assert all(f">{hop.at}</li>" in page for hop in shown.worst.hops)
    assert f"because {shown.need.evidence}"[:20] in page


def test_the_page_has_landmarks_and_says_its_parts() -> None:
    tags = _parse(_page(make_report()))

    assert [tag for tag in tags.seen if tag in {"header", "nav", "main", "footer"}] == [
        "header",
        "nav",
        "main",
        "footer",
    ]
    assert {"network", "findings", "rehearsal", "questions", "read"} <= set(tags.ids)
