"""How long to wait between two looks: seldom while everything is far from done, often near an end and after a failure."""

from __future__ import annotations

from collections.abc import Callable

from stackflight.model.moment import Progress

SHORTEST, LONGEST = 2.0, 15.0
_AFTER_FAILURE = 3.0


class Rhythm:
    """The waits of one run. `progress` tells what works now; `luck` gives numbers between 0 and 1 for the jitter."""

    def __init__(self, progress: Callable[[], Progress], luck: Callable[[], float]) -> None:
        self._progress = progress
        self._luck = luck
        self.failing = False

    def __call__(self) -> float:
        """Seconds until the next look."""
        return self._wait() * (0.85 + 0.3 * self._luck())

    def _wait(self) -> float:
        if self.failing:
            return _AFTER_FAILURE
        rests = [one.usual - one.seconds for one in self._progress().working]
        if not rests:
            return _AFTER_FAILURE
        # A third of the way to the next end that is expected; what is past its usual time may end at any moment.
        nearest = min(max(rest, 0.0) for rest in rests)
        return min(max(nearest / 3, SHORTEST), LONGEST)
