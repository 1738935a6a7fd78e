"""What a check says of itself is what it does: its id, its severities, its sources, the rules that it replaces."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from judging import read_case_of

from stackflight.check.check import Check, Finder
from stackflight.check.registry import CHECKS, FINDERS, every_check
from stackflight.check.standard import BLOCKS, LEFT_OUT, OURS
from stackflight.operate.ignores import ABOUT_IGNORES

CORPUS = Path(__file__).parents[1] / "corpus"
ASKED = [finder for finder in FINDERS if finder.asked]


def test_no_two_checks_share_an_id() -> None:
    ids = [check.id for check in (*every_check(), *ABOUT_IGNORES)]

    assert sorted(set(ids)) == sorted(ids)


@pytest.mark.parametrize("finder", FINDERS, ids=lambda finder: finder.find.__name__)
def test_a_check_in_code_is_called_like_its_id(finder: Finder) -> None:
    module = vars(sys.modules[finder.find.__module__])

    for check in finder.checks:
        assert module[check.id.upper().replace("-", "_")] is check


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_check_names_the_pages_of_aws_by_which_it_was_written(check: Check) -> None:
    assert check.sources
    assert all(source.startswith("https://docs.aws.amazon.com/") for source in check.sources)


@pytest.mark.parametrize("check", (*CHECKS, *ABOUT_IGNORES), ids=lambda check: check.id)
def test_what_weighs_a_check_speaks_only_of_severities_that_it_may_give(check: Check) -> None:
    told = set(re.findall(r"\b(?:blocking|warning|note)\b", check.severity))

    assert set(check.may) == told


def test_every_finding_bears_a_check_of_the_function_that_found_it() -> None:
    """Over all bad templates of the corpus."""
    foreign = {
        (finder.find.__name__, finding.check)
        for file in sorted(CORPUS.glob("*/bad.yaml"))
        for case in [read_case_of(file)]
        for finder in ASKED
        for finding in finder.find(case)
        if finding.check not in {check.id for check in finder.checks}
    }

    assert foreign == set()


def test_the_rules_that_a_check_replaces_are_rules_that_would_be_asked() -> None:
    assert not set(OURS) & LEFT_OUT
    assert all(re.fullmatch(r"[EFW]\d{4}", rule) for rule in OURS)
    assert {rule for check in every_check() for rule in check.replaces} == set(OURS)
    assert BLOCKS
