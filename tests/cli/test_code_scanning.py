"""`--format sarif` and `--format github` from the command line: names of files, and every template of the corpus."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from screen import TEMPLATES, Run

from sarif_schema import read_sarif
from stackflight.read.document import parse_document

CORPUS = Path(__file__).parent.parent / "corpus"
NESTED = """\
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: child.yaml}
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository whose template stands in a folder with a blank and an umlaut."""
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "mein Gerüst"
    folder.mkdir()
    shutil.copy(TEMPLATES / "unreachable.yaml", folder / "a, b.yaml")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    yield tmp_path


URI = "mein%20Ger%C3%BCst/a%2C%20b.yaml"


def uris(run: dict[str, Any]) -> set[str]:
    return {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]}


@pytest.mark.parametrize(
    ("here", "typed"),
    [
        (".", "mein Gerüst/a, b.yaml"),
        (".", "./mein Gerüst/../mein Gerüst/a, b.yaml"),
        (".", "{root}/mein Gerüst/a, b.yaml"),
        ("mein Gerüst", "a, b.yaml"),
        ("elsewhere", "../mein Gerüst/a, b.yaml"),
        ("elsewhere", "link.yaml"),
    ],
)
def test_a_template_has_one_name_wherever_it_is_checked_from(run: Run, repository: Path, here: str, typed: str) -> None:
    (repository / "elsewhere").mkdir()
    (repository / "elsewhere" / "link.yaml").symlink_to(repository / "mein Gerüst" / "a, b.yaml")
    os.chdir(repository / here)
    typed = typed.format(root=repository)

    assert uris(read_sarif(run("check", "--format", "sarif", typed).stdout)) == {URI}
    first = run("check", "--format", "github", typed).stdout.splitlines()[0]
    assert first.startswith("::error file=mein Gerüst/a%2C b.yaml,title=")


def test_without_a_repository_the_workspace_of_the_workflow_is_the_root(
    run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / ".git").rmdir()
    monkeypatch.setenv("GITHUB_WORKSPACE", str(repository))
    os.chdir(repository / "mein Gerüst")

    assert uris(read_sarif(run("check", "--format", "sarif", "a, b.yaml").stdout)) == {URI}


def test_without_either_a_name_stays_as_typed_or_becomes_absolute(run: Run, repository: Path) -> None:
    (repository / ".git").rmdir()
    assert uris(read_sarif(run("check", "--format", "sarif", "mein Gerüst/a, b.yaml").stdout)) == {URI}

    os.chdir(repository / "mein Gerüst")
    outside = run("check", "--format", "sarif", "../mein Gerüst/a, b.yaml").stdout
    assert uris(read_sarif(outside)) == {f"file://{repository.resolve().as_posix()}/{URI}"}


def test_all_of_the_corpus_is_taken(run: Run) -> None:
    screen = run("check", "--format", "sarif", *sorted(str(file) for file in CORPUS.glob("*/bad.yaml")))
    found = read_sarif(screen.stdout)

    assert screen.code == 10
    assert len(found["results"]) > len(list(CORPUS.iterdir()))
    assert all("primaryLocationLineHash" in result["partialFingerprints"] for result in found["results"])


def test_json_templates_and_nested_stacks_are_taken(run: Run, repository: Path) -> None:
    text = (TEMPLATES / "unreachable.yaml").read_text(encoding="utf-8")
    same, _ = parse_document(text, "unreachable.yaml")
    (repository / "child.yaml").write_text(text, encoding="utf-8")
    (repository / "parent.yaml").write_text(NESTED, encoding="utf-8")
    (repository / "one-line.json").write_text(json.dumps(same), encoding="utf-8")
    screen = run("check", "--format", "sarif", "parent.yaml", "one-line.json")

    assert uris(read_sarif(screen.stdout)) >= {"child.yaml", "one-line.json"}


def test_a_cloud_assembly_is_taken_with_its_constructs(run: Run, repository: Path) -> None:
    template, _ = parse_document((TEMPLATES / "unreachable.yaml").read_text(encoding="utf-8"), "unreachable.yaml")
    template["Resources"]["Database"]["Metadata"] = {"aws:cdk:path": "App/Data/Database/Resource"}
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111122223333/eu-central-1",
        "properties": {"templateFile": "App.template.json"},
    }
    assembly = repository / "cdk.out"
    assembly.mkdir()
    (assembly / "App.template.json").write_text(json.dumps(template, indent=1), encoding="utf-8")
    (assembly / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": {"App": artifact}}))

    assert uris(read_sarif(run("check", "--format", "sarif", "cdk.out").stdout)) == {"cdk.out/App.template.json"}


def test_what_is_ignored_is_no_alert(run: Run, repository: Path) -> None:
    def rules() -> set[str]:
        found = read_sarif(run("check", "--format", "sarif", "template.yaml").stdout)
        return {result["ruleId"] for result in found["results"]}

    text = (TEMPLATES / "unreachable.yaml").read_text(encoding="utf-8")
    template = repository / "template.yaml"
    template.write_text(text, encoding="utf-8")
    before = rules()
    comment = "  # stackflight: ignore no-circuit-breaker because it is a trial\n  Service:\n"
    template.write_text(text.replace("  Service:\n", comment), encoding="utf-8")

    assert before - rules() == {"no-circuit-breaker"}


def test_what_cannot_be_read_is_told_beside_what_can(run: Run) -> None:
    screen = run("check", "--format", "sarif", "half.yaml", "unreachable.yaml")
    found = read_sarif(screen.stdout)
    [notice] = found["invocations"][0]["toolExecutionNotifications"]

    assert screen.code == 66
    assert found["results"]
    assert found["invocations"][0]["executionSuccessful"] is False
    assert notice["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("half.yaml")
    [line] = run("check", "--format", "github", "half.yaml", "sound.yaml").stdout.splitlines()
    assert line.startswith("::error file=")
    assert "half.yaml,title=not judged,line=" in line
