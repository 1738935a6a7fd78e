"""Whatever a tool prints, the one resource that failed first and its cause are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stackflight.diagnose.verdict import Question, diagnose
from stackflight.read.events.reading import read_history

PASTED = Path(__file__).parent / "pasted"
EXPECTED = json.loads((PASTED / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_root_and_its_cause_are_named_whatever_the_layout(name: str) -> None:
    found = diagnose(Question(read_history((PASTED / name).read_text(encoding="utf-8")), name))
    root, cause = found.root, found.cause
    seen = {
        "outcome": found.outcome.value,
        "resource": root.resource if root else None,
        "type": root.type if root else None,
        "cause": cause.id if cause else None,
        "family": cause.family if cause else None,
    }
    assert seen | EXPECTED[name] == seen


def test_every_pasted_text_has_an_expectation() -> None:
    assert {file.name for file in PASTED.iterdir()} - {"expected.json"} == EXPECTED.keys()
