"""An API that is called by its own host name, and the endpoint that captures the name -> the hop that says whether it answers.

Private DNS of an `execute-api` endpoint leads the names of all APIs of the Region to it, in the whole VPC, and the endpoint
carries private APIs only. Sources: Amazon API Gateway Developer Guide, private REST APIs (private DNS names); AWS Knowledge
Center, connecting to public APIs from a VPC with an interface endpoint.
"""

from __future__ import annotations

from stackflight.model.finding import BLOCKS, PASSES, Hop
from stackflight.model.need import ServiceTarget
from stackflight.model.value import Address, Unknown
from stackflight.trace.endpoints import Choice
from stackflight.trace.hops import undecided


def api_hop(target: ServiceTarget, choice: Choice, led_to: Address | None) -> Hop | None:
    """None where nothing is to be said; `led_to` is the endpoint that a record of the VPC leads the name to."""
    if target.api is None:
        return None
    captures = led_to or (choice.sure.address if choice.sure is not None else None)
    at, name = "DNS of execute-api", target.api.id
    if captures is None and choice.perhaps:
        return undecided(at, choice.perhaps[0])
    if isinstance(target.private, Unknown):
        return undecided(at, target.private) if captures is not None else None
    if captures is not None and not target.private:
        why = f"private DNS of {captures} leads the names of all APIs to it, and it carries private APIs only, which {name} is not (403)"
        return Hop(
            at, BLOCKS, why, code="DNS_NAME_SHADOWED", blame=(captures,),
            remedy=f"call {name} by a custom domain name, or set PrivateDnsEnabled to false on {captures} and call private APIs by "
            f"the name that holds the endpoint's id",
        )  # fmt: skip
    if captures is None and target.private:
        near = next(iter(choice.near), None)
        why = f"{name} is private, and no execute-api endpoint of the VPC captures its name"
        remedy = near.remedy if near is not None else "add an interface endpoint for execute-api with private DNS"
        return Hop(
            at, BLOCKS, why, code="DNS_NOT_PRIVATE", blame=near.blame if near is not None else (target.api,),
            remedy=f"{remedy}, or call {name} by the name that holds the endpoint's id", fixes=near.fixes if near is not None else (),
        )  # fmt: skip
    return Hop(at, PASSES, f"{captures} carries {name}", relies_on=(captures,)) if captures is not None else None
