"""The `Clock` port over this machine's clock, and a faster one for what is simulated."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackflight.ports import Clock


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


class FasterClock:
    """Time that passes `speed` times as fast as another clock's; it begins at nought and passes only while one sleeps.

    So what is simulated does not hang on how fast this machine is.
    """

    def __init__(self, clock: Clock, speed: float) -> None:
        self._clock = clock
        self._speed = speed
        self._now = 0.0

    def now(self) -> float:
        """Seconds since it was made."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Wait, as much shorter as it is faster."""
        seconds = max(0.0, seconds)
        self._clock.sleep(seconds / self._speed)
        self._now += seconds


class RunningClock:
    """Time that runs on by itself, `speed` times as fast as another clock's; it began at nought when that read `origin`."""

    def __init__(self, clock: Clock, speed: float) -> None:
        self._clock = clock
        self._speed = speed
        self.origin = clock.now()

    def now(self) -> float:
        """Seconds since it was made."""
        return (self._clock.now() - self.origin) * self._speed

    def sleep(self, seconds: float) -> None:
        """Wait, as much shorter as it is faster."""
        self._clock.sleep(max(0.0, seconds) / self._speed)
