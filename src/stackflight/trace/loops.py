"""A machine that calls itself through a load balancer which keeps its address -> the hop where the connection ends.

The packet comes back with the same address as source and destination, and no system takes it. Source: Network Load
Balancers User Guide, troubleshooting (requests from a target to its load balancer time out).
"""

from __future__ import annotations

from stackflight.model.finding import BLOCKS, Hop, Verdict
from stackflight.model.loops import LoopTarget
from stackflight.model.need import Need, Route


def back_to_itself(need: Need, target: LoopTarget) -> Route:
    """The only way where the group has no other target, else one of several."""
    assert target.group is not None
    caller = need.workload.address
    alone = "the only target" if not target.others else "one of the targets"
    hop = Hop(
        f"target group {target.group}", BLOCKS,
        f"{target.address} keeps the client's address and sends the request back to {caller}, {alone} of {target.group}, "
        "where it has one address as source and destination", code="TARGET_CALLS_ITSELF", blame=(target.group, caller),
        remedy=f"set preserve_client_ip.enabled to false on {target.group}, or let {caller} call itself without {target.address}",
    )  # fmt: skip
    return Route(str(caller), Verdict.INTERMITTENT if target.others else Verdict.NO, (hop,), str(target.address))
