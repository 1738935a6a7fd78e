"""Every cause is found in texts of its kind, and not in texts that only sound like it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stackflight.diagnose.catalogue import Entry, standard_catalogue
from stackflight.diagnose.match import Match, find_causes
from stackflight.facts.words import word_causes
from stackflight.model.diagnosis import Confidence

TEXTS: dict[str, Any] = {
    id: texts
    for file in sorted((Path(__file__).parent / "texts").glob("*.json"))
    for id, texts in json.loads(file.read_text(encoding="utf-8")).items()
}
WRITTEN = replace(standard_catalogue(), entries=tuple(entry for entry in standard_catalogue().entries if not entry.law))
ENTRIES = {entry.cause.id: entry for entry in WRITTEN.entries}


def _found_in(entry: Entry, text: str) -> tuple[Match, ...]:
    """The causes of a text, told by a resource of the type and in the operation that the cause is limited to."""
    limited = entry.cause.types[0] if entry.cause.types else ""
    name, _, operation = limited.partition(" (")
    status = f"{operation.rstrip(')').upper() or 'CREATE'}_FAILED"
    return find_causes(WRITTEN, text, name.replace("*", "AWS::Any::Type" if name == "*" else "Any"), status)


@pytest.mark.parametrize("id", sorted(ENTRIES))
def test_a_cause_is_found_in_the_words_of_its_kind(id: str) -> None:
    for text in TEXTS[id]["says"]:
        found = _found_in(ENTRIES[id], text)
        assert [match.cause.id for match in found[:1]] == [id], text


@pytest.mark.parametrize("id", sorted(id for id, texts in TEXTS.items() if texts.get("heard")))
def test_a_cause_is_found_in_what_others_were_told(id: str) -> None:
    """Texts of public reports, names changed; no pattern was written from them before they had been tried."""
    for text in TEXTS[id]["heard"]:
        found = _found_in(ENTRIES[id], text)
        assert [match.cause.id for match in found[:1]] == [id], text


@pytest.mark.parametrize("id", sorted(ENTRIES))
def test_a_cause_is_not_found_in_a_near_miss(id: str) -> None:
    for text in TEXTS[id]["near"]:
        assert id not in [match.cause.id for match in _found_in(ENTRIES[id], text)[:1]], text


def test_every_cause_has_a_text_and_a_near_miss_and_few_rest_on_one_source() -> None:
    assert ENTRIES.keys() == TEXTS.keys()
    assert all(texts["says"] and texts["near"] for texts in TEXTS.values())
    assert all(bool(texts.get("heard")) != bool(texts.get("single_source")) for texts in TEXTS.values())
    single = [id for id, texts in TEXTS.items() if texts.get("single_source")]
    assert len(single) <= len(ENTRIES) / 2


def test_every_cause_says_what_to_do_and_belongs_to_a_known_family() -> None:
    for entry in ENTRIES.values():
        cause = entry.cause
        assert cause.family in standard_catalogue().families, cause.id
        assert cause.remedies and cause.happens and cause.title, cause.id
        assert cause.patterns or cause.codes, cause.id


def test_what_a_rehearsal_tells_of_a_finding_is_diagnosed_as_that_finding() -> None:
    for row in word_causes():
        text = row["text"].replace("…", "orders")
        found = find_causes(
            standard_catalogue(), text, row["type"] if isinstance(row["type"], str) else row["type"][0], "CREATE_FAILED"
        )
        assert [match.cause.id for match in found[:1]] == [row["id"]], text
        assert found[0].cause.at_best == Confidence.HIGH and found[0].cause.family in standard_catalogue().families
