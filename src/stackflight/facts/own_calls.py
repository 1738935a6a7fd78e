"""Our own calls to AWS, as data: which verb asks what, and for which right."""

from __future__ import annotations

from stackflight.facts.load import Row, read_table


def calls_of(verb: str) -> list[Row]:
    """The rows of a verb that need a right; none where it asks nothing."""
    return [row for row in read_table("own_calls")["calls"] if verb in row["verbs"] and row["action"]]


def asking_verbs() -> tuple[str, ...]:
    """The verbs that ask AWS anything."""
    return tuple(dict.fromkeys(verb for row in read_table("own_calls")["calls"] for verb in row["verbs"]))
