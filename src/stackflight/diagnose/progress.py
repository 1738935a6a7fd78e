"""Messages without an event and without a failure -> whether the deployment goes on or has ended well, in the words of tools."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from stackflight.diagnose.pattern import Folded, Pattern
from stackflight.model.diagnosis import Outcome
from stackflight.model.history import History
from stackflight.patterns import compile_later

# A word like `failed` alone also heads a column of counts.
_ALARM = compile_later(
    r"\b(?:[Ee]rrors?|ERROR|Exception|FAILED|[A-Z_]*ROLLBACK[A-Z_]*|[Dd]enied|[Cc]annot|[Uu]nable|exceeded|Traceback)\b|[✖✘❌🛑]|[a-z] failed\b|\b[Ff]ailed (?:to|with|because)\b|\[(?:\w+ )?failed\]"
)
_READ = 2000


def is_alarming(history: History) -> bool:
    """Whether a message tells of a failure, known or not."""
    return any(_ALARM.search(message[:4000]) for message in history.messages[-_READ:])


def progress_of(history: History) -> Outcome | None:
    """IN_PROGRESS or HEALTHY by the last line that says either; None where no line does, or one tells of a failure."""
    said = None
    for message in () if is_alarming(history) else history.messages[-_READ:]:
        folded = Folded.of(message)
        if _holds(folded, _words("done")):
            said = Outcome.HEALTHY
        elif _holds(folded, _words("working")):
            said = Outcome.IN_PROGRESS
    return said


def _holds(folded: Folded, patterns: Iterable[Pattern]) -> bool:
    return any(one.matches(folded) for one in patterns)


@cache
def _words(kind: str) -> tuple[Pattern, ...]:
    text = files("stackflight.diagnose").joinpath("causes/progress.json").read_text(encoding="utf-8")
    return tuple(Pattern.of(one) for one in json.loads(text)[kind])
