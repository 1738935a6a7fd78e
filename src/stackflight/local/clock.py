"""The `Clock` port over this machine's clock."""

from __future__ import annotations

import time


class SystemClock:
    """Real time: read once from the calendar, then counted, so that it never goes backwards."""

    def __init__(self) -> None:
        self._origin = time.time() - time.monotonic()

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._origin + time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
