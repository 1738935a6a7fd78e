"""What a deployment may cost and how long it may take, as somebody has set it."""

from __future__ import annotations

from decimal import Decimal

from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """US dollars a month and seconds; None where there is no limit."""

    monthly: Decimal | None = None
    seconds: float | None = None

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return self.monthly is not None or self.seconds is not None
