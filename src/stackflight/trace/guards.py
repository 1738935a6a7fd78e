"""The requests of a path and the policies of what they are for -> the hop where the way is not the one that is demanded.

A refusal whose conditions name an endpoint or a VPC strikes whatever comes past it; without an endpoint the keys are not there,
which meets what negates. Source: IAM User Guide, condition operators; Amazon S3 User Guide, bucket policies for VPC endpoints.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.callers import fitted
from stackflight.model.finding import BLOCKS, Hop
from stackflight.model.identity import Statement
from stackflight.model.need import ServiceTarget
from stackflight.model.network import Endpoint, Network
from stackflight.model.request import Request
from stackflight.model.requests import may_speak_of, surely_speaks_of
from stackflight.model.value import Address, references_in
from stackflight.trace.hops import undecided


def guard_hops(network: Network, target: ServiceTarget, endpoint: Endpoint | None) -> tuple[Hop, ...]:
    """One hop for each policy that refuses a request, or may do so, because it comes over `endpoint`, or over none."""
    return tuple({hop.at: hop for request in target.requests for hop in _refusals(network, request, endpoint)}.values())


def _refusals(network: Network, request: Request, endpoint: Endpoint | None) -> Iterator[Hop]:
    for statement in network.guards.get(request.own, ()) if request.own is not None else ():
        heard = fitted(statement, request.caller, endpoint)
        if heard is None or not may_speak_of(heard, request):
            continue
        at = f"policy {statement.source}"
        if surely_speaks_of(heard, request) and request.sure:
            yield _refused(network, at, statement, request, endpoint)
        else:
            yield undecided(at, f"whether it refuses {request.title}, which comes {_way(endpoint)}")


def _refused(network: Network, at: str, statement: Statement, request: Request, endpoint: Endpoint | None) -> Hop:
    demanded = [item.address for item in references_in(statement.when)]
    known = [item for item in demanded if any(item == other.address for other in network.endpoints)]
    names = " or ".join(map(str, dict.fromkeys(demanded))) or "the endpoint that it names"
    why = f"{statement.source} refuses {request.title} unless it comes over {names}, and it comes {_way(endpoint)}"
    return Hop(
        at, BLOCKS, why, code="RESOURCE_POLICY_DENIES", blame=(*dict.fromkeys(known), statement.source),
        remedy=_remedy(network, known, names),
    )  # fmt: skip


def _remedy(network: Network, known: list[Address], names: str) -> str:
    found = next((item for item in network.endpoints if item.address in known), None)
    if found is not None and found.interface is False:
        return f"add the route tables of the callers to the RouteTableIds of {found.address}"
    return f"lead the callers' requests over {names}"


def _way(endpoint: Endpoint | None) -> str:
    return f"over {endpoint.address}" if endpoint is not None else "over no endpoint"
