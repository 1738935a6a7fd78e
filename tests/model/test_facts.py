"""Tables of facts: each says when and where it was read, and none says again what another one says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import stackflight.facts
from stackflight.facts.load import read_table
from stackflight.facts.names import known_names

FACTS = Path(stackflight.facts.__file__).parent
GENERATED = {"judged"}  # made of the sources of the checks
TABLES = sorted({file.stem for file in FACTS.glob("*.json")} - GENERATED)
SOURCES = Path(stackflight.facts.__file__).parent.parent


@pytest.mark.parametrize("name", TABLES)
def test_a_table_says_of_which_day_it_is_and_by_what(name: str) -> None:
    table = read_table(name)

    assert re.fullmatch(r"\d{4}-\d\d(-\d\d)?", table["date"])
    assert {"source", "sources", "about"} & set(table)


def test_the_property_that_names_a_type_stands_in_one_table() -> None:
    named_by_schema = {type: row["name"] for type, row in read_table("types")["types"].items() if row.get("name")}
    named_here = {type: row["property"] for type, row in read_table("names")["types"].items() if "property" in row}

    assert not {type for type, name in named_here.items() if named_by_schema.get(type) == name}
    assert all(name.property for name in known_names().values())


def test_no_table_of_facts_stands_outside_their_room() -> None:
    """But for what one verb alone reads: forms of text, causes, the price sheet."""
    found = {file.parent.relative_to(SOURCES).as_posix() for file in SOURCES.rglob("*.json")}

    assert {folder for folder in found if not folder.startswith("facts")} <= {"diagnose/causes", "read", "price"}


def test_every_type_that_holds_data_is_a_type() -> None:
    types = read_table("resource_types")["types"]

    for table in ("stateful", "protected", "held", "names", "waits"):
        for type in read_table(table)["types"]:
            service, _, name = type.rpartition("::")
            assert name in types[service], (table, type)


def test_no_file_is_longer_than_a_reader_takes_in_at_once() -> None:
    long = {
        file.name: lines
        for file in SOURCES.parent.rglob("*.py")
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > 300
    }

    assert long == {}


def test_tables_are_written_with_one_row_a_line() -> None:
    """So that a change of one fact is a change of one line."""
    for file in FACTS.glob("*.json"):
        text = file.read_text(encoding="utf-8")
        assert json.loads(text) and text.count("\n") > 4, file.name
