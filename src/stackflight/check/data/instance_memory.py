"""Memory of EC2 instance types by family and size.

Date: 2026-11-20. Source: Amazon EC2 instance types guide. Only families whose memory follows from the size.
"""

from __future__ import annotations

import re

_BURSTABLE = {
    "nano": 512,
    "micro": 1024,
    "small": 2048,
    "medium": 4096,
    "large": 8192,
    "xlarge": 16384,
    "2xlarge": 32768,
}
_PER_LARGE_MIB = {"m": 8192, "c": 4096, "r": 16384}
_NAME = re.compile(r"(t2|t3a?|t4g|([mcr])([5-9])[a-z]*)\.(\d*)(nano|micro|small|medium|large|xlarge)")


def memory_mib(name: str) -> int | None:
    """The memory of an instance type such as t3.small; None for types that are not in the table."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    letter, count, size = match.group(2), match.group(4), match.group(5)
    if letter is None:
        return _BURSTABLE.get(f"{count}{size}")
    large = _PER_LARGE_MIB[letter]
    if size == "large" and not count:
        return large
    if size == "xlarge":
        return large * 2 * int(count or 1)
    return large // 2 if size == "medium" and not count else None
