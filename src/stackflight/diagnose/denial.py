"""An IAM refusal -> who may not do what on what, by which kind of policy, and the smallest statement that would allow it.

Source: IAM User Guide, "Troubleshoot access denied error messages" (policy types and the two forms of refusal).
"""

from __future__ import annotations

import json
import re

from stackflight.model.diagnosis import Denial
from stackflight.patterns import compile_later

_PRINCIPAL = compile_later(r"(arn:aws[a-z-]{0,12}:(?:sts|iam)::\d{12}:[\w+=,.@/*<>-]{1,400})")
_ACTION = compile_later(
    r"(?:not authorized to perform|perform action|explicitly denied|perform the action|unauthorized to perform)\s?:?\s{0,3}[\"'`]?([a-z][a-z0-9-]{1,60}:[A-Z][A-Za-z0-9]{1,100})"
)
_ALLOWS = compile_later(r"policy allows the ([a-z][a-z0-9-]{1,60}:[A-Za-z0-9*]{1,100}) action")
_BARE = compile_later(
    r"(?:API: |action[s]? |permission[s]? |Permission )[\"'`]?([a-z][a-z0-9-]{1,60}:[A-Z][A-Za-z0-9]{1,100})"
)
_RESOURCE = compile_later(
    r"\bon (?:the )?resources?:?\s{1,3}[\"'`]?(?:(?:role|user|policy|group|instance profile|database|secret)\s)?(arn:aws[^\s\"'`,)]{4,600}|\*|[\w+=,.@/*:-]{1,300})"
)
_KINDS = (
    ("service control polic", "service control"),
    ("resource control polic", "resource control"),
    ("permissions boundar", "permissions boundary"),
    ("session polic", "session"),
    ("vpc endpoint polic", "VPC endpoint"),
    ("resource-based polic", "resource-based"),
    ("identity-based polic", "identity-based"),
)
_NO_ALLOW_HELPS = {"service control", "resource control"}


def read_denial(text: str) -> Denial | None:
    """The refusal that a text tells of; None where it names neither an action nor a caller that lacks one."""
    text = " ".join(text.split())[:8000]
    action = next((match[1] for pattern in (_ACTION, _ALLOWS, _BARE) if (match := pattern.search(text))), "")
    if not action:
        return None
    lowered = text.lower()
    principal = _PRINCIPAL.search(text)
    resource = _RESOURCE.search(text)
    policy = next((name for words, name in _KINDS if words in lowered), "")
    explicit = "explicit deny" in lowered or "explicitly den" in lowered
    named = resource[1].rstrip(".,;") if resource else ""
    if named in {"because", "with", "is", "this"}:
        named = ""
    statement = "" if explicit or policy in _NO_ALLOW_HELPS else _statement(action, named)
    return Denial(_role_of(principal[1]) if principal else "", action, named, policy, explicit, statement)


def _role_of(arn: str) -> str:
    """The role behind a session: policies belong to it."""
    match = re.match(r"(arn:aws[a-z-]{0,12}):sts::(\d{12}):assumed-role/([^/]+)/", arn)
    return f"{match[1]}:iam::{match[2]}:role/{match[3]}" if match else arn.rstrip(".,;")


def _statement(action: str, resource: str) -> str:
    service = action.partition(":")[0]
    target = resource if resource.startswith("arn:") or resource == "*" else "*"
    if not resource.startswith("arn:") and service == "iam" and resource not in {"", "*"}:
        target = f"arn:aws:iam::ACCOUNT:role/{resource}"
    statement: dict[str, object] = {"Effect": "Allow", "Action": action, "Resource": target}
    if action == "iam:PassRole":
        statement["Condition"] = {"StringEquals": {"iam:PassedToService": "SERVICE.amazonaws.com"}}
    return json.dumps(statement)


def explain_denial(denial: Denial) -> str:
    """One sentence."""
    who = denial.principal or "the caller"
    what = f"{denial.action}{' on ' + denial.resource if denial.resource else ''}"
    if denial.explicit:
        return f"{who} is denied {what} by a Deny in a {denial.policy or 'policy'}{' policy' if denial.policy and not denial.policy.endswith('boundary') else ''}."
    if denial.policy:
        kind = denial.policy if denial.policy.endswith("boundary") else f"{denial.policy} policy"
        return f"No {kind} lets {who} do {what}."
    return f"{who} may not perform {what}."
