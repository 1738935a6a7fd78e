"""World -> findings on S3 buckets: names, lifecycle rules, replication, access lists and notifications.

Source: Amazon S3 User Guide (bucket naming rules; lifecycle transitions; replication requirements; object ownership;
event notifications).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import broken, handed_out, named, refused
from stackflight.check.readers.keepers import DELIVERS, Keepers
from stackflight.check.readers.policies import may_allow
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding, Phase
from stackflight.model.template import Raw, Resource
from stackflight.model.value import (
    Reference,
    Text,
    Unknown,
    Value,
    as_dict,
    as_list,
    dig,
    known_flag,
    known_int,
    known_text,
    references_in,
    render,
)
from stackflight.patterns import compile_later

_BUCKET = "AWS::S3::Bucket"
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_ADDRESS = compile_later(r"\d+\.\d+\.\d+\.\d+")


BUCKET_NAME_INVALID = Check(
    "bucket-name-invalid",
    found_when="a bucket's name breaks the naming rules",
    explains="S3 takes lower-case letters, digits, periods and hyphens. The known parts of a name are enough to prove it wrong.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",),
    example="par-bucket-name-upper-case",
)


@finds(BUCKET_NAME_INVALID)
def find_bucket_names(case: Case) -> Iterator[Finding]:
    """Bucket names that break the naming rules."""
    for bucket in case.world.of_type(_BUCKET):
        wrong = _wrong_name(bucket.get("BucketName"))
        if wrong:
            yield refused(
                case, BUCKET_NAME_INVALID, [bucket.address],
                f"the name {render(bucket.get('BucketName'))} of {bucket.address} is refused: {wrong}",
                "use 3 to 63 lower-case letters, digits and hyphens, or leave the name out", ("BucketName",), says=wrong,
            )  # fmt: skip


def _wrong_name(value: Value) -> str:
    fixed = (
        [value]
        if isinstance(value, str)
        else [part for part in value.parts if isinstance(part, str)]
        if isinstance(value, Text)
        else []
    )
    literal = "".join(fixed)
    if "{{resolve:" in literal or "${" in literal or not literal:
        return ""
    if literal != literal.lower():
        return "Bucket name should not contain uppercase characters"
    strange = re.sub(r"[a-z0-9.-]", "", literal)
    if strange:
        return f"Bucket name should not contain '{strange[0]}'"
    if ".." in literal or len(literal) > 63:
        return (
            "Bucket name should not contain two adjacent periods"
            if ".." in literal
            else "Bucket name is longer than 63"
        )
    if isinstance(value, str):
        if len(value) < 3 or not (value[0].isalnum() and value[-1].isalnum()):
            return "Bucket name must be 3 to 63 characters and begin and end with a letter or digit"
        if _ADDRESS.fullmatch(value) or value.startswith(_PREFIXES) or value.endswith(_SUFFIXES):
            return "Bucket name is reserved or formatted as an IP address"
    return ""


LIFECYCLE_REFUSED = Check(
    "lifecycle-refused",
    found_when="a lifecycle rule moves or expires objects at a time that S3 refuses",
    explains="S3 refuses transitions to infrequent access before 30 days and expirations before transitions.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html",),
    example="par-lifecycle-ia-under-30-days",
)


@finds(LIFECYCLE_REFUSED)
def find_lifecycles(case: Case) -> Iterator[Finding]:
    """Transitions and expirations in an order or after a time that S3 refuses."""
    for bucket in case.world.of_type(_BUCKET):
        for index, rule in enumerate(as_list(bucket.get("LifecycleConfiguration", "Rules"))):
            wrong = _wrong_rule(as_dict(rule))
            if wrong:
                yield refused(
                    case, LIFECYCLE_REFUSED, [bucket.address],
                    f"a lifecycle rule of {bucket.address} is refused: {wrong}",
                    "move objects to STANDARD_IA or ONEZONE_IA after 30 days at the earliest, and expire them later than the "
                    "last transition", ("LifecycleConfiguration", "Rules", index),
                )  # fmt: skip


def _wrong_rule(rule: dict[str, Value]) -> str:
    if known_text(rule.get("Status")) == "Disabled":
        return ""
    moves: dict[str, int] = {}
    for item in [*as_list(rule.get("Transitions")), *as_list(rule.get("Transition"))]:
        storage, days = known_text(as_dict(item).get("StorageClass")), known_int(as_dict(item).get("TransitionInDays"))
        if storage is None or days is None:
            continue
        if storage in {"STANDARD_IA", "ONEZONE_IA"} and days < 30:
            return f"'Days' in Transition action must be greater than or equal to 30 for storageClass '{storage}' (it is {days})"
        moves[storage] = days
    infrequent = max((moves[name] for name in ("STANDARD_IA", "ONEZONE_IA") if name in moves), default=None)
    for storage in ("GLACIER", "GLACIER_IR", "DEEP_ARCHIVE"):
        if infrequent is not None and storage in moves and moves[storage] <= infrequent:
            return f"'Days' in the Transition action for StorageClass '{storage}' must be greater than for the class before it"
    expires = known_int(rule.get("ExpirationInDays"))
    if expires is not None and moves and expires <= max(moves.values()):
        return (
            f"'Days' in the Expiration action ({expires}) must be greater than 'Days' in the Transition action "
            f"({max(moves.values())})"
        )
    return ""


REPLICATION_WITHOUT_VERSIONING = Check(
    "replication-without-versioning",
    found_when="a bucket replicates, and it or its destination is not versioned",
    explains="S3 refuses the replication configuration.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html",),
    example="par-replication-destination-unversioned",
)


@finds(REPLICATION_WITHOUT_VERSIONING)
def find_unversioned_replication(case: Case) -> Iterator[Finding]:
    """Replication from or to a bucket without versioning."""
    for bucket in case.world.of_type(_BUCKET):
        rules = bucket.get("ReplicationConfiguration", "Rules")
        if rules is None or isinstance(rules, Unknown):
            continue
        if _unversioned(bucket):
            yield refused(
                case, REPLICATION_WITHOUT_VERSIONING, [bucket.address],
                f"{bucket.address} replicates its objects and is not versioned",
                "set VersioningConfiguration.Status: Enabled", ("ReplicationConfiguration",),
                says=aws_says("replication-without-versioning.source"),
            )  # fmt: skip
        for rule in as_list(rules):
            target = _bucket_in(case, dig(rule, "Destination", "Bucket"))
            if target is not None and _unversioned(target):
                yield refused(
                    case, REPLICATION_WITHOUT_VERSIONING, [target.address, bucket.address],
                    f"{bucket.address} replicates to {target.address}, which is not versioned",
                    f"set VersioningConfiguration.Status: Enabled on {target.address}",
                    struck=bucket.address, says=aws_says("replication-without-versioning.destination"),
                )  # fmt: skip


def _unversioned(bucket: Resource) -> bool:
    given = bucket.get("VersioningConfiguration")
    status = dig(given, "Status")
    if bucket.get("ObjectLockEnabled") is not None and known_flag(bucket.get("ObjectLockEnabled"), False) is not False:
        return False  # object lock turns versioning on
    return given is None or (not isinstance(status, Unknown) and known_text(status) == "Suspended")


def _bucket_in(case: Case, value: Value) -> Resource | None:
    for reference in references_in(value):
        found = case.resources.get(reference.address)
        if found is not None and found.type == _BUCKET:
            return found
    name = render(value).rpartition(":::")[2]
    return next(
        (item for item in case.world.of_type(_BUCKET) if name and known_text(item.get("BucketName")) == name), None
    )


ACCESS_LIST_REFUSED = Check(
    "access-list-refused",
    found_when="a new bucket gets an access list",
    explains="Buckets made since April 2023 have access lists disabled unless OwnershipControls say otherwise.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",),
    replaces=("E3045",),
)
PUBLIC_POLICY_BLOCKED = Check(
    "public-policy-blocked",
    found_when="a new bucket gets a public policy",
    explains="Buckets made since April 2023 block public policies unless PublicAccessBlockConfiguration says otherwise.",
    may=(WARNING,),
    weighed="a bucket that exists since before keeps its policy",
    sources=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",),
)


@finds(ACCESS_LIST_REFUSED, PUBLIC_POLICY_BLOCKED)
def find_refused_access_lists(case: Case) -> Iterator[Finding]:
    """Access lists and public policies that new buckets refuse."""
    for bucket in case.world.of_type(_BUCKET):
        acl = known_text(bucket.get("AccessControl"))
        open_lists = acl not in {None, "Private", "BucketOwnerFullControl"}
        if open_lists and bucket.get("OwnershipControls") is None:
            yield refused(
                case, ACCESS_LIST_REFUSED, [bucket.address],
                f"{bucket.address} has AccessControl: {acl}, and buckets made since April 2023 take no access lists by default: "
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
                "use a bucket policy, or set OwnershipControls to BucketOwnerPreferred or ObjectWriter", ("AccessControl",),
                says="Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
            )  # fmt: skip
    for policy in case.world.of_type("AWS::S3::BucketPolicy"):
        owner = named(case, policy.get("Bucket"), _BUCKET)
        if owner is not None and owner.get("PublicAccessBlockConfiguration") is None and _public(policy):
            yield broken(
                case, PUBLIC_POLICY_BLOCKED, [owner.address, policy.address],
                f"{policy.address} opens {owner.address} to everybody, and new buckets block public policies by default: API: "
                "s3:PutBucketPolicy Access Denied",
                f"set BlockPublicPolicy: false and RestrictPublicBuckets: false in PublicAccessBlockConfiguration of "
                f"{owner.address}, or serve it through CloudFront with an origin access control",
                phase=Phase.CREATE,
            )  # fmt: skip


def _public(policy: Resource) -> bool:
    for item in as_list(policy.get("PolicyDocument", "Statement")):
        statement = as_dict(item)
        principal = statement.get("Principal")
        everybody = principal == "*" or as_dict(principal).get("AWS") in ("*", ["*"])
        if everybody and known_text(statement.get("Effect")) == "Allow" and statement.get("Condition") is None:
            return True
    return False


# Notified by -> (property that names the target, its type).
_NOTIFIED = {
    "QueueConfigurations": ("Queue", "AWS::SQS::Queue"),
    "TopicConfigurations": ("Topic", "AWS::SNS::Topic"),
}


NOTIFICATION_TARGET_NOT_PERMITTED = Check(
    "notification-target-not-permitted",
    found_when="a bucket notifies a queue or topic that never lets S3 in",
    explains="S3 tests every target when it makes the bucket.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html",),
)


@finds(NOTIFICATION_TARGET_NOT_PERMITTED)
def find_unpermitted_notifications(case: Case) -> Iterator[Finding]:
    """Notifications to queues and topics that never let S3 in; for functions see invoke-permission-missing."""
    keepers = Keepers(case)
    for bucket in case.world.of_type(_BUCKET):
        for key, (property_name, kind) in _NOTIFIED.items():
            for item in as_list(bucket.get("NotificationConfiguration", key)):
                value = as_dict(item).get(property_name)
                target = named(case, value, kind)
                if target is None or not isinstance(value, Reference) or handed_out(case, target.address):
                    continue
                documents = keepers.documents(target)
                if documents is None or may_allow(documents, "s3.", DELIVERS[kind]):
                    continue
                finding = refused(
                    case, NOTIFICATION_TARGET_NOT_PERMITTED, [bucket.address, target.address],
                    f"{bucket.address} notifies {target.address}, and nothing lets s3.amazonaws.com in",
                    f"{keepers.how_to(target, 's3')} and let {bucket.address} depend on that",
                    ("NotificationConfiguration",), says=aws_says("notification-target-not-permitted"),
                )  # fmt: skip
                # The name of the bucket is known only once it is there, and its target is tested before.
                ours: Raw = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
                yield replace(finding, fixes=keepers.let_in(target, bucket.address, "s3", ours, before=True))
