"""How long to wait between two looks: seldom while everything is far from done, often near an end and after a failure."""

from __future__ import annotations

from collections.abc import Callable

from stackflight.model.allowance import Allowance
from stackflight.model.moment import Progress, Working
from stackflight.ports import Bucket

SHORTEST, LONGEST = 5.0, 20.0
_AFTER_FAILURE = 3.0
_HARDEST = 12.0


_PER_SECOND = 5.0
"""Reads of one account that one machine allows itself. Users measured about five a second (aws-sam-cli issue 2671)."""


class OwnBucket:
    """The reads of this process alone."""

    def __init__(self) -> None:
        self._allowance = Allowance()

    def take(self, now: float, per_second: float) -> float:
        """A token for one read; the seconds until it is there."""
        self._allowance, seconds = self._allowance.take(now, per_second)
        return seconds


class Strain:
    """How hard an account is read by everybody together, as one reader feels it: more with each throttled read, less with each answer.

    Reads are taken from a bucket of tokens, this process's own or one that many share; under strain it fills more slowly.
    """

    def __init__(self, bucket: Bucket | None = None) -> None:
        self._factor = 1.0
        self._bucket = bucket or OwnBucket()

    def take(self, now: float) -> float:
        """A token for one read; the seconds until it is there."""
        return self._bucket.take(now, _PER_SECOND / self._factor)

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
