"""The screens of check and review, from a report made by hand."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sample_report import make_quiet_report, make_report

from stackflight.views import presets, review_text, terminal
from stackflight.views.paper import Paper, printable

Golden = Callable[[str, str], None]
RENDERERS = {"check": terminal.render_check, "review": review_text.render_review}


@pytest.mark.parametrize("name", RENDERERS)
@pytest.mark.parametrize("width", [80, 120])
def test_the_screen_is_the_one_that_was_looked_at(name: str, width: int, golden: Golden) -> None:
    golden(f"views/{name}-{width}.txt", RENDERERS[name](make_report(), Paper(width)) + "\n")


@pytest.mark.parametrize("name", RENDERERS)
@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_longer_than_the_paper(name: str, width: int) -> None:
    *lines, _summary = RENDERERS[name](make_report(), Paper(width)).splitlines()

    assert max(len(line) for line in lines) <= width


def test_a_target_without_findings_takes_one_line() -> None:
    text = terminal.render_check(make_quiet_report(), Paper())

    assert text == "shop.yaml: nothing found that would stop it (4 resources, 0 needs)"


@pytest.mark.parametrize("name", RENDERERS)
def test_colour_changes_nothing_but_colour(name: str) -> None:
    plain = RENDERERS[name](make_report(), Paper())
    coloured = RENDERERS[name](make_report(), Paper(colour=True))

    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize("name", RENDERERS)
def test_plain_paper_needs_no_unicode(name: str) -> None:
    assert RENDERERS[name](make_report(), Paper(unicode=False)).isascii()


def test_findings_of_one_cause_share_path_and_remedy() -> None:
    text = terminal.render_check(make_report(), Paper(width=200))

    assert text.count("add a route 0.0.0.0/0") == 1
    assert "also    Worker cannot reach logs" in text


def test_generated_ids_appear_as_construct_paths() -> None:
    text = terminal.render_check(make_report(), Paper(width=200))

    assert "Data/Files/Bucket keeps its objects" in text
    assert "DataFilesBucketA4C1B2D3" not in text


def test_control_characters_never_reach_the_screen() -> None:
    assert printable("\x1b[2Jred\x07\r\n") == "�[2Jred��\n"


def test_presets_are_a_table_with_an_example() -> None:
    rows = [{"name": "small", "mode": "ec2", "summary": "one machine"}, {"name": "large-dev", "mode": "ecs"}]
    text = presets.render_presets("chat", rows, Paper())

    assert text == ("small      ec2  one machine\nlarge-dev  ecs\n\nLook at one with: stackflight review chat:small")
