"""The end of a run -> whether another try is worth it, and whether the stacks are clean enough for one."""

from __future__ import annotations

from stackflight.model.diagnosis import Retry
from stackflight.model.event import StackStatus
from stackflight.model.moment import Ended
from stackflight.operate.follow import GOOD
from stackflight.operate.recover import plan_recovery
from stackflight.ports import Cloud

_BACK = frozenset({"ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "DELETE_COMPLETE"})
"""Ends of a failed run whose way back has worked."""


def find_obstacle(ended: Ended, cloud: Cloud) -> str:
    """Why there is to be no other try, in words for people; empty where there may be one."""
    diagnosis = ended.diagnosis
    if diagnosis is None or diagnosis.retry is not Retry.YES:
        why = f": {diagnosis.retry_why}" if diagnosis is not None and diagnosis.retry_why else ""
        return f"the diagnosis does not say that another try helps{why}"
    if ended.run.outcome not in _BACK:
        return f"it ended {ended.run.outcome}"
    for stack in ended.run.stacks:
        status = cloud.status(stack)
        if status in {None, StackStatus.UPDATE_ROLLBACK_COMPLETE, *GOOD}:
            continue
        planned = plan_recovery(cloud, stack)
        if status is not StackStatus.ROLLBACK_COMPLETE or planned is None:
            return f"{stack} is not clean: it is {status}"
        if planned.kept:
            return f"{stack} is not clean: it left behind {', '.join(planned.kept)}"
    return ""
