"""A stack that is to change or go -> the exports that others still import. Seen where an export refers to a resource."""

from __future__ import annotations

from collections.abc import Iterable

from stackflight.model.event import StackStatus
from stackflight.model.identify import imported_by
from stackflight.model.template import Stack
from stackflight.model.value import references_in
from stackflight.rehearse.state import LiveStack


def find_import(live: LiveStack, desired: Stack | None, others: Iterable[LiveStack]) -> tuple[str, str] | None:
    """The first export that would vanish though it is in use, and the stack that uses it; None where there is none.

    `desired` is None for a stack that is to be deleted.
    """
    kept = desired.exports if desired is not None else {}
    vanishing = {name: set(references_in(value)) for name, value in live.template.exports.items() if name not in kept}
    for other in others:
        if other.root == live.root or other.status is StackStatus.DELETE_COMPLETE:
            continue
        imported = {
            reference for item in other.items.values() if item.physical_id for reference in imported_by(item.resource)
        }
        for name, sources in vanishing.items():
            if sources & imported:
                return name, other.name
    return None
