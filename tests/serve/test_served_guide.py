"""The guide says what is played, neither more nor less."""

from __future__ import annotations

import re
from pathlib import Path

from stackflight.serve.operations import OPERATIONS
from stackflight.serve.wire import service_model

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "serve.md"


def test_the_guide_lists_every_operation_that_is_played() -> None:
    told = re.search(r"error codes and texts:\n\n(.*?)\n\n", GUIDE.read_text(), re.S)
    assert told is not None
    assert re.findall(r"`(\w+)`", told[1]) == sorted(OPERATIONS)


def test_every_operation_that_is_played_is_one_of_cloudformations() -> None:
    assert OPERATIONS.keys() <= set(service_model().operation_names)
