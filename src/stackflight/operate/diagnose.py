"""Text, and a template where there is one -> Diagnosis: reads, asks the verb, and lets the checks confirm what it says."""

from __future__ import annotations

from stackflight.diagnose.verdict import Question, diagnose
from stackflight.model.diagnosis import Diagnosis
from stackflight.read.events.reading import read_history


def diagnose_text(text: str, source: str, type: str = "") -> Diagnosis:
    """What a text says of a deployment. Raises UnreadableInput."""
    return diagnose(Question(read_history(text, source), source, type))
