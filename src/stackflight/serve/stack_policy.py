"""A stack policy + an update of a resource -> why it is denied; empty where it is allowed.

Source: CloudFormation User Guide, Prevent updates to stack resources: a policy denies what it does not allow, and Deny
outweighs Allow. Texts as public projects quote them. Deletions in the clean-up are not held back here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from stackflight.serve.refusals import invalid


def require_policy(text: str) -> str:
    """The policy. Raises Refusal where it is none."""
    try:
        body = json.loads(text) if text else {"Statement": []}
    except ValueError:
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("Statement"), list):
        raise invalid("Error validating stack policy: Invalid stack policy")
    return text


def find_denial(policy: str, id: str, type: str, replaces: bool) -> str:
    """Why the modification or replacement of a resource is denied."""
    if not policy:
        return ""
    action = "Update:Replace" if replaces else "Update:Modify"
    fitting = [
        (number, one["Effect"])
        for number, one in enumerate(json.loads(policy)["Statement"], 1)
        if isinstance(one, dict) and _fits(one, action, f"LogicalResourceId/{id}", type)
    ]
    denied = next((number for number, effect in fitting if effect == "Deny"), None)
    if denied is not None:
        return (
            f"Action denied by stack policy: Statement [#{denied}] does not allow [{action}] for resource "
            f"[LogicalResourceId/{id}]"
        )
    return "" if fitting else "Action not allowed by stack policy"


def _fits(statement: Mapping[str, Any], action: str, resource: str, type: str) -> bool:
    actions = _matches(statement.get("Action"), action) or _excludes(statement.get("NotAction"), action)
    resources = _matches(statement.get("Resource"), resource) or _excludes(statement.get("NotResource"), resource)
    conditions = statement.get("Condition") or {}
    types = [
        given.get("ResourceType")
        for key, given in conditions.items()
        if key in {"StringEquals", "StringLike"} and isinstance(given, dict)
    ]
    return actions and resources and all(_matches(one, type) for one in types)


def _matches(given: Any, name: str) -> bool:
    patterns = given if isinstance(given, list) else [given] if isinstance(given, str) else []
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _excludes(given: Any, name: str) -> bool:
    return given is not None and not _matches(given, name)
