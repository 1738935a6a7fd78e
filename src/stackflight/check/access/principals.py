"""Policies -> findings on principals that there are not, and on policies that are longer than AWS stores.

IAM, S3, KMS and the others resolve the principals of a policy when it is stored, and refuse it where there is no such one.
Sources: IAM User Guide (principal element, quotas), quotas of the services whose resources bear policies.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from stackflight.check.case import Case, listed
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, doubtful, named, refused
from stackflight.check.readers.statements import statements
from stackflight.facts.load import known_actions, read_table
from stackflight.model.finding import Consequence, Finding
from stackflight.model.identity import RESOURCE_DOCUMENTS
from stackflight.model.template import Resource
from stackflight.model.value import Text, Unknown, Value, as_dict, as_list, known_text
from stackflight.patterns import compile_later

_ENDING = compile_later(r"(?P<name>[a-z0-9.-]+)\.amazonaws\.com(\.cn)?|.*\.(aws\.internal|aws)")
_ACCOUNT = compile_later(r"\d{12}")


_DOCUMENTS = {"AWS::IAM::Role": "AssumeRolePolicyDocument", **RESOURCE_DOCUMENTS}


class Limits(NamedTuple):
    """What a service answers to a principal that there is not, and the longest policy that it stores."""

    says: str
    most: int = 0


_LIMITS = {
    "AWS::IAM::Role": Limits("Invalid principal in policy"),
    "AWS::S3::BucketPolicy": Limits("Invalid principal in policy", 20_480),
    "AWS::KMS::Key": Limits("Policy contains a statement with one or more invalid principals", 32_768),
    "AWS::SQS::QueuePolicy": Limits("Invalid value for the parameter Policy"),
    "AWS::SNS::TopicPolicy": Limits("Invalid parameter: Policy Error: PrincipalNotFound"),
    "AWS::SecretsManager::ResourcePolicy": Limits("This resource policy contains an unsupported principal", 20_480),
    "AWS::ECR::Repository": Limits("Invalid repository policy provided", 10_240),
}

PRINCIPAL_UNKNOWN = Check(
    "principal-unknown",
    found_when="a policy names a principal that there cannot be",
    explains="A service's principal ends in amazonaws.com, an account has twelve digits, and the name of a service may be "
    "misspelt. AWS publishes no list of all of them, so a name is only doubted where a known one is near.",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning for a name that is near to a known one",
    sources=("https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",),
)
POLICY_TOO_LONG = Check(
    "policy-too-long",
    found_when="a policy is longer than its service stores",
    explains="What the templates leave open counts nothing, and IAM counts no white space: the length is a least one. Inline "
    "policies of one identity are added up.",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning for trust policies, whose quota can be raised",
    sources=("https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",),
)


@finds(PRINCIPAL_UNKNOWN)
def find_unknown_principals(case: Case) -> Iterator[Finding]:
    """Services and accounts that there are not."""
    for kind, limits in _LIMITS.items():
        key = _DOCUMENTS[kind]
        for owner in case.world.of_type(kind):
            for index, statement in statements(owner.get(key)):
                at: At = (key, "Statement", index, "Principal")
                given = statement.get("Principal")
                for item in as_list(as_dict(given).get("Service")):
                    yield from _service(case, owner, limits.says, item, at)
                for item in as_list(as_dict(given).get("AWS")):
                    yield from _identity(case, owner, limits.says, item, at)


def _service(case: Case, owner: Resource, says: str, item: Value, at: At) -> Iterator[Finding]:
    text = known_text(item)
    if text is None or "*" in text or "${" in text or "{{" in text:
        return
    match = _ENDING.fullmatch(text)
    if match is None:
        yield refused(
            case, PRINCIPAL_UNKNOWN, [owner.address],
            f"{owner.address} names the service {text}, and a service's principal ends in .amazonaws.com: {says}: "
            f'"SERVICE":"{text}"', f"write {text.split('.')[0].lower()}.amazonaws.com", at, says=says,
        )  # fmt: skip
        return
    near = _near(match["name"] or "")
    if near:
        yield doubtful(
            case, PRINCIPAL_UNKNOWN, [owner.address],
            f"{owner.address} names the service {text}, which no guide of AWS does: {says}",
            f"did you mean {near}.amazonaws.com?", at, struck=owner.address, consequence=Consequence.FAILS,
        )  # fmt: skip


def _near(name: str) -> str:
    """A known service principal of which this one is probably a slip; empty where the name is known, or no one is near."""
    known = read_table("principals")["principals"]
    plain = name.split(".", maxsplit=1)[0]
    if not name or name in known or re.search(r"-\d$", name) or known_actions(plain) is not None or len(name) < 4:
        return ""
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.88)), "")


def _identity(case: Case, owner: Resource, says: str, item: Value, at: At) -> Iterator[Finding]:
    text = known_text(item)
    digits = text is not None and text.isdecimal() and _ACCOUNT.fullmatch(text) is None
    service = text is not None and text.endswith(".amazonaws.com")
    if digits or service:
        why = "an account has twelve digits" if digits else "a service stands under Service, not under AWS"
        yield refused(
            case, PRINCIPAL_UNKNOWN, [owner.address],
            f'{owner.address} names the principal {text}, and {why}: {says}: "AWS":"{text}"',
            "write the account as text of twelve digits" if digits else f"write Principal: {{Service: {text}}}",
            at, says=says,
        )  # fmt: skip


@finds(POLICY_TOO_LONG)
def find_long_policies(case: Case) -> Iterator[Finding]:
    """Policies beyond the quota of their size."""
    for policy in case.world.of_type("AWS::IAM::ManagedPolicy"):
        size = least_size(policy.get("PolicyDocument"), spaces=False)
        if size > _MANAGED:
            yield _long(
                case, [policy], size, _MANAGED, f"Cannot exceed quota for PolicySize: {_MANAGED}", "PolicyDocument"
            )
    for kind, most in _INLINE.items():
        for owner in case.world.of_type(f"AWS::IAM::{kind}"):
            parts = list(_inline(case, owner, kind))
            size = sum(least_size(document, spaces=False) for _, document in parts)
            if size > most:
                says = f"Maximum policy size of {most} bytes exceeded for {kind.lower()} {owner.address}"
                yield _long(case, [owner, *(part for part, _ in parts)], size, most, says, "")
    for kind, limits in _LIMITS.items():
        for owner in case.world.of_type(kind) if limits.most else ():
            size = least_size(owner.get(_DOCUMENTS[kind]), spaces=True)
            if size > limits.most:
                yield _long(case, [owner], size, limits.most, "", _DOCUMENTS[kind])
    for role in case.world.of_type("AWS::IAM::Role"):
        size = least_size(role.get("AssumeRolePolicyDocument"), spaces=False)
        if size > _TRUST:
            yield doubtful(
                case, POLICY_TOO_LONG, [role.address],
                f"the trust policy of {role.address} has at least {size} characters: Cannot exceed quota for ACLSizePerRole: {_TRUST}",
                "raise the quota (to 8192 at most), or name fewer principals", ("AssumeRolePolicyDocument",), struck=role.address,
            )  # fmt: skip


_MANAGED, _TRUST = 6_144, 2_048
_INLINE = {"Role": 10_240, "User": 2_048, "Group": 5_120}


def _long(case: Case, owners: list[Resource], size: int, most: int, says: str, path: str) -> Finding:
    addresses = list(dict.fromkeys(owner.address for owner in owners))
    what = (
        f"the inline policies of {addresses[0]} together"
        if len(addresses) > 1 or not path
        else f"the policy of {addresses[0]}"
    )
    return refused(
        case, POLICY_TOO_LONG, addresses,
        f"{what} have at least {size} characters, and {most} is the most{f': {says}' if says else ''}",
        f"shorten {listed(addresses, limit=4)}: wildcards for actions of one service, or managed policies", (path,) if path else (),
        says=says,
    )  # fmt: skip


def _inline(case: Case, owner: Resource, kind: str) -> Iterator[tuple[Resource, Value]]:
    """The documents of an identity's inline policies, each with the resource in which it stands."""
    for item in as_list(owner.get("Policies")):
        yield owner, as_dict(item).get("PolicyDocument")
    for policy in case.world.of_type("AWS::IAM::Policy", f"AWS::IAM::{kind}Policy"):
        holders = policy.get(f"{kind}s") if policy.type == "AWS::IAM::Policy" else policy.get(f"{kind}Name")
        if policy.exists is True and any(named(case, item) == owner for item in as_list(holders)):
            yield policy, policy.get("PolicyDocument")


def least_size(document: Value, *, spaces: bool) -> int:
    """How many characters a document has at least: what is not known counts nothing; white space only where it is asked for."""
    if isinstance(document, (dict, list)):
        text = json.dumps(_plain(document), separators=(",", ":"))
        return len(text) if spaces else len(re.sub(r"\s", "", text))
    text = known_text(document) or ""
    return len(text) if spaces else len(re.sub(r"\s", "", text))


def _plain(value: Value) -> object:
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items() if not isinstance(item, Unknown)}
        case list():
            return [_plain(item) for item in value if not isinstance(item, Unknown)]
        case Text(parts):
            return "".join(part for part in parts if isinstance(part, str))
        case str() | int() | float() | bool():
            return value
        case _:
            return ""
