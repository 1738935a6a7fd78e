"""World -> findings on buckets and keys that a service must be let use: access logs, trails, encrypted log groups, uploads.

Sources: Elastic Load Balancing User Guides (access logs); AWS CloudTrail User Guide (bucket and key policies); CloudWatch
Logs User Guide (encryption with KMS); Amazon S3 User Guide (event notifications, default encryption).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import handed_out, named, refused
from stackflight.check.readers.policies import may_allow, may_put_below, policies_of
from stackflight.check.readers.statements import all_known, names_action, statements
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.relations import balancer_kind
from stackflight.model.template import Resource
from stackflight.model.value import Address, Value, as_dict, as_list, dig, known_text, unknowns_in

_BUCKET = "AWS::S3::Bucket"
_POLICY = "AWS::S3::BucketPolicy"
_KEY = "AWS::KMS::Key"


LOG_BUCKET_NOT_WRITABLE = Check(
    "log-bucket-not-writable",
    found_when="a load balancer or trail writes to a bucket whose policy does not let it",
    explains="The service tests the bucket at once. The bucket and all its policies are in the templates.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html",
    ),
    example="iam-alb-access-log-bucket",
)


@finds(LOG_BUCKET_NOT_WRITABLE)
def find_access_log_buckets(case: Case) -> Iterator[Finding]:
    """Log buckets that the load balancer may not write to."""
    for balancer in case.world.of_type(
        "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancing::LoadBalancer"
    ):
        name = _log_bucket(balancer)
        bucket = named(case, name, _BUCKET)
        if bucket is None or handed_out(case, bucket.address):
            continue
        documents = policies_of(case, bucket.address)
        if documents is not None and not may_allow(documents, "elasticloadbalancing", "s3:PutObject", accounts=True):
            if not may_allow(documents, "delivery.logs", "s3:PutObject"):
                has = "none of its policies lets load balancers write" if documents else "it has no bucket policy"
                yield refused(
                    case, LOG_BUCKET_NOT_WRITABLE, [bucket.address, balancer.address],
                    f"{balancer.address} writes access logs to {bucket.address}, and {has}",
                    "add a bucket policy that lets the load balancing account of the Region (or "
                    "logdelivery.elasticloadbalancing.amazonaws.com; delivery.logs.amazonaws.com for Network Load Balancers) "
                    "call s3:PutObject, and let the load balancer depend on it", struck=balancer.address,
                    says=aws_says("log-bucket-not-writable.balancer-policy"),
                )  # fmt: skip
        if balancer_kind(balancer) == "application" and _encrypted_by_kms(bucket):
            yield refused(
                case, LOG_BUCKET_NOT_WRITABLE, [bucket.address, balancer.address],
                f"{balancer.address} writes access logs to {bucket.address}, which is encrypted with KMS; "
                "application load balancers can write to SSE-S3 buckets only",
                f"set SSEAlgorithm: AES256 on {bucket.address}", ("BucketEncryption",), struck=balancer.address,
                says=aws_says("log-bucket-not-writable.balancer"),
            )  # fmt: skip
    yield from _trails(case)


def _log_bucket(balancer: Resource) -> Value:
    attributes = {
        known_text(as_dict(item).get("Key")): as_dict(item).get("Value")
        for item in as_list(balancer.get("LoadBalancerAttributes"))
    }
    if known_text(attributes.get("access_logs.s3.enabled")) == "true":
        return attributes.get("access_logs.s3.bucket")
    if known_text(balancer.get("AccessLoggingPolicy", "Enabled")) == "true":
        return balancer.get("AccessLoggingPolicy", "S3BucketName")
    return None


def _encrypted_by_kms(bucket: Resource) -> bool:
    rules = as_list(bucket.get("BucketEncryption", "ServerSideEncryptionConfiguration"))
    return any(
        (known_text(dig(rule, "ServerSideEncryptionByDefault", "SSEAlgorithm")) or "").startswith("aws:kms")
        for rule in rules
    )


def _elsewhere(case: Case, bucket: Resource, writer: Resource, prefix: Value, answer: str) -> Finding:
    place = f"{known_text(prefix)}/AWSLogs/" if prefix is not None else "AWSLogs/"
    return refused(
        case, LOG_BUCKET_NOT_WRITABLE, [bucket.address, writer.address],
        f"{writer.address} writes to {bucket.address} below {place}, and its policies let it write elsewhere only: {answer}",
        f"write the Resource of s3:PutObject as BUCKET_ARN/{place}ACCOUNT/*", struck=writer.address,
    )  # fmt: skip


def _trails(case: Case) -> Iterator[Finding]:
    """Trails that may not write to their bucket."""
    for trail in case.world.of_type("AWS::CloudTrail::Trail"):
        bucket = named(case, trail.get("S3BucketName"), _BUCKET)
        documents = policies_of(case, bucket.address) if bucket is not None else None
        if bucket is None or documents is None or handed_out(case, bucket.address):
            continue
        prefix = trail.get("S3KeyPrefix")
        below = None if prefix is None else known_text(prefix)
        if (prefix is None or below is not None) and not may_put_below(
            documents, "cloudtrail", f"{below or ''}/AWSLogs/"
        ):
            yield _elsewhere(
                case, bucket, trail, trail.get("S3KeyPrefix"), "Incorrect S3 bucket policy is detected for bucket"
            )
            continue
        for action in ("s3:GetBucketAcl", "s3:PutObject"):
            if not may_allow(documents, "cloudtrail", action):
                yield refused(
                    case, LOG_BUCKET_NOT_WRITABLE, [bucket.address, trail.address],
                    f"{trail.address} writes to {bucket.address}, whose policy does not allow {action} to "
                    "cloudtrail.amazonaws.com",
                    "allow cloudtrail.amazonaws.com s3:GetBucketAcl on the bucket and s3:PutObject on AWSLogs/ACCOUNT/*, and let "
                    "the trail depend on the policy", struck=trail.address,
                    says=aws_says("log-bucket-not-writable.trail"),
                )  # fmt: skip
                break


# Type -> (where the key is, the service that must be let use it, an action it needs, what it answers).
_KEY_USERS = {
    "AWS::Logs::LogGroup": (
        "KmsKeyId", "logs.", "kms:Encrypt", "The specified KMS key does not exist or is not allowed to be used with LogGroup"
    ),
    "AWS::CloudTrail::Trail": ("KMSKeyId", "cloudtrail.", "kms:GenerateDataKey", "InsufficientEncryptionPolicyException"),
}  # fmt: skip


KEY_POLICY_EXCLUDES_USER = Check(
    "key-policy-excludes-user",
    found_when="a log group or trail is encrypted with a key that does not let the service in",
    explains="The service tests the key. A statement for the account's root does not help: the service calls under its own name.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
    ),
)
KEY_POLICY_LOCKS_OUT = Check(
    "key-policy-locks-out",
    found_when="nobody who deploys a key may change its policy",
    explains="KMS refuses a policy by which whoever deploys it could not change it again; identities that the same stack makes are not "
    "those who deploy it.",
    may=(BLOCKING, WARNING),
    sources=("https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html",),
)


@finds(KEY_POLICY_EXCLUDES_USER, KEY_POLICY_LOCKS_OUT)
def find_key_users(case: Case) -> Iterator[Finding]:
    """Log groups and trails whose key does not let the service in."""
    for kind, (property_name, service, action, text) in _KEY_USERS.items():
        for user in case.world.of_type(kind):
            key = named(case, user.get(property_name), _KEY)
            if key is None or not isinstance(key.get("KeyPolicy"), dict) or handed_out(case, key.address):
                continue
            if not may_allow([key.get("KeyPolicy")], service, action):
                principal = (
                    f"{service}${{AWS::Region}}.amazonaws.com" if service == "logs." else f"{service}amazonaws.com"
                )
                yield refused(
                    case, KEY_POLICY_EXCLUDES_USER, [key.address, user.address],
                    f"{user.address} is encrypted with {key.address}, whose policy does not let {principal} use it: {text}",
                    f"allow {principal} kms:Encrypt*, kms:Decrypt*, kms:ReEncrypt*, kms:GenerateDataKey* and kms:Describe* in the "
                    f"policy of {key.address}", ("KeyPolicy",), struck=user.address,
                )  # fmt: skip
    for key in case.world.of_type(_KEY):
        yield from _lockout(case, key)


def _lockout(case: Case, key: Resource) -> Iterator[Finding]:
    """A key policy that nobody may change."""
    document = key.get("KeyPolicy")
    if known_text(key.get("BypassPolicyLockoutSafetyCheck")) == "true" or not isinstance(document, dict):
        return
    if not all_known(document):
        return
    made: set[Address] = set()
    for _, statement in statements(document):
        if unknowns_in(statement.get("Effect")) or unknowns_in(statement.get("Action")):
            return
        if known_text(statement.get("Effect")) == "Deny":
            continue
        changes = statement.get("NotAction") is not None or names_action(statement, "kms:PutKeyPolicy")
        principal = statement.get("Principal")
        if not changes:
            continue
        if not isinstance(principal, dict):
            return
        new = [named(case, item, "AWS::IAM::Role", "AWS::IAM::User") for item in as_list(principal.get("AWS"))]
        if any(item is None or item.address.stack != key.address.stack for item in new):
            return
        made.update(item.address for item in new if item is not None)
    whom = (
        f"{listed(made)}, made by the same stack, and nobody who deploys it, may"
        if made
        else "no account principal may"
    )
    yield refused(
        case, KEY_POLICY_LOCKS_OUT, [key.address, *made],
        f"{whom} call kms:PutKeyPolicy by the statements of {key.address}",
        "add a statement that allows kms:* to arn:aws:iam::ACCOUNT:root", ("KeyPolicy",),
        says=aws_says("key-policy-locks-out"),
    )  # fmt: skip
