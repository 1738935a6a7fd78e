"""Roles -> findings on functions that may not send to their dead-letter queue or to the destinations of their results.

Source: AWS Lambda Developer Guide (dead-letter queues; destinations; permissions of the execution role).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import named, refused
from stackflight.check.readers.grants import Grants
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import Value

_SENDS = {
    "AWS::SQS::Queue": "sqs:SendMessage",
    "AWS::SNS::Topic": "sns:Publish",
    "AWS::Lambda::Function": "lambda:InvokeFunction",
    "AWS::Events::EventBus": "events:PutEvents",
}
_FUNCTION = "AWS::Lambda::Function"


DESTINATION_NOT_PERMITTED = Check(
    "destination-not-permitted",
    found_when="a function's role may not send to its dead-letter queue or to the destination of its results",
    explains="Lambda tests the role when the function or the setting is made. A role lacks an action only if every policy on it is known "
    "and none allows it on the target, and no policy of the target lets in accounts or roles.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html",),
)


@finds(DESTINATION_NOT_PERMITTED)
def find_unpermitted_destinations(case: Case) -> Iterator[Finding]:
    """Functions whose role lacks the action that sends to what they name."""
    grants = Grants(case)
    for owner, function, value in _destinations(case):
        target = named(case, value, *_SENDS)
        role = grants.role(function.get("Role"))
        if target is None or role is None or not grants.lacks(role, _SENDS[target.type], value):
            continue
        action = _SENDS[target.type]
        sends = "sends" if owner is function else f"lets {function.address} send"
        yield refused(
            case, DESTINATION_NOT_PERMITTED, [role.address, owner.address, target.address],
            f"{owner.address} {sends} to {target.address}, and the role {role.address} does not allow {action}",
            f"allow {action} on {target.address} in {role.address}", struck=owner.address,
            says=aws_says("destination-not-permitted", named=action.partition(":")[2]),
        )  # fmt: skip


def _destinations(case: Case) -> Iterator[tuple[Resource, Resource, Value]]:
    for function in case.world.of_type(_FUNCTION):
        yield function, function, function.get("DeadLetterConfig", "TargetArn")
    for kind in ("AWS::Lambda::EventInvokeConfig", "AWS::Lambda::EventSourceMapping"):
        for owner in case.world.of_type(kind):
            called = named(case, owner.get("FunctionName"), _FUNCTION)
            if called is not None:
                for key in ("OnFailure", "OnSuccess"):
                    yield owner, called, owner.get("DestinationConfig", key, "Destination")
