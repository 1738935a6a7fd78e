"""Patterns of policies: the same answers as regular expressions give, without their time."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from stackflight.model.wildcards import matches, meet

PATTERNS = st.text("ab*?", max_size=7)


@given(st.text("ab", max_size=8), PATTERNS)
def test_a_pattern_covers_what_its_regular_expression_covers(text: str, pattern: str) -> None:
    expression = pattern.replace("*", ".*").replace("?", ".")
    assert matches(text, pattern) == (re.fullmatch(expression, text) is not None)


@given(PATTERNS, PATTERNS)
def test_patterns_meet_either_way_and_where_a_short_text_shows_it(one: str, other: str) -> None:
    assert meet(one, other) == meet(other, one)
    shown = {one.replace("*", star).replace("?", mark) for star in ("", "a", "b", "ab") for mark in "ab"}
    if any(matches(text, other) for text in shown):
        assert meet(one, other)


def test_patterns_that_share_no_text_do_not_meet() -> None:
    assert not meet("arn:*:a", "arn:*:b")
    assert not meet("a?", "a")
    assert not meet("?*", "")
    assert meet("*a", "b*")


def test_stars_in_a_row_and_stars_apart_are_read_at_once() -> None:
    """A pattern of thousands of wildcards: it ends, with the answer that one wildcard gives."""
    text = "s3:getobject" * 400
    for pattern in ("*" * 50_000 + "x", "*a" * 5_000 + "x", "*?" * 2_000 + "x", "?*" * 2_000 + "x"):
        assert not matches(text, pattern)
        assert matches(text + "x", pattern) == (pattern.count("a") == 0)
    assert meet("*a" * 5_000, "*b" * 5_000)
