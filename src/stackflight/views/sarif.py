"""CheckReports -> SARIF 2.1.0 as GitHub code scanning takes it.

Source: OASIS "Static Analysis Results Interchange Format 2.1.0"; GitHub documentation, "SARIF support for code
scanning": relative URIs, one location per result, partial fingerprints, levels.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from stackflight.model.finding import Finding, Hop, Severity
from stackflight.model.report import CheckReport
from stackflight.model.template import Where, World

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.BLOCKING: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def render_checks(reports: Sequence[CheckReport]) -> str:
    """One run over all targets."""
    results = [_result(finding, report.world) for report in reports for finding in report.findings]
    driver = {"name": "stackflight", "rules": list(_rules(reports))}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _rules(reports: Sequence[CheckReport]) -> Iterator[dict[str, Any]]:
    checks = {finding.check for report in reports for finding in report.findings}
    for check in sorted(checks):
        words = check.replace("-", " ")
        yield {"id": check, "name": words.title().replace(" ", ""), "shortDescription": {"text": words.capitalize()}}


def _result(finding: Finding, world: World) -> dict[str, Any]:
    key = "\n".join((finding.check, finding.stack, *finding.resources, finding.code))
    made: dict[str, Any] = {
        "ruleId": finding.check,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [_location(finding.where)],
        "partialFingerprints": {"stackflight/v1": hashlib.sha256(key.encode()).hexdigest()[:32]},
        "properties": {"certainty": finding.certainty, "phase": finding.phase, "resources": list(finding.resources)},
    }
    if finding.path:
        steps = [{"location": _step(hop, finding.where, world)} for hop in finding.path]
        made["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    return made


def _message(finding: Finding) -> str:
    construct = [f"Construct: {finding.where.construct}"] if finding.where.construct else []
    remedy = [f"Fix: {finding.remedy}"] if finding.remedy else []
    return "\n".join([finding.message, *construct, *remedy])


def _step(hop: Hop, fallback: Where, world: World) -> dict[str, Any]:
    """A hop stands where the resource is declared that it hangs on."""
    known = [address for address in (*hop.blame, *hop.relies_on) if address in world.resources]
    where = world.where(known[0]) if known else fallback
    return {**_location(where), "message": {"text": f"{hop.verdict}: {hop.at}: {hop.why}"}}


def _location(where: Where) -> dict[str, Any]:
    physical = {"artifactLocation": {"uri": _uri(where.file)}, "region": {"startLine": where.line or 1}}
    return {"physicalLocation": physical}


def _uri(file: str) -> str:
    path = PurePath(file)
    if path.is_absolute():
        return path.as_uri()
    return quote(path.as_posix())
