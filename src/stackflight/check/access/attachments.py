"""Managed policies that roles, users and groups attach -> findings on wrong paths, names and numbers.

Sources: IAM User Guide (managed policies, quotas, service-linked roles); AWS Managed Policy Reference Guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from stackflight.check.case import Case
from stackflight.check.check import BLOCKING, WARNING, Check, finds
from stackflight.check.outcome import At, doubtful, refused
from stackflight.facts.load import read_table
from stackflight.model.finding import Consequence, Finding
from stackflight.model.near import closest
from stackflight.model.template import Resource
from stackflight.model.value import Unknown, as_list, render
from stackflight.patterns import compile_later

_MOST_POLICIES = 10
_MANAGED = compile_later(
    r"arn:(?:aws|aws-cn|aws-us-gov|\$\{[^}]*\}):iam::aws:policy/(?:(service-role|job-function|aws-service-role)/)?(\w+)"
)


POLICY_ATTACHMENT = Check(
    "policy-attachment",
    found_when="a managed policy is attached under a wrong ARN, or is gone",
    explains="Policies for service roles lie below service-role/, and those below aws-service-role/ are for service-linked roles. The table of "
    "policies is dated; an unknown name is told where it looks like a known one.",
    may=(BLOCKING, WARNING),
    weighed="blocking; warning for withdrawn and misspelt policies and beyond the default quota",
    sources=(
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
    ),
)


@finds(POLICY_ATTACHMENT)
def find_attachments(case: Case) -> Iterator[Finding]:
    """Managed policies under a wrong path, misspelt, gone, for services alone, or not named by an ARN."""
    for owner in case.world.of_type("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        for index, value in enumerate(as_list(owner.get("ManagedPolicyArns"))):
            at = ("ManagedPolicyArns", index)
            if isinstance(value, str) and value and not value.startswith(("arn:", "{{")):
                yield _attachment(case, owner, f"ARN {value} is not valid", "write the policy's ARN", at)
            elif not isinstance(value, Unknown) and (match := _MANAGED.fullmatch(render(value))):
                yield from _managed(case, owner, render(value), match.group(1) or "", match.group(2), at)
        count = owner.get("ManagedPolicyArns")
        if isinstance(count, list) and len(count) > _MOST_POLICIES:
            yield _too_many(case, owner, len(count))


def _managed(case: Case, owner: Resource, text: str, path: str, name: str, at: At) -> Iterator[Finding]:
    """What is wrong about a policy of AWS's own: its path, its name, or that it is for service-linked roles."""
    table = read_table("policy_paths")
    right = _paths().get(name)
    if right is None and name not in table["gone"]:
        stem = _without_version(name)
        twin = closest(stem, _stems(), 0.9)
        if twin is not None and twin != stem:
            meant = _stems()[twin]
            yield doubtful(
                case, POLICY_ATTACHMENT, [owner.address],
                f"{owner.address} attaches {text}, which AWS did not offer on {table['date']}: the policy does not exist or is "
                "not attachable", f"write …:iam::aws:policy/{_paths()[meant]}{meant}", at, struck=owner.address,
                consequence=Consequence.FAILS,
            )  # fmt: skip
    elif right is not None and path != right.rstrip("/"):
        yield _attachment(
            case,
            owner,
            f"Policy {text} does not exist or is not attachable",
            f"write …:iam::aws:policy/{right}{name}",
            at,
        )
    elif right == "aws-service-role/":
        yield _attachment(
            case, owner, f"Cannot attach a Service Role Policy to a Customer Role: {name} is for the role that its service makes",
            "leave it out; the service attaches it to its own role", at,
        )  # fmt: skip
    elif right is None:
        yield doubtful(
            case, POLICY_ATTACHMENT, [owner.address],
            f"{owner.address} attaches {text}, which AWS has withdrawn: the policy does not exist or is not attachable",
            "use its successor in the AWS Managed Policy Reference", at, struck=owner.address,
            consequence=Consequence.FAILS,
        )  # fmt: skip


@cache
def _paths() -> dict[str, str]:
    """Name of a policy of AWS -> what stands before it in its ARN, behind `policy/`."""
    listed: dict[str, list[str]] = read_table("policy_paths")["paths"]
    return {name: path for path, names in listed.items() for name in names}


@cache
def _stems() -> dict[str, str]:
    """Name of a policy of AWS without its version -> a policy that has it; the one without version where there is one."""
    versioned = {_without_version(name): name for name in _paths()}
    return versioned | {name: name for name in _paths() if name in versioned}


def _without_version(name: str) -> str:
    return re.sub(r"_?[Vv]?\d+$", "", name)


def _too_many(case: Case, owner: Resource, count: int) -> Finding:
    """More managed policies than the quota; that of groups is the one of the three that cannot be raised."""
    text = f"Cannot exceed quota for PoliciesPer{owner.type.rpartition('::')[2]}: {_MOST_POLICIES}"
    message, at = f"{owner.address} attaches {count} managed policies: {text}", ("ManagedPolicyArns",)
    if owner.type == "AWS::IAM::Group":
        return refused(
            case, POLICY_ATTACHMENT, [owner.address], message, "merge policies, or use two groups", at, says=text
        )
    return doubtful(
        case,
        POLICY_ATTACHMENT,
        [owner.address],
        message,
        "merge policies, or raise the quota",
        at,
        struck=owner.address,
    )


def _attachment(case: Case, owner: Resource, text: str, remedy: str, at: At) -> Finding:
    return refused(
        case, POLICY_ATTACHMENT, [owner.address], f"{owner.address} is refused: {text}", remedy, at, says=text
    )
