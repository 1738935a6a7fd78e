"""The page of a rehearsal: what its tables say."""

from __future__ import annotations

from stackflight.model.estimate import Leftover
from stackflight.views.rehearsal_html import _leftovers


def test_what_stays_for_one_reason_is_one_row() -> None:
    """Audit, row 34: one sentence for all that stays for the same reason, and no column that nobody fills."""
    left = [Leftover("s", f"Logs{number}", "AWS::Logs::LogGroup", "kept by its policy", "") for number in range(3)]
    page = "".join(_leftovers(tuple(left)))
    assert page.count("kept by its policy") == 1
    assert "Logs0, Logs1, Logs2" in page
    assert "Next attempt" not in page
