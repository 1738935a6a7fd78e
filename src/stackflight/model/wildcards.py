"""Patterns in which `*` stands for any text and `?` for one character, as policies write them.

Source: IAM User Guide, IAM JSON policy elements (wildcards in actions and resources). They come from strangers, so none
becomes a regular expression: twenty `*` in a row would keep one busy for years.
"""

from __future__ import annotations

import re
from functools import lru_cache

from stackflight.model.budgets import PATTERN_STEPS


def matches(text: str, pattern: str) -> bool:
    """Whether a pattern covers a text. Takes as long as the text is long, times the pieces of the pattern at most."""
    first, star, rest = pattern.partition("*")
    if not star:
        return len(text) == len(pattern) and _find(first, text, 0, len(text)) == 0
    *between, last = rest.split("*")
    end = len(text) - len(last)
    if end < len(first) or _find(first, text, 0, len(first)) != 0 or _find(last, text, end, len(text)) != end:
        return False
    at = len(first)
    for piece in between:
        found = _find(piece, text, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _find(piece: str, text: str, start: int, end: int) -> int:
    """Where a piece without `*` begins in a part of a text, -1 where it does not."""
    if "?" not in piece:
        return text.find(piece, start, end)
    found = re.compile(re.escape(piece).replace(r"\?", "."), re.DOTALL).search(text, start, end)
    return found.start() if found else -1


@lru_cache(maxsize=4096)
def meet(one: str, other: str) -> bool:
    """Whether two patterns have a text in common; True, which is "may be", where telling would take too long."""
    one, other = re.sub(r"\*+", "*", one), re.sub(r"\*+", "*", other)
    if "*" not in other + one and "?" not in other + one:
        return one == other
    if len(one) * len(other) > PATTERN_STEPS.most:
        return True
    # Row by row: reached[j] says whether what is read of `one` and the first j characters of `other` have one in common.
    reached = [not other[:j].strip("*") for j in range(len(other) + 1)]
    for char in one:
        before, reached = reached, [reached[0] and char == "*"]
        for j, opposite in enumerate(other, start=1):
            if char == "*" or opposite == "*":
                reached.append(before[j] or reached[j - 1] or before[j - 1])
            else:
                reached.append(before[j - 1] and (char == opposite or "?" in (char, opposite)))
    return reached[-1]
