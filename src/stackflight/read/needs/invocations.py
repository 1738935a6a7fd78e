"""A function -> the actions of its role that Lambda takes for it, from outside its VPC.

Lambda reads event sources, and writes to destinations and dead-letter queues, with the execution role and from its own
network; what a role allows for that says nothing of what the code calls. Source: AWS Lambda Developer Guide, event source
mappings (execution role permissions), retaining records of asynchronous invocations.
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.model.template import Resource, World
from stackflight.model.value import Address, Value, as_dict, references_in

_READS = {
    "AWS::SQS::Queue": ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "GetQueueUrl"),
    "AWS::Kinesis::Stream": (
        "DescribeStream", "DescribeStreamConsumer", "DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards",
        "ListStreams", "SubscribeToShard",
    ),
    "AWS::DynamoDB::Table": ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"),
    "AWS::DynamoDB::GlobalTable": ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"),
}  # fmt: skip
_WRITES = {
    "AWS::SQS::Queue": ("SendMessage", "GetQueueAttributes", "GetQueueUrl"),
    "AWS::SNS::Topic": ("Publish",),
    "AWS::Events::EventBus": ("PutEvents",),
    "AWS::Lambda::Function": ("InvokeFunction",),
}


def actions_of_lambda(world: World, function: Resource) -> frozenset[str]:
    """Actions as `sqs:sendmessage`; only resources of the world are looked at."""
    found: set[str] = set(_actions(world, function.get("DeadLetterConfig", "TargetArn"), _WRITES))
    for mapping in world.of_type("AWS::Lambda::EventSourceMapping"):
        if _runs(world, mapping.get("FunctionName"), function.address):
            found.update(_actions(world, mapping.get("EventSourceArn"), _READS))
            found.update(_actions(world, mapping.get("DestinationConfig", "OnFailure", "Destination"), _WRITES))
    for config in world.of_type("AWS::Lambda::EventInvokeConfig"):
        if _runs(world, config.get("FunctionName"), function.address):
            for outcome in as_dict(config.get("DestinationConfig")).values():
                found.update(_actions(world, as_dict(outcome).get("Destination"), _WRITES))
    return frozenset(found)


def _actions(world: World, value: Value, table: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for reference in references_in(value):
        resource = world.resources.get(reference.address)
        if resource is not None and resource.type in table:
            prefix = resource.type.split("::")[1].lower()
            yield from (f"{prefix}:{name}".lower() for name in table[resource.type])


def _runs(world: World, value: Value, function: Address) -> bool:
    """Whether a value names the function, or an alias or version of it."""
    for reference in references_in(value):
        named = world.resources.get(reference.address)
        if reference.address == function:
            return True
        if named is not None and named.type in {"AWS::Lambda::Alias", "AWS::Lambda::Version"}:
            if any(item.address == function for item in references_in(named.get("FunctionName"))):
                return True
    return False
