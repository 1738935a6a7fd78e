"""Virtual time: a clock that moves when it is told to, and the agenda of what happens when."""

from __future__ import annotations

import heapq
from collections.abc import Callable


class VirtualClock:
    """A clock whose `sleep` costs nothing."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        """Seconds since the clock was made."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move on; negative durations count as none."""
        self._now += max(0.0, seconds)


class Agenda:
    """Callbacks in the order of their time; those of one moment in the order in which they were entered."""

    def __init__(self) -> None:
        self.now = 0.0
        self._entries: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def after(self, seconds: float, callback: Callable[[], None]) -> None:
        """Call back once `seconds` have passed."""
        self._count += 1
        heapq.heappush(self._entries, (self.now + max(0.0, seconds), self._count, callback))

    @property
    def next_time(self) -> float | None:
        """When the next entry is due; None where there is none."""
        return self._entries[0][0] if self._entries else None

    def step(self) -> bool:
        """Make the next thing happen, at its time. Returns whether anything was due."""
        if not self._entries:
            return False
        self.now, _, callback = heapq.heappop(self._entries)
        callback()
        return True

    def run(self, until: float) -> None:
        """Make everything happen that is due up to and including `until`."""
        entries = self._entries
        while entries and entries[0][0] <= until:
            self.now, _, callback = heapq.heappop(entries)
            callback()
        self.now = max(self.now, until)
