"""Diagnosis -> JSON, one object on one line: the contract `stackflight.diagnosis/1`."""

from __future__ import annotations

import json
from typing import Any

from stackflight.model.diagnosis import Denial, Diagnosis, Failure
from stackflight.views.json_text import dump


def render_diagnosis(diagnosis: Diagnosis) -> str:
    """The whole diagnosis."""
    return dump(diagnosis_object(diagnosis))


def diagnosis_object(diagnosis: Diagnosis) -> dict[str, Any]:
    """The diagnosis as plain data."""
    cause = diagnosis.cause
    return {
        "schema": "stackflight.diagnosis/1",
        "source": diagnosis.source,
        "outcome": diagnosis.outcome.value,
        "stack": diagnosis.stack or None,
        "status": diagnosis.status or None,
        "root": None if diagnosis.root is None else _failure(diagnosis.root),
        "cause": cause.id if cause else None,
        "family": cause.family if cause else None,
        "title": cause.title if cause else None,
        "confidence": diagnosis.confidence.value,
        "retry": diagnosis.retry.value,
        "retry_why": diagnosis.retry_why,
        "explanation": diagnosis.explanation,
        "remedies": list(diagnosis.remedies),
        "verify": list(diagnosis.verify),
        "also_failed": [_failure(one) for one in diagnosis.also_failed],
        "later": [_failure(one) for one in diagnosis.later],
        "cascade": list(diagnosis.cascade),
        "evidence": [
            {"kind": one.kind.value, "resource": one.resource, "where": one.where, "text": one.text} for one in diagnosis.evidence
        ],
        "alternatives": [{"cause": one.id, "family": one.family, "title": one.title} for one in diagnosis.alternatives],
        "denial": None if diagnosis.denial is None else _denial(diagnosis.denial),
        "missing": list(diagnosis.missing),
        "advice": list(diagnosis.advice),
        "notes": list(diagnosis.notes),
        "sources": list(cause.sources) if cause else [],
    }  # fmt: skip


def _failure(one: Failure) -> dict[str, Any]:
    return {
        "resource": one.resource,
        "type": one.type,
        "reason": one.reason,
        "time": one.time,
        "stack": one.stack,
        "status": one.status,
        "cause": one.cause or None,
    }


def _denial(denial: Denial) -> dict[str, Any]:
    return {
        "principal": denial.principal,
        "action": denial.action,
        "resource": denial.resource,
        "policy": denial.policy,
        "explicit": denial.explicit,
        "statement": json.loads(denial.statement) if denial.statement else None,
    }
