"""Policies -> findings on conditions that no request fulfils.

Sources: IAM User Guide (condition operators, global condition keys), service authorization reference (keys of actions).
"""

from __future__ import annotations

from collections.abc import Iterator

from stackflight.check.case import Case, listed
from stackflight.check.check import WARNING, Check, finds
from stackflight.check.outcome import broken
from stackflight.check.readers.statements import identity_documents, statements
from stackflight.check.readers.unmet import never_met
from stackflight.model.finding import Finding
from stackflight.model.identity import RESOURCE_DOCUMENTS
from stackflight.model.value import as_dict, as_list, known_text

TRUST = "AssumeRolePolicyDocument"
_KEPT = {
    **RESOURCE_DOCUMENTS,
    "AWS::IAM::Role": TRUST,
    "AWS::EC2::VPCEndpoint": "PolicyDocument",
}

# Condition key -> the actions whose requests carry it.
_CARRIED_BY = {
    "s3:x-amz-server-side-encryption": ("s3:putobject", "s3:replicateobject", "s3:*", "*", "s3:put*"),
    "s3:x-amz-server-side-encryption-aws-kms-key-id": ("s3:putobject", "s3:replicateobject", "s3:*", "*", "s3:put*"),
    "secretsmanager:versionstage": ("secretsmanager:getsecretvalue", "secretsmanager:*", "*", "secretsmanager:get*",
                                    "secretsmanager:updatesecretversionstage"),
}  # fmt: skip
_DEMANDS = {"StringEquals", "StringLike", "ForAnyValue:StringEquals", "ForAnyValue:StringLike"}


CONDITION_NEVER_MET = Check(
    "condition-never-met",
    found_when="a policy allows actions on a condition that no request fulfils",
    explains="Only writes carry the encryption header, only GetSecretValue a version stage; for other actions the condition fails. "
    "StringEquals compares exactly: a pattern under it equals no account, ARN or subject of a token, which hold no asterisk.",
    may=(WARNING,),
    weighed="the deployment succeeds",
    sources=(
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html",
    ),
)


@finds(CONDITION_NEVER_MET)
def find_conditions_never_met(case: Case) -> Iterator[Finding]:
    """Allow statements whose condition no request fulfils."""
    yield from _keys_not_carried(case)
    yield from _patterns_under_equals(case)


def _keys_not_carried(case: Case) -> Iterator[Finding]:
    """Conditions on keys that requests for the actions do not carry."""
    for owner, document, at in identity_documents(case):
        for index, statement in statements(document):
            if known_text(statement.get("Effect")) != "Allow":
                continue
            for operator, keys in as_dict(statement.get("Condition")).items():
                for key in as_dict(keys) if operator in _DEMANDS else ():
                    carriers = _CARRIED_BY.get(key.lower())
                    never = [
                        action
                        for item in as_list(statement.get("Action"))
                        if (action := known_text(item)) and carriers and action.lower() not in carriers
                    ]
                    if never:
                        yield broken(
                            case, CONDITION_NEVER_MET, [owner.address],
                            f"{owner.address} allows {listed(never)} on condition of {key}, which requests for "
                            f"{'it' if len(never) == 1 else 'them'} do not carry: they are denied",
                            f"move {listed(never)} into a statement without this condition", (*at, "Statement", index),
                        )  # fmt: skip


def _patterns_under_equals(case: Case) -> Iterator[Finding]:
    """Conditions that compare a pattern exactly; the trust of services is told where the role is used."""
    resources = [(item, item.get(key), (key,)) for kind, key in _KEPT.items() for item in case.world.of_type(kind)]
    for owner, document, at in (*identity_documents(case), *resources):
        for index, statement in statements(document):
            unmet = never_met(statement) if known_text(statement.get("Effect")) == "Allow" else None
            if unmet is None or (at == (TRUST,) and "Service" in as_dict(statement.get("Principal"))):
                continue
            yield broken(
                case, CONDITION_NEVER_MET, [owner.address],
                f"{owner.address} allows something on condition that {unmet.told}: nobody is let in by it",
                unmet.remedy, (*at, "Statement", index, "Condition"),
            )  # fmt: skip
