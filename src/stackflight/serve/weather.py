"""What spoils a client's day: throttled reads, credentials that stop working, no network. All by the cloud's clock."""

from __future__ import annotations

from dataclasses import dataclass, field

from stackflight.rehearse.chance import draw
from stackflight.serve.refusals import Refusal

READS = ("Describe", "List", "Get")


@dataclass
class Weather:
    """`throttle` is the share of CloudFormation's reads that are throttled. `expire` is how many seconds credentials work
    after they are first seen. `offline` are the times, in seconds from and to, at which nothing is reached."""

    throttle: float = 0.0
    expire: float | None = None
    offline: tuple[tuple[float, float], ...] = ()
    seed: int = 0
    _asked: int = 0
    _seen: dict[tuple[str, str], float] = field(default_factory=dict)

    def is_offline(self, now: float) -> bool:
        """Whether nothing is reached."""
        return any(start <= now < end for start, end in self.offline)

    def require_fresh(self, key: str, token: str, now: float) -> None:
        """Raises Refusal where credentials have worked for long enough. New ones work."""
        first = self._seen.setdefault((key, token), now)
        if self.expire is not None and now - first >= self.expire:
            raise Refusal("ExpiredToken", "The security token included in the request is expired", 403)

    def require_calm(self, operation: str) -> None:
        """Raises Refusal where this read is one too many."""
        if self.throttle and operation.startswith(READS):
            self._asked += 1
            if draw(self.seed, "throttle", str(self._asked)) < self.throttle:
                raise Refusal("Throttling", "Rate exceeded")
