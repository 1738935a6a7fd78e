"""A clock that passes at once while somebody sleeps, and what of a screen differs from run to run made alike."""

from __future__ import annotations

import re


class PatientClock:
    """Time passes only by sleeping, and that costs none."""

    def __init__(self) -> None:
        self.time = 1_790_000_000.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def alike(text: str) -> str:
    """Run ids without their digits."""
    return re.sub(r"r-\d{16}", "r-0000000000000000", text)
