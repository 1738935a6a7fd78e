"""The resource-based policies of queues and topics, read once for a world."""

from __future__ import annotations

from stackflight.check.case import Case
from stackflight.check.outcome import mentions
from stackflight.model.edit import Append, Await, Edit, Fix, Make, get_att
from stackflight.model.template import Raw, Resource
from stackflight.model.value import Address, Value, references_in, unknowns_in

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
        if KEPT_BY[target.type][0] in self._open:
            return None
        return [policy.get("PolicyDocument") for policy in self._policies(target)]

    def _policies(self, target: Resource) -> list[Resource]:
        kind, _ = KEPT_BY[target.type]
        users = self._case.users.get(target.address, ())
        return [user for user in users if user.type == kind and mentions(user.properties, target.address)]

    def how_to(self, target: Resource, service: str) -> str:
        """The remedy in words: a policy of its own beside another one would take its place."""
        kind, _ = KEPT_BY[target.type]
        within = ", ".join(str(policy.address) for policy in self._policies(target))
        return f"allow {service}.amazonaws.com to send to {target.address} in {within or f'an {kind}'}"

    def let_in(
        self, target: Resource, sender: Address, service: str, condition: Raw, *, before: bool = False
    ) -> tuple[Fix, ...]:
        """What lets a service send for one sender: a statement in the policy of the target, or a policy where it has none.

        `before` says that the target is tested while the sender is made. Nothing is proposed for another stack, or for one
        of two policies, of which the later takes the place of the other.
        """
        kind, key = KEPT_BY[target.type]
        policies = self._policies(target)
        if len({sender.stack, target.address.stack, *(one.address.stack for one in policies)}) > 1 or len(policies) > 1:
            return ()
        statement: dict[str, Raw] = {
            "Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": DELIVERS[target.type],
            "Resource": _arn(target), "Condition": condition,
        }  # fmt: skip
        document: dict[str, Raw] = {"Version": "2012-10-17", "Statement": [statement]}
        id = f"{target.address.id}For{sender.id}"
        door: Edit = Make(sender.stack, id, kind, {key: [{"Ref": target.address.id}], "PolicyDocument": document})
        for policy in policies:
            id, door = policy.address.id, Append(policy.address, "Statement", statement, ("PolicyDocument",))
        waits = any(self._case.graph.waits_for(sender, [policy.address]) for policy in policies)
        return ((door, Await(sender, (id,))) if before and not waits else (door,),)


def _arn(target: Resource) -> Raw:
    return {"Ref": target.address.id} if target.type == "AWS::SNS::Topic" else get_att(target.address, "Arn")


def _open(places: Value) -> bool:
    """Whether it is not known what a policy belongs to, as a whole or for one of its items."""
    return bool(unknowns_in(places)) or not references_in(places)
