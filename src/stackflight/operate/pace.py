"""How long to wait between two looks: seldom while everything is far from done, often near an end and after a failure."""

from __future__ import annotations

from collections.abc import Callable

from stackflight.model.moment import Progress, Working

SHORTEST, LONGEST = 5.0, 20.0
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
        rests = [_rest(one) for one in self._progress().working]
        # Half of the way to the next end that is expected.
        return min(max(min(rests, default=0.0) / 2, SHORTEST), LONGEST)


def _rest(one: Working) -> float:
    """How long it probably still takes: past its usual time, half of what the slow ones still take, or a tenth of its own."""
    if one.seconds < one.usual:
        return one.usual - one.seconds
    return max(0.1 * one.seconds, 0.5 * (one.slow - one.seconds))
