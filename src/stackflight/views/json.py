"""CheckReport -> JSON, one object per line. Fields may be added, never renamed; `schema` carries the version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stackflight.model.finding import Finding, Hop, Question
from stackflight.model.need import Reach
from stackflight.model.report import CheckReport
from stackflight.model.template import Spot
from stackflight.views.json_text import dump


def render_check(report: CheckReport) -> str:
    """The contract `stackflight.check/1`."""
    return _line(check_object(report))


def render_review(report: CheckReport, price: Mapping[str, Any] | None = None) -> str:
    """The contract `stackflight.review/1`: the stacks read, every need with its answer, and the check."""
    stacks = [
        {
            "name": stack.name,
            "file": stack.template.file,
            "account": stack.environment.account,
            "region": stack.environment.region,
            "resources": len(stack.resources),
        }
        for stack in report.world.stacks
    ]
    reaches = [_reach(reach) for reach in report.reaches]
    made = {"schema": "stackflight.review/1", "target": report.target, "stacks": stacks, "reaches": reaches}
    return _line({**made, "check": check_object(report), **({"price": dict(price)} if price is not None else {})})


def render_presets(app: str, presets: Sequence[Mapping[str, Any]]) -> str:
    """The contract `stackflight.presets/1`: the presets as their app gives them."""
    return _line({"schema": "stackflight.presets/1", "app": app, "presets": list(presets)})


def render_start(app: str, file: str, answers: Mapping[str, str], commands: Sequence[str]) -> str:
    """The contract `stackflight.init/1`: the settings file written, the answers in it, the commands that come next in their order,
    and of these the one that judges and needs no account."""
    judging = next((command for command in commands if " review " in command), commands[-1] if commands else "")
    made = {
        "schema": "stackflight.init/1", "app": app, "file": file, "answers": dict(answers), "next": judging,
        "commands": list(commands),
    }  # fmt: skip
    return _line(made)


def check_object(report: CheckReport) -> dict[str, Any]:
    """The verdict as plain data."""
    return {
        "schema": "stackflight.check/1",
        "target": report.target,
        **({"stage": report.stage} if report.stage else {}),
        "stacks": [{"name": stack.name, "file": stack.template.file} for stack in report.world.stacks],
        "findings": [
            *(finding_object(finding) for finding in report.findings),
            *(
                {**finding_object(item.finding), "ignored": item.because or "no reason given"}
                for item in report.ignored
            ),
        ],
        "unknowns": [question_object(question) for question in report.questions],
        "stats": {
            "resources": len(report.world.resources),
            "needs": len(report.reaches),
            "seconds": round(report.seconds, 3),
            **({"known": len(report.known)} if report.known else {}),
            **({"types_without_rules": report.unruled} if report.unruled else {}),
        },
    }


def finding_object(finding: Finding) -> dict[str, Any]:
    """A finding as plain data: F of the contract."""
    return {
        "check": finding.check,
        "severity": finding.severity,
        "certainty": finding.certainty,
        "stack": finding.stack,
        "resources": finding.resources,
        "workloads": [address.id for address in finding.workloads],
        "workload_stacks": [address.stack for address in finding.workloads],
        "where": {
            "file": finding.where.file,
            "line": finding.where.line,
            "construct": finding.where.construct,
            "source": _spot(finding.where.source),
        },
        "message": finding.message,
        "evidence": finding.evidence,
        "path": [_hop(hop) for hop in finding.path],
        "code": finding.code,
        "says": finding.says,
        "phase": finding.phase,
        "remedy": finding.remedy,
        "remedy_in_cdk": finding.in_cdk,
        "remedy_in_settings": finding.in_settings,
    }


def _spot(spot: Spot | None) -> dict[str, Any] | None:
    return {"file": spot.file, "line": spot.line} if spot is not None else None


def _hop(hop: Hop) -> dict[str, Any]:
    return {"at": hop.at, "verdict": hop.verdict, "why": hop.why, "code": hop.code}


def question_object(question: Question) -> dict[str, Any]:
    """An open question as plain data."""
    return {
        "question": question.question,
        "stack": question.stack,
        "resources": question.resources,
        "decided_by": question.decided_by,
        "hint": question.hint,
    }


def _reach(reach: Reach) -> dict[str, Any]:
    need, worst = reach.need, reach.worst
    return {
        "stack": need.workload.address.stack,
        "workload": need.workload.address.id,
        "kind": need.workload.kind,
        "target": need.target.title,
        "purpose": need.purpose,
        "evidence": need.evidence,
        "certainty": need.certainty,
        "phase": need.phase,
        "verdict": reach.verdict,
        "via": reach.via,
        "path": [_hop(hop) for hop in worst.hops] if worst else [],
    }


def _line(made: dict[str, Any]) -> str:
    return dump(made)
