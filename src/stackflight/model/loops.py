"""A load balancer that has to send a request back to the very machine or task that made it, under that machine's own address."""

from __future__ import annotations

from stackflight.model.need import ResourceTarget
from stackflight.model.value import Address
from stackflight.records import dataclass


@dataclass(frozen=True, slots=True)
class LoopTarget(ResourceTarget):
    """`group` is the target group that keeps the client's address, `others` whether it has other targets than the client."""

    group: Address | None = None
    others: bool = False
