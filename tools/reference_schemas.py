"""The JSON Schemas of what verbs write with `--format json`: the fields that scripts may rely on.

Fields may be added, never renamed or removed, so nothing forbids others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Shape = Mapping[str, Any]

_TEXT, _NUMBER, _COUNT, _FLAG = {"type": "string"}, {"type": "number"}, {"type": "integer"}, {"type": "boolean"}
_TEXTS = {"type": "array", "items": _TEXT}
_SEVERITY = {"enum": ["blocking", "warning", "note"]}
_PHASE = {"enum": ["create", "update", "delete", "run"]}


def _maybe(shape: Shape) -> Shape:
    return {"anyOf": [shape, {"type": "null"}]}


def _list(shape: Shape) -> Shape:
    return {"type": "array", "items": shape}


def _object(more: Mapping[str, Shape] | None = None, /, **fields: Shape) -> Shape:
    """Fields that are always there, and `more` that may be."""
    return {"type": "object", "properties": {**fields, **(more or {})}, "required": list(fields)}


_SPOT = _object(file=_TEXT, line=_COUNT)
_HOP = _object(at=_TEXT, verdict={"enum": ["passes", "blocks", "unknown"]}, why=_TEXT, code=_TEXT)
_FINDING = _object(
    {"ignored": _TEXT},
    check=_TEXT, severity=_SEVERITY, certainty={"enum": ["proved", "possible"]}, stack=_TEXT, resources=_TEXTS,
    workloads=_TEXTS,
    where=_object(file=_TEXT, line=_maybe(_COUNT), construct=_maybe(_TEXT), source=_maybe(_SPOT)),
    message=_TEXT, evidence=_TEXTS, path=_list(_HOP), code=_TEXT, says=_TEXT, phase=_PHASE, remedy=_TEXT, remedy_in_cdk=_TEXT, remedy_in_settings=_TEXT,
)  # fmt: skip
_UNKNOWN = _object(question=_TEXT, stack=_TEXT, resources=_TEXTS, decided_by=_TEXTS, hint=_TEXT)
_EVENT = _object(time=_NUMBER, stack=_TEXT, resource=_TEXT, type=_TEXT, status=_TEXT, reason=_TEXT)
_ROOT = _object(resource=_maybe(_TEXT), type=_maybe(_TEXT), reason=_TEXT)


def _check() -> Shape:
    stats = _object(resources=_COUNT, needs=_COUNT, seconds=_NUMBER)
    more = {"stage": _TEXT}
    return _object(more, target=_TEXT, findings=_list(_FINDING), unknowns=_list(_UNKNOWN), stats=stats)


def _stages() -> Shape:
    one = _object(check=_TEXT, resources=_TEXTS, code=_TEXT, message=_TEXT, severities={"type": "object"})
    return _object(stages=_list(_object(stage=_TEXT, blocked=_FLAG)), differences=_list(one))


def _price() -> Shape:
    line = _object(
        stack=_TEXT, resource=_TEXT, type=_TEXT, item=_TEXT, unit=_TEXT, quantity=_NUMBER, unit_price=_NUMBER,
        monthly=_NUMBER, basis={"enum": ["fixed", "assumed"]}, price_date=_TEXT,
    )  # fmt: skip
    monthly = _object(fixed=_NUMBER, usage=_NUMBER, total=_NUMBER)
    return _object(
        target=_TEXT, currency={"const": "USD"}, monthly=monthly, lines=_list(line), unpriced=_TEXTS,
        assumptions=_TEXTS, savings=_list(_object(advice=_TEXT, monthly=_NUMBER)),
    )  # fmt: skip


def _review() -> Shape:
    stack = _object(name=_TEXT, file=_TEXT, account=_maybe(_TEXT), region=_maybe(_TEXT), resources=_COUNT)
    reach = _object(
        stack=_TEXT, workload=_TEXT, target=_TEXT, purpose=_TEXT, via=_TEXT, path=_list(_HOP),
        verdict={"enum": ["yes", "no", "intermittent", "unknown"]},
    )  # fmt: skip
    return _object(target=_TEXT, stacks=_list(stack), reaches=_list(reach), check=_check(), price=_price())


def _rehearsal() -> Shape:
    step = _object(stack=_TEXT, resource=_TEXT, type=_TEXT, operation=_TEXT, start=_NUMBER, end=_NUMBER)
    diagnosis = _diagnosis()
    return _object(
        target=_TEXT, simulated={"const": True}, outcome=_TEXT,
        seconds=_object(p50=_NUMBER, p90=_NUMBER, lower_bound=_FLAG),
        critical_path=_list(step), events=_list(_EVENT), diagnosis=_maybe(diagnosis), unknowns=_list(_UNKNOWN),
    )  # fmt: skip


def _diagnosis() -> Shape:
    return _object(
        source=_TEXT, outcome={"enum": ["failed", "healthy", "in_progress", "cannot_tell"]}, root=_maybe(_ROOT),
        cause=_maybe(_TEXT), family=_maybe(_TEXT), confidence={"enum": ["high", "medium", "low"]},
        retry={"enum": ["no", "yes", "sometimes"]}, explanation=_TEXT, remedies=_TEXTS,
        also_failed={"type": "array"}, cascade=_TEXTS, evidence={"type": "array"},
    )  # fmt: skip


def _diff() -> Shape:
    resource = _object(
        resource=_TEXT, type=_TEXT, action={"enum": ["add", "change", "replace", "remove"]}, because=_TEXTS,
        data={"enum": ["lost", "kept", "snapshot", "none"]},
    )  # fmt: skip
    pair = _object(old=_NUMBER, new=_NUMBER)
    ways = _object(opened={"type": "array"}, closed={"type": "array"})
    findings = _object(new=_list(_FINDING), gone=_list(_FINDING))
    return _object(
        old=_TEXT, new=_TEXT, resources=_list(resource), findings=findings, ways=ways, rights={"type": "array"},
        price=pair, seconds=pair,
    )  # fmt: skip


def _run() -> Shape:
    return _object(run=_TEXT, outcome=_TEXT, diagnosis=_maybe({"type": "object"}), outputs={"type": "object"})


def _doctor() -> Shape:
    point = _object(
        part={"enum": ["this machine", "the target", "AWS"]}, name=_TEXT,
        state={"enum": ["ok", "missing", "wrong", "could not be asked"]}, said=_TEXT, needed_for=_TEXTS, required=_FLAG,
        mend=_TEXT,
    )  # fmt: skip
    return _object(target=_maybe(_TEXT), fit=_FLAG, points=_list(point))


def _rights() -> Shape:
    demand = _object(
        origin=_TEXT, subject=_TEXT, actions=_TEXTS, resources=_TEXTS, why=_TEXT, optional=_FLAG,
    )  # fmt: skip
    statement = _object(Effect={"const": "Allow"}, Action=_TEXTS, Resource=_TEXTS)
    policy = _object(Version={"const": "2012-10-17"}, Statement=_list(statement))
    return _object(verb=_TEXT, target=_maybe(_TEXT), demands=_list(demand), policy=policy, unknown=_TEXTS)


CONTRACTS = {
    "check": _check, "stages": _stages, "price": _price, "review": _review, "rehearsal": _rehearsal,
    "diagnosis": _diagnosis, "diff": _diff, "run": _run, "doctor": _doctor, "rights": _rights,
}  # fmt: skip


def render_schemas() -> dict[str, str]:
    """The pages by name below docs/reference."""
    pages = {}
    for name, shape in CONTRACTS.items():
        made = shape()
        marked = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": f"stackflight.{name}/1",
            **made,
            "properties": {"schema": {"const": f"stackflight.{name}/1"}, **made["properties"]},
            "required": ["schema", *made["required"]],
        }
        pages[f"schemas/{name}-1.schema.json"] = json.dumps(marked, indent=1) + "\n"
    return pages
