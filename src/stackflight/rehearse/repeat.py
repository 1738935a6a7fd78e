"""Scene + faults -> many runs with different luck: the spread of the whole, and the run nearest to the median."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from stackflight.model.estimate import Budget, Estimate
from stackflight.records import dataclass
from stackflight.rehearse.behaviour import MEDIAN, Behaviour
from stackflight.rehearse.engine import Faults
from stackflight.rehearse.scene import Play, Scene, in_run


@dataclass(frozen=True)
class Spread:
    """Lengths of all runs in seconds, run by run, and how they ended."""

    seconds: tuple[float, ...]
    outcomes: Mapping[str, int]
    typical: int

    @property
    def estimate(self) -> Estimate:
        """Median and ninetieth percentile."""
        return Estimate(percentile(self.seconds, 0.5), percentile(self.seconds, 0.9), len(self.seconds))

    def budget(self, seconds: float, around: float = 0.0) -> Budget:
        """A limit against the runs, with the seconds that are waited around them."""
        within = sum(length + around <= seconds for length in self.seconds) / len(self.seconds)
        return Budget(seconds, self.estimate.p50 + around, self.estimate.p90 + around, within)


def repeat(play: Play, scene: Scene, behaviour: Behaviour, faults: Faults, runs: int) -> Spread:
    """Play a deployment `runs` times; with none, once with every median."""
    numbers = range(runs) if runs > 0 else (MEDIAN,)
    played = [play(scene, in_run(behaviour, number), faults) for number in numbers]
    outcomes = Counter(one.outcome for one in played)
    usual = outcomes.most_common(1)[0][0]
    lengths = tuple(one.seconds for one in played)
    middle = percentile(lengths, 0.5)
    nearest = min(
        (abs(one.seconds - middle), n) for n, one in zip(numbers, played, strict=True) if one.outcome == usual
    )
    return Spread(lengths, dict(outcomes), nearest[1])


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]
