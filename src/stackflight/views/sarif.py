"""CheckReports -> SARIF 2.1.0 as GitHub code scanning takes it.

Source: OASIS "Static Analysis Results Interchange Format 2.1.0"; GitHub documentation, "SARIF support for code
scanning": required properties and limits. A result that the template's author leaves out is not written, because code
scanning does not look at suppressions; neither is a category, which the upload gives.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import Any, Protocol
from urllib.parse import quote

from stackflight.errors import StackflightError
from stackflight.model.finding import Finding, Hop, Severity
from stackflight.model.report import CheckReport
from stackflight.model.template import Where
from stackflight.views.fingerprints import line_fingerprints
from stackflight.views.json_text import dump
from stackflight.views.names import read_names

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.BLOCKING: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_ROOT = "%SRCROOT%"
MOST_RESULTS = 25_000
"""A run with more results is refused as a whole."""
_LONGEST = 1024
"""What of a rule's description is shown."""


class Rule(Protocol):
    """What a check says of itself: `found_when` completes "found when …", `about` are further paragraphs."""

    @property
    def id(self) -> str: ...
    @property
    def found_when(self) -> str: ...
    @property
    def about(self) -> Sequence[str]: ...
    @property
    def severity(self) -> str: ...


def render_checks(
    reports: Sequence[CheckReport],
    rules: Iterable[Rule] = (),
    version: str = "",
    name_file: Callable[[str], str] = str,
    errors: Sequence[StackflightError] = (),
) -> str:
    """One run over all targets. `name_file` gives a file's name in its repository, `errors` are what was not judged."""
    places = _Places(reports, name_file)
    found = [(finding, report) for report in reports for finding in report.findings]
    found.sort(key=lambda pair: list(Severity).index(pair[0].severity))
    checks = sorted({finding.check for finding, _ in found})
    run = {
        "tool": {"driver": _driver(checks, rules, version)},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "invocations": [_invocation(errors, places)],
        "results": [_result(finding, report, checks, places) for finding, report in found[:MOST_RESULTS]],
    }
    return dump({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def merge(documents: Sequence[str]) -> str:
    """One run over the runs of several documents, of which the last says what was not judged."""
    runs = [json.loads(document)["runs"][0] for document in documents]
    rules = {rule["id"]: rule for run in runs for rule in run["tool"]["driver"]["rules"]}
    ids = sorted(rules)
    results = [{**result, "ruleIndex": ids.index(result["ruleId"])} for run in runs for result in run["results"]]
    results.sort(key=lambda result: list(_LEVELS.values()).index(result["level"]))
    last = runs[-1]
    driver = {**last["tool"]["driver"], "rules": [rules[id] for id in ids]}
    run = {**last, "tool": {"driver": driver}, "results": results[:MOST_RESULTS]}
    return dump({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _driver(checks: Sequence[str], rules: Iterable[Rule], version: str) -> dict[str, Any]:
    known: dict[str, list[Rule]] = {}
    for rule in rules:
        known.setdefault(rule.id, []).append(rule)
    made: dict[str, Any] = {"name": "stackflight"}
    if version:
        made["semanticVersion"] = version
    return {**made, "rules": [_rule(check, known.get(check, ())) for check in checks]}


def _rule(check: str, rules: Sequence[Rule]) -> dict[str, Any]:
    """A rule of ours in the words of its checks; one of cloudformation-validate by its number."""
    words = check.replace("-", " ")
    said = [" ".join((f"Found when {rule.found_when}.", *rule.about)) for rule in rules]
    if not said:
        said = [f"Rule {check.rpartition('/')[2]} of {'cloudformation-validate' if '/' in check else 'stackflight'}."]
    ignore = f"# stackflight: ignore {check} because REASON"
    where = "on the line before the resource or property leaves it out where it is accepted."
    severities = [f"Severity: {rule.severity}." for rule in rules]
    text = "\n\n".join(dict.fromkeys([*said, *severities, f"'{ignore}' {where}"]))
    marked = "\n\n".join(dict.fromkeys([*said, *severities, f"`{ignore}` {where}"]))
    return {
        "id": check,
        "name": "".join(part.capitalize() if part.islower() else part for part in words.replace("/", " ").split()),
        "shortDescription": {"text": words[:1].upper() + words[1:]},
        "fullDescription": {"text": _cut(said[0])},
        "help": {"text": text, "markdown": marked},
        "properties": {"tags": ["cloudformation"]},
    }


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _result(finding: Finding, report: CheckReport, checks: Sequence[str], places: _Places) -> dict[str, Any]:
    key = "\n".join((finding.check, finding.stack, *finding.resources, finding.code))
    ours = hashlib.sha256(key.encode()).hexdigest()[:32]
    made: dict[str, Any] = {
        "ruleId": finding.check,
        "ruleIndex": checks.index(finding.check),
        "level": _LEVELS[finding.severity],
        "message": {"text": places.rename(report, _message(finding))},
        "locations": [places.location(finding.where)],
        "partialFingerprints": {**places.fingerprint(finding.where), "stackflight/v1": ours},
        "properties": {"certainty": finding.certainty, "phase": finding.phase, "resources": list(finding.resources)},
    }
    if finding.path:
        steps = [{"location": _step(hop, finding.where, report, places)} for hop in finding.path]
        made["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    return made


def _message(finding: Finding) -> str:
    construct = [f"Construct: {finding.where.construct}"] if finding.where.construct else []
    because = [f"Because: {'; '.join(finding.evidence)}"] if finding.evidence else []
    remedies = [f"{label[0].upper()}{label[1:]}: {text}" for label, text in finding.remedies]
    return "\n".join([finding.message, *because, *construct, *remedies])


def _step(hop: Hop, fallback: Where, report: CheckReport, places: _Places) -> dict[str, Any]:
    """A hop stands where the resource is declared that it hangs on."""
    known = [address for address in (*hop.blame, *hop.relies_on) if address in report.world.resources]
    where = report.world.where(known[0]) if known else fallback
    return {
        **places.location(where),
        "message": {"text": places.rename(report, f"{hop.verdict}: {hop.at}: {hop.why}")},
    }


def _invocation(errors: Sequence[StackflightError], places: _Places) -> dict[str, Any]:
    """Whether everything was judged: what is missing from a failed run has not been mended."""
    notices = list(_notices(errors, places))
    return {"executionSuccessful": not errors, **({"toolExecutionNotifications": notices} if notices else {})}


def _notices(errors: Sequence[StackflightError], places: _Places) -> Iterator[dict[str, Any]]:
    for error in errors:
        text = f"{error.message}\nHint: {error.hint}" if error.hint else error.message
        notice: dict[str, Any] = {"level": "error", "message": {"text": text}}
        if error.file:
            notice["locations"] = [places.location(Where(error.file, error.line))]
        yield notice


class _Places:
    """Lines of templates as regions, with the fingerprints of what stands there."""

    def __init__(self, reports: Sequence[CheckReport], name_file: Callable[[str], str]) -> None:
        templates = [stack.template for report in reports for stack in report.world.stacks]
        self._texts = {template.file: template.text for template in templates}
        self._lines: dict[str, list[str]] = {}
        self._prints: dict[str, list[str]] = {}
        self._name_file = name_file
        self._renames = {id(report): read_names(report.world) for report in reports}

    def rename(self, report: CheckReport, text: str) -> str:
        """The text with the names that people wrote."""
        return self._renames[id(report)](text)

    def location(self, where: Where) -> dict[str, Any]:
        """The line of the CDK app that made it, where that is known; else the template's, without its indentation."""
        if where.source is not None:
            region = {"startLine": where.source.line}
            return {"physicalLocation": {"artifactLocation": self._artifact(where.source.file), "region": region}}
        number = where.line or 1
        if where.file not in self._lines:
            self._lines[where.file] = self._texts.get(where.file, "").split("\n")
        lines = self._lines[where.file]
        line = lines[number - 1].rstrip() if number <= len(lines) else ""
        start = len(line) - len(line.lstrip()) + 1
        region = {"startLine": number, "startColumn": start, "endLine": number, "endColumn": len(line) + 1}
        return {"physicalLocation": {"artifactLocation": self._artifact(where.file), "region": region}}

    def fingerprint(self, where: Where) -> dict[str, str]:
        """The one that GitHub looks at; none where the text is not at hand."""
        if where.source is not None:
            return {}
        number = where.line or 1
        if where.file not in self._prints:
            text = self._texts.get(where.file)
            self._prints[where.file] = line_fingerprints(text) if text else []
        prints = self._prints[where.file]
        return {"primaryLocationLineHash": prints[number - 1]} if number <= len(prints) else {}

    def _artifact(self, file: str) -> dict[str, str]:
        path = PurePath(self._name_file(file))
        if path.is_absolute():
            return {"uri": path.as_uri()}
        return {"uri": quote(path.as_posix()), "uriBaseId": _ROOT}
