"""The other handler of the gate, in a function of its own: it calls nothing, so its role may do nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def on_event(event: Mapping[str, Any], _context: object = None) -> dict[str, Any]:
    """Answer at once with a physical id that never changes, so that no update replaces anything."""
    return {"PhysicalResourceId": event.get("PhysicalResourceId") or f"check-revision-{event['LogicalResourceId']}"}
