"""What AWS says where it refuses -> the sentence with the names of a template in it."""

from __future__ import annotations

import re

from stackflight.facts.load import read_table


def aws_says(key: str, **given: object) -> str:
    """AWS's words for what a check finds, by the check's id, behind a dot which of several."""
    text: str = read_table("words")["texts"][key]
    return text.format(**given)


def words_for(check: str) -> list[str]:
    """Everything that AWS may say to what a check finds, with … where the names of a template stand."""
    texts = read_table("words")["texts"].items()
    return [re.sub(r"\{\w+\}", "…", text) for key, text in texts if key.partition(".")[0] == check]
