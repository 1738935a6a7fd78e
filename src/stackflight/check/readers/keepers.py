"""The resource-based policies of queues and topics, read once for a world."""

from __future__ import annotations

from stackflight.check.case import Case
from stackflight.check.outcome import mentions
from stackflight.model.template import Resource
from stackflight.model.value import Value, references_in, unknowns_in

# Type of a target -> the type of its policies and where they name it.
KEPT_BY = {
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues"),
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics"),
}

# What a sender does to a target of each type.
DELIVERS = {"AWS::SQS::Queue": "sqs:SendMessage", "AWS::SNS::Topic": "sns:Publish"}


class Keepers:
    """Who keeps which queue or topic. One policy that does not say what it belongs to leaves all of its type open."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._open = {
            kind for kind, key in KEPT_BY.values() if any(_open(policy.get(key)) for policy in case.world.of_type(kind))
        }

    def documents(self, target: Resource) -> list[Value] | None:
        """The policy documents of a queue or topic; None where one may belong to it without saying so."""
        kind, _ = KEPT_BY[target.type]
        if kind in self._open:
            return None
        users = self._case.users.get(target.address, ())
        return [
            user.get("PolicyDocument")
            for user in users
            if user.type == kind and mentions(user.properties, target.address)
        ]


def _open(places: Value) -> bool:
    """Whether it is not known what a policy belongs to, as a whole or for one of its items."""
    return bool(unknowns_in(places)) or not references_in(places)
