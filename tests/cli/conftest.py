"""The command line run inside the test's own process, in the folder of sample templates."""

from __future__ import annotations

from pathlib import Path

import pytest
from deploying import PatientClock, alike
from screen import HOSTILE, TEMPLATES, Run, Screen, StoppedClock

from stackflight.cli.main import main


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("check", "sound.yaml")`: relative paths start in tests/cli/templates."""
    monkeypatch.chdir(TEMPLATES)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def run_command(*arguments: str) -> Screen:
        capsys.readouterr()
        code = main(arguments, StoppedClock())
        out, err = capsys.readouterr()
        return Screen(" ".join(("stackflight", *arguments)), code, out, err)

    return run_command


@pytest.fixture
def hostile(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same in the folder of inputs that somebody made to mislead or to break the program."""
    monkeypatch.chdir(HOSTILE)
    return run


@pytest.fixture
def deploying(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """As `run`, with a ledger of the test's own, a clock that may be slept on, and always the same person and machine."""
    monkeypatch.chdir(TEMPLATES)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("STACKFLIGHT_HOME", str(tmp_path / "state"))
    for name in ("NO_COLOR", "GITHUB_RUN_ID", "CI_JOB_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_ACTOR", "maria")
    monkeypatch.setattr("socket.gethostname", lambda: "desk")
    monkeypatch.setattr("os.getpid", lambda: 77)
    clock = PatientClock()

    def run_command(*arguments: str) -> Screen:
        capsys.readouterr()
        code = main(arguments, clock)
        out, err = capsys.readouterr()
        return Screen(" ".join(("stackflight", *arguments)), code, alike(out), alike(err))

    return run_command
