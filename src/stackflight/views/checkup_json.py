"""A checkup -> JSON: the contract `stackflight.doctor/1`."""

from __future__ import annotations

from stackflight.model.checkup import Checkup
from stackflight.views.json_text import dump


def render_checkup(checkup: Checkup) -> str:
    """One line."""
    points = [
        {
            "part": point.part, "name": point.name, "state": point.state, "said": point.said,
            "needed_for": point.needed_for, "required": point.required, "mend": point.mend,
        }
        for point in checkup.points
    ]  # fmt: skip
    return dump(
        {"schema": "stackflight.doctor/1", "target": checkup.target or None, "fit": checkup.fit, "points": points}
    )
