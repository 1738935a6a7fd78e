"""A reason and where it was given -> the causes that its words speak of, best first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from stackflight.diagnose.catalogue import Catalogue, Entry
from stackflight.diagnose.pattern import fold
from stackflight.model.diagnosis import Cause, Confidence

_CODE = re.compile(r"handlererrorcode:([a-z]{4,40})")
_ENVELOPE = re.compile(r"\(requesttoken:[0-9a-z,:-]{0,80}?handlererrorcode:[a-z]{4,40}\)")
_KEPT = 4


@dataclass(frozen=True)
class Match:
    """A cause that a text speaks of, how sure that makes it, and what was taken out of the text."""

    cause: Cause
    confidence: Confidence
    taken: Mapping[str, str]
    rank: int
    weight: int


def find_causes(catalogue: Catalogue, text: str, type: str = "", status: str = "") -> tuple[Match, ...]:
    """All causes that match, the special before the general, the longer before the shorter."""
    if not text.strip():
        return ()
    return _find(catalogue, text, type, status)


@lru_cache(maxsize=8192)
def _find(catalogue: Catalogue, text: str, type: str, status: str) -> tuple[Match, ...]:
    folded = fold(text)
    code = _CODE.search(folded)
    if code:
        folded = _ENVELOPE.sub("", folded)
    found = []
    for entry in catalogue.entries:
        match = _match(entry, text, folded, type, status, code[1] if code else "")
        if match is not None:
            found.append(match)
    found.sort(key=lambda match: (-match.rank, -match.weight, match.cause.id))
    return tuple(found[:_KEPT])


def _match(entry: Entry, text: str, folded: str, type: str, status: str, code: str) -> Match | None:
    cause = entry.cause
    if cause.types and type and not _is_of(type, status, cause.types):
        return None
    if cause.patterns:
        pattern = max((one for one in entry.patterns if one.matches(folded)), key=lambda one: one.weight, default=None)
        if pattern is None or any(one.matches(folded) for one in entry.unless):
            return None
        narrow = bool(cause.types) and bool(type)
        return Match(cause, cause.at_best, pattern.take(text, folded), entry.rank, pattern.weight + 8 * narrow)
    if code and code in cause.codes and not any(one.matches(folded) for one in entry.unless):
        return Match(cause, cause.at_best, {}, entry.rank, 8 * bool(cause.types and type))
    return None


def _is_of(type: str, status: str, allowed: tuple[str, ...]) -> bool:
    """`AWS::RDS::*` allows every type of RDS, `… (delete)` deletions only."""
    for one in allowed:
        name, _, operation = one.partition(" (")
        if operation and not status.startswith(operation.rstrip(")").upper()):
            continue
        if type == name or (name.endswith("*") and type.startswith(name[:-1])):
            return True
    return False
