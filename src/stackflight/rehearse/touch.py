"""Requests that change a stack at once and make no events of their own."""

from __future__ import annotations

from stackflight.model.plan import CancelUpdate, DeleteChangeSet, SetTerminationProtection
from stackflight.rehearse.state import LiveStack
from stackflight.rehearse.update import UpdateRun


def touch(live: LiveStack, operation: CancelUpdate | DeleteChangeSet | SetTerminationProtection) -> None:
    """Carry such a request out."""
    match operation:
        case CancelUpdate():
            if isinstance(live.run, UpdateRun):
                live.run.cancel()
        case DeleteChangeSet():
            live.change_sets.pop(operation.name, None)
        case SetTerminationProtection():
            live.protected = operation.enabled
