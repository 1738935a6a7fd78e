"""What AWS says where it refuses -> the sentence with the names of a template in it."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.facts.load import Row, read_table
from stackflight.patterns import compile_later

_HOLE = compile_later(r"\{\w+\}")


def aws_says(key: str, **given: object) -> str:
    """AWS's words for what a check finds, by the check's id, behind a dot which of several."""
    text: str = read_table("words")["texts"][key]
    return text.format(**given)


def words_for(check: str) -> list[str]:
    """Everything that AWS may say to what a check finds, with … where the names of a template stand."""
    return [_HOLE.sub("…", text) for key, text in read_table("words")["texts"].items() if check_of(key) == check]


def check_of(key: str) -> str:
    """The check whose finding a text answers to."""
    return key.partition(".")[0]


def word_causes() -> Iterator[Row]:
    """What to say of a text when a deployment has met it: rows like those of the law, with the text and the check beside."""
    table = read_table("words")
    for row in table["causes"]:
        key = row["key"]
        yield {**row, "id": key.replace(".", "-"), "check": check_of(key), "text": _HOLE.sub("…", table["texts"][key])}
