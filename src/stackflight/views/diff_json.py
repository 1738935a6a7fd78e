"""Difference -> JSON of `diff`."""

from __future__ import annotations

from stackflight.model.difference import Difference, Way
from stackflight.views.json import finding_object
from stackflight.views.json_text import dump


def render_diff(difference: Difference) -> str:
    """One line."""
    spans = difference.spans
    return dump(
        {
            "schema": "stackflight.diff/1",
            "old": difference.old,
            "new": difference.new,
            "resources": [
                {
                    "stack": one.stack, "resource": one.resource, "type": one.type,
                    "action": "replace" if one.fate.endswith("replace") else one.fate, "certain": one.fate != "perhaps replace",
                    "because": list(one.because), "data": one.data,
                }
                for one in difference.resources
            ],
            "findings": {
                "new": [finding_object(one) for one in difference.findings_new],
                "gone": [finding_object(one) for one in difference.findings_gone],
            },
            "ways": {
                "opened": [_way(one) for one in difference.ways_opened],
                "closed": [_way(one) for one in difference.ways_closed],
            },
            "rights": [
                {"who": one.who, "actions": list(one.actions), "resources": list(one.resources), "why": one.why}
                for one in difference.rights
            ],
            "price": {
                "old": float(difference.old_bill.total), "new": float(difference.new_bill.total),
                "changes": [
                    {"resource": one.resource, "type": one.type, "monthly": float(one.difference)}
                    for one in difference.price_changes
                ],
                "unpriced": list(difference.new_bill.unpriced_types),
            },
            "seconds": {"old": round(spans.old, 1), "new": round(spans.new, 1), "update": None if spans.update is None else round(spans.update, 1)},
            "rolled_back": {"old": spans.fails[0], "new": spans.fails[1]},
        }
    )  # fmt: skip


def _way(way: Way) -> dict[str, str]:
    return {"from": way.source, "to": way.target, "what": way.what, "by": way.by}
