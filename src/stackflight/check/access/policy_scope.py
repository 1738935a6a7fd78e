"""Policy documents -> findings on actions and resources that the service keeping the policy does not know.

Sources: Amazon SNS and SQS Developer Guides (access policies); Amazon S3 User Guide (actions and the resources they apply to)."""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, named, refused
from stackflight.check.readers.statements import statements
from stackflight.facts.words import aws_says
from stackflight.model.finding import Finding
from stackflight.model.template import Resource
from stackflight.model.value import (
    Reference,
    Text,
    Unknown,
    Value,
    as_list,
    known_text,
    references_in,
    render,
)

_SNS_ACTIONS = {
    "addpermission", "deletetopic", "getdataprotectionpolicy", "gettopicattributes", "listsubscriptionsbytopic",
    "listtagsforresource", "publish", "putdataprotectionpolicy", "removepermission", "settopicattributes", "subscribe",
    "receive", "tagresource", "untagresource",
}  # fmt: skip


_OBJECT_ACTIONS = {
    "s3:getobject", "s3:putobject", "s3:deleteobject", "s3:getobjectversion", "s3:deleteobjectversion", "s3:getobjectacl",
    "s3:putobjectacl", "s3:getobjecttagging", "s3:putobjecttagging", "s3:abortmultipartupload",
    "s3:listmultipartuploadparts", "s3:restoreobject", "s3:replicateobject", "s3:replicatedelete",
}  # fmt: skip


_BUCKET_ACTIONS = {
    "s3:listbucket", "s3:getbucketlocation", "s3:getbucketacl", "s3:putbucketacl", "s3:getbucketpolicy",
    "s3:putbucketpolicy", "s3:listbucketversions", "s3:listbucketmultipartuploads", "s3:getbucketversioning",
    "s3:getencryptionconfiguration", "s3:getlifecycleconfiguration", "s3:createbucket", "s3:deletebucket",
}  # fmt: skip


POLICY_ACTION_OUT_OF_SCOPE = Check(
    "policy-action-out-of-scope",
    found_when="a topic, queue or bucket policy names actions that do not belong there",
    explains="The service refuses the policy. SNS refuses sns:* as well, since not every action of SNS is one on a topic.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html",
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-overview-of-managing-access.html",
    ),
    replaces=("E3510", "E3512", "E3513", "E3530"),
    example="iam-sns-policy-action-scope",
)


@finds(POLICY_ACTION_OUT_OF_SCOPE)
def find_actions_out_of_scope(case: Case) -> Iterator[Finding]:
    """Topic and queue policies with actions of another service, or with sns:*."""
    for policy in case.world.of_type("AWS::SNS::TopicPolicy"):
        for index, statement in statements(policy.get("PolicyDocument")):
            for item in as_list(statement.get("Action")):
                action = known_text(item)
                name = (action or "").lower()
                if action is not None and (
                    "*" in name or name.removeprefix("sns:") not in _SNS_ACTIONS or ":" not in name
                ):
                    yield refused(
                        case, POLICY_ACTION_OUT_OF_SCOPE, [policy.address],
                        f"{policy.address} names the action {action}",
                        "list the actions on topics: sns:Publish, sns:Subscribe, …",
                        ("PolicyDocument", "Statement", index, "Action"), says=aws_says("policy-action-out-of-scope"),
                    )  # fmt: skip
                    break
    for kind, prefix in (("AWS::SQS::QueuePolicy", "sqs:"), ("AWS::S3::BucketPolicy", "s3:")):
        for policy in case.world.of_type(kind):
            for index, statement in statements(policy.get("PolicyDocument")):
                for item in as_list(statement.get("Action")):
                    action = known_text(item)
                    if (
                        action is not None
                        and action != "*"
                        and not action.lower().startswith((prefix, "s3-object-lambda:"))
                    ):
                        yield refused(
                            case, POLICY_ACTION_OUT_OF_SCOPE, [policy.address],
                            f"{policy.address} names the action {action}, which is none of {prefix[:-1]}: the policy has an "
                            "invalid action", f"write actions of {prefix[:-1]}",
                            ("PolicyDocument", "Statement", index, "Action"),
                        )  # fmt: skip


BUCKET_POLICY_RESOURCE = Check(
    "bucket-policy-resource",
    found_when="a bucket policy names another bucket, or actions that apply to none of its resources",
    explains="S3 refuses the policy.",
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-actions.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-arn-format.html",
    ),
    replaces=("E3510", "E3512", "E3513", "E3530"),
)


@finds(BUCKET_POLICY_RESOURCE)
def find_bucket_policy_resources(case: Case) -> Iterator[Finding]:
    """Bucket policies on another bucket, or with actions that apply to none of their resources."""
    for policy in case.world.of_type("AWS::S3::BucketPolicy"):
        bucket = named(case, policy.get("Bucket"), "AWS::S3::Bucket")
        for index, statement in statements(policy.get("PolicyDocument")):
            at = ("PolicyDocument", "Statement", index, "Resource")
            resources = as_list(statement.get("Resource"))
            if not resources or any(isinstance(item, Unknown) for item in resources):
                continue
            others = [
                reference.address
                for item in resources
                for reference in references_in(item)[:1]
                if bucket is not None and reference.address != bucket.address
                if reference.address in case.resources and case.resources[reference.address].type == "AWS::S3::Bucket"
                if case.resources[reference.address].get("BucketName") is None or bucket.get("BucketName") is None
            ]
            if bucket is not None and others:
                yield refused(
                    case, BUCKET_POLICY_RESOURCE, [policy.address, bucket.address, *others],
                    f"{policy.address} is the policy of {bucket.address} and speaks of {others[0]}",
                    f"write the ARN of {bucket.address}, or give {others[0]} a policy of its own", at,
                    says=aws_says("bucket-policy-resource.other-bucket"),
                )  # fmt: skip
                continue
            yield from _apply(case, policy, statement, resources, at)


def _apply(
    case: Case, policy: Resource, statement: dict[str, Value], resources: list[Value], at: At
) -> Iterator[Finding]:
    objects = [_names_objects(item) for item in resources]
    if None in objects:
        return
    for item in as_list(statement.get("Action")):
        action = (known_text(item) or "").lower()
        if action in _OBJECT_ACTIONS and not any(objects):
            wants = "objects; write the bucket's ARN followed by /*"
        elif action in _BUCKET_ACTIONS and all(objects):
            wants = "the bucket; write its ARN without /*"
        else:
            continue
        yield refused(
            case, BUCKET_POLICY_RESOURCE, [policy.address],
            f"{policy.address} names {known_text(item)} with "
                f"{', '.join(render(entry) for entry in resources)}", f"the action applies to {wants}", at,
                says=aws_says("bucket-policy-resource.no-resource"),
        )  # fmt: skip
        return


def _names_objects(value: Value) -> bool | None:
    """Whether an ARN names objects of a bucket; None where that is not known."""
    if isinstance(value, Reference):
        return False if value.attribute == "Arn" else None
    if isinstance(value, Text) and not isinstance(value.parts[-1], (str, Reference)):
        return None
    text = render(value)
    if "${" not in text and not text.startswith("arn:"):
        return None
    tail = text.rpartition(":::")[2] if ":::" in text else text
    if "*" in tail and "/" not in tail:
        return None
    return "/" in tail
