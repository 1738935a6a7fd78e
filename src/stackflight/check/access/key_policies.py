"""World -> findings on encrypted queues and topics whose key keeps out the services that send to them.

The sender calls KMS under its own name; a statement for the account does not help, and the keys aws/sqs and aws/sns
cannot be opened for it. Sources: Amazon SNS Developer Guide (key management: event sources and encrypted topics); Amazon SQS
Developer Guide (key management: permissions for AWS services); Amazon S3 User Guide (notifications to encrypted targets).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import broken, doubtful, handed_out, named, refused
from stackflight.check.readers.policies import may_allow
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import Value, as_dict, as_list, known_text

_TARGETS = ("AWS::SQS::Queue", "AWS::SNS::Topic")
_WITHOUT_KEY = {"AWS::SQS::Queue": ", or with the service's own encryption (SqsManagedSseEnabled)"}


class Sender(NamedTuple):
    """Who sends, to what, and under which service's name."""

    resource: Resource
    target: Value
    service: str


KEY_POLICY_EXCLUDES_SENDER = Check(
    "key-policy-excludes-sender",
    found_when="a service sends to an encrypted queue or topic whose key does not let it in",
    explains="EventBridge, SNS, CloudWatch alarms and S3 call KMS under their own names. The policy of a key of your own can allow that, "
    "those of aws/sqs and aws/sns cannot.",
    may=(BLOCKING, WARNING),
    weighed="warning: the deployment succeeds and what is sent is lost; blocking for S3 and a key of your own, as S3 tests the target",
    sources=(
        "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html",
    ),
)


@finds(KEY_POLICY_EXCLUDES_SENDER)
def find_keys_that_exclude_senders(case: Case) -> Iterator[Finding]:
    """Queues and topics that a service cannot send to, because it may not use their key."""
    said = set()
    for sender in _senders(case):
        target = named(case, sender.target, *_TARGETS)
        if target is None or (sender.resource.address, target.address) in said:
            continue
        said.add((sender.resource.address, target.address))
        given = target.get("KmsMasterKeyId")
        managed = (known_text(given) or "").endswith(("alias/aws/sqs", "alias/aws/sns"))
        key = _key(case, given)
        fails = "Unable to validate the following destination configurations" if sender.service == "s3" else ""
        text = (
            f"{sender.resource.address} sends to {target.address}, which is encrypted with "
            f"{known_text(given) if managed else key.address if key else ''}, and {sender.service}.amazonaws.com may not use "
            f"that key: {fails or 'what it sends is lost'}"
        )
        if managed:
            yield (doubtful if fails else broken)(
                case, KEY_POLICY_EXCLUDES_SENDER, [target.address, sender.resource.address], text,
                f"encrypt {target.address} with a key of your own whose policy lets {sender.service}.amazonaws.com call "
                f"kms:Decrypt and kms:GenerateDataKey*{_WITHOUT_KEY.get(target.type, '')}",
                ("KmsMasterKeyId",),
            )  # fmt: skip
        elif key is not None and _excludes(case, key, sender.service):
            remedy = f"allow {sender.service}.amazonaws.com kms:Decrypt and kms:GenerateDataKey* in the policy of {key.address}"
            involved = [key.address, target.address, sender.resource.address]
            if fails:
                yield refused(
                    case,
                    KEY_POLICY_EXCLUDES_SENDER,
                    involved,
                    text,
                    remedy,
                    ("KeyPolicy",),
                    struck=sender.resource.address,
                )
            else:
                yield broken(case, KEY_POLICY_EXCLUDES_SENDER, involved, text, remedy, ("KeyPolicy",))


def _key(case: Case, given: Value) -> Resource | None:
    """The key of a queue or topic, through an alias too."""
    found = named(case, given, "AWS::KMS::Key", "AWS::KMS::Alias")
    if found is not None and found.type == "AWS::KMS::Alias":
        return named(case, found.get("TargetKeyId"), "AWS::KMS::Key")
    return found


def _excludes(case: Case, key: Resource, service: str) -> bool:
    policy = key.get("KeyPolicy")
    return (
        isinstance(policy, dict)
        and not handed_out(case, key.address)
        and not may_allow([policy], f"{service}.", "kms:GenerateDataKey")
    )


def _senders(case: Case) -> Iterator[Sender]:
    for rule in case.world.of_type("AWS::Events::Rule"):
        for target in as_list(rule.get("Targets")):
            if as_dict(target).get("RoleArn") is None:
                yield Sender(rule, as_dict(target).get("Arn"), "events")
    for item in case.world.of_type("AWS::SNS::Subscription"):
        if known_text(item.get("Protocol")) == "sqs":
            yield Sender(item, item.get("Endpoint"), "sns")
    for alarm in case.world.of_type("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"):
        for key in ("AlarmActions", "OKActions", "InsufficientDataActions"):
            for action in as_list(alarm.get(key)):
                yield Sender(alarm, action, "cloudwatch")
    for bucket in case.world.of_type("AWS::S3::Bucket"):
        for key, name in (("QueueConfigurations", "Queue"), ("TopicConfigurations", "Topic")):
            for entry in as_list(bucket.get("NotificationConfiguration", key)):
                yield Sender(bucket, as_dict(entry).get(name), "s3")
