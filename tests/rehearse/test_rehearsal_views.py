"""What people and programs see of a rehearsal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rehearsal_worlds import MemoryFolder, world_of, worlds_of

from stackflight.model.estimate import Rehearsal
from stackflight.operate.rehearse import RehearsalOptions, rehearse
from stackflight.operate.review import check_world
from stackflight.read.assembly import Source, join_stacks
from stackflight.read.document import parse_template
from stackflight.views import rehearsal_html, rehearsal_json, rehearsal_text
from stackflight.views.paper import Paper

Golden = Callable[[str, str], None]
TEMPLATE = Path(__file__).parent.parent / "corpus/rehearsal/documentdb-init.yaml"


class StoppedClock:
    """Time stands still."""

    def now(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Nothing passes."""


@pytest.fixture(scope="module")
def documentdb() -> Rehearsal:
    """The initialisation of a DocumentDB that finds no path, with the findings of the check that predicts it."""
    source = Source("chat", parse_template(TEMPLATE.read_text(encoding="utf-8"), TEMPLATE.name))
    world = join_stacks([source], {}, MemoryFolder())
    findings = check_world(TEMPLATE.name, world, StoppedClock(), 0.0).findings
    options = RehearsalOptions(seed=1, runs=100, budget_seconds=1800, target=TEMPLATE.name)
    return rehearse(world, findings, options)


@pytest.fixture(scope="module")
def small() -> Rehearsal:
    """A deployment that goes well, explored."""
    text = """
Resources:
  Vpc: {Type: AWS::EC2::VPC}
  Nat: {Type: AWS::EC2::NatGateway, Properties: {Vpc: !Ref Vpc}}
  Route: {Type: AWS::EC2::Route, Properties: {Nat: !Ref Nat}}
  Secret: {Type: AWS::SecretsManager::Secret, Properties: {Name: chat/app}}
  Database: {Type: AWS::RDS::DBInstance, DependsOn: Route}
  Files: {Type: AWS::S3::Bucket, DeletionPolicy: Retain, DependsOn: Database}
"""
    options = RehearsalOptions(seed=2, runs=50, explore=True, budget_seconds=1200, target="small.yaml")
    return rehearse(world_of(text), [], options)


def test_the_documentdb_failure_is_predicted_played_and_rolled_back(documentdb: Rehearsal) -> None:
    assert documentdb.outcome == "ROLLBACK_COMPLETE"
    cause = documentdb.cause
    assert cause is not None and cause.finding is not None
    assert (cause.resource, cause.finding.check) == ("DatabaseInit", "database-unreachable")
    [span] = [span for span in documentdb.spans if span.outcome == "failed"]
    assert round(span.seconds) == 601
    slowest = max(documentdb.spans, key=lambda span: span.seconds)
    assert (slowest.resource, slowest.operation) == ("InitFunction", "delete")
    assert documentdb.rollback_seconds is not None and documentdb.rollback_seconds > 1200


def test_the_documentdb_failure_on_one_screen(documentdb: Rehearsal, golden: Golden) -> None:
    golden("rehearse/documentdb-init.txt", rehearsal_text.render_rehearsal(documentdb, Paper(width=100)) + "\n")


def test_a_rehearsal_that_goes_well_on_one_screen(small: Rehearsal, golden: Golden) -> None:
    golden("rehearse/small.txt", rehearsal_text.render_rehearsal(small, Paper(width=100)) + "\n")


def test_a_rehearsal_without_unicode_or_colour_is_plain_ascii(small: Rehearsal) -> None:
    text = rehearsal_text.render_rehearsal(small, Paper(width=90, unicode=False))
    assert text.isascii()


def test_no_line_of_the_screen_is_wider_than_the_paper(documentdb: Rehearsal, small: Rehearsal) -> None:
    for rehearsal in (documentdb, small):
        for width in (80, 100, 140):
            text = rehearsal_text.render_rehearsal(rehearsal, Paper(width=width))
            assert max(len(line) for line in text.splitlines()) <= width


def test_the_json_of_a_rehearsal_keeps_its_contract(documentdb: Rehearsal, golden: Golden) -> None:
    text = rehearsal_json.render_rehearsal(documentdb)
    assert "\n" not in text
    loaded = json.loads(text)
    assert loaded["schema"] == "stackflight.rehearsal/1"
    assert {"target", "outcome", "seconds", "critical_path", "events", "diagnosis"} <= set(loaded)
    assert set(loaded["seconds"]) >= {"p50", "p90"}
    assert {"resource", "type", "start", "end"} <= set(loaded["critical_path"][0])
    assert {"time", "stack", "resource", "type", "status", "reason"} <= set(loaded["events"][0])
    assert loaded["diagnosis"]["root"]["resource"] == "DatabaseInit"
    golden("rehearse/documentdb-init.json", json.dumps({**loaded, "events": loaded["events"][:12]}, indent=1) + "\n")


def test_a_rehearsal_that_goes_well_has_no_diagnosis(small: Rehearsal) -> None:
    loaded = json.loads(rehearsal_json.render_rehearsal(small))
    assert loaded["diagnosis"] is None
    assert loaded["budget"] == {"seconds": 1200, "holds": True, "share_within": 1.0}
    assert loaded["recoveries"][0]["leftovers"]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_loads_nothing(documentdb: Rehearsal, small: Rehearsal) -> None:
    for rehearsal in (documentdb, small):
        page = rehearsal_html.render_rehearsal(rehearsal)
        tags = _Tags()
        tags.feed(page)
        assert tags.open == []
        assert not {name for name, _ in tags.attributes} & {"src", "href", "srcset", "action"}
        assert not re.search(r"https?:|@import|url\(", page)


def test_the_page_has_a_bar_for_every_step_and_marks_the_critical_path(documentdb: Rehearsal) -> None:
    page = rehearsal_html.render_rehearsal(documentdb)
    assert page.count('<button class="bar"') == len(documentdb.spans)
    assert page.count(' path">') == len(documentdb.critical_path)
    assert "started when DatabaseInstance let go" in page
    assert "needs DatabaseInstance, Provider" in page


def test_what_a_template_says_cannot_break_out_of_the_page() -> None:
    world = world_of("Resources: {Bucket: {Type: AWS::S3::Bucket}}")
    options = RehearsalOptions(runs=0, fail=("Bucket=</script><img src=x onerror=alert(1)>",), target="<b>&amp")
    page = rehearsal_html.render_rehearsal(rehearse(world, [], options))
    assert "<img" not in page
    assert "<b>&amp</h1>" not in page


def test_what_a_template_says_cannot_move_the_cursor() -> None:
    world = world_of("Resources: {Bucket: {Type: AWS::S3::Bucket}}")
    rehearsal = rehearse(world, [], RehearsalOptions(runs=0, fail=("Bucket=\x1b[2Jgone",)))
    assert "\x1b" not in rehearsal_text.render_rehearsal(rehearsal, Paper(width=80))


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (760, "12:40"), (3785, "1:03:05")]
)
def test_times_are_written_as_a_clock_shows_them(seconds: float, text: str) -> None:
    assert rehearsal_text.clock_text(seconds) == text


def test_the_worst_cases_of_stacks_alike_are_one_line() -> None:
    """Audit, row 29: eight lines that said the same of a worker in each of twenty stacks."""
    table = "Table: {Type: AWS::DynamoDB::Table, DeletionPolicy: Retain}"
    text = "Resources: {Worker: {Type: AWS::Lambda::Function, DependsOn: Table}, " + table + "}"
    world = worlds_of(*((f"svc{number}", text, ()) for number in range(4)))
    rehearsal = rehearse(world, [], RehearsalOptions(runs=0, explore=True))
    screen = " ".join(rehearsal_text.render_rehearsal(rehearsal, Paper(width=400, unicode=False)).split())

    said = "svc3/Worker or any of 7 others fails: ROLLBACK_COMPLETE 0:08 later; stays: Table; up to 3 stacks complete before stay"
    assert f"worst cases {said} each of 8 resources failed once" in screen


def test_what_would_be_saved_names_the_stack_where_several_call_it_alike() -> None:
    """Audit, row 29: three savings by "a faster Table"."""
    text = "Resources: {Table: {Type: AWS::DynamoDB::Table}}"
    rehearsal = rehearse(worlds_of(("one", text, ()), ("two", text, ())), [], RehearsalOptions(runs=0))
    assert {saving.advice.partition(",")[0] for saving in rehearsal.savings} == {
        "the most that a faster one/Table", "the most that a faster two/Table",
    }  # fmt: skip
