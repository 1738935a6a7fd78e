"""World -> findings on topics whose policy keeps out the service that is told to send to them.

Source: Amazon RDS User Guide (granting permissions to publish notifications to an Amazon SNS topic).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import WARNING, Check, finds
from stackflight.check.outcome import broken, handed_out, named
from stackflight.check.readers.keepers import Keepers
from stackflight.check.readers.policies import may_allow
from stackflight.model.finding import Finding

_SENDER = "events.rds.amazonaws.com"

EVENT_TOPIC_CLOSED = Check(
    "event-topic-closed",
    found_when="an RDS event subscription sends to a topic whose policy does not let RDS in",
    explains="The policy that a topic is made with lets all of RDS in the account publish. A policy of one's own replaces it, and "
    f"has to name {_SENDER}.",
    may=(WARNING,),
    weighed="the deployment succeeds and no event arrives",
    sources=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.GrantingPermissions.html",),
)


@finds(EVENT_TOPIC_CLOSED)
def find_event_topics_closed(case: Case) -> Iterator[Finding]:
    """Event subscriptions whose topic has a policy, and none that lets RDS publish."""
    keepers = Keepers(case)
    for subscription in case.world.of_type("AWS::RDS::EventSubscription"):
        topic = named(case, subscription.get("SnsTopicArn"), "AWS::SNS::Topic")
        if topic is None or handed_out(case, topic.address):
            continue
        if any(user.type == "AWS::SNS::TopicInlinePolicy" for user in case.users.get(topic.address, ())):
            continue
        policies = keepers.documents(topic)
        if policies and not may_allow(policies, _SENDER, "sns:Publish"):
            yield broken(
                case,
                EVENT_TOPIC_CLOSED,
                [subscription.address, topic.address],
                f"{subscription.address} sends to {topic.address}, whose policy does not let {_SENDER} publish",
                f"allow sns:Publish to the service {_SENDER} in the policy of {topic.address}",
                ("SnsTopicArn",),
            )
