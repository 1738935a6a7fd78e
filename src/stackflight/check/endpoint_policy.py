"""An endpoint's policy against the service behind it -> the hop that it adds to a path, if any.

Without a policy an endpoint lets everything through. A policy that allows no action of the service closes it; one
that allows some actions, resources or principals may close it, which only the request decides. Source: AWS PrivateLink
guide, endpoint policies.
"""

from __future__ import annotations

from stackflight.check.hops import BLOCKS, undecided
from stackflight.model.finding import Hop
from stackflight.model.identity import Statement, read_statements
from stackflight.model.network import Endpoint
from stackflight.model.value import Unknown, known_text

# IAM prefix of the requests that an endpoint carries where it differs from the endpoint's name.
_PREFIXES = {
    "ecr.api": "ecr", "ecr.dkr": "ecr", "bedrock-runtime": "bedrock", "monitoring": "cloudwatch", "kinesis-streams": "kinesis",
    "kinesis-firehose": "firehose", "ecs-agent": "ecs", "ecs-telemetry": "ecs", "git-codecommit": "codecommit",
}  # fmt: skip


def policy_hop(endpoint: Endpoint, service: str) -> tuple[Hop, ...]:
    """No hop where the policy lets everything through, else one that blocks or is undecided."""
    if endpoint.policy is None:
        return ()
    at = f"policy of {endpoint.address}"
    if isinstance(endpoint.policy, Unknown):
        return (undecided(at, endpoint.policy),)
    if not isinstance(endpoint.policy, dict):
        return (undecided(at, "it cannot be read"),)
    statements = read_statements(endpoint.policy, endpoint.address)
    prefix = _PREFIXES.get(service, service)
    allowing = [item for item in statements if item.allow and _concerns(item, prefix)]
    if not allowing:
        return (
            Hop(
                at, BLOCKS, f"it allows no action of {prefix}", code="ENDPOINT_POLICY_DENIES", blame=(endpoint.address,),
                remedy=f"allow the actions of {prefix} in the PolicyDocument of {endpoint.address}, or remove it",
            ),
        )  # fmt: skip
    denying = any(not item.allow and _concerns(item, prefix) for item in statements)
    if not denying and any(_is_open(item, prefix) for item in allowing):
        return ()
    return (undecided(at, "it allows some requests and denies others"),)


def _concerns(statement: Statement, prefix: str) -> bool:
    return any(action == "*" or action.lower().split(":")[0] == prefix for action in statement.actions)


def _is_open(statement: Statement, prefix: str) -> bool:
    whole = any(action in {"*", f"{prefix}:*"} for action in statement.actions)
    everywhere = any(known_text(resource) == "*" for resource in statement.resources)
    return whole and everywhere and not statement.conditions and not statement.inverted
