"""Rehearsal -> JSON, one object on one line: the contract `stackflight.rehearsal/1`. Times are seconds."""

from __future__ import annotations

from typing import Any

from stackflight.model.estimate import Cause, Leftover, Rehearsal, Span
from stackflight.model.event import Event
from stackflight.model.finding import Finding
from stackflight.views.json import question_object
from stackflight.views.json_text import dump


def render_rehearsal(rehearsal: Rehearsal) -> str:
    """The whole rehearsal."""
    return dump(rehearsal_object(rehearsal))


def rehearsal_object(rehearsal: Rehearsal) -> dict[str, Any]:
    """The rehearsal as plain data."""
    estimate, budget = rehearsal.estimate, rehearsal.budget
    return {
        "schema": "stackflight.rehearsal/1",
        "target": rehearsal.target,
        "simulated": True,
        "seed": rehearsal.seed,
        "runs": estimate.runs,
        "concurrency": rehearsal.concurrency,
        "outcome": rehearsal.outcome,
        "outcomes": dict(rehearsal.outcomes),
        "seconds": {
            "p50": round(estimate.p50, 1),
            "p90": round(estimate.p90, 1),
            "shown": round(rehearsal.seconds, 1),
            "lower_bound": bool(rehearsal.unseen),
        },
        "whole": {
            "p50": round(rehearsal.whole.p50, 1),
            "p90": round(rehearsal.whole.p90, 1),
            "lower_bound": rehearsal.whole_is_open,
        },
        "around": [
            {"what": one.what, "p50": _rounded(one.p50), "p90": _rounded(one.p90), "why": one.why, "once": one.once}
            for one in rehearsal.around
        ],
        "unseen": list(rehearsal.unseen),
        "rollback_seconds": _rounded(rehearsal.rollback_seconds),
        "critical_path": [_step(span) for span in rehearsal.critical_path],
        "budget": None
        if budget is None
        else {
            "seconds": budget.seconds,
            "holds": budget.p90 <= budget.seconds and not rehearsal.whole_is_open,
            "share_within": round(budget.share_within, 3),
        },
        "also_blocking": [
            {"check": one.check, "phase": one.phase, "message": one.message, "remedy": one.remedy}
            for one in rehearsal.also_blocking
        ],
        "races": [
            {"check": one.finding.check, "resources": list(one.finding.resources), "lost": one.lost, "runs": one.runs}
            for one in rehearsal.races
        ],
        "unknowns": [question_object(question) for question in rehearsal.questions],
        "savings": [
            {"resources": list(one.resources), "seconds": round(one.seconds, 1), "advice": one.advice}
            for one in rehearsal.savings
        ],
        "leftovers": [_leftover(left) for left in rehearsal.leftovers],
        "recoveries": [
            {
                "stack": one.stack,
                "resource": one.resource,
                "type": one.type,
                "outcome": one.outcome,
                "failed_at": round(one.failed_at, 1),
                "rollback_seconds": round(one.rollback_seconds, 1),
                "leftovers": [_leftover(left) for left in one.leftovers],
            }
            for one in rehearsal.recoveries
        ],
        "durations": dict(rehearsal.sources),
        "events": [_event(event) for event in rehearsal.events],
        "diagnosis": None if rehearsal.cause is None else _diagnosis(rehearsal, rehearsal.cause),
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def _step(span: Span) -> dict[str, Any]:
    return {
        "stack": span.stack,
        "resource": span.resource,
        "type": span.type,
        "operation": span.operation,
        "start": round(span.start, 1),
        "end": round(span.end, 1),
        "released": _rounded(span.released),
        "outcome": span.outcome,
    }


def _leftover(left: Leftover) -> dict[str, Any]:
    return {
        "stack": left.stack,
        "resource": left.resource,
        "type": left.type,
        "why": left.why,
        "blocks": left.blocks,
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "time": round(event.time, 1),
        "stack": event.stack,
        "resource": event.resource,
        "type": event.type,
        "status": event.status,
        "reason": event.reason,
        "operation": event.operation,
    }


def _family(finding: Finding) -> str:
    """What kind of trouble it is, as `diagnose` tells kinds apart."""
    if finding.code == "PATH_NOT_READY":
        return "ordering"
    return "network" if finding.path else "contract"


def _diagnosis(rehearsal: Rehearsal, cause: Cause) -> dict[str, Any]:
    finding = cause.finding
    first = (cause.stack, cause.resource)
    cancelled = [span.resource for span in rehearsal.spans if span.outcome == "cancelled"]
    also = [
        {"resource": span.resource, "type": span.type, "reason": span.reason, "time": round(span.end, 1)}
        for span in rehearsal.spans
        if span.outcome == "failed" and span.operation != "delete" and (span.stack, span.resource) != first
    ]
    return {
        "schema": "stackflight.diagnosis/1",
        "source": "rehearsal",
        "outcome": "failed",
        "root": {
            "stack": cause.stack,
            "resource": cause.resource,
            "type": cause.type,
            "reason": cause.reason,
            "time": round(cause.time, 1),
        },
        "cause": finding.check if finding is not None else None,
        "family": None if finding is None else _family(finding),
        "confidence": "high",
        "retry": "no" if finding is not None else "sometimes",
        "explanation": finding.message if finding is not None else cause.reason,
        "remedies": [finding.remedy] if finding is not None and finding.remedy else [],
        "also_failed": also,
        "cascade": cancelled,
        "evidence": [],
    }
