"""A pattern in AWS's words against a text: literal pieces in their order, with gaps between them.

`…` stands for anything, `{name}` for what is to be taken out. Case, white space and quotes do not count: columns break texts
at any place, and shells take quotes away. Pieces are looked for from left to right, so a match costs one pass over the text whatever stands in it.
"""

from __future__ import annotations

from functools import lru_cache

from stackflight.patterns import compile_later
from stackflight.records import dataclass

LONGEST_TEXT = 8000
_DROPPED = " \t\r\n\x0b\x0c\u00a0'\"`´‘’“”?\ufffd\\"
_FOLD = {ord(char): None for char in _DROPPED} | {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_HOLES = compile_later(r"…|\{([a-z_]{1,30})\}")
_LONGEST_CAPTURE = 300
# What may follow the last word of a piece within one word: `tasks`, `LimitExceededException`, but not `in use` in `UserPool`.
_ENDINGS = frozenset(
    {"", "s", "es", "d", "ed", "ing", "ion", "ions", "ies", "y", "er", "al", "exception", "fault", "error"}
)


@dataclass(frozen=True)
class Folded:
    """A text as patterns see it: `text` without what does not count, and for each character where it stands in `whole`."""

    whole: str
    text: str
    places: tuple[int, ...]

    @staticmethod
    def of(whole: str) -> Folded:
        """The folded form of a text."""
        whole = whole[:LONGEST_TEXT]
        places = tuple(place for place, char in enumerate(whole) if char not in _DROPPED)
        return Folded(whole, whole.translate(_FOLD), places)

    def parted(self, place: int) -> bool:
        """Whether a word can begin at a place: white space, quotes or punctuation stand before it."""
        if place == 0 or self.places[place] - self.places[place - 1] > 1:
            return True
        return not (self.text[place].isalnum() and self.text[place - 1].isalnum())

    def ending(self, place: int) -> str:
        """The small letters that follow a place within the same word; empty where a word ends there."""
        if (
            not self.text[place - 1].isalpha()
            or place >= len(self.text)
            or self.places[place] - self.places[place - 1] > 1
        ):
            return ""
        start = self.places[place]
        end = start + self.whole[start].isupper()
        while end < min(len(self.whole), start + 12) and self.whole[end].islower():
            end += 1
        return self.whole[start:end].lower()

    def joined(self, place: int) -> bool:
        """Whether a character follows the one before it without a gap."""
        return place > 0 and self.places[place] - self.places[place - 1] == 1


@dataclass(frozen=True)
class Piece:
    """Words that have to stand together.

    `breaks` are the places in `text` at which a word begins, `humps` those within a word like `ServiceUnavailable` at which no gap may be.
    """

    text: str
    breaks: tuple[int, ...]
    humps: tuple[int, ...]

    def find(self, folded: Folded, start: int) -> int:
        """Where the piece stands from a place on; -1 where it does not. Words do not begin within other words."""
        place = folded.text.find(self.text, start)
        while place >= 0:
            if (
                all(folded.parted(place + one) for one in self.breaks)
                and all(folded.joined(place + one) for one in self.humps)
                and folded.ending(place + len(self.text)) in _ENDINGS
            ):
                return place
            place = folded.text.find(self.text, place + 1)
        return -1


@dataclass(frozen=True)
class Pattern:
    """`pieces` are folded; `names` says for each gap before a piece (and the one at the end) what it is called, or ""."""

    text: str
    pieces: tuple[Piece, ...]
    names: tuple[str, ...]
    weight: int

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(text: str) -> Pattern:
        """The pattern that a text is. Raises ValueError where it has no words."""
        pieces: list[Piece] = []
        names: list[str] = [""]
        place = 0
        for hole in [*_HOLES.finditer(text), None]:
            piece = _piece(text[place : hole.start() if hole else len(text)], place == 0 or text[place - 1] == " ")
            if piece.text:
                pieces.append(piece)
                names.append(hole[1] or "" if hole else "")
            elif hole:
                names[-1] = names[-1] or hole[1] or ""
            place = hole.end() if hole else place
        if not pieces:
            raise ValueError(f"a pattern without words: {text}")
        return Pattern(text, tuple(pieces), tuple(names), sum(len(piece.text) for piece in pieces))

    def ends(self, folded: Folded) -> list[int] | None:
        """Where each piece begins and ends in a folded text, alternating; None where one is missing."""
        place = 0
        found: list[int] = []
        for piece in self.pieces:
            start = piece.find(folded, place)
            if start < 0:
                return None
            place = start + len(piece.text)
            found += (start, place)
        return found

    def matches(self, folded: Folded) -> bool:
        """Whether all pieces stand in the text, in this order."""
        if any(piece.text not in folded.text for piece in self.pieces):
            return False
        return self.ends(folded) is not None

    def take(self, folded: Folded) -> dict[str, str]:
        """What stands in the named gaps, as the text has it."""
        found = self.ends(folded) if any(self.names) else None
        if found is None:
            return {}
        bounds = [0, *found, len(folded.text)]
        taken = {}
        for number, name in enumerate(self.names):
            start, end = bounds[2 * number], bounds[2 * number + 1]
            if name and end > start:
                value = folded.whole[folded.places[start] : folded.places[end - 1] + 1]
                taken[name] = _trimmed(value, open_end=number == len(self.names) - 1, open_start=number == 0)
        return taken


def _piece(text: str, opens: bool) -> Piece:
    """Words begin after white space, and at the beginning where the pattern (or a space before the gap) opens one."""
    folded: list[str] = []
    breaks: list[int] = []
    humps: list[int] = []
    before = ""
    apart = opens or text[:1] == " "
    for char in text:
        if char in _DROPPED:
            apart = apart or char == " "
            continue
        if apart:
            breaks.append(len(folded))
        elif char.isupper() and before.islower():
            humps.append(len(folded))
        before = char
        apart = False
        folded.append(char.translate(_FOLD))
    return Piece("".join(folded), tuple(breaks), tuple(humps))


def _trimmed(value: str, *, open_end: bool, open_start: bool) -> str:
    """A gap at either end of a pattern takes one word."""
    value = value.strip(" \t\n'\"`[](),;")
    if open_end:
        value = value.split(maxsplit=1)[0].rstrip(".,;:)]\"'") if value.split() else ""
    elif open_start:
        value = value.split()[-1] if value.split() else ""
    return value[:_LONGEST_CAPTURE]
