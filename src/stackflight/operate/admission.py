"""A stack's status and a change set's losses -> let through, or refused with what is legal and safe instead."""

from __future__ import annotations

from collections.abc import Sequence, Set

from stackflight.errors import Blocked, OperationRefused, StackHeld
from stackflight.model.event import StackStatus
from stackflight.model.moment import Loss
from stackflight.model.plan import OnFailure
from stackflight.model.stack_state import stack_states
from stackflight.operate.follow import GOOD

_STABLE = frozenset({StackStatus.UPDATE_ROLLBACK_COMPLETE, StackStatus.IMPORT_ROLLBACK_COMPLETE})


_KEPT = frozenset({StackStatus.CREATE_FAILED, StackStatus.UPDATE_FAILED})


def refuse_status(stack: str, status: StackStatus | None, on_failure: OnFailure) -> None:
    """Raises StackHeld where somebody is at work, OperationRefused where the status takes no update.

    What a failure with rollback off has left takes one with rollback off. Source: User Guide, stack failure options.
    """
    if status is None or status is StackStatus.REVIEW_IN_PROGRESS:
        return
    if status.in_progress:
        raise StackHeld(
            f"something is at work on {stack}: it is {status}", hint=f"follow it with: stackflight watch {stack}"
        )
    if status in _KEPT and on_failure is OnFailure.DO_NOTHING:
        return
    if status not in GOOD and status not in _STABLE:
        state = stack_states()[status]
        also = f" Or let it be done before the deployment ({state.recover}): --recover" if state.recover else ""
        also += " Or go on from where it stopped: --no-rollback" if status in _KEPT else ""
        how = " with rollback on" if status in _KEPT else ""
        raise OperationRefused(
            f"{stack} is {status}, and CloudFormation updates no stack in this status{how}",
            hint=" ".join(state.advice(stack)) + also,
        )


def refuse_losses(losses: Sequence[Loss], allowed: Set[str]) -> None:
    """Raises Blocked where data would be lost that nobody has named."""
    missing = [one for one in losses if not {one.resource, f"{one.stack}/{one.resource}"} & allowed]
    if missing:
        named = ", ".join(f"{one.resource} ({one.type}, {one.how})" for one in missing)
        flags = " ".join(f"--allow-loss {one.resource}" for one in missing)
        raise Blocked(
            f"data would be lost: {named}",
            hint=f"keep it by DeletionPolicy and UpdateReplacePolicy, or say that it may go: {flags}",
        )
