"""A trace -> what the stack's status allows now, with the commands: the table of statuses, filled with this stack's resources."""

from __future__ import annotations

from stackflight.diagnose.cascades import Kind, kind_of
from stackflight.diagnose.trace import Trace
from stackflight.model.event import Event, StackStatus
from stackflight.model.stack_state import stack_states

_WELL = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "DELETE_COMPLETE"}
_MOST_SKIPPED = 6


def advise(found: Trace) -> tuple[str, ...]:
    """What the status means, what is safe, what not to do; nothing where the stack is simply well."""
    status, stack = found.span.status, found.span.stack
    if status not in StackStatus.__members__ or status in _WELL:
        return ()
    state = stack_states()[StackStatus(status)]
    lines = state.advice(stack)
    ours = state.ours.replace("{stack}", stack or "STACK")
    if not ours.startswith("stackflight diagnose"):
        lines = (*lines[:2], f"With this tool: {ours}", *lines[2:])
    if status != StackStatus.UPDATE_ROLLBACK_FAILED:
        return lines
    skipped = tuple(dict.fromkeys(_skipped_as(event, stack) for event in found.later if _may_be_skipped(event)))
    if not skipped or len(skipped) > _MOST_SKIPPED:
        return lines
    named = f"aws cloudformation continue-update-rollback --stack-name {stack or 'STACK'} --resources-to-skip {' '.join(skipped)}"
    return (*lines[:2], f"Only where it cannot be repaired, as few as possible: {named}", *lines[3:])


def _may_be_skipped(event: Event) -> bool:
    """Only what failed because of the way back itself; neither what was cancelled nor a nested stack that lives."""
    return event.status == "UPDATE_FAILED" and kind_of(event) in {Kind.OWN, Kind.SILENT}


def _skipped_as(event: Event, root: str) -> str:
    """The id as ContinueUpdateRollback wants it: that of a nested stack's resource bears the name of its stack."""
    parts = event.stack_id.split(":stack/")
    name = parts[1].split("/")[0] if len(parts) == 2 else event.stack
    return event.resource if event.stack in {"", root} else f"{name}.{event.resource}"
