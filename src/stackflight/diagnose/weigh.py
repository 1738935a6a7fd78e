"""The causes of a root, and what else was said -> the cause that is given, and how sure it is.

Words that say what went wrong decide. Words that only say that something did (a code, a time-out, a custom resource that answered FAILED) give way
to evidence that speaks of the same resource, and lose confidence where there is none.
"""

from __future__ import annotations

from stackflight.diagnose.catalogue import RANKS, Catalogue
from stackflight.diagnose.match import Match, find_causes
from stackflight.model.diagnosis import Cause, Confidence
from stackflight.model.event import Event
from stackflight.model.evidence import Evidence, EvidenceKind
from stackflight.model.history import History
from stackflight.records import dataclass

_LOOKED_AT = 400
_REPORTING = frozenset({"app-start", "custom-resource", "timeout", "health-check", "permission"})
# Families that a service or a program can be in behind a resource that only reports that it is not well.
_BEHIND = frozenset({"app-start", "network", "permission", "health-check", "capacity", "quota", "invalid-value", "missing-reference", "timeout",
                     "missing-property", "custom-resource", "contract", "account-setup", "not-offered", "name-taken"})  # fmt: skip


# What a program behind a custom resource reports of others; anything else it says is its own failure.
_TOLD_BY_CODE = frozenset(
    {
        "permission",
        "quota",
        "capacity",
        "network",
        "timeout",
        "name-taken",
        "custom-resource",
        "delete-blocked",
        "ordering",
    }
)


@dataclass(frozen=True)
class Weighed:
    """The match that counts (None: nothing known), the others worth naming, and the evidence that spoke."""

    match: Match | None
    confidence: Confidence
    alternatives: tuple[Cause, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def weigh(catalogue: Catalogue, root: Event, matches: tuple[Match, ...], history: History) -> Weighed:
    """What counts of the causes of one failure."""
    best = matches[0] if matches else None
    if best is None or best.confidence is Confidence.LOW or best.rank == RANKS["wrapper"] or _only_reports(best):
        spoken = _behind(catalogue, root, history)
        if spoken is not None:
            match, evidence = spoken
            alternatives = (best.cause,) if best else ()
            sure = (
                Confidence.HIGH
                if match.confidence is Confidence.HIGH and evidence.resource == root.resource
                else Confidence.MEDIUM
            )
            return Weighed(match, sure, alternatives, (evidence,))
    if _is_custom(root.type) and (
        best is None or (best.rank <= RANKS["general"] and best.cause.family not in _TOLD_BY_CODE)
    ):
        best = next((match for match in matches if match.cause.family == "custom-resource"), None) or _of_code(
            catalogue
        )
        return Weighed(
            best, Confidence.MEDIUM, tuple(match.cause for match in matches[:1] if match.cause is not best.cause)
        )
    if best is None:
        return Weighed(None, Confidence.LOW)
    rivals = tuple(
        match.cause for match in matches[1:] if match.rank == best.rank and match.cause.family != best.cause.family
    )
    named = tuple(
        match.cause
        for match in matches[1:3]
        if match.rank >= RANKS["general"] and match.cause.family != best.cause.family
    )
    confidence = best.confidence
    if rivals and best.rank < RANKS["special"] and confidence is Confidence.HIGH:
        confidence = Confidence.MEDIUM
    return Weighed(best, confidence, rivals or named, _of_hooks(root, history) if best.cause.family == "hook" else ())


def _of_hooks(root: Event, history: History) -> tuple[Evidence, ...]:
    """What the hooks that refused the root say themselves: its own reason only names them."""
    return tuple(one for one in history.evidence if one.kind is EvidenceKind.HOOK and one.resource == root.resource)[:3]


def _only_reports(match: Match) -> bool:
    """Whether the words say that something is not well, or was refused, and another place says why and what."""
    return match.confidence is not Confidence.HIGH and match.cause.family in _REPORTING


def _is_custom(type: str) -> bool:
    return type.startswith("Custom::") or type == "AWS::CloudFormation::CustomResource"


def _of_code(catalogue: Catalogue) -> Match:
    return Match(catalogue.find("custom-resource-answered-failed"), Confidence.MEDIUM, {}, RANKS["general"], 0)


def _behind(catalogue: Catalogue, root: Event, history: History) -> tuple[Match, Evidence] | None:
    """Evidence about the root first, then whatever else was said."""
    heard = [one for one in history.evidence if one.kind is not EvidenceKind.UNANSWERED]
    said = [one for one in heard if one.resource == root.resource]
    said += [one for one in heard if one.resource != root.resource and one.resource == ""]
    said += [
        Evidence(EvidenceKind.MESSAGE, message)
        for message in history.messages[:_LOOKED_AT]
        if root.reason[:80] not in message
    ]
    for one in said:
        matches = find_causes(catalogue, one.text)
        for match in matches[:1]:
            if (
                match.rank >= RANKS["special"]
                and match.cause.family in _BEHIND
                and match.confidence is not Confidence.LOW
            ):
                return match, one
    return None
