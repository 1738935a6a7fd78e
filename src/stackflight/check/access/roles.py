"""Roles -> findings on permissions that a service tests at creation or a workload needs, and the role provably lacks.

Sources: AWS Lambda Developer Guide (VPC permissions, event source mappings); IAM User Guide (roles for services).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import doubtful, named, refused
from stackflight.check.readers.grants import Grants
from stackflight.facts.words import aws_says
from stackflight.model.edit import Append, Put, allow_in_role
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import (
    Reference,
    Unknown,
    Value,
    as_dict,
    known_int,
    references_in,
)

_FUNCTION = "AWS::Lambda::Function"


LACKS = (
    "A role lacks an action only if every policy on it is known and none allows it; managed policies that are not in our "
    "dated table make it undecided."
)


FUNCTION_CANNOT_JOIN_VPC = Check(
    "function-cannot-join-vpc",
    found_when="a Lambda function in a VPC has a role that may not create network interfaces",
    explains=f"Lambda refuses the function. {LACKS}",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning where the list of subnets may be empty",
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",),
)


@finds(FUNCTION_CANNOT_JOIN_VPC)
def find_interface_permissions(case: Case) -> Iterator[Finding]:
    """Functions in a VPC whose role may not make network interfaces."""
    grants = Grants(case)
    for function in case.world.of_type(_FUNCTION):
        sure = _joins_vpc(case, function)
        role = grants.role(function.get("Role"))
        if sure is not False and role is not None and grants.lacks(role, "ec2:CreateNetworkInterface"):
            finding = (refused if sure else doubtful)(
                case, FUNCTION_CANNOT_JOIN_VPC, [role.address, function.address],
                f"{function.address} lies in a VPC{'' if sure else ' where its list of subnets is not empty'}, and its role {role.address} does not allow ec2:CreateNetworkInterface: The "
                "provided execution role does not have permissions to call CreateNetworkInterface on EC2",
                f"add the managed policy service-role/AWSLambdaVPCAccessExecutionRole to {role.address}",
                struck=function.address,
            )  # fmt: skip
            managed = {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"}
            yield replace(finding, fixes=((Append(role.address, "ManagedPolicyArns", managed),),))


def _joins_vpc(case: Case, function: Resource) -> bool | None:
    """Whether a function has subnets; None where the list may be empty, which leaves it outside of any VPC.

    CloudFormation refuses an empty value of a parameter of type List<AWS::EC2::Subnet::Id>.
    """
    subnets = function.get("VpcConfig", "SubnetIds")
    if isinstance(subnets, Unknown) and isinstance(function.get("VpcConfig"), dict):
        declared = case.world.stack(function.address.stack).template.section("Parameters")
        given = as_dict(declared.get(subnets.parameter))
        return True if str(given.get("Type", "")).startswith("List<AWS::EC2::Subnet") else None
    return isinstance(subnets, list) and bool(subnets)


_SOURCES = {
    "AWS::SQS::Queue": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "AWS::DynamoDB::Table": ("dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"),
    "AWS::Kinesis::Stream": ("kinesis:GetRecords", "kinesis:GetShardIterator"),
}


EVENT_SOURCE_NOT_READABLE = Check(
    "event-source-not-readable",
    found_when="a function's role may not read its event source, or a delivery stream's its stream",
    explains=f"Lambda and Firehose test the role at creation. {LACKS}",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html",
    ),
)
QUEUE_VISIBILITY_TOO_SHORT = Check(
    "queue-visibility-too-short",
    found_when="a queue shows its messages again before the function that reads them may be done",
    explains="Lambda refuses the mapping. The defaults are 30 s for queues and 3 s for functions.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",),
    replaces=("E3505",),
)


@finds(EVENT_SOURCE_NOT_READABLE, QUEUE_VISIBILITY_TOO_SHORT)
def find_event_source_permissions(case: Case) -> Iterator[Finding]:
    """Event sources that the function's role may not read; queues whose messages come back too early."""
    yield from find_stream_permissions(case)
    grants = Grants(case)
    for mapping in case.world.of_type("AWS::Lambda::EventSourceMapping"):
        function = _function_of(case, mapping.get("FunctionName"))
        source = named(case, mapping.get("EventSourceArn"))
        if function is None or source is None:
            continue
        role = grants.role(function.get("Role"))
        missing = [
            action
            for action in _SOURCES.get(source.type, ())
            if grants.lacks(role, action, mapping.get("EventSourceArn"))
        ]
        if role is not None and missing:
            finding = refused(
                case, EVENT_SOURCE_NOT_READABLE, [role.address, mapping.address, function.address],
                f"{mapping.address} lets {function.address} read {source.address}, and the role {role.address} "
                f"does not allow {listed(missing)}",
                f"allow {listed(missing)} on {source.address} in {role.address}", struck=mapping.address,
                says=aws_says("event-source-not-readable.poller", named=missing[0].partition(":")[2]),
            )  # fmt: skip
            allowed = dict.fromkeys(missing, mapping.get("EventSourceArn"))
            yield replace(finding, fixes=allow_in_role(role.address, f"read-{source.address.id}", allowed))
        if source.type == "AWS::SQS::Queue":
            yield from _visibility(case, mapping, source, function)


def find_stream_permissions(case: Case) -> Iterator[Finding]:
    """Delivery streams whose role may not look at the stream they read."""
    grants = Grants(case)
    for delivery in case.world.of_type("AWS::KinesisFirehose::DeliveryStream"):
        source = named(
            case, delivery.get("KinesisStreamSourceConfiguration", "KinesisStreamARN"), "AWS::Kinesis::Stream"
        )
        role = grants.role(delivery.get("KinesisStreamSourceConfiguration", "RoleARN"))
        if source is None or role is None:
            continue
        if not grants.lacks(role, "kinesis:DescribeStream", Reference(source.address, "Arn")):
            continue
        yield refused(
            case, EVENT_SOURCE_NOT_READABLE, [role.address, delivery.address, source.address],
            f"{delivery.address} reads {source.address}, and its role {role.address} does not allow "
            "kinesis:DescribeStream",
            f"allow kinesis:DescribeStream, GetShardIterator, GetRecords and ListShards on {source.address} in {role.address}",
            struck=delivery.address, says=aws_says("event-source-not-readable.stream"),
        )  # fmt: skip


def _visibility(case: Case, mapping: Resource, queue: Resource, function: Resource) -> Iterator[Finding]:
    given, limit = queue.get("VisibilityTimeout"), function.get("Timeout")
    visible = 30 if given is None else known_int(given)
    timeout = 3 if limit is None else known_int(limit)
    if visible is not None and timeout is not None and visible < timeout:
        found = refused(
            case, QUEUE_VISIBILITY_TOO_SHORT, [queue.address, mapping.address, function.address],
            f"messages of {queue.address} come back after {visible} s while {function.address} may take "
            f"{timeout} s",
            f"set VisibilityTimeout to {6 * timeout} (six times the function's timeout)",
            ("VisibilityTimeout",) if given is not None else (), struck=mapping.address,
            says=aws_says("queue-visibility-too-short", visible=visible, timeout=timeout),
        )  # fmt: skip
        yield replace(found, fixes=((Put(queue.address, ("VisibilityTimeout",), 6 * timeout),),))


def _function_of(case: Case, value: Value) -> Resource | None:
    for reference in references_in(value):
        found = case.resources.get(reference.address)
        if found is not None and found.type == _FUNCTION:
            return found
        if found is not None and found.type in {"AWS::Lambda::Alias", "AWS::Lambda::Version"}:
            return _function_of(case, found.get("FunctionName"))
    return None
