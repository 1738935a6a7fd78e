"""What verbs write as JSON is what its published schema says."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from screen import Run

SCHEMAS = Path(__file__).parent.parent.parent / "docs" / "reference" / "schemas"
CORPUS = Path(__file__).parent.parent / "corpus"
BAD, FIXED = (str(CORPUS / "sg-db-wrong-port" / f"{name}.yaml") for name in ("bad", "fixed"))


def _validate(line: str) -> str:
    made = json.loads(line)
    name, _, version = made["schema"].removeprefix("stackflight.").partition("/")
    schema = json.loads((SCHEMAS / f"{name}-{version}.schema.json").read_text("utf-8"))
    jsonschema.validate(made, schema)
    return str(name)


@pytest.mark.parametrize(
    "command",
    [
        ("check", BAD, "--rules", "own"),
        ("check", "open-inputs.yaml", "two-functions.yaml", "--rules", "own"),
        ("review", BAD, "--rules", "own"),
        ("rehearse", BAD, "--rules", "own"),
        ("rehearse", "sound.yaml", "--rules", "own", "--explore"),
        ("price", BAD),
        ("diff", BAD, FIXED, "--rules", "own"),
        ("doctor",),
        ("rights", "deploy", "sound.yaml"),
    ],
    ids=" ".join,
)
def test_a_verb_keeps_its_contract(run: Run, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    lines = run(*command, "--format", "json").stdout.splitlines()
    assert lines
    for line in lines:
        _validate(line)


def test_deploy_and_diagnose_keep_theirs(deploying: Run, tmp_path: Path) -> None:
    command = (
        "deploy",
        "sound.yaml",
        "--simulate",
        "--yes",
        "--rules",
        "own",
        "--format",
        "json",
        "--fail",
        "Messages",
    )
    *events, last = deploying(*command).stdout.splitlines()
    assert _validate(last) == "run"
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(events), "utf-8")
    assert _validate(deploying("diagnose", str(file), "--format", "json").stdout) == "diagnosis"


def test_every_contract_has_a_schema_that_is_one() -> None:
    files = sorted(SCHEMAS.glob("*.json"))
    assert len(files) == 10
    for file in files:
        jsonschema.Draft202012Validator.check_schema(json.loads(file.read_text("utf-8")))
