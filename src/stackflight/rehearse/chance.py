"""Seed + names -> a number between 0 and 1: the same for the same names, whatever else is drawn."""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statistics import NormalDist

OF_THE_RUN = 0.1
"""How much of the luck of a resource (its share of the variance) is that of the whole run: no more than recorded operations
leave room for (docs/concepts/durations.md, "The ninetieth percentile")."""


def draw(seed: int, *names: str) -> float:
    """A number in (0, 1), evenly spread over the names. No state: adding a resource changes no other's luck."""
    number = int.from_bytes(_digest(f"{seed}\x1f" + "\x1f".join(names), 7), "big")
    return (number + 0.5) / (1 << 56)


def draw_in_run(seed: int, run: int, *names: str) -> float:
    """A number in (0, 1), evenly spread: in part the names' own luck, in part that of the whole run, of a slow day."""
    normal = _normal()
    own = normal.inv_cdf(draw(seed, str(run), *names))
    return normal.cdf(math.sqrt(OF_THE_RUN) * _of_run(seed, run) + math.sqrt(1 - OF_THE_RUN) * own)


@cache
def _normal() -> NormalDist:
    """Loaded by whoever draws; whoever asks for medians does not."""
    from statistics import NormalDist

    return NormalDist()


@lru_cache(maxsize=1024)
def _of_run(seed: int, run: int) -> float:
    """The luck of a run, normally spread."""
    return _normal().inv_cdf(draw(seed, str(run)))


def draw_identifier(seed: int, *names: str) -> str:
    """Twelve characters in the manner of CloudFormation's random suffixes."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return "".join(alphabet[byte % 36] for byte in _digest(f"{seed}\x1f{'/'.join(names)}", 12))


def _digest(text: str, size: int) -> bytes:
    # Loaded where something is drawn: a check draws nothing, and OpenSSL comes with it.
    from hashlib import blake2b

    return blake2b(text.encode(), digest_size=size).digest()
