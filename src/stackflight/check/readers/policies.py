"""Resource-based policies -> whether they let a service in; what is not known counts as yes."""

from __future__ import annotations

import re

from stackflight.check.case import Case
from stackflight.check.outcome import mentions, named
from stackflight.check.readers.statements import all_known, names_action, statements
from stackflight.model.identity import fits
from stackflight.model.value import Address, Unknown, Value, as_dict, as_list, known_text, render


def may_allow(documents: list[Value], service: str, action: str, *, accounts: bool = False) -> bool:
    """Whether a statement may allow an action to a service (or, with `accounts`, to any account); unknown counts as yes."""
    for document in documents:
        if not isinstance(document, dict) or not all_known(document):
            return True
        for _, statement in statements(document):
            if known_text(statement.get("Effect")) == "Deny":
                continue
            actions = as_list(statement.get("Action"))
            if statement.get("NotAction") is None and not any(
                known_text(item) is None or fits(action, known_text(item) or "") for item in actions
            ):
                continue
            principal = statement.get("Principal")
            if not isinstance(principal, dict):
                return True
            services = [render(item) for item in as_list(principal.get("Service"))]
            if any(service in name or name.startswith("${") for name in services):
                return True
            names = as_list(principal.get("AWS"))
            if any(accounts or isinstance(item, Unknown) or known_text(item) == "*" for item in names):
                return True
    return False


def may_put_below(documents: list[Value], service: str, place: str) -> bool:
    """Whether the statements on s3:PutObject for a service may speak of keys that begin so; True where there is none."""
    wanted = f"/{place.strip('/')}/".replace("//", "/") if place.endswith("/") else f"/{place}"
    tails = [
        render(item).partition(":::")[2].partition("/")[2] if ":::" in render(item) else render(item).partition("/")[2]
        for document in documents
        for _, statement in statements(document)
        if known_text(statement.get("Effect")) == "Allow" and service in render(as_dict(statement.get("Principal")).get("Service"))
        if names_action(statement, "s3:PutObject")
        for item in as_list(statement.get("Resource"))
    ]  # fmt: skip
    literal = [re.split(r"[*?]|\$\{", f"/{tail}")[0] for tail in tails]
    return not literal or any(wanted.startswith(text) or text.startswith(wanted) for text in literal)


def policies_of(case: Case, bucket: Address) -> list[Value] | None:
    """The documents of a bucket's policies; None where one may belong to it without saying so."""
    found = []
    for policy in case.world.of_type("AWS::S3::BucketPolicy"):
        if named(case, policy.get("Bucket"), "AWS::S3::Bucket") is None and not isinstance(policy.get("Bucket"), str):
            return None
        if mentions(policy.get("Bucket"), bucket) or (
            isinstance(policy.get("Bucket"), str) and policy.get("Bucket") == case.resources[bucket].get("BucketName")
        ):
            found.append(policy.get("PolicyDocument"))
    return found
