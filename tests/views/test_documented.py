"""docs/reference/output.md names every field that is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from sample_report import make_report

from stackflight.views.json import render_presets, render_review, render_start


def _names(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _names(inner)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)


def test_every_field_is_in_the_reference(request: pytest.FixtureRequest) -> None:
    page = (request.config.rootpath / "docs" / "reference" / "output.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", page))))
    made = [render_review(make_report()), render_presets("chat", []), render_start("chat", "chat.toml", {}, [])]
    written = {name for text in made for name in _names(json.loads(text))}

    assert written - documented == set()
