"""Rights -> JSON: the contract `stackflight.rights/1`, and the policy document alone."""

from __future__ import annotations

from stackflight.model.demand import Rights
from stackflight.views.json_text import dump


def render_rights(rights: Rights) -> str:
    """One line."""
    demands = [
        {
            "origin": demand.origin, "subject": demand.subject, "actions": demand.actions, "resources": demand.resources,
            "why": demand.why, "optional": demand.optional,
        }
        for demand in rights.demands
    ]  # fmt: skip
    return dump({
        "schema": "stackflight.rights/1", "verb": rights.verb, "target": rights.target or None, "demands": demands,
        "policy": rights.policy, "unknown": rights.unknown,
    })  # fmt: skip


def render_policy(rights: Rights) -> str:
    """The document, indented, to paste."""
    return dump(rights.policy, indent=2)
