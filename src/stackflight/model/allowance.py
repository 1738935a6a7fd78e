"""How many reads of an account may be made at once, and how it fills again: a bucket of tokens."""

from __future__ import annotations

from stackflight.records import dataclass

AT_ONCE = 20.0


@dataclass(frozen=True)
class Allowance:
    """Reads that are left (less than none: promised to those who wait already), as of a time in seconds."""

    left: float = AT_ONCE
    filled: float = 0.0

    def take(self, now: float, per_second: float) -> tuple[Allowance, float]:
        """What is left after one read, and the seconds until that read may be made."""
        left = min(self.left + max(now - self.filled, 0.0) * per_second, AT_ONCE) - 1.0
        return Allowance(left, now), max(-left, 0.0) / per_second
