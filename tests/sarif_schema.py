"""What a SARIF file has to hold: the whole standard, and what GitHub asks for beyond it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema

_FILE = Path(__file__).parent / "sarif-2.1.0" / "schema.json"
_SCHEMA = jsonschema.Draft202012Validator(json.loads(_FILE.read_text(encoding="utf-8-sig")))


def _record(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _some(items: dict[str, Any], least: int = 0, most: int | None = None) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least, **({"maxItems": most} if most is not None else {})}


def _text(most: int | None = None) -> dict[str, Any]:
    limit = {"maxLength": most} if most is not None else {}
    return _record(["text"], text={"type": "string", "minLength": 1, **limit}, markdown={"type": "string"})


# What GitHub calls required in "SARIF support for code scanning", with its limits; a property that we do not write on
# purpose is refused. A relative URI stays below the root of the repository.
_LINE = {"type": "integer", "minimum": 1}
_ARTIFACT = {
    "oneOf": [
        _record(["uri", "uriBaseId"], uri={"type": "string", "pattern": r"^(?![A-Za-z][A-Za-z0-9+.-]*:)(?!\.\./)[^/\s]\S*$"},
                uriBaseId={"const": "%SRCROOT%"}),
        _record(["uri"], uri={"type": "string", "pattern": r"^file:///\S+$"}),
    ]
}  # fmt: skip
_REGION = _record(
    ["startLine", "startColumn", "endLine", "endColumn"],
    startLine=_LINE,
    startColumn=_LINE,
    endLine=_LINE,
    endColumn=_LINE,
)
_LOCATION = _record(
    ["physicalLocation"],
    message=_text(),
    physicalLocation=_record(["artifactLocation", "region"], artifactLocation=_ARTIFACT, region=_REGION),
)
_STEPS = _record(["locations"], locations=_some(_record(["location"], location=_LOCATION), 1, 10_000))
_RESULT = _record(
    ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
    ruleId={"type": "string", "minLength": 1},
    ruleIndex={"type": "integer", "minimum": 0},
    level={"enum": ["none", "note", "warning", "error"]},
    message=_text(),
    locations=_some(_LOCATION, 1, 1),
    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
    codeFlows=_some(_record(["threadFlows"], threadFlows=_some(_STEPS, 1)), 1),
    properties={"type": "object"},
)
_RULE = _record(
    ["id", "name", "shortDescription", "fullDescription", "help"],
    id={"type": "string", "minLength": 1},
    name={"type": "string", "maxLength": 255, "pattern": "^[A-Z][A-Za-z0-9]*$"},
    shortDescription=_text(1024),
    fullDescription=_text(1024),
    help=_text(),
    properties=_record(["tags"], tags=_some({"type": "string"}, 1, 10)),
)
_DRIVER = _record(
    ["name", "rules"],
    name={"const": "stackflight"},
    semanticVersion={"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
    rules=_some(_RULE, 0, 25_000),
)
_NOTICE = _record(["level", "message"], level={"const": "error"}, message=_text(), locations=_some(_LOCATION, 1, 1))
_INVOCATION = _record(
    ["executionSuccessful"], executionSuccessful={"type": "boolean"}, toolExecutionNotifications=_some(_NOTICE, 1)
)
_RUN = _record(
    ["tool", "results"],
    tool=_record(["driver"], driver=_DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    originalUriBaseIds={"type": "object", "required": ["%SRCROOT%"]},
    invocations=_some(_INVOCATION, 1, 1),
    results=_some(_RESULT, 0, 25_000),
)
_GITHUB = jsonschema.Draft202012Validator(
    _record(
        ["$schema", "version", "runs"],
        **{
            "$schema": {"const": "https://json.schemastore.org/sarif-2.1.0.json"},
            "version": {"const": "2.1.0"},
            "runs": _some(_RUN, 1, 1),
        },
    )
)


def read_sarif(text: str) -> dict[str, Any]:
    """The one run of a file that the standard and GitHub take; fails where they do not."""
    document = json.loads(text)
    _SCHEMA.validate(document)
    _GITHUB.validate(document)
    run: dict[str, Any] = document["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    for region in _regions(document):
        assert (region["startLine"], region["startColumn"]) <= (region["endLine"], region["endColumn"])
    assert not re.search(r'"text": ""', text)
    return run


def _regions(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [region for item in value for region in _regions(item)]
    if not isinstance(value, dict):
        return []
    below = [region for item in value.values() for region in _regions(item)]
    return [value["region"], *below] if "region" in value else below
