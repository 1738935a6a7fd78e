"""A word that nobody knows -> the known one that it was probably meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from stackflight.model.budgets import NEAR_CHARACTERS, NEAR_WORDS


def closest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known word that looks most like one; None where none does, or where it is too long to have been misspelt."""
    return _closest(word, tuple(known), cutoff) if len(word) <= NEAR_CHARACTERS.most else None


@dataclass
class Suggestions:
    """The closest words for as many unknown ones as somebody reads; after that there is none."""

    asked: int = 0

    def closest(self, word: str, known: Iterable[str]) -> str | None:
        """The known word that looks most like one."""
        self.asked += 1
        return closest(word, known) if self.asked <= NEAR_WORDS.most else None


@lru_cache(maxsize=256)
def _closest(word: str, known: tuple[str, ...], cutoff: float) -> str | None:
    short = [other for other in known if len(other) <= NEAR_CHARACTERS.most]
    return next(iter(difflib.get_close_matches(word, short, 1, cutoff)), None)


def is_slip(wrong: str, right: str) -> bool:
    """Case, two letters changed over, one letter too few or too many; not the end of a word, which tells one from many."""
    one, other = wrong.lower(), right.lower()
    if one == other or (len(one) == len(other) and sorted(one) == sorted(other)):
        return True
    longer, shorter = sorted((one, other), key=len, reverse=True)
    if len(longer) - len(shorter) != 1 or longer[:-1] == shorter:
        return False
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))
