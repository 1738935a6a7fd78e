"""A pattern in AWS's words against a text: literal pieces in their order, with gaps between them.

`…` stands for anything, `{name}` for what is to be taken out. Case, white space and quotes do not count: columns break texts
at any place, and shells take quotes away. Pieces are looked for from left to right, so a match costs one pass over the text whatever stands in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

LONGEST_TEXT = 8000
_DROPPED = " \t\r\n\x0b\x0c\u00a0'\"`´‘’“”?\ufffd\\"
_FOLD = {ord(char): None for char in _DROPPED} | {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_HOLES = re.compile(r"…|\{([a-z_]{1,30})\}")
_LONGEST_CAPTURE = 300


def fold(text: str) -> str:
    """The text as patterns see it."""
    return text[:LONGEST_TEXT].translate(_FOLD)


@dataclass(frozen=True)
class Pattern:
    """`pieces` are folded; `names` says for each gap before a piece (and the one at the end) what it is called, or ""."""

    text: str
    pieces: tuple[str, ...]
    names: tuple[str, ...]
    weight: int

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(text: str) -> Pattern:
        """The pattern that a text is. A piece of fewer than two characters is an error."""
        pieces: list[str] = []
        names: list[str] = [""]
        place = 0
        for hole in _HOLES.finditer(text):
            piece = text[place : hole.start()].translate(_FOLD)
            place = hole.end()
            if piece:
                pieces.append(piece)
                names.append(hole[1] or "")
            else:
                names[-1] = names[-1] or hole[1] or ""
        last = text[place:].translate(_FOLD)
        if last:
            pieces.append(last)
            names.append("")
        if not pieces:
            raise ValueError(f"a pattern without words: {text}")
        return Pattern(text, tuple(pieces), tuple(names), sum(map(len, pieces)))

    def ends(self, folded: str) -> list[int] | None:
        """Where each piece begins and ends in a folded text, alternating; None where one is missing."""
        place = 0
        found: list[int] = []
        for piece in self.pieces:
            start = folded.find(piece, place)
            if start < 0:
                return None
            place = start + len(piece)
            found += (start, place)
        return found

    def matches(self, folded: str) -> bool:
        """Whether all pieces stand in the text, in this order."""
        place = 0
        for piece in self.pieces:
            start = folded.find(piece, place)
            if start < 0:
                return False
            place = start + len(piece)
        return True

    def take(self, text: str, folded: str) -> dict[str, str]:
        """What stands in the named gaps, as the text has it."""
        if not any(self.names):
            return {}
        found = self.ends(folded)
        if found is None:
            return {}
        kept = [
            place
            for place, char in enumerate(text[:LONGEST_TEXT])
            if ord(char) not in _FOLD or _FOLD[ord(char)] is not None
        ]
        bounds = [0, *found, len(folded)]
        taken = {}
        for number, name in enumerate(self.names):
            if name:
                start, end = bounds[2 * number], bounds[2 * number + 1]
                value = text[kept[start] : kept[end - 1] + 1] if end > start else ""
                taken[name] = _trimmed(value, open_end=number == len(self.names) - 1, open_start=number == 0)
        return taken


def _trimmed(value: str, *, open_end: bool, open_start: bool) -> str:
    """A gap at either end of a pattern takes one word."""
    value = value.strip(" \t\n'\"`[](),;")
    if open_end:
        value = value.split(maxsplit=1)[0].rstrip(".,;:)]\"'") if value.split() else ""
    elif open_start:
        value = value.split()[-1] if value.split() else ""
    return value[:_LONGEST_CAPTURE]
