"""Policy documents -> findings on statements that IAM or the service that keeps the policy refuses.

Sources: IAM User Guide (policy elements, validation); Amazon SNS and SQS Developer Guides (access policies); Amazon S3
User Guide (actions and the resources they apply to).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, doubtful, named, refused
from stackflight.model.finding import Consequence, Finding
from stackflight.model.identity import fits
from stackflight.model.template import Resource
from stackflight.model.value import (
    Reference,
    Text,
    Unknown,
    Value,
    as_dict,
    as_list,
    known_text,
    references_in,
    render,
    unknowns_in,
)

# Types whose Ref gives a name or an id, not an ARN. Source: CloudFormation resource reference, return values.
_NAMED_BY_REF = {
    "AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::Lambda::Function", "AWS::Kinesis::Stream", "AWS::KMS::Key",
    "AWS::SQS::Queue", "AWS::IAM::Role", "AWS::IAM::User", "AWS::Logs::LogGroup", "AWS::ECR::Repository",
    "AWS::ECS::Cluster", "AWS::EFS::FileSystem", "AWS::KinesisFirehose::DeliveryStream", "AWS::CodeBuild::Project",
    "AWS::CodeCommit::Repository", "AWS::CodePipeline::Pipeline", "AWS::Events::Rule", "AWS::SSM::Parameter",
    "AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::Cognito::UserPool", "AWS::ApiGateway::RestApi",
    "AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain", "AWS::Backup::BackupVault", "AWS::EC2::Instance",
}  # fmt: skip

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


def statements(document: Value) -> Iterator[tuple[int, dict[str, Value]]]:
    """The statements of a document that are mappings, with their position."""
    for index, item in enumerate(as_list(as_dict(document).get("Statement"))):
        if isinstance(item, dict):
            yield index, item


def names_action(statement: dict[str, Value], action: str) -> bool:
    """Whether one of a statement's known actions, wildcards counted, is this one; NotAction is not looked at."""
    return any(fits(action, known_text(item) or "") for item in as_list(statement.get("Action")))


def all_known(document: dict[str, Value]) -> bool:
    """Whether every statement of a document can be read as a mapping."""
    return all(isinstance(item, dict) for item in as_list(document.get("Statement")))


def identity_documents(case: Case) -> Iterator[tuple[Resource, Value, At]]:
    """Every identity policy document, with its owner and place."""
    for policy in case.world.of_type(
        "AWS::IAM::Policy",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::RolePolicy",
        "AWS::IAM::UserPolicy",
        "AWS::IAM::GroupPolicy",
    ):
        yield policy, policy.get("PolicyDocument"), ("PolicyDocument",)
    for owner in case.world.of_type("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        for index, item in enumerate(as_list(owner.get("Policies"))):
            yield owner, as_dict(item).get("PolicyDocument"), ("Policies", index, "PolicyDocument")


_IAM = "IAM tests every document when it is stored. Unknown parts are silent."


POLICY_RESOURCE_NOT_ARN = Check(
    "policy-resource-not-arn",
    found_when="a policy names a resource that is not an ARN",
    explains=f"Ref of most resources gives a name, not an ARN. {_IAM}",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning for a bare word",
    sources=(
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html",
    ),
    replaces=("E3510", "E3512", "E3513", "E3530"),
    example="iam-resource-not-arn",
)
POLICY_MALFORMED = Check(
    "policy-malformed",
    found_when="a policy document has a form that IAM refuses",
    explains=_IAM,
    may=(BLOCKING, WARNING),
    sources=(
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
    ),
    replaces=("E3510", "E3512", "E3513", "E3530"),
)


@finds(POLICY_RESOURCE_NOT_ARN, POLICY_MALFORMED)
def find_identity_policy_defects(case: Case) -> Iterator[Finding]:
    """Identity policies that IAM refuses."""
    for owner, document, at in identity_documents(case):
        for index, statement in statements(document):
            where = (*at, "Statement", index)
            yield from _resources(case, owner, statement, where)
            yield from _elements(case, owner, statement, where)
    yield from _trust_policies(case)


def _resources(case: Case, owner: Resource, statement: dict[str, Value], at: At) -> Iterator[Finding]:
    for key in ("Resource", "NotResource"):
        for item in as_list(statement.get(key)):
            wrong = _not_an_arn(case, item)
            if wrong:
                # A bare word may be a placeholder that somebody fills in before the deployment.
                say = doubtful if isinstance(item, str) else refused
                yield say(
                    case, POLICY_RESOURCE_NOT_ARN, [owner.address, *(ref.address for ref in references_in(item))],
                    f"{owner.address} allows or denies {wrong}: Resource {wrong} must be in ARN format or \"*\"",
                    "write the Arn attribute (Fn::GetAtt) instead of Ref, or a full ARN", (*at, key), struck=owner.address,
                    consequence=Consequence.FAILS,
                )  # fmt: skip
                return


def _not_an_arn(case: Case, value: Value) -> str:
    """The text of a resource that cannot be an ARN; empty where it is one, a wildcard or not known."""
    first: Value = value.parts[0] if isinstance(value, Text) else value
    if isinstance(first, Reference):
        found = case.resources.get(first.address)
        named_by_ref = found is not None and found.type in _NAMED_BY_REF and first.attribute == "Ref"
        return render(value) if named_by_ref else ""
    if isinstance(first, str) and not first.startswith(("arn:", "*")) and (isinstance(value, str) or ":" not in first):
        return render(value) if first.strip() and not "arn:".startswith(first) and not first.startswith("{{") else ""
    return ""


def _elements(case: Case, owner: Resource, statement: dict[str, Value], at: At) -> Iterator[Finding]:
    wrong = remedy = ""
    if statement.get("Principal") is not None or statement.get("NotPrincipal") is not None:
        wrong, remedy = "Policy document should not specify a principal", "remove Principal: it is who has the policy"
    elif not any(key in statement for key in ("Resource", "NotResource")):
        wrong, remedy = "Policy statement must contain resources", "add Resource with the ARNs that it is about"
    elif not any(key in statement for key in ("Action", "NotAction")):
        wrong, remedy = "Policy statement must contain actions", "add Action with what it allows or denies"
    if wrong and not unknowns_in(statement):
        yield refused(
            case, POLICY_MALFORMED, [owner.address], f"a statement of {owner.address} is refused: {wrong}", remedy, at,
        )  # fmt: skip
    yield from _action_form(case, owner, statement, at)


def _action_form(case: Case, owner: Resource, statement: dict[str, Value], at: At) -> Iterator[Finding]:
    for item in [*as_list(statement.get("Action")), *as_list(statement.get("NotAction"))]:
        action = known_text(item)
        if action is not None and action != "*" and (":" not in action or " " in action.strip()):
            yield refused(
                case, POLICY_MALFORMED, [owner.address],
                f"{owner.address} names the action {action!r}: Actions/Conditions must be prefaced by a vendor, e.g., iam, "
                "sdb, ec2, etc.", "write service:Action", (*at, "Action"),
            )  # fmt: skip


def _trust_policies(case: Case) -> Iterator[Finding]:
    """Trust policies with elements that IAM does not take."""
    for role in case.world.of_type("AWS::IAM::Role"):
        for index, statement in statements(role.get("AssumeRolePolicyDocument")):
            at: At = ("AssumeRolePolicyDocument", "Statement", index)
            wrong = remedy = ""
            if statement.get("Resource") is not None:
                wrong, remedy = "Has prohibited field Resource", "remove Resource: it is the role itself"
            elif statement.get("Principal") is None and statement.get("NotPrincipal") is None:
                wrong, remedy = "Trust policies must contain a Principal", "add Principal with who may assume the role"
            for item in as_list(statement.get("Action")):
                action = known_text(item)
                if action is not None and not action.lower().startswith("sts:") and action != "*":
                    wrong = "AssumeRole policy may only specify STS AssumeRole actions"
                    remedy = f"move {action} into a policy of the role, and allow sts:AssumeRole here"
            if wrong and not unknowns_in(statement):
                yield refused(
                    case, POLICY_MALFORMED, [role.address], f"the trust policy of {role.address} is refused: {wrong}",
                    remedy, at,
                )  # fmt: skip


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
                        f"{policy.address} names the action {action}: Invalid parameter: Policy statement action out of service "
                        "scope", "list the actions on topics: sns:Publish, sns:Subscribe, …",
                        ("PolicyDocument", "Statement", index, "Action"),
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
                    f"{policy.address} is the policy of {bucket.address} and speaks of {others[0]}: Policy has invalid resource",
                    f"write the ARN of {bucket.address}, or give {others[0]} a policy of its own", at,
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
            f"{policy.address} names {known_text(item)} with {', '.join(render(entry) for entry in resources)}: Action does not "
            "apply to any resource(s) in statement", f"the action applies to {wants}", at,
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
