"""A text and its diagnosis -> a case file that can be handed to somebody: what was read, what was said, and room to say what is wrong."""

from __future__ import annotations

import json
from dataclasses import asdict

from stackflight.diagnose.hide import hide, hide_text
from stackflight.model.diagnosis import Diagnosis

_LONGEST = 60_000
SCHEMA = "stackflight.case/1"


def render_case(text: str, diagnosis: Diagnosis) -> str:
    """The case file, JSON: `said` is the verdict, `wrong` is for the one who hands it over."""
    hidden = hide(diagnosis)
    root, cause = hidden.root, hidden.cause
    case = {
        "schema": SCHEMA,
        "wrong": "write here what is wrong about the verdict, and what the cause was",
        "said": {
            "outcome": hidden.outcome.value,
            "root": asdict(root) if root else None,
            "cause": cause.id if cause else None,
            "family": cause.family if cause else None,
            "confidence": hidden.confidence.value,
            "retry": hidden.retry.value,
        },
        "events": [
            {"stack": one.stack, "resource": one.resource, "type": one.type, "status": one.status, "reason": one.reason}
            for one in hidden.timeline
        ],
        "text": hide_text(text[:_LONGEST]),
    }  # fmt: skip
    return json.dumps(case, ensure_ascii=False, indent=1) + "\n"
