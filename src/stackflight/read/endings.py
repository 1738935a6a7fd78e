"""A template's text -> what the deletion of each of its resources does, for a stack that stands."""

from __future__ import annotations

from collections.abc import Mapping

from stackflight.errors import UnreadableInput
from stackflight.model.ending import default_policy
from stackflight.read.document import parse_template


def read_policies(text: str) -> Mapping[str, str]:
    """Logical id -> DeletionPolicy, its default where none is written; nothing where the text cannot be read."""
    try:
        resources = parse_template(text, "template").section("Resources")
    except UnreadableInput:
        return {}
    found = {}
    for id, one in resources.items():
        if isinstance(one, dict):
            properties = one.get("Properties")
            member = isinstance(properties, dict) and "DBClusterIdentifier" in properties
            said = one.get("DeletionPolicy")
            found[id] = said if isinstance(said, str) else default_policy(str(one.get("Type")), member)
    return found
