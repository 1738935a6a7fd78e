"""A reason and where it was given -> the causes that its words speak of, best first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from stackflight.diagnose.catalogue import RANKS, Catalogue, Entry
from stackflight.diagnose.codes import families_of_codes, without_codes
from stackflight.diagnose.pattern import Folded
from stackflight.model.diagnosis import Cause, Confidence
from stackflight.patterns import compile_later
from stackflight.records import dataclass

_CODE = compile_later(r"Handler\s{0,4}Error\s{0,4}Code:\s{0,8}([A-Za-z]{4,40})")
_ENVELOPE = compile_later(r"\(RequestToken:[^()]{0,120}HandlerErrorCode:\s{0,8}[A-Za-z]{4,40}\)")
# An envelope in which the handler put no words of its own.
_WORDLESS = compile_later(
    r"returned message: \"\s{0,2}(?:null|None|Invalid request provided:? ?(?:[A-Za-z0-9]{2,64}(?:::[A-Za-z0-9]{2,64}){2})?)?\.?\s{0,2}\" ?\(RequestToken"
)
_KEPT = 4
# A word or two can stand in many texts: a pattern without a piece of this length does not make a cause certain.
_TELLING = 14
# What stands in the words counts more than what stands in the code beside them.
_IN_WORDS = 100
_CLEAR = 9
# A handler's code that names a trouble says more than a status of HTTP.
_NAMED_CODE = 16
_OF_VALUES = frozenset({"invalid-value", "missing-property"})
# A text of this length belongs to one thing only, whatever type it is told of.
_UNMISTAKABLE = 40
_UNTYPED = {RANKS["narrow"]: RANKS["general"], RANKS["special"]: RANKS["general"], RANKS["general"]: RANKS["wrapper"]}


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
    code = _CODE.search(text)
    folded = Folded.of(_ENVELOPE.sub("", text) if code else text)
    found, lawful = [], set()
    for entry in catalogue.may_match(folded.text):
        match = _match(entry, folded, type, status, code[1].lower() if code else "")
        if match is not None:
            found.append(match)
            lawful |= {entry.cause.id} if entry.law else set()
    if _WORDLESS.search(text):
        found = [_unsure(match) for match in found if match.rank != RANKS["general"]]
    if not type:
        found = _of_no_type(found, lawful)
    if status.startswith("DELETE"):
        found = _of_deletion(found)
    if found and max(match.rank for match in found) == RANKS["general"]:
        found = _by_words(catalogue, text, found)
    found.sort(key=lambda match: (-match.rank, match.confidence is Confidence.LOW, -match.weight, match.cause.id))
    return tuple(found[:_KEPT])


def _unsure(match: Match) -> Match:
    return replace(match, confidence=Confidence.MEDIUM) if match.confidence is Confidence.HIGH else match


def _of_no_type(found: list[Match], lawful: set[str]) -> list[Match]:
    """Words that every type gets to hear speak of one type's own rule only where the type is told, and other troubles make it doubtful."""
    common = [match for match in found if match.cause.id not in lawful and match.rank > RANKS["wrapper"]]
    return [_doubted(match, common) if match.cause.id in lawful else match for match in found]


def _doubted(match: Match, common: list[Match]) -> Match:
    if any(2 * other.weight > match.weight for other in common):
        return replace(match, rank=min(match.rank, RANKS["wrapper"]), confidence=Confidence.LOW)
    return _unsure(match) if any(other.cause.family != match.cause.family for other in common) else match


def _of_deletion(found: list[Match]) -> list[Match]:
    """A deletion brings no values of a template: what a service then calls invalid is not what holds it up."""
    others = [match for match in found if match.rank > RANKS["general"] or match.cause.family not in _OF_VALUES]
    return others or found


def _match(entry: Entry, folded: Folded, type: str, status: str, code: str) -> Match | None:
    cause = entry.cause
    if cause.types and type and not _is_of(type, status, cause.types):
        return None
    if cause.patterns:
        pattern = max((one for one in entry.patterns if one.matches(folded)), key=lambda one: one.weight, default=None)
        if pattern is None or any(one.matches(folded) for one in entry.unless):
            return None
        typed = bool(cause.types) and bool(type or _operates(status, cause.types))
        confidence = cause.at_best
        telling = max(len(piece.text) for piece in pattern.pieces) >= _TELLING and pattern.text not in cause.weak
        if confidence is Confidence.HIGH and not telling:
            confidence = Confidence.MEDIUM
        if cause.types and not typed and pattern.weight < _UNMISTAKABLE:
            # It belongs to some types only, and the text does not tell the type.
            return Match(
                cause, _lowered(confidence), pattern.take(folded), _UNTYPED.get(entry.rank, 0), pattern.weight - 4
            )
        return Match(cause, confidence, pattern.take(folded), entry.rank, pattern.weight + 8 * typed)
    if code and code in cause.codes and not any(one.matches(folded) for one in entry.unless):
        return Match(cause, cause.at_best, {}, entry.rank, _NAMED_CODE + 8 * bool(cause.types and type))
    return None


def _by_words(catalogue: Catalogue, text: str, found: list[Match]) -> list[Match]:
    """General causes that stand in the words themselves before those that stand in the code alone.

    They are certain where the codes beside the words say the same, and doubted where all say otherwise.
    """
    words = Folded.of(without_codes(text))
    voices = families_of_codes(text)
    spoken = {
        entry.cause.id: max((one.weight for one in entry.patterns if one.matches(words)), default=0)
        for entry in catalogue.may_match(words.text)
        if entry.cause.rank == "general"
    }
    return [_spoken(match, spoken.get(match.cause.id, 0), voices) for match in found]


def _spoken(match: Match, weight: int, voices: tuple[frozenset[str], ...]) -> Match:
    if not weight:
        return match
    match = replace(match, weight=_IN_WORDS + weight)
    agreed = [match.cause.family in families for families in voices]
    if not agreed or match.cause.at_best is Confidence.LOW:
        return match
    if all(agreed) and weight >= _CLEAR:
        return replace(match, confidence=Confidence.HIGH)
    return (
        match
        if any(agreed) or match.confidence is not Confidence.HIGH
        else replace(match, confidence=Confidence.MEDIUM)
    )


def _lowered(confidence: Confidence) -> Confidence:
    return Confidence.MEDIUM if confidence is Confidence.HIGH else Confidence.LOW


def _operates(status: str, allowed: tuple[str, ...]) -> bool:
    """Whether an operation alone, whatever the type, is what a cause is limited to."""
    return any(one.startswith("* (") and _is_of("", status, (one,)) for one in allowed)


def _is_of(type: str, status: str, allowed: tuple[str, ...]) -> bool:
    """`AWS::RDS::*` allows every type of RDS, `… (delete)` deletions only."""
    for one in allowed:
        name, _, operation = one.partition(" (")
        if operation and not status.startswith(operation.rstrip(")").upper()):
            continue
        if type == name or (name.endswith("*") and type.startswith(name[:-1])):
            return True
    return False
