"""What the tables of the law say that AWS answers -> causes, so that every text that a rehearsal tells is diagnosed.

A row's id is its cause's: the check that finds it before a deployment and the diagnosis that finds it after one speak of
the same thing. A text that several rows share names the first of them; one that says too little names none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from stackflight.diagnose.pattern import Folded, Pattern
from stackflight.facts.load import Row, all_rows
from stackflight.facts.words import word_causes
from stackflight.model.diagnosis import Cause
from stackflight.patterns import compile_later

_TABLES = ("refusals", "orders", "role_uses", "senders", "updates")
_SHORTEST = 24
# What an example in a row shows in its place: ids, addresses, numbers, quoted names.
_EXAMPLE = compile_later(
    r"arn:aws\S{4,200}|'[^']{1,60}'|\b\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}\b|(?<=target: )a\b|(?<=postgres )and|\b\d{2,6}\b"
)
_LACKING = compile_later(
    r"must be (?:specified|provided)|must specify|requires that|is required|needs to contain|must contain|must be essential|no longer|Please specify"
)
_RIGHTS = compile_later(r"not authori[sz]ed|permission|grants? access|does not grant|must allow|cannot invoke")
_OWN_SHARE = 0.4
# A cause that is written for the very same words knows of other reasons for them.
_SAME_WORDS = 0.95
_MANY_REASONS = 32


Known = Callable[[str], Sequence[tuple[Cause, int]]]
"""The causes that are written for a text, each with how much of it their pattern holds."""


def law_rows(known: Known) -> Iterator[dict[str, Any]]:
    """Rows as in the files of causes. What was written for the same text lends its family and its cure."""
    seen: set[tuple[str, str]] = set()
    for table, row in _told():
        types = _types(row)
        for text in str(row.get("text", "")).split(" / "):
            pattern = _EXAMPLE.sub("…", text).strip(" .…")
            here = {(pattern, one) for one in types}
            if len(pattern) < _SHORTEST or here & seen:
                continue
            seen |= here
            yield _cause(table, row, pattern, types, _written(known, pattern))


def _told() -> Iterator[tuple[str, Row]]:
    """Every row that may hold a text of AWS, with the name of its table."""
    for table in _TABLES:
        yield from ((table, row) for row in all_rows(table))
    yield from (("words", row) for row in word_causes())


def _written(known: Known, pattern: str) -> tuple[Cause | None, float]:
    """The cause that is written for this text, its pattern holding a good part of it, and how great a part."""
    size = Pattern.of(pattern).weight
    found = [(held, cause) for cause, held in known(pattern.replace("…", "x")) if held >= _OWN_SHARE * size]
    held, cause = max(found, key=lambda one: one[0], default=(0, None))
    return cause, held / size


def _types(row: Mapping[str, Any]) -> list[str]:
    given = row.get("type") or row.get("user") or []
    return [given] if isinstance(given, str) else list(given)


def _cause(
    table: str, row: Mapping[str, Any], pattern: str, types: list[str], told: tuple[Cause | None, float]
) -> dict[str, Any]:
    written, share = told
    ordering = table == "orders"
    fix = _plain(row.get("fix") or _REMEDIES[table])
    title = str(row["title"])
    # What is told of updates alone, and of other reasons by the cause that is written for the text.
    elsewhere = table == "updates" and written is not None and written.family != "immutable-update"
    many = ordering or elsewhere or (table != "words" and share >= _SAME_WORDS) or len(pattern) < _MANY_REASONS
    rank = "wrapper" if written and many else "special"
    return {
        "id": row["id"],
        "family": _FAMILIES[table](row) if ordering or not written else written.family,
        "service": types[0].split("::")[1].lower(),
        "title": title[:1].upper() + title[1:],
        "patterns": [pattern],
        "types": types,
        # A text that can have other reasons is given to the cause that is written for it, and the row is only kept beside.
        "rank": rank,
        # Whether the order or something else is wrong shows the template alone.
        "at_best": "low" if rank == "wrapper" else "medium" if ordering else "high",
        "happens": f"{title[:1].upper()}{title[1:]}.",
        "verify": [f"stackflight check TEMPLATE finds it before anything is made ({row.get('check', row['id'])})"],
        "remedies": [f"In the template: {fix}.", *(written.remedies if written else ())],
        "retry": "sometimes" if ordering and not row.get("sure") else "no",
        "sources": [row["source"]],
    }


def _plain(text: str) -> str:
    """The cure without the holes that a finding fills with names; that of the failed resource stays."""
    named = re.sub(r"\{subject\}", "{resource}", text)
    return re.sub(r"\{(?!resource\})(\w{1,40})\}", lambda hole: f"what {hole[1]} names", named).rstrip(".")


def _refused(row: Mapping[str, Any]) -> str:
    """What kind of trouble a refusal is: by its words, and by how many properties its condition asks of."""
    asked = str(row["if"])
    paths = {path.split(".")[0].rstrip("[]") for path in re.findall(r"'(?:path|each)': '([^']{1,200})'", asked)}
    if row.get("phase") == "delete":
        return "delete-blocked"
    if _LACKING.search(str(row.get("text", ""))):
        return "missing-property"
    return "contract" if len(paths) > 1 or "'via'" in asked else "invalid-value"


def _ordered(row: Mapping[str, Any]) -> str:
    """A service that lacks a right says so, whether the right comes too late or never."""
    return "permission" if _RIGHTS.search(str(row.get("text", ""))) else "ordering"


_FAMILIES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "refusals": _refused,
    "orders": _ordered,
    "role_uses": lambda _: "permission",
    "senders": lambda _: "permission",
    "updates": lambda _: "immutable-update",
    "words": lambda row: str(row["family"]),
}
_REMEDIES = {
    "refusals": "change what the message names",
    "orders": "let {resource} depend on what it uses (DependsOn), so that it comes after it",
    "senders": "allow the service in the policy of what it sends to",
    "role_uses": "give the role the rights that the message names, and let {resource} depend on its policy",
    "updates": "leave the property as it is, or make a resource with another logical id in its place",
}


def written_for(entries: Sequence[tuple[Cause, tuple[Pattern, ...]]]) -> Known:
    """Looks a text up among entries that were written by hand."""

    def known(text: str) -> list[tuple[Cause, int]]:
        folded = Folded.of(text)
        found = ((cause, [one.weight for one in patterns if one.matches(folded)]) for cause, patterns in entries)
        return [(cause, max(weights)) for cause, weights in found if weights]

    return known
