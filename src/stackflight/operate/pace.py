"""How long to wait between two looks: seldom while everything is far from done, often near an end and after a failure."""

from __future__ import annotations

from collections.abc import Callable

from stackflight.model.moment import Progress, Working

SHORTEST, LONGEST = 5.0, 20.0
_AFTER_FAILURE = 3.0
_HARDEST = 12.0


_PER_SECOND, _AT_ONCE = 5.0, 20.0
"""Reads of one account that this process allows itself. Users measured about five a second (aws-sam-cli issue 2671)."""


class Strain:
    """How hard an account is read by everybody together, as one reader feels it: more with each throttled read, less with each answer.

    It is also the one bucket of tokens from which all reads of this process are taken; under strain it fills more slowly.
    """

    def __init__(self) -> None:
        self._factor = 1.0
        self._tokens = _AT_ONCE
        self._filled = 0.0

    def take(self, now: float) -> float:
        """A token for one read; the seconds until it is there."""
        gained = max(now - self._filled, 0.0) * _PER_SECOND / self._factor
        self._tokens = min(self._tokens + gained, _AT_ONCE) - 1.0
        self._filled = now
        return max(-self._tokens, 0.0) * self._factor / _PER_SECOND

    def __call__(self) -> float:
        """Between 1 and 12."""
        return self._factor

    def heed(self, throttled: bool) -> None:
        """One read was throttled, or answered."""
        self._factor = min(self._factor * 1.5, _HARDEST) if throttled else max(self._factor * 0.93, 1.0)


class Rhythm:
    """The waits of one run. `progress` tells what works now; `luck` gives numbers between 0 and 1 for the jitter.

    `strain` is by how much all waits are longer, since others read in the same account too.
    """

    def __init__(
        self, progress: Callable[[], Progress], luck: Callable[[], float], strain: Callable[[], float] = lambda: 1.0
    ) -> None:
        self._progress = progress
        self._luck = luck
        self._strain = strain
        self.failing = False

    def __call__(self) -> float:
        """Seconds until the next look."""
        return self._wait() * self._strain() * (0.85 + 0.3 * self._luck())

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
