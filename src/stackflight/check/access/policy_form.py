"""Policy documents -> findings on statements that IAM or the service that keeps the policy refuses.

Sources: IAM User Guide (policy elements, validation); Amazon SNS and SQS Developer Guides (access policies); Amazon S3
User Guide (actions and the resources they apply to).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, doubtful, refused
from stackflight.check.readers.statements import identity_documents, statements
from stackflight.facts.load import rows_for
from stackflight.facts.words import aws_says
from stackflight.model.finding import Consequence, Finding
from stackflight.model.template import Resource
from stackflight.model.value import (
    Reference,
    Text,
    Value,
    as_list,
    known_text,
    references_in,
    render,
    unknowns_in,
)

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


def _named_by_ref(type: str) -> bool:
    """Whether Ref of a type gives a name, an id or a URL, and no ARN."""
    given = next(
        (row["gives"].get("Ref") for row in rows_for("contracts", [type]) if row["type"] == type and "gives" in row),
        None,
    )
    return given in {"name", "id", "identifier", "URL"}


def _not_an_arn(case: Case, value: Value) -> str:
    """The text of a resource that cannot be an ARN; empty where it is one, a wildcard or not known."""
    first: Value = value.parts[0] if isinstance(value, Text) else value
    if isinstance(first, Reference):
        found = case.resources.get(first.address)
        named_by_ref = found is not None and _named_by_ref(found.type) and first.attribute == "Ref"
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
            says=wrong,
        )  # fmt: skip
    yield from _action_form(case, owner, statement, at)


def _action_form(case: Case, owner: Resource, statement: dict[str, Value], at: At) -> Iterator[Finding]:
    for item in [*as_list(statement.get("Action")), *as_list(statement.get("NotAction"))]:
        action = known_text(item)
        if action is not None and action != "*" and (":" not in action or " " in action.strip()):
            yield refused(
                case, POLICY_MALFORMED, [owner.address],
                f"{owner.address} names the action {action!r}", "write service:Action", (*at, "Action"),
                says=aws_says("policy-malformed"),
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
                    remedy, at, says=wrong,
                )  # fmt: skip
