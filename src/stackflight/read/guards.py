"""World -> what policies of resources refuse by the way on which a request comes: over which endpoint, from which VPC.

Source: Amazon S3 User Guide, controlling access from VPC endpoints with bucket policies; IAM User Guide, global condition
context keys (aws:SourceVpce, aws:SourceVpc).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from stackflight.model.identify import to_address
from stackflight.model.identity import Statement, read_statements
from stackflight.model.template import World
from stackflight.model.value import Address, as_dict, as_list

# Policy -> whose it is, and where the document stands.
_POLICIES = {
    "AWS::S3::BucketPolicy": ("Bucket", "PolicyDocument"),
    "AWS::SQS::QueuePolicy": ("Queues", "PolicyDocument"),
    "AWS::SNS::TopicPolicy": ("Topics", "PolicyDocument"),
    "AWS::SecretsManager::ResourcePolicy": ("SecretId", "ResourcePolicy"),
}


def read_guards(world: World) -> dict[Address, tuple[Statement, ...]]:
    """The refusals of each resource that hang on the way; a policy that may not exist refuses nothing."""
    found: dict[Address, list[Statement]] = defaultdict(list)
    for kind, (owner, document) in _POLICIES.items():
        for policy in world.of_type(kind):
            statements = [item for item in read_statements(policy.get(document), policy.address) if _asks_for_way(item)]
            for item in as_list(policy.get(owner)) if policy.exists is True else ():
                address = to_address(world, item)
                if isinstance(address, Address):
                    found[address] += statements
    for api in world.of_type("AWS::ApiGateway::RestApi"):
        stated = read_statements(api.get("Policy"), api.address) if api.exists is True else []
        found[api.address] += [_of_the_api(item) for item in stated if _asks_for_way(item)]
    return {address: tuple(statements) for address, statements in found.items() if statements}


def _of_the_api(statement: Statement) -> Statement:
    """A policy of an API names the whole of it without its id, in a form of its own."""
    return replace(statement, resources=tuple("*" if item == _WHOLE else item for item in statement.resources))


_WHOLE = "execute-api:/*"
"""Source: Amazon API Gateway Developer Guide, resource policies (API Gateway adds the rest of the ARN)."""


def _asks_for_way(statement: Statement) -> bool:
    keys = (key.lower() for keys in as_dict(statement.when).values() for key in as_dict(keys))
    return not statement.allow and any(key.startswith("aws:sourcevpc") for key in keys)
