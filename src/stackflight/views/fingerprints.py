"""A file's text -> one fingerprint for each line, the way GitHub computes `primaryLocationLineHash`.

The upload action computes it too and warns where ours differs; who uploads through the API has to bring it along. It
follows a line that moves. Source: github/codeql-action, src/fingerprints.ts: a rolling hash with base 37, modulo 2^64,
over the 100 characters from the line's start that are neither blank nor tab; lines of one hash are counted.
"""

from __future__ import annotations

import re
import struct
from collections import Counter, deque

_WINDOW = 100
_BASE = 37
_MODULUS = 1 << 64
_LEAVING = pow(_BASE, _WINDOW, _MODULUS)
_END_OF_FILE = 0xFFFF
_LINE_FEED = ord("\n")


def line_fingerprints(text: str) -> list[str]:
    """A fingerprint for every line, the one behind the last line break included."""
    units = _units(text)
    starts = [0, *(index + 1 for index, unit in enumerate(units) if unit == _LINE_FEED)]
    units += [_END_OF_FILE, *[0] * _WINDOW]
    ends = {start + _WINDOW for start in starts}
    hashes: list[int] = []
    seen: deque[int] = deque([0] * _WINDOW, maxlen=_WINDOW)
    value = 0
    for index, unit in enumerate(units):
        if index in ends:
            hashes.append(value)
        value = (_BASE * value + unit - _LEAVING * seen[0]) % _MODULUS
        seen.append(unit)
    counts: Counter[int] = Counter()
    made = []
    for found in hashes:
        counts[found] += 1
        made.append(f"{found:x}:{counts[found]}")
    return made


def _units(text: str) -> list[int]:
    """UTF-16 code units without blanks and tabs; every kind of line break is one line feed."""
    kept = re.sub("[ \t]", "", text.replace("\r\n", "\n").replace("\r", "\n"))
    return [unit for (unit,) in struct.iter_unpack("<H", kept.encode("utf-16-le", "surrogatepass"))]
