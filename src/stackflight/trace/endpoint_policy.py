"""An endpoint's policy against the service behind it -> the hop that it adds to a path, if any.

Without a policy an endpoint lets everything through. A policy that allows no action of the service closes it; one
that allows some actions, resources or principals may close it, which only the request decides. Where the request is
known (an answer to CloudFormation, the layers of an image) it is held against every statement. Source: AWS PrivateLink
guide, endpoint policies.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from stackflight.facts.load import known_actions, read_table
from stackflight.model.callers import fitted
from stackflight.model.edit import Append
from stackflight.model.finding import BLOCKS, Hop
from stackflight.model.identity import Statement, read_statements
from stackflight.model.need import ServiceTarget
from stackflight.model.network import Endpoint
from stackflight.model.request import Request
from stackflight.model.requests import may_speak_of, surely_speaks_of
from stackflight.model.template import Raw
from stackflight.model.value import Unknown, Value, as_list, known_text, render
from stackflight.trace.hops import undecided


def policy_hop(endpoint: Endpoint, target: ServiceTarget) -> tuple[Hop, ...]:
    """No hop where the policy lets everything through, else one that blocks or is undecided."""
    if endpoint.policy is None:
        return ()
    at = f"policy of {endpoint.address}"
    if isinstance(endpoint.policy, Unknown):
        return (undecided(at, endpoint.policy),)
    if not isinstance(endpoint.policy, dict):
        return (undecided(at, "it cannot be read"),)
    statements = read_statements(endpoint.policy, endpoint.address)
    doubt = _unread(endpoint.policy)
    answers = [hop for item in target.requests for hop in _answer_request(endpoint, at, statements, item)]
    denied = [hop for hop in answers if hop.verdict == BLOCKS]
    if denied:
        remedy = "; ".join(dict.fromkeys(hop.remedy for hop in denied))
        fix = tuple(dict.fromkeys(edit for hop in denied for edit in chain(*hop.fixes)))
        return (replace(denied[0], remedy=remedy, fixes=(fix,)),) if doubt is None else (undecided(at, doubt),)
    if target.requests and target.whole:
        return tuple(answers[:1])
    prefix = _prefix_of(target)
    allowing = [item for item in statements if item.allow and _concerns(item, prefix)]
    if not allowing and (doubt is not None or known_actions(prefix) is None):
        return (undecided(at, doubt or f"which actions {target.service} has"),)
    if not allowing:
        return (
            Hop(
                at, BLOCKS, f"the {at} allows no action of {prefix}", code="ENDPOINT_POLICY_DENIES", blame=(endpoint.address,),
                remedy=f"allow the actions of {prefix} in the PolicyDocument of {endpoint.address}, or remove it",
            ),
        )  # fmt: skip
    denying = any(not item.allow and _concerns(item, prefix) for item in statements)
    if not denying and any(_is_open(item, prefix) for item in allowing):
        return ()
    return (undecided(at, f"the {at} allows some requests and denies others"),)


def _prefix_of(target: ServiceTarget) -> str:
    """The prefix of the actions that are asked of a service, or that its endpoint is for."""
    asked = next((request.action.partition(":")[0] for request in target.requests), "")
    return asked or str(read_table("endpoints")["prefixes"].get(target.service, target.service.split(".")[0]))


def _unread(document: dict[str, Value]) -> Unknown | None:
    """A part of a policy that is not known, so that what the rest does not allow may be allowed by it."""
    for item in as_list(document.get("Statement")):
        parts = [item] if not isinstance(item, dict) else [item.get("Effect"), *as_list(item.get("Action"))]
        for part in parts:
            if part is not None and known_text(part) is None:
                return part if isinstance(part, Unknown) else Unknown(f"what {render(part)} is")
    return None


def _answer_request(endpoint: Endpoint, at: str, statements: list[Statement], request: Request) -> tuple[Hop, ...]:
    speaking = [item for item in statements if may_speak_of(item, request)]
    heard = [item for found in speaking if (item := fitted(found, request.caller, endpoint)) is not None]
    allowing, denials = ([item for item in heard if item.allow is allow] for allow in (True, False))
    what = request.title
    if request.caller is not None and request.caller.role is not None and len(heard) < len(speaking):
        what = f"{what} to {request.caller.role}"
    closed = _denied(endpoint, at, what, request) if request.sure else undecided(at, f"whether {what} is called")
    if not allowing:
        return (closed,)
    perimeters = [replace(item, conditions=False) for item in denials if item.conditions and item.strikes_aws]
    if request.of_aws and any(surely_speaks_of(item, request) for item in perimeters):
        return (closed,)
    if any(surely_speaks_of(item, request) for item in denials):
        return (closed,)
    if not denials and any(surely_speaks_of(item, request) for item in allowing):
        return ()
    return (undecided(at, f"whether the {at} lets {what} through"),)


def _denied(endpoint: Endpoint, at: str, what: str, request: Request) -> Hop:
    return Hop(
        at, BLOCKS, f"the {at} does not allow {what}", code="ENDPOINT_POLICY_DENIES", blame=(endpoint.address,),
        remedy=f"allow {what} in the PolicyDocument of {endpoint.address}",
        fixes=((Append(endpoint.address, "Statement", _allowing(request), ("PolicyDocument",)),),),
    )  # fmt: skip


def _allowing(request: Request) -> Raw:
    """The statement that lets a request through: on the resource that it names, as far as that is known."""
    on: Raw = {"Fn::Sub": request.pattern} if "${" in request.pattern else request.pattern
    return {"Effect": "Allow", "Principal": "*", "Action": request.action, "Resource": on}


def _concerns(statement: Statement, prefix: str) -> bool:
    return any(action == "*" or action.lower().split(":")[0] == prefix for action in statement.actions)


def _is_open(statement: Statement, prefix: str) -> bool:
    whole = any(action in {"*", f"{prefix}:*"} for action in statement.actions)
    everywhere = any(known_text(resource) == "*" for resource in statement.resources)
    return whole and everywhere and statement.anyone and not statement.conditions and not statement.inverted
