"""World -> findings on bucket notifications that overlap: S3 would not know whom to tell.

Source: Amazon S3 User Guide, configuring event notifications with object key name filtering.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import refused
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import as_dict, as_list, dig, known_text

_KINDS = ("QueueConfigurations", "TopicConfigurations", "LambdaConfigurations")


class _Notice(NamedTuple):
    """One configuration: the event, and how the keys begin and end of which it speaks."""

    event: str
    prefix: str
    suffix: str


NOTIFICATIONS_OVERLAP = Check(
    "notifications-overlap",
    found_when="two notifications of a bucket are for the same event of the same objects",
    explains="S3 refuses configurations whose events, prefixes and suffixes all overlap.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html",),
)


@finds(NOTIFICATIONS_OVERLAP)
def find_overlaps(case: Case) -> Iterator[Finding]:
    """Buckets with two configurations for one event of one object."""
    for bucket in case.world.of_type("AWS::S3::Bucket"):
        pair = next(((a, b) for a, b in combinations(_notices(bucket), 2) if _overlap(a, b)), None)
        if pair is not None:
            first, second = pair
            yield refused(
                case, NOTIFICATIONS_OVERLAP, [bucket.address],
                f"two notifications of {bucket.address} are for the same objects ({_spoken(first)}; {_spoken(second)}): S3 takes "
                "one for each event and key",
                "tell them apart by prefixes or suffixes that exclude one another, or send to one topic that passes on",
                ("NotificationConfiguration",),
                says="Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are "
                "overlapping for the same event type.",
            )  # fmt: skip


def _notices(bucket: Resource) -> Iterator[_Notice]:
    for kind in _KINDS:
        for item in as_list(bucket.get("NotificationConfiguration", kind)):
            event = known_text(as_dict(item).get("Event"))
            rules = dig(item, "Filter", "S3Key", "Rules")
            texts = {
                (known_text(as_dict(rule).get("Name")) or "?").lower(): known_text(as_dict(rule).get("Value"))
                for rule in as_list(rules)
            }
            if event is None or "?" in texts or None in texts.values() or not isinstance(rules, (list, type(None))):
                continue
            yield _Notice(event, texts.get("prefix") or "", texts.get("suffix") or "")


def _overlap(first: _Notice, second: _Notice) -> bool:
    return (
        _same_event(first.event, second.event)
        and (first.prefix.startswith(second.prefix) or second.prefix.startswith(first.prefix))
        and (first.suffix.endswith(second.suffix) or second.suffix.endswith(first.suffix))
    )


def _same_event(first: str, second: str) -> bool:
    """Whether an event is meant by both; `s3:ObjectCreated:*` means all that begin so."""
    if first == second:
        return True
    return any(a.endswith("*") and b.startswith(a.removesuffix("*")) for a, b in ((first, second), (second, first)))


def _spoken(notice: _Notice) -> str:
    keys = f"{notice.prefix}*{notice.suffix}" if notice.prefix or notice.suffix else "every key"
    return f"{notice.event} of {keys}"
