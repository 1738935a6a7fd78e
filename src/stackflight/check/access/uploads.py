"""World -> findings on those who write to a bucket: denied by its own policy, or deleting what others wrote.

Sources: Amazon S3 User Guide (bucket policies, default encryption); aws-cdk-lib, aws-s3-deployment (prune, system metadata).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import broken, mentions, named, refused
from stackflight.check.readers.statements import names_action, statements
from stackflight.model.finding import Finding, Phase
from stackflight.model.template import Resource
from stackflight.model.value import Address, as_dict, as_list, known_flag, known_text

_BUCKET = "AWS::S3::Bucket"
_POLICY = "AWS::S3::BucketPolicy"
_DEPLOYMENT = "Custom::CDKBucketDeployment"


BUCKET_POLICY_DENIES_WRITER = Check(
    "bucket-policy-denies-writer",
    found_when="a bucket policy denies uploads without an encryption header to those who write to the bucket",
    explains="Clients rely on default encryption and send no header; an explicit Deny wins over every Allow.",
    may=(BLOCKING, WARNING),
    weighed="blocking for a deployment into the bucket; warning for roles that write at run time",
    sources=(
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
    ),
)


@finds(BUCKET_POLICY_DENIES_WRITER)
def find_denied_writers(case: Case) -> Iterator[Finding]:
    """Deployments into a bucket whose own policy denies uploads without an encryption header."""
    for policy in case.world.of_type(_POLICY):
        bucket = named(case, policy.get("Bucket"), _BUCKET)
        if bucket is None or not _denies_plain_uploads(policy):
            continue
        for writer in case.world.of_type(_DEPLOYMENT):
            if not mentions(writer.get("DestinationBucketName"), bucket.address):
                continue
            if "sse" not in as_dict(writer.get("SystemMetadata")):
                yield refused(
                    case, BUCKET_POLICY_DENIES_WRITER, [policy.address, writer.address, bucket.address],
                    f"{policy.address} denies uploads to {bucket.address} without the header x-amz-server-side-encryption, and "
                    f"{writer.address} uploads without it: AccessDenied",
                    "drop the statement (buckets encrypt by default) or set SystemMetadata sse on the deployment",
                    ("PolicyDocument",), struck=writer.address,
                )  # fmt: skip
        yield from _denied_roles(case, policy, bucket)


def _denied_roles(case: Case, policy: Resource, bucket: Resource) -> Iterator[Finding]:
    writers = [
        item
        for item in case.world.of_type("AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy")
        if _may_put(item, bucket.address)
    ]
    if writers:
        yield broken(
            case, BUCKET_POLICY_DENIES_WRITER, [policy.address, bucket.address, *(item.address for item in writers)],
            f"{policy.address} denies uploads to {bucket.address} without the header x-amz-server-side-encryption; SDKs do not "
            f"send it by themselves, so what {writers[0].address} allows is denied",
            "drop the statement: buckets encrypt every object by default", ("PolicyDocument",),
        )  # fmt: skip


def _may_put(owner: Resource, bucket: Address) -> bool:
    documents = [
        owner.get("PolicyDocument"),
        *(as_dict(item).get("PolicyDocument") for item in as_list(owner.get("Policies"))),
    ]
    return any(
        known_text(statement.get("Effect")) != "Deny"
        and mentions(statement.get("Resource"), bucket)
        and names_action(statement, "s3:PutObject")
        for document in documents
        for _, statement in statements(document)
    )


def _denies_plain_uploads(policy: Resource) -> bool:
    for _, statement in statements(policy.get("PolicyDocument")):
        if known_text(statement.get("Effect")) != "Deny":
            continue
        if not names_action(statement, "s3:PutObject"):
            continue
        condition = as_dict(statement.get("Condition"))
        header = "s3:x-amz-server-side-encryption"
        if known_text(as_dict(condition.get("Null")).get(header)) == "true":
            return True
        if header in as_dict(condition.get("StringNotEquals")) and len(condition) == 1:
            return True
    return False


DEPLOYMENT_DELETES_UPLOADS = Check(
    "deployment-deletes-uploads",
    found_when="a bucket deployment prunes a bucket that others write to",
    explains="CDK's BucketDeployment deletes what is not in its source unless Prune is false; a role other than its own may put objects "
    "into the same bucket.",
    may=(WARNING,),
    weighed="it shows with the next update",
    sources=("https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_s3_deployment-readme.html",),
)


@finds(DEPLOYMENT_DELETES_UPLOADS)
def find_pruned_uploads(case: Case) -> Iterator[Finding]:
    """Deployments that delete everything else in a bucket which others write to."""
    for deployment in case.world.of_type(_DEPLOYMENT):
        bucket = named(case, deployment.get("DestinationBucketName"), _BUCKET)
        whole = known_text(deployment.get("DestinationBucketKeyPrefix")) in {None, "", "/"}
        kept = any(deployment.get(key) not in (None, []) for key in ("Exclude", "Include"))
        if bucket is None or not whole or kept or known_flag(deployment.get("Prune"), True) is not True:
            continue
        role = _handler_role(case, deployment)
        own = () if role is None else (role.address,)
        writers = [
            item
            for item in case.world.of_type("AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy")
            if _may_put(item, bucket.address) and item.address not in own and not mentions(item.get("Roles"), *own)
        ]
        if writers:
            yield broken(
                case, DEPLOYMENT_DELETES_UPLOADS, [deployment.address, bucket.address, *(item.address for item in writers)],
                f"{deployment.address} fills the root of {bucket.address} and prunes it: every update deletes what "
                f"{writers[0].address} lets others store there",
                "deploy below a prefix (DestinationBucketKeyPrefix), set Prune: false, or keep uploads in a bucket of their own",
                ("DestinationBucketName",), Phase.UPDATE,
            )  # fmt: skip


def _handler_role(case: Case, deployment: Resource) -> Resource | None:
    """The role of the function that deploys."""
    function = named(case, deployment.get("ServiceToken"), "AWS::Lambda::Function")
    return named(case, function.get("Role"), "AWS::IAM::Role") if function is not None else None
