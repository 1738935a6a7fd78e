"""Folders, patterns and standard input as targets, and several of them at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from screen import Run

GOOD = "Resources: {Topic: {Type: AWS::SNS::Topic}}\n"
BAD = "Resources:\n  Store: {Type: AWS::S3::Bucket, Properties: {BucketName: A_b}}\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as people have it: templates among other things."""
    for name, text in {
        "stacks/good.yaml": GOOD, "stacks/deep/bad.yml": BAD, "stacks/deep/also.json": json.dumps(
            {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}), "stacks/a.template": GOOD,
        "stacks/package.json": '{"name": "x"}', "stacks/values.yaml": "Stage: prod\n", "stacks/notes.md": GOOD,
        "stacks/node_modules/x/bad.yaml": BAD, "stacks/.hidden/bad.yaml": BAD, "stacks/cdk.out/bad.json": BAD,
        "other/broken.yaml": "Resources:\n  Topic: {Type: AWS::SNS::Topic\n",
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def targets(text: str) -> list[str]:
    return [json.loads(line)["target"] for line in text.splitlines()]


def test_a_folder_stands_for_the_templates_below_it(
    run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    screen = run("check", "stacks", "--rules", "own", "--format", "json")
    assert screen.code == 10
    assert targets(screen.stdout) == [
        "stacks/a.template", "stacks/good.yaml", "stacks/deep/also.json", "stacks/deep/bad.yml"
    ]  # fmt: skip
    assert screen.stderr == ""


def test_a_folder_leaves_out_no_template_for_how_it_is_written(
    repository: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    (repository / "stacks" / "wide.yaml").write_bytes(BAD.encode("utf-16"))
    locked = repository / "stacks" / "locked.yaml"
    locked.write_text(GOOD)
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: _refuse(path) if path.name == "locked.yaml" else read(path))

    screen = run("check", "stacks", "--rules", "own")

    assert screen.code == 66
    assert "stacks/wide.yaml" in screen.stdout
    assert "locked.yaml" in screen.stderr


def _refuse(path: Path) -> bytes:
    raise PermissionError(13, "Permission denied", str(path))


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("stacks/*.yaml", ["stacks/good.yaml", "stacks/values.yaml"]),
        ("stacks/**/*.yml", ["stacks/deep/bad.yml"]),
        ("stacks/d*/also.json", ["stacks/deep/also.json"]),
    ],
)
def test_a_pattern_stands_for_the_files_that_fit(
    run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, found: list[str]
) -> None:
    monkeypatch.chdir(repository)
    screen = run("check", pattern, "--rules", "own", "--format", "json")
    unread = [line.split(":")[1].strip() for line in screen.stderr.splitlines() if line.startswith("error:")]
    assert sorted([*targets(screen.stdout), *unread]) == found


def test_nothing_below_a_folder_or_behind_a_pattern_is_said(
    run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "stacks" / "deep")
    (repository / "empty").mkdir()
    for target, says in (("../../empty", "the folder holds no template"), ("*.toml", "no file fits this pattern")):
        screen = run("check", target)
        assert (screen.code, screen.stdout) == (66, "")
        assert screen.stderr.startswith(f"error: {target}: {says}\nhint: ")


def stackflight(folder: Path, *arguments: str, text: str = "") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "stackflight", *arguments],
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("format", ["text", "json", "github", "sarif"])
def test_several_at_a_time_write_what_one_writes(repository: Path, format: str) -> None:
    """--jobs changes nothing of what is written, nor the exit code: with what blocks, and with what cannot be read."""
    arguments = ("check", "stacks", "other", "--rules", "standard", "--format", format)
    alone, shared = (stackflight(repository, *arguments, *jobs) for jobs in ((), ("--jobs", "2")))
    if format == "json":
        alone, shared = (
            (code, [{**json.loads(line), "stats": None} for line in out.splitlines()], err)
            for code, out, err in (alone, shared)
        )
    assert shared == alone
    assert alone[0] == 66


def test_parameters_are_asked_of_all_templates_together(repository: Path) -> None:
    (repository / "stacks" / "good.yaml").write_text("Parameters: {Stage: {Type: String}}\n" + GOOD)
    arguments = ("check", "stacks", "--rules", "own", "--jobs", "2", "--param")
    assert stackflight(repository, *arguments, "Stage=prod")[0] == 10
    code, out, err = stackflight(repository, *arguments, "Stag=prod")
    assert (code, out) == (64, "")
    assert err.startswith("error: no template declares the parameter Stag\nhint: ")


@pytest.mark.parametrize("verb", ["check", "review", "rehearse"])
def test_a_template_may_come_on_standard_input(repository: Path, verb: str) -> None:
    code, out, err = stackflight(repository, verb, "-", "--rules", "own", text=BAD)
    assert (code, err) == (10, "")
    assert "stdin:2" in out


def test_standard_input_may_be_no_template(repository: Path) -> None:
    code, out, err = stackflight(repository, "check", "-", text="hello\n")
    assert (code, out) == (66, "")
    assert err.startswith("error: stdin:1: ")
