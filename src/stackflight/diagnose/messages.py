"""Messages without an event -> the one that tells most, with the causes it speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stackflight.diagnose.catalogue import RANKS, Catalogue
from stackflight.diagnose.codes import is_code
from stackflight.diagnose.match import Match, find_causes
from stackflight.model.diagnosis import Confidence
from stackflight.model.history import History
from stackflight.patterns import compile_later
from stackflight.records import dataclass

_LIST = compile_later(r"\[\s{0,3}\"(.{10,8000}?)(?:\"\s{0,3}\]|\Z)", re.DOTALL)
_ALARMING = compile_later(
    r"error|fail|denied|denies|not authori[sz]ed|exceed|cannot|can't|could not|couldn't|unable|invalid|not (?:found|exist|valid|supported|allowed|available|permitted)|"
    r"does not|doesn't|already|must |required|limit|timed? ?out|unhealthy|stopped|exception|missing|reached|refused|no such|too (?:many|large|long)|"
    r"insufficient|unresolved|circular|expired|conflict|in use|not empty|is in |no updates|no changes|killed|throttl|unsupported|unknown|wasn't|isn't|not ",
    re.IGNORECASE,
)
# Words that all services share stand in any log; there they count only in a line that tells of a failure.
_FAILING = compile_later(
    r"\(Service:|Status ?Code|HandlerErrorCode|Exception|[Ee]rror|ERROR|[Ff]ail(?:ed|ure)|FAIL|[Dd]enied|not authori[sz]ed|✖|✘|❌|ROLLBACK|does not exist|not found|already exists|[Cc]annot|[Uu]nable|exceed|not stabili[sz]e|timed out"
)
_FEW = 3
_TYPE = compile_later(r"\b((?:AWS|Alexa)::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}|Custom::[A-Za-z0-9]{2,64})\b")
_OF = compile_later(
    r"^[-*✖✘❌ ]{0,6}(?:[A-Z]\w{2,30}Error: )?(?:An error occurred: |ERROR: |Error: )?(?P<id>[A-Z][A-Za-z0-9]{2,254})(?: \([A-Za-z0-9]{2,64}::[A-Za-z0-9:]{2,130}\))?(?: - (?P<physical>[\w./:-]{1,255}: )?|: )[^\s\d]"
)
# Errors of a template name the resources that they are about, and exports that the CDK names begin with their stack's name.
_NAMED = compile_later(
    r"(?:Unresolved resource dependencies|[Cc]ircular dependency between resources:) \[(?P<listed>[A-Za-z]\w{0,254})"
    r"|Template (?:format )?error: [Rr]esource (?P<broken>[A-Za-z][A-Za-z0-9]{0,254}) "
    r"|[Ee]xport (?P<stack>[A-Za-z][A-Za-z0-9-]{0,127}):ExportsOutput"
)
_MESSAGES = 2000


@dataclass(frozen=True)
class Told:
    """A message, its causes best first (empty: it sounds like a failure and is not known), and the type and resource that it names."""

    text: str
    matches: tuple[Match, ...]
    type: str
    resource: str = ""

    @property
    def tells(self) -> bool:
        """Whether it says more than that something failed."""
        return bool(self.matches) and self.matches[0].rank > RANKS["wrapper"]


def best_message(catalogue: Catalogue, history: History, type: str) -> Told | None:
    """The message that tells most: what is known specially, then what is known generally, then what only sounds bad.

    Of equals the one that tells of a failure counts, not a notice beside it, and then the first.
    """
    alone = len(history.messages) <= _FEW and not any(_FAILING.search(one[:4000]) for one in history.messages)
    best: tuple[tuple[int, int, bool], Told] | None = None
    for text in _texts(history):
        named = _TYPE.search(text)
        kind = type or (named[1] if named else "")
        matches = find_causes(catalogue, text, kind)
        if matches and matches[0].rank <= RANKS["general"] and not alone and not _FAILING.search(text[:4000]):
            matches = ()
        if not matches and not _ALARMING.search(text[:4000]):
            continue
        told = Told(text, matches, kind, _said_of(text) if matches else "")
        key = (*_key(told), bool(_FAILING.search(text[:4000])))
        if best is None or key > best[0]:
            best = (key, told)
    return best[1] if best else None


def _said_of(text: str) -> str:
    """The logical id that a message begins with, as in `MyAlias: Function not found`, or that an error of a template names."""
    if named := _NAMED.search(text[:4000]):
        return named["listed"] or named["broken"] or named["stack"]
    match = _OF.match(text)
    if match is None or match["id"].endswith(("Exception", "Error", "Fault", "Failure")) or is_code(match["id"]):
        return ""
    id = match["id"]
    if match["physical"]:  # `Alias - shop-live: reason`
        return id
    return id if any(char.isupper() or char.isdigit() for char in id[1:]) and any(map(str.islower, id)) else ""


def _key(told: Told) -> tuple[int, int]:
    if not told.matches:
        return (0, 0)
    match = told.matches[0]
    rank = min(match.rank, RANKS["general"]) if match.cause.family == "none" else match.rank
    sure = {Confidence.HIGH: 2, Confidence.MEDIUM: 1, Confidence.LOW: 0}[match.confidence]
    return (1 + rank, sure if rank >= RANKS["general"] else 0)


def _texts(history: History) -> Iterator[str]:
    """Every message; a list of quoted reasons (Terraform's) is taken apart."""
    for evidence in history.evidence:
        yield evidence.text
    for message in history.messages[:_MESSAGES]:
        match = _LIST.search(message) if '["' in message or '[ "' in message else None
        if match:
            yield from (part for part in re.split(r'"[ ,\n]{1,6}"', match[1]) if part.strip())
        yield message
